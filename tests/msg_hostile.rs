//! Damaged and hostile files: whatever is in them, the answer is an error or a part, in bounded
//! memory, and it comes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::msg::*;
use common::{corpus_files, name};
use openimsg::{
    Appointment, CompoundFile, Contact, ConversationIndex, CopyOptions, DistList, EntryId, Guid,
    MapiProp, Message, Modify, OpenStream, PropValue, Recipient, Recurrence, Report, SaveFlags,
    Storage, Task, named, read_flat_entry_list, read_verbs, tags::*,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use watchdog::begin;

/// Counts what is allocated, and the most there ever was.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: as our caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as our caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The allocator counts for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn read_props(object: &MapiProp<'_>) {
    let _ = object.prop_list().map(|tags| object.get_props(&tags).map(drop));
    let Ok(stored) = object.stored_props() else { return };
    for prop in stored {
        let _ = object.names_from_ids(&[prop.tag.id()]);
        if let Ok(mut stream) = object.open_stream(prop.tag, OpenStream::Read) {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.as_bytes().map(<[u8]>::len);
        }
    }
}

/// What people ask of a message, and the structured values of whatever it claims to be.
fn read_item(message: &Message<'static>) {
    let bodies = message.bodies();
    let _ = (bodies.plain(), bodies.html(), bodies.rtf(), bodies.native());
    let _ = (message.sent_representing(), message.date());
    let _ = (message.item().map(drop), message.common().verbs());
    let appointment = Appointment::of(message);
    let _ = (appointment.recurrence(), appointment.global_object_id(), appointment.attendees());
    let _ = (Task::of(message).recurrence(), Contact::of(message).emails());
    let _ = (DistList::of(message).members(), Report::of(message).recipients());
    for prop in message.stored_props().unwrap_or_default() {
        let Ok(Some(PropValue::Binary(bytes))) = prop.value else { continue };
        let _ = EntryId::parse(&bytes).map(|id| id.to_bytes());
        let _ = (read_flat_entry_list(&bytes), read_verbs(&bytes));
        let _ = (Recurrence::parse(&bytes), ConversationIndex::parse(&bytes));
    }
}

/// Copies the message to another one, which is saved.
fn copy_all(bytes: &[u8]) {
    let Ok(file) = CompoundFile::from_bytes(bytes.to_vec()) else { return };
    let Ok(message) = Message::open(file) else { return };
    let target = fresh();
    if message.copy_to(&target, CopyOptions::new()).is_ok() {
        target.save_changes(SaveFlags::empty()).unwrap();
    }
}

/// Reads everything that the message layer offers.
fn read_all(message: &Message<'static>) {
    let mut todo = vec![message.clone()];
    while let Some(message) = todo.pop() {
        read_props(&message);
        let _ = (message.recipients(), message.sender(), message.all_names(), message.findings());
        read_item(&message);
        let _ = message.recipient_table().and_then(|mut table| table.query_rows(50));
        let _ = message.attachment_table().and_then(|mut table| table.query_rows(50));
        for number in message.attachment_numbers().unwrap_or_default() {
            let Ok(attachment) = message.open_attach(number) else { continue };
            read_props(&attachment);
            let _ = (attachment.method(), attachment.file_name());
            let _ = (attachment.disposition(), attachment.as_file().map(drop));
            match attachment.open_message() {
                Ok(inner) => todo.push(inner),
                Err(_) => drop(attachment.open_storage().and_then(|raw| raw.elements())),
            }
        }
    }
}

/// Changes what can be changed and saves.
fn change_all(message: &Message<'static>) {
    let _ = message.set(PR_SUBJECT_W, "RE: changed");
    let _ = message.set(PR_IMPORTANCE, 2);
    let _ = message.set(named::PID_LID_LOCATION, "Room 7");
    let _ = message.modify_recipients(Modify::Add, &[Recipient::new("Ana", "ana@example.org")]);
    if let Ok(mut rows) = message.recipients() {
        rows.truncate(1);
        let _ = message.modify_recipients(Modify::Modify, &rows);
    }
    for number in message.attachment_numbers().unwrap_or_default().into_iter().take(3) {
        let Ok(attachment) = message.open_attach(number) else { continue };
        let _ = attachment.set(PR_ATTACH_LONG_FILENAME_W, "changed");
        if let Ok(inner) = attachment.open_message() {
            let _ = inner.set(PR_BODY_W, "changed");
            let _ = inner.save_changes(SaveFlags::KEEP_OPEN_READWRITE);
        }
        let _ = attachment.save_changes(SaveFlags::KEEP_OPEN_READWRITE);
    }
    let _ = message.create_attach().and_then(|new| new.save_changes(SaveFlags::empty()));
    let _ = message.save_changes(SaveFlags::KEEP_OPEN_READWRITE);
    let _ = message.delete_attach(0);
    let _ = message.save_changes(SaveFlags::empty());
}

fn exercise(bytes: &[u8], edit: bool) {
    if let Ok(file) = CompoundFile::from_bytes(bytes.to_vec()) {
        let file: Arc<dyn Storage> = file.into();
        let _ = openimsg::check_message(&file);
        if let Ok(message) = Message::open(file) {
            read_all(&message);
        }
    }
    if edit && let Ok(file) = CompoundFile::edit_bytes(bytes.to_vec()) {
        let file = Arc::new(file);
        if let Ok(message) = Message::open(Arc::clone(&file) as Arc<dyn Storage>) {
            change_all(&message);
            drop(message);
            let bytes = file.to_bytes().unwrap();
            let saved = Message::open(CompoundFile::from_bytes(bytes).unwrap());
            saved.and_then(|saved| saved.prop_list()).map(drop).unwrap_or_default();
        }
    }
}

/// The same with an upper bound of the memory it takes.
fn exercise_within(bytes: &[u8], edit: bool) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    exercise(bytes, edit);
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    // Reading keeps two copies of the file, editing makes new ones.
    let bound = 4 * bytes.len() + (16 << 20);
    assert!(peak <= bound, "{peak} bytes for a file of {}", bytes.len());
    PEAK.store(before, Ordering::Relaxed);
    copy_all(bytes);
    let peak = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    // What is copied waits in memory up to a bound of its own, and is written from there.
    assert!(peak <= bound + (64 << 20), "{peak} bytes to copy a file of {}", bytes.len());
}

fn sample() -> Vec<u8> {
    let session = reproducible().open();
    let (file, storage) = file();
    let message = session.create_message(storage).unwrap();
    everything(&message);
    message.save_changes(SaveFlags::empty()).unwrap();
    file.to_bytes().unwrap()
}

/// A generator that needs no crate: xorshift with a multiplication.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }
}

fn mutate(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        match random.below(8) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = 0xFF,
            2 => {
                let at = at & !3;
                let value = [0, 1, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x1000][random.below(6)];
                if let Some(slot) = bytes.get_mut(at..at + 4) {
                    slot.copy_from_slice(&u32::to_le_bytes(value));
                }
            }
            3 => {
                let (from, to) = (at & !15, random.below(bytes.len()) & !15);
                let piece: Vec<u8> = bytes[from..].iter().take(16).copied().collect();
                bytes[to..].iter_mut().zip(piece).for_each(|(slot, byte)| *slot = byte);
            }
            4 => bytes[at] = bytes[at].wrapping_add(1),
            5 => {
                // A small field of a small value: indices, types, colours.
                bytes[at] = u8::try_from(random.below(32)).unwrap();
            }
            6 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0),
            _ => bytes[at] = u8::try_from(random.below(256)).unwrap(),
        }
    }
}

#[test]
fn nothing_panics_hangs_or_takes_more_memory_than_the_file_allows() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = sample();
    exercise_within(&bytes, true);
    for path in corpus_files("msg_hostile", "hostile") {
        begin(0);
        let bytes = std::fs::read(&path).unwrap();
        exercise_within(&bytes, true);
    }
    for cut in 0..64 {
        begin(cut);
        let len = bytes.len() * usize::try_from(cut).unwrap() / 64;
        exercise_within(&bytes[..len], true);
    }
    for seed in 1..=10_000_u64 {
        begin(seed);
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut mutated = bytes.clone();
        mutate(&mut mutated, &mut random);
        let done = std::panic::catch_unwind(|| exercise_within(&mutated, seed % 3 == 0));
        assert!(done.is_ok(), "seed {seed}");
    }
}

/// Deep nesting and a long list, built by hand: no recursion, no square time.
#[test]
fn deep_and_wide_files_are_read_to_their_limits() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    begin(0);
    let file = CompoundFile::memory();
    put(&file, PROPS, &[0; 32]);
    let mut below: Arc<dyn Storage> = Arc::new(file);
    let top = Arc::clone(&below);
    let mut chain = Vec::new();
    for _ in 0..3000 {
        let attachment =
            below.create_storage(&name("__attach_version1.0_#00000000"), common::RW).unwrap();
        put(&*attachment, PROPS, &[0; 8]);
        let inner = attachment.create_storage(&name("__substg1.0_3701000D"), common::RW).unwrap();
        put(&*inner, PROPS, &[0; 24]);
        chain.push(attachment);
        below = inner;
    }
    drop((chain, below));
    top.set_class(Guid::CLSID_MAIL_MESSAGE).unwrap();
    top.commit(openimsg::CommitFlags::empty()).unwrap();
    let message = Message::open(Arc::clone(&top)).unwrap();
    read_all(&message);
    drop(message);
    let found = openimsg::check_message(&top).unwrap();
    assert!(found.iter().any(|finding| finding.code() == "nesting"));
}
