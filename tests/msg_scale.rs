//! Very many rows and very large values. What is counted is work, not time: storages opened, lists
//! asked for, bytes in memory.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/meter.rs"]
mod meter;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::mock::{Shared, over};
use common::msg::*;
use openimsg::{
    Clock, CompoundFile, CopyOptions, FileTime, Message, Modify, OpenStream, PropTag, PropValue,
    Recipient, Restriction, SaveFlags, SessionOptions, SortOrder, Storage, Table, tags::*,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: meter::Meter = meter::Meter;

/// A message with so many rows of each kind.
fn with_rows(recipients: u32, attachments: u32) -> Vec<u8> {
    build(|message| {
        let row = |at: u32| {
            let name = at.wrapping_mul(2_654_435_761) % 1000;
            Recipient::new(&format!("Person {name}"), &format!("p{at}@example.org"))
        };
        let rows: Vec<_> = (0..recipients).map(row).collect();
        message.modify_recipients(Modify::Add, &rows).unwrap();
        for at in 0..attachments {
            attach(message, &format!("plan {}", at.wrapping_mul(2_654_435_761) % 1000), b"data");
        }
    })
}

/// Somebody else's storage around these bytes, which counts; for reading or for change.
fn counting(bytes: &[u8], writable: bool) -> (Message<'static>, Arc<Shared>) {
    let file: Arc<dyn Storage> = match writable {
        true => CompoundFile::edit_bytes(bytes.to_vec()).unwrap().into(),
        false => CompoundFile::from_bytes(bytes.to_vec()).unwrap().into(),
    };
    let (storage, shared) = over(file);
    (Message::open(storage).unwrap(), shared)
}

/// Every row from the cursor on, in batches.
fn batches(table: &mut Table<'_>, size: i32) -> usize {
    let mut seen = 0;
    loop {
        let rows = table.query_rows(size).unwrap();
        if rows.is_empty() {
            return seen;
        }
        seen += rows.len();
    }
}

/// What a row of `with_rows` opens when it is read: its storage, the property stream, value streams.
fn opens_of_a_row(bytes: &[u8], recipients: bool, columns: &[PropTag]) -> u64 {
    let (message, shared) = counting(bytes, false);
    let mut table = table_of(&message, recipients);
    table.set_columns(columns).unwrap();
    table.row_count().unwrap();
    shared.counted(|| assert_eq!(table.query_rows(1).unwrap().len(), 1)).0
}

fn table_of<'s>(message: &Message<'s>, recipients: bool) -> Table<'s> {
    let table = if recipients { message.recipient_table() } else { message.attachment_table() };
    table.unwrap()
}

/// A sort looks at each row once, however many there are, and a query in batches once more. Nothing
/// is listed again.
#[test]
fn sorting_and_querying_read_each_row_once() {
    const ROWS: u32 = 300;
    let bytes = with_rows(ROWS, ROWS);
    for (recipients, key) in [(true, PR_DISPLAY_NAME_W), (false, PR_ATTACH_LONG_FILENAME_W)] {
        let each = opens_of_a_row(&bytes, recipients, &[key.tag()]);
        let (message, shared) = counting(&bytes, false);
        let mut table = table_of(&message, recipients);
        table.set_columns(&[key.tag()]).unwrap();
        table.sort(&[SortOrder::ascending(key)]).unwrap();
        let sorted = shared.counted(|| assert_eq!(table.row_count().unwrap(), ROWS as usize));
        assert_eq!(sorted, (u64::from(ROWS) * each, 0, 0));
        for size in [1, 7, 50] {
            table.seek(0).unwrap();
            let queried = shared.counted(|| assert_eq!(batches(&mut table, size), ROWS as usize));
            assert_eq!(queried, (u64::from(ROWS) * each, 0, 0), "in batches of {size}");
        }
        let some = Restriction::content(openimsg::FuzzyLevel::SUBSTRING, key, "9");
        table.restrict(Some(&some)).unwrap();
        let mut left = 0;
        let restricted = shared.counted(|| left = batches(&mut table, 50));
        assert!(left > 0 && left < ROWS as usize);
        assert_eq!(restricted, ((u64::from(ROWS) + left as u64) * each, 0, 0));
    }
}

/// The file lists its members once for a message; deleting attachments costs an element each.
#[test]
fn deleting_attachments_costs_the_same_for_each() {
    let work = |rows: u32| {
        let (message, shared) = counting(&with_rows(0, rows), true);
        assert_eq!(message.attachment_numbers().unwrap().len(), rows as usize);
        let deleted = shared.counted(|| {
            for number in (0..rows).step_by(2) {
                message.delete_attach(number).unwrap();
            }
        });
        assert_eq!(deleted, (0, 0, 0), "nothing reaches the storage before the save");
        let saved = shared.counted(|| message.save_changes(KEEP).unwrap());
        assert_eq!(message.attachment_numbers().unwrap().len(), rows as usize / 2);
        saved
    };
    let (few, many) = (work(40), work(400));
    assert_eq!(few.1, many.1, "lists");
    assert_eq!(many.2 - few.2, 180, "one change for each attachment more");
    assert_eq!(few.0, many.0, "what is opened does not depend on what is deleted");
}

/// A table that is alive while rows change looks at those rows again and at no others.
#[test]
fn a_live_table_looks_again_only_at_rows_that_changed() {
    const ROWS: u32 = 200;
    let bytes = with_rows(0, ROWS);
    let (message, shared) = counting(&bytes, true);
    let mut table = message.attachment_table().unwrap();
    table.set_columns(&[PR_ATTACH_NUM.tag()]).unwrap();
    table.sort(&[SortOrder::ascending(PR_ATTACH_LONG_FILENAME_W)]).unwrap();
    assert_eq!(table.row_count().unwrap(), ROWS as usize);
    let edit = |table: &mut Table<'_>, number: u32| {
        let attachment = message.open_attach(number).unwrap();
        attachment.set(PR_ATTACH_LONG_FILENAME_W, format!("another {number}")).unwrap();
        attachment.save_changes(KEEP).unwrap();
        drop(attachment);
        assert_eq!(table.row_count().unwrap(), ROWS as usize);
    };
    let one = shared.counted(|| edit(&mut table, 0)).0;
    let all = shared.counted(|| (1..ROWS).for_each(|number| edit(&mut table, number))).0;
    assert!(one < 20, "{one} opened for one edit");
    assert!(all <= u64::from(ROWS) * one, "{all} opened for {ROWS} edits, {one} for one");
    table.seek(0).unwrap();
    assert_eq!(batches(&mut table, 50), ROWS as usize);
}

/// Changing one recipient reads nothing, listing apart; saving it reads each row once for the lists
/// of names.
#[test]
fn changing_one_recipient_of_many_writes_one() {
    let bytes = with_rows(500, 0);
    let (message, shared) = counting(&bytes, true);
    assert_eq!(message.recipient_count().unwrap(), 500);
    let mut row = Recipient::new("Zoë", "zoe@example.org");
    row.set(prop(0x3000_0003, PropValue::Long(250)));
    let changed = shared.counted(|| {
        message.modify_recipients(Modify::Modify, std::slice::from_ref(&row)).unwrap();
    });
    assert_eq!(changed, (0, 0, 0));
    let saved = shared.counted(|| message.save_changes(KEEP).unwrap());
    // Its streams, and those of the message: lists of names, properties, times.
    assert!(saved.2 < 60, "{} changes", saved.2);
    assert_eq!(message.recipients().unwrap()[250].display_name().as_deref(), Some("Zoë"));
}

/// What a caller does to the rows of a message.
#[derive(Debug, Clone)]
enum Step {
    Add(u8),
    Change(u8, u8),
    Remove(u8),
    Seek(u8),
    Query(i8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        any::<u8>().prop_map(Step::Add),
        any::<(u8, u8)>().prop_map(|(row, name)| Step::Change(row, name)),
        any::<u8>().prop_map(Step::Remove),
        any::<u8>().prop_map(Step::Seek),
        (-3_i8..4).prop_filter("a count", |n| *n != 0).prop_map(Step::Query),
    ];
    proptest::collection::vec(step, 1..40)
}

fn named(name: u8) -> Recipient {
    Recipient::new(&format!("N{}", name % 8), "n@example.org")
}

/// The names in a table from its first row on, with the numbers of the rows.
fn shown(table: &mut Table<'_>) -> Vec<(i32, String)> {
    table.seek(0).unwrap();
    let rows = table.query_rows(i32::MAX).unwrap();
    let cells =
        |row: &openimsg::Row| (row.get(PR_ROWID).unwrap(), row.get(PR_DISPLAY_NAME_W).unwrap());
    rows.iter().map(cells).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// A table that lives through changes shows what a fresh one shows.
    #[test]
    fn a_live_table_shows_what_a_fresh_one_shows(
        steps in steps(),
        sorted: bool,
        restricted: bool,
        stored: bool,
    ) {
        watchdog::begin(0);
        let first: Vec<_> = (0..6).map(named).collect();
        let bytes = build(|message| message.modify_recipients(Modify::Add, &first).unwrap());
        let message = if stored { edit(&bytes).0 } else {
            let message = fresh();
            message.modify_recipients(Modify::Add, &first).unwrap();
            message
        };
        let open = || {
            let mut table = message.recipient_table().unwrap();
            table.set_columns(&[PR_ROWID.tag(), PR_DISPLAY_NAME_W.tag()]).unwrap();
            if sorted {
                table.sort(&[SortOrder::descending(PR_DISPLAY_NAME_W)]).unwrap();
            }
            if restricted {
                let low = Restriction::property(openimsg::Relop::Lt, PR_DISPLAY_NAME_W, "N5");
                table.restrict(Some(&low)).unwrap();
            }
            table
        };
        let mut live = open();
        let ids = || -> Vec<i32> {
            let all = message.recipients().unwrap();
            all.iter().map(|row| row.row_id().unwrap() as i32).collect()
        };
        let pick = |at: u8| ids().get(usize::from(at) % ids().len().max(1)).copied();
        for step in steps {
            match step {
                Step::Add(name) => {
                    message.modify_recipients(Modify::Add, &[named(name)]).unwrap();
                }
                Step::Change(row, name) => if let Some(id) = pick(row) {
                    let mut row = named(name);
                    row.set(prop(0x3000_0003, PropValue::Long(id)));
                    message.modify_recipients(Modify::Modify, &[row]).unwrap();
                },
                Step::Remove(row) => if let Some(id) = pick(row) {
                    let mut row = Recipient::default();
                    row.set(prop(0x3000_0003, PropValue::Long(id)));
                    message.modify_recipients(Modify::Remove, &[row]).unwrap();
                },
                Step::Seek(row) => live.seek(usize::from(row) % 9).unwrap(),
                Step::Query(count) => {
                    live.query_rows(i32::from(count)).unwrap();
                }
            }
            let mut fresh = open();
            let now = shown(&mut fresh);
            let position = live.query_position().unwrap();
            prop_assert_eq!(position.denominator, now.len().max(1));
            let at = position.row;
            prop_assert_eq!(shown(&mut live), now);
            live.seek(at).unwrap();
        }
    }
}

/// Sizes above 2,048 are nothing special: every operation works, and nothing is lost.
#[test]
fn two_thousand_and_one_hundred_attachments_are_kept() {
    const COUNT: u32 = 2100;
    let file = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    for at in 0..COUNT {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_ATTACH_DATA_BIN, &at.to_le_bytes()[..]).unwrap();
        attachment.save_changes(SaveFlags::empty()).unwrap();
    }
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let bytes = file.to_bytes().unwrap();
    let message = open(&bytes);
    assert_eq!(message.attachment_numbers().unwrap(), (0..COUNT).collect::<Vec<_>>());
    let last = message.open_attach(COUNT - 1).unwrap();
    assert_eq!(last.get(PR_ATTACH_DATA_BIN).unwrap().unwrap(), (COUNT - 1).to_le_bytes());
    let copy = fresh();
    assert_eq!(message.copy_to(&copy, CopyOptions::default()).unwrap(), []);
    assert_eq!(copy.attachment_numbers().unwrap().len(), COUNT as usize);
    let found = openimsg::check_message(&CompoundFile::from_bytes(bytes).unwrap().into());
    assert!(found.unwrap().iter().any(|finding| finding.code() == "row-many"));
}

/// One row more than ids: a file whose last row id is the highest there is takes no other.
#[test]
fn no_row_gets_the_id_of_another() {
    let bytes = build(|message| message.modify_recipients(Modify::Add, &three()).unwrap());
    let bytes = tamper(&bytes, |root| {
        let (old, new) = ("__recip_version1.0_#00000002", "__recip_version1.0_#FFFFFFFF");
        root.rename_element(&common::name(old), &common::name(new)).unwrap();
    });
    let (message, _file) = edit(&bytes);
    let added = message.modify_recipients(Modify::Add, &three()[..1]);
    assert_eq!(code(added), openimsg::Code::TooBig);
    let ids: Vec<_> = message.recipients().unwrap().iter().map(|row| row.row_id()).collect();
    assert_eq!(ids, [Some(0), Some(1), Some(u32::MAX)], "nothing is lost");
    message.modify_recipients(Modify::Replace, &three()[..2]).unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(message.recipient_count().unwrap(), 2);
}

/// The size of a value of 4 GiB and more does not fit into its entry, which says 0xFFFFFFFF then; the
/// length of the stream is the truth, and the rules know it.
#[test]
fn a_value_of_five_gibibytes_has_the_largest_size_there_is() {
    const LEN: u64 = 5 << 30;
    let bytes = build(|message| message.set(PR_SEARCH_KEY, &[7; 100][..]).unwrap());
    for (claimed, sound) in [(u32::MAX, true), (u32::MAX - 1, false), (1 << 30, false)] {
        // Not committed, so nothing of it is written anywhere.
        let file = CompoundFile::edit_bytes(bytes.clone()).unwrap();
        let storage: Arc<dyn Storage> = file.into();
        let stream = storage.open_stream(&common::name("__substg1.0_300B0102"), common::RW);
        stream.unwrap().set_size(LEN).unwrap();
        change_entry(&*storage, 32, 0x300B_0102, |entry| {
            entry[8..12].copy_from_slice(&claimed.to_le_bytes());
        });
        let found = openimsg::check_message(&storage).unwrap();
        let complaint = found.iter().find(|finding| finding.code() == "prop-size");
        assert_eq!(complaint.is_none(), sound, "{claimed:x}");
        let message = Message::open(storage).unwrap();
        let mut data = message.open_stream(PR_SEARCH_KEY.tag(), OpenStream::Read).unwrap();
        assert_eq!(data.size().unwrap(), LEN);
        let mut piece = [1; 100];
        std::io::Seek::seek(&mut data, std::io::SeekFrom::Start(LEN - 50)).unwrap();
        assert_eq!(data.read(&mut piece).unwrap(), 50);
        assert_eq!(piece[..51], [[0; 50].as_slice(), &[1]].concat());
        drop(data);
        assert_eq!(code(message.get(PR_SEARCH_KEY)), openimsg::Code::TooBig);
    }
}

const MIB: usize = 1 << 20;

/// Bytes of a large attachment; each piece is another.
fn fill(piece: &mut [u8], number: usize) {
    for (at, byte) in piece.iter_mut().enumerate() {
        *byte = (at.wrapping_mul(number + 7) >> 3) as u8;
    }
}

fn digest_of(path: &Path) -> (usize, Vec<u8>) {
    let message = Message::open(CompoundFile::open(path).unwrap()).unwrap();
    let attachment = message.open_attach(0).unwrap();
    let mut data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read).unwrap();
    let (mut hash, mut piece, mut len) = (Sha256::new(), vec![0; MIB], 0);
    loop {
        let got = data.read(&mut piece).unwrap();
        if got == 0 {
            return (len, hash.finalize().to_vec());
        }
        hash.update(&piece[..got]);
        len += got;
    }
}

/// The whole way of `benches/scale`, with less: the bytes pass through spilled pages, so memory does
/// not follow their number.
#[test]
fn a_large_attachment_is_written_read_and_copied_in_little_memory() {
    const LEN: usize = 200 * MIB;
    const BOUND: usize = 64 * MIB;
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one.msg", "other.msg"].map(|file| folder.path().join(file));
    let mut hash = Sha256::new();
    let ((), peak, _) = meter::measure(|| {
        let message = Message::create(CompoundFile::create(&one).unwrap()).unwrap();
        let attachment = message.create_attach().unwrap();
        let tag = PR_ATTACH_DATA_BIN.tag();
        let mut data = attachment.open_stream(tag, OpenStream::Create).unwrap();
        let mut piece = vec![0; MIB];
        for number in 0..LEN / MIB {
            fill(&mut piece, number);
            hash.update(&piece);
            data.write_all(&piece).unwrap();
        }
        drop(data);
        attachment.save_changes(SaveFlags::empty()).unwrap();
        message.save_changes(SaveFlags::empty()).unwrap();
    });
    assert!(peak <= BOUND, "{peak} bytes to write");
    let written = (LEN, hash.finalize().to_vec());
    let (read, peak, _) = meter::measure(|| digest_of(&one));
    assert!(read == written && peak <= BOUND, "{peak} bytes to read");
    let ((), peak, _) = meter::measure(|| {
        let from = Message::open(CompoundFile::open(&one).unwrap()).unwrap();
        let to = Message::create(CompoundFile::create(&other).unwrap()).unwrap();
        assert_eq!(from.copy_to(&to, CopyOptions::default()).unwrap(), []);
        to.save_changes(SaveFlags::empty()).unwrap();
    });
    assert!(peak <= BOUND, "{peak} bytes to copy");
    assert!(digest_of(&other) == written, "the copy holds what was written");
}

/// The two ways to one file: what a caller saw through a table and through the list is the same.
#[test]
fn five_thousand_rows_come_out_as_they_went_in() {
    let session = SessionOptions::new().clock(Clock::Fixed(FileTime::UNIX_EPOCH)).seed(1).open();
    let message = session.create_message(CompoundFile::memory()).unwrap();
    let rows: Vec<_> = (0..5000).map(|at| named((at % 251) as u8)).collect();
    for row in &rows {
        message.modify_recipients(Modify::Add, std::slice::from_ref(row)).unwrap();
    }
    message.save_changes(KEEP).unwrap();
    let mut table = message.recipient_table().unwrap();
    table.set_columns(&[PR_ROWID.tag(), PR_DISPLAY_NAME_W.tag()]).unwrap();
    let names: Vec<_> = shown(&mut table).into_iter().map(|(_, name)| name).collect();
    let wanted: Vec<_> = rows.iter().map(|row| row.display_name().unwrap()).collect();
    assert_eq!(names, wanted);
    for id in (0..5000).rev().step_by(2) {
        let mut row = Recipient::default();
        row.set(prop(0x3000_0003, PropValue::Long(id)));
        message.modify_recipients(Modify::Remove, &[row]).unwrap();
    }
    message.save_changes(KEEP).unwrap();
    let left: Vec<_> =
        message.recipients().unwrap().iter().map(|row| row.display_name().unwrap()).collect();
    let wanted: Vec<_> = wanted.into_iter().step_by(2).collect();
    assert_eq!(left, wanted);
    assert_eq!(table.row_count().unwrap(), 2500);
}
