//! Damaged and hostile TNEF streams: a part or an error, in bounded memory, and it comes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/meter.rs"]
mod meter;
#[path = "common/tnef.rs"]
mod tnef;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::corpus_files;
use common::msg::fresh;
use openimsg::mime::{Conversion, ImportOptions, read_tnef};
use openimsg::{Code, Message, SaveFlags, Storage, tags::*};
use std::io::{Cursor, Read, Seek, SeekFrom};
use tnef::*;
use watchdog::begin;

#[global_allocator]
static METER: meter::Meter = meter::Meter;

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
        (self.next() % end as u64) as usize
    }
}

/// Reads and saves. What was read is bounded by the bytes there are.
fn exercise(bytes: &[u8]) -> (Message<'static>, Option<Conversion>) {
    let message = fresh();
    let report = match read_tnef(Cursor::new(bytes), &message, &ImportOptions::default()) {
        Ok(report) => Some(report),
        Err(error) => {
            assert_eq!(error.code(), Code::CorruptData, "{error}");
            None
        }
    };
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    (message, report)
}

/// The same in bounded memory: some copies of the bytes, and a little for each thing in them.
fn exercise_within(bytes: &[u8]) -> (Message<'static>, Option<Conversion>) {
    let (done, peak, _) = meter::measure(|| exercise(bytes));
    let bound = 8 * bytes.len() + (8 << 20);
    assert!(peak <= bound, "{peak} bytes for a stream of {}", bytes.len());
    done
}

/// Something of everything.
fn sample() -> Vec<u8> {
    let inner = Tnef::usual(1252)
        .message(0x0001_8004, b"inside\0")
        .recipients(&[List::new().text(0x3001, "Bob")])
        .rendering(1, 0)
        .attachment(0x0006_800F, &[7; 300]);
    let file = openimsg::CompoundFile::memory();
    let stream = file.create_stream(&common::name("CONTENTS"), common::RW).unwrap();
    stream.write_at(0, &[7; 700]).unwrap();
    file.commit(openimsg::CommitFlags::empty()).unwrap();
    let object = file.to_bytes().unwrap();
    let list = List::new()
        .text(0x0037, "subject")
        .named([9; 16], 0x8208, |list| list.text(0x8003, "Room 7"))
        .named_text([9; 16], "Keywords", |list| {
            list.variable_array(0x101F, 0x8002, &[wide("boat"), wide("harbour")])
        })
        .fixed_array(0x1003, 0x6601, &[&[1, 0, 0, 0], &[2, 0, 0, 0]])
        .binary(0x1009, &[3; 400])
        .text8(0x1000, "body");
    Tnef::usual(1252)
        .message(0x0007_8008, &narrow("IPM.Microsoft Mail.Note"))
        .message(0x0000_8000, &triple("Ana", "SMTP:ana@example.org"))
        .message(0x0006_0000, &counted("Ana", "SMTP:ana@example.org"))
        .message(0x0003_8005, &date([2020, 3, 1, 10, 0, 0, 0]))
        .props(&list)
        .recipients(&[
            List::new().long(0x0C15, 1).text(0x3001, "Ana"),
            List::new().text8(0x3001, "Z"),
        ])
        .rendering(1, 5)
        .attachment(0x0001_8010, b"A.TXT\0")
        .attachment(0x0003_8013, &date([2020, 3, 1, 10, 0, 0, 0]))
        .attachment(0x0006_800F, &[1; 500])
        .attach_props(&List::new().text(0x3707, "a.txt").long(0x3705, 1))
        .rendering(1, 6)
        .attach_props(&List::new().long(0x3705, 5).object(0x3701, IID_MESSAGE, &inner.bytes()))
        .rendering(2, 7)
        .attach_props(&List::new().long(0x3705, 6).object(0x3701, IID_STORAGE, &object))
        .bytes()
}

fn mutate(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        let numbers = [0, 1, 2, 4, 0x10, 0x1000, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF];
        match random.below(7) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => bytes[at] = random.below(32) as u8,
            3 | 4 => {
                let number = u32::to_le_bytes(numbers[random.below(numbers.len())]);
                bytes[at..].iter_mut().zip(number).for_each(|(slot, byte)| *slot = byte);
            }
            5 => {
                let from = random.below(bytes.len());
                let piece: Vec<u8> = bytes[from..].iter().take(16).copied().collect();
                bytes[at..].iter_mut().zip(piece).for_each(|(slot, byte)| *slot = byte);
            }
            _ => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0),
        }
    }
}

#[test]
fn every_cut_gives_a_part() {
    let whole = sample();
    let mut most = 0;
    for len in 0..=whole.len() {
        begin(len as u64);
        let (message, _) = exercise_within(&whole[..len]);
        let count = message.attachment_numbers().unwrap().len();
        assert!(count >= most, "a longer part has less in it");
        most = count;
    }
    assert_eq!(most, 3);
}

#[test]
fn damage_costs_memory_and_time_only_by_what_is_there() {
    let whole = sample();
    for seed in 1..=4_000_u64 {
        begin(seed);
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut bytes = whole.clone();
        mutate(&mut bytes, &mut random);
        let done = std::panic::catch_unwind(|| drop(exercise_within(&bytes)));
        assert!(done.is_ok(), "seed {seed}");
    }
}

#[test]
fn real_files_cut_and_damaged() {
    for path in corpus_files("real_files_cut", "tnef") {
        let whole = std::fs::read(&path).unwrap();
        exercise_within(&whole);
        // Every 64th byte of the small ones; of large ones as many places.
        let step = (whole.len() / 300).next_multiple_of(64).max(64);
        for len in (0..whole.len()).step_by(step) {
            begin(len as u64);
            exercise_within(&whole[..len]);
        }
        for seed in 1..=100_u64 {
            begin(seed);
            let mut bytes = whole.clone();
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            // Near the structures, not in the middle of a picture.
            let head = bytes.len().min(6_000);
            mutate(&mut bytes[..head], &mut random);
            exercise_within(&bytes);
        }
    }
}

/// Counts and lengths that promise what is not there: nothing is asked for on their word.
#[test]
fn promises_are_not_believed() {
    begin(0);
    let huge = u32::MAX.to_le_bytes();
    let mut lists = Vec::new();
    // A list of so many properties; an array of so many numbers, texts; a text, an object so long.
    lists.push(huge.to_vec());
    for tag in
        [[3, 0x10, 1, 0x66], [0x1F, 0x10, 1, 0x66], [2, 0x11, 1, 0x66], [0x48, 0x10, 1, 0x66]]
    {
        lists.push([&[1, 0, 0, 0], &tag[..], &huge].concat());
    }
    for tag in [[0x1F, 0, 1, 0x66], [0x1E, 0, 1, 0x66], [2, 1, 1, 0x66], [0x0D, 0, 1, 0x37]] {
        lists.push([&[1, 0, 0, 0], &tag[..], &[1, 0, 0, 0], &huge, &[0; 40]].concat());
        lists.push([&[1, 0, 0, 0], &tag[..], &huge, &[4, 0, 0, 0], &[0; 4]].concat());
    }
    // A name so long.
    lists.push([&[1, 0, 0, 0, 3, 0, 0, 0x80], &[9; 16][..], &[1, 0, 0, 0], &huge].concat());
    for list in lists {
        for level in [1, 2] {
            let id = if level == 1 { 0x0006_9003 } else { 0x0006_9005 };
            let (_, report) =
                exercise_within(&Tnef::usual(1252).attribute(level, id, &list).bytes());
            assert!(!report.unwrap().findings.is_empty());
        }
        let rows = [&huge[..], &list].concat();
        exercise_within(&Tnef::usual(1252).message(0x0006_9004, &rows).bytes());
    }
    // An attribute so long.
    let stream = Tnef::usual(1252).raw(&[1, 4, 0x80, 1, 0]).raw(&huge).raw(b"subject");
    let (message, _) = exercise_within(&stream.bytes());
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("subject"));
}

/// Thousands of the smallest things there are.
#[test]
fn wide_streams_are_read_in_bounded_memory() {
    begin(0);
    let mut attachments = Tnef::usual(1252);
    let mut unknown = Tnef::usual(1252);
    for _ in 0..2_000 {
        attachments = attachments.rendering(1, 0);
    }
    for _ in 0..50_000 {
        unknown = unknown.message(0x0006_7777, b"");
    }
    let (message, _) = exercise_within(&attachments.bytes());
    assert_eq!(message.attachment_numbers().unwrap().len(), 2_000);
    begin(1);
    let (_, report) = exercise_within(&unknown.bytes());
    let report = report.unwrap();
    assert_eq!(report.losses.len() as u64 + report.more_losses, 50_000);
    begin(2);
    let row = List::new().long(0x0C15, 1);
    let rows = vec![row; 5_000];
    let (message, _) = exercise_within(&Tnef::usual(1252).recipients(&rows).bytes());
    assert_eq!(message.recipient_count().unwrap(), 5_000);
    begin(3);
    let mut damaged = Tnef::usual(1252);
    for _ in 0..50_000 {
        damaged = damaged.raw(&[1, 4, 0x80, 1, 0, 0, 0, 0, 0, 9, 9]);
    }
    let (_, report) = exercise_within(&damaged.bytes());
    assert_eq!(report.unwrap().findings.len(), 1_000);
    begin(4);
    let mut list = List::new();
    for number in 0..17_000_u32 {
        list = list.named([9; 16], number, |list| list.long(0x8000, 1));
    }
    let stream = Tnef::usual(1252).props(&list).message(0x0001_8004, b"x\0");
    let (_, report) = exercise_within(&stream.bytes());
    // More than an object may have.
    assert!(report.unwrap().losses.len() > 500);
}

/// Messages in a message: how many, and how deep.
#[test]
fn many_and_deep_messages_are_read_to_their_limits() {
    begin(0);
    let mut deep = Tnef::usual(1252);
    for _ in 0..500 {
        let list = List::new().object(0x3701, IID_MESSAGE, &deep.bytes());
        deep = Tnef::usual(1252).rendering(1, 0).attach_props(&list);
    }
    let (_, report) = exercise_within(&deep.bytes());
    assert_eq!(report.unwrap().findings[0].code(), "tnef-depth");
    begin(1);
    let mut wide = Tnef::usual(1252);
    for _ in 0..1_030 {
        let list = List::new().object(0x3701, IID_MESSAGE, &Tnef::new().bytes());
        wide = wide.rendering(1, 0).attach_props(&list);
    }
    let message = fresh();
    let source = Cursor::new(wide.bytes());
    let report = read_tnef(source, &message, &ImportOptions::default()).unwrap();
    // 1 024 messages, and the others as bytes, each told of twice.
    assert_eq!(message.attachment_numbers().unwrap().len(), 1_030);
    assert_eq!(report.findings.iter().filter(|f| f.code() == "tnef-depth").count(), 6);
}

/// A source that fails, or ends before it said it would.
struct Failing {
    inner: Cursor<Vec<u8>>,
    good: u64,
    fails: bool,
}

impl Read for Failing {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let left = self.good.saturating_sub(self.inner.position());
        if left == 0 && self.fails {
            return Err(std::io::Error::other("the disk is gone"));
        }
        let len = out.len().min(left as usize);
        self.inner.read(&mut out[..len])
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn a_source_may_fail_anywhere() {
    let whole = sample();
    for good in (0..whole.len() as u64).step_by(7) {
        begin(good);
        for fails in [false, true] {
            let message = fresh();
            let source = Failing { inner: Cursor::new(whole.clone()), good, fails };
            let read = read_tnef(source, &message, &ImportOptions::default());
            match (fails, read) {
                (true, read) => assert_eq!(common::msg::code(read), Code::StgReadFault),
                (false, Ok(report)) => assert!(!report.findings.is_empty()),
                (false, Err(error)) => assert_eq!(error.code(), Code::CorruptData),
            }
        }
    }
}

/// A stream that is nowhere whole: bytes, and zeros between them.
struct Long {
    parts: Vec<(Vec<u8>, u64)>,
    at: u64,
}

impl Long {
    fn len(&self) -> u64 {
        self.parts.iter().map(|(bytes, zeros)| bytes.len() as u64 + zeros).sum()
    }
}

impl Read for Long {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut start = 0;
        for (bytes, zeros) in &self.parts {
            let end = start + bytes.len() as u64 + zeros;
            if self.at < end {
                let len = out.len().min((end - self.at) as usize);
                let skip = ((self.at - start) as usize).min(bytes.len());
                out[..len].fill(0);
                out[..len].iter_mut().zip(&bytes[skip..]).for_each(|(slot, byte)| *slot = *byte);
                self.at += len as u64;
                return Ok(len);
            }
            start = end;
        }
        Ok(0)
    }
}

impl Seek for Long {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
            SeekFrom::End(by) => self.len().saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

/// Data of 100 MiB in attAttachData, and as many in attAttachment, on their way into a file: less than
/// half of one of them is in memory at any time.
#[test]
fn long_data_go_through_in_pieces() {
    const LEN: u64 = 100 << 20;
    begin(0);
    let header = |id: u32, len: u64| {
        let mut bytes = vec![2];
        bytes.extend(id.to_le_bytes());
        bytes.extend((len as u32).to_le_bytes());
        bytes
    };
    let data = header(0x0006_800F, LEN);
    // One property: PR_ATTACH_DATA_BIN, one value, its length.
    let mut list = vec![1, 0, 0, 0, 0x02, 0x01, 0x01, 0x37, 1, 0, 0, 0];
    list.extend((LEN as u32).to_le_bytes());
    let sum: u16 = list.iter().map(|byte| u16::from(*byte)).sum();
    let second = Tnef::from(vec![0, 0]).rendering(1, 0).bytes();
    let props = [header(0x0006_9005, LEN + list.len() as u64), list].concat();
    let first = Tnef::usual(1252).rendering(1, 0).bytes();
    let source = Long {
        parts: vec![
            ([first, data].concat(), LEN),
            ([second, props].concat(), LEN),
            (sum.to_le_bytes().to_vec(), 0),
        ],
        at: 0,
    };
    let path = std::env::temp_dir().join(format!("openimsg-tnef-{}.msg", std::process::id()));
    let ((), peak, _) = meter::measure(|| {
        let file = openimsg::CompoundFile::create_or_replace(&path).unwrap();
        let message = Message::create(file).unwrap();
        let report = read_tnef(source, &message, &ImportOptions::default()).unwrap();
        assert_eq!(report, Conversion::default());
        message.save_changes(SaveFlags::empty()).unwrap();
    });
    let message = Message::open(openimsg::CompoundFile::open(&path).unwrap()).unwrap();
    for number in [0, 1] {
        let file = message.open_attach(number).unwrap();
        let how = openimsg::OpenStream::Read;
        let stream = file.open_stream(PR_ATTACH_DATA_BIN.tag(), how).unwrap();
        assert_eq!(stream.size().unwrap(), LEN);
    }
    drop(message);
    std::fs::remove_file(path).unwrap();
    assert!(peak < 48 << 20, "{peak} bytes in memory");
}
