//! Damaged and hostile mails, and very large ones: whatever they are, the answer is a message or an
//! error, in bounded memory, and it comes.
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

use common::corpus_files;
use openimsg::mime::{Conversion, ImportOptions, read_eml};
use openimsg::{CompoundFile, Message, Result, SaveFlags, tags::*};
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// A small generator: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// The allocator counts for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most memory that some work had more than before, in bytes.
fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let done = work();
    (done, PEAK.load(Ordering::Relaxed) - before)
}

const MIB: usize = 1 << 20;

fn import(bytes: &[u8]) -> Result<(Message<'static>, Conversion)> {
    let message = Message::create(CompoundFile::memory())?;
    let conversion = read_eml(Cursor::new(bytes), &message, &ImportOptions::default())?;
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
    Ok((message, conversion))
}

/// What an attachment or a recipient may cost.
const ROW: usize = 12 << 10;

/// Reads any bytes; what comes out can be read again.
fn exercise(bytes: &[u8]) {
    let (done, peak) = peak_of(|| import(bytes));
    let (message, _) = done.unwrap();
    let numbers = message.attachment_numbers().unwrap();
    let rows = message.recipient_count().unwrap() + numbers.len();
    let bound = 24 * MIB + 64 * bytes.len() + ROW * rows;
    assert!(peak <= bound, "{peak} of {bound} for {} bytes, {rows} rows", bytes.len());
    message.recipients().unwrap();
    for number in numbers {
        message.open_attach(number).unwrap().content().unwrap();
    }
}

const SMALL: &str = "\
From: =?utf-8?Q?Ana?= <ana@example.org>\r\nTo: G: a@example.org, \"b\" <b@example.org>;\r\n\
Subject: =?utf-8?B?w6k=?=\r\nDate: Tue, 05 Mar 2024 14:03:22 +0000\r\nX-Y: z\r\n\
Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\
Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n\
Content-Type: text/plain; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
a=C3=A9 \r\nb=\r\nc\r\n--a\r\nContent-Type: text/html; charset=utf-7\r\n\r\n<p>+AGE-</p>\r\n--a--\r\n\
--m\r\nContent-Type: image/png; name*0*=utf-8''%41; name*1=b\r\nContent-Transfer-Encoding: base64\
\r\n\r\nAAAA\r\n--m\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n\
U3ViamVjdDogeA0KDQp0ZXh0\r\n--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\
Content-Type: multipart/report; boundary=r\r\n\r\n--r\r\n\r\nx\r\n--r\r\n\
Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nFinal-Recipient: rfc822;q@example.org\r\n\
Action: failed\r\nStatus: 5.1.1\r\n--r--\r\n--m\r\nContent-Transfer-Encoding: x-uuencode\r\n\
Content-Disposition: attachment; filename=u\r\n\r\nbegin 644 u\r\n#0V%T\r\nend\r\n--m--\r\n";

#[test]
fn mails_cut_at_any_byte_are_read() {
    let _alone = alone();
    for len in 0..=SMALL.len() {
        begin(len as u64);
        exercise(&SMALL.as_bytes()[..len]);
    }
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const PIECES: [&[u8]; 16] = [
        b"\r\n",
        b"\n\n",
        b"--m",
        b"--a--",
        b"--",
        b"=?",
        b"?=",
        b"=",
        b"\"",
        b"<",
        b">",
        b";",
        b":",
        b"\0",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: multipart/x; boundary=m\r\n\r\n",
    ];
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] = random.next() as u8,
            1 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let end = (at + random.below(200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
}

#[test]
fn mails_with_random_damage_are_read() {
    let _alone = alone();
    for seed in 1..=3000 {
        begin(seed);
        let mut bytes = SMALL.as_bytes().to_vec();
        mutate(&mut bytes, &mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let done = std::panic::catch_unwind(|| exercise(&bytes));
        assert!(done.is_ok(), "seed {seed}: {}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn damaged_mails_of_the_corpus_are_read() {
    let _alone = alone();
    for path in corpus_files("damaged_mails_of_the_corpus_are_read", "eml") {
        let bytes = std::fs::read(&path).unwrap();
        // Larger ones hold nothing but larger attachments.
        if bytes.len() > 100_000 {
            continue;
        }
        for seed in 1..=4 {
            begin(seed);
            let mut damaged = bytes.clone();
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            mutate(&mut damaged, &mut random);
            let cut = random.below(damaged.len() + 1);
            for bytes in [&damaged[..], &damaged[..cut]] {
                let done = std::panic::catch_unwind(|| exercise(bytes));
                assert!(done.is_ok(), "{} seed {seed}", path.display());
            }
        }
    }
}

#[test]
fn nesting_without_end_is_no_danger() {
    let _alone = alone();
    begin(1);
    // Parts in parts, each with a boundary of its own.
    let mut mail = String::new();
    for level in 0..20_000 {
        mail.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        ));
    }
    mail.push_str("\r\ntext\r\n");
    exercise(mail.as_bytes());
    begin(2);
    // All with the same.
    exercise("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(20_000).as_bytes());
    begin(3);
    // Mails in mails.
    let mail = "Subject: x\r\nContent-Type: message/rfc822\r\n\r\n".repeat(20_000);
    exercise(mail.as_bytes());
    begin(4);
    // Boundaries of open levels everywhere.
    let mut mail = String::new();
    for level in 0..90 {
        mail.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"
        ));
    }
    mail.push_str(&"--b\r\n--c0\r\n-----\r\n".repeat(20_000));
    exercise(mail.as_bytes());
}

#[test]
fn headers_without_end_are_no_danger() {
    let _alone = alone();
    let long = |begins: &str, piece: &str| {
        let mut header = begins.to_owned();
        while header.len() < 2 * MIB {
            header.push_str(piece);
        }
        header.push_str("\r\n\r\ntext");
        header
    };
    for (index, (begins, piece)) in [
        ("Subject: ", "x"),
        ("Subject: ", "=?utf-8?Q?a?= "),
        ("Subject: ", "=?"),
        ("Subject: ", "=?utf-8?q?"),
        ("To: ", "a@example.org, "),
        ("To: ", "("),
        ("To: ", "\""),
        ("To: ", "<"),
        ("To: ", "a:"),
        ("To: ", " =?x?q?"),
        ("To: ", ","),
        ("Content-Type: multipart/mixed; ", "boundary*0*=x; "),
        ("Content-Type: text/plain; name=\"", "\\"),
        ("Content-Type: text/plain; ", "a"),
        ("Keywords: ", "a,"),
        ("", "X: y\r\n"),
        ("X: y\r\n", " z\r\n"),
    ]
    .into_iter()
    .enumerate()
    {
        begin(index as u64);
        exercise(long(begins, piece).as_bytes());
    }
    begin(100);
    // As many names as a file can have, and more.
    let mut mail = String::new();
    for number in 0..40_000 {
        mail.push_str(&format!("X-{number}: y\r\n"));
    }
    exercise(mail.as_bytes());
}

#[test]
fn a_hundred_thousand_parts_are_as_many_attachments() {
    let _alone = alone();
    begin(1);
    const COUNT: usize = 100_000;
    let mut mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    mail.push_str("--b\r\n\r\nbody\r\n");
    mail.push_str(&"--b\r\nContent-Type: image/png; name=a.png\r\n\r\nx\r\n".repeat(COUNT));
    mail.push_str("--b--\r\n");
    let message = Message::create(CompoundFile::memory()).unwrap();
    let (done, peak) =
        peak_of(|| read_eml(Cursor::new(&mail), &message, &ImportOptions::default()));
    assert_eq!(done.unwrap(), Conversion::default());
    println!("{peak} bytes for {COUNT} parts");
    assert!(peak / COUNT <= ROW, "{} bytes for each part", peak / COUNT);
    assert_eq!(message.attachment_numbers().unwrap().len(), COUNT);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("body"));
}

/// A mail with an attachment of any size, made while it is read.
struct Large {
    head: Vec<u8>,
    lines: u64,
    at: u64,
}

const LINE: &[u8] =
    b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n";

impl Large {
    fn len(&self) -> u64 {
        self.head.len() as u64 + self.lines * LINE.len() as u64
    }
}

impl Read for Large {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() && self.at < self.len() {
            let rest = match self.head.get(self.at as usize..) {
                Some(rest) if !rest.is_empty() => rest,
                _ => &LINE[((self.at - self.head.len() as u64) % LINE.len() as u64) as usize..],
            };
            let len = rest.len().min(buffer.len() - done);
            buffer[done..done + len].copy_from_slice(&rest[..len]);
            done += len;
            self.at += len as u64;
        }
        Ok(done)
    }
}

impl Seek for Large {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.len().saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

#[test]
fn an_attachment_of_two_hundred_megabytes_needs_no_memory_of_its_size() {
    let _alone = alone();
    begin(1);
    let head = b"Subject: large\r\nContent-Type: application/zip; name=a.zip\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n";
    let lines = 200_000_000 / 57;
    let mail = Large { head: head.to_vec(), lines, at: 0 };
    let folder = tempfile::tempdir().unwrap();
    let file = CompoundFile::create(folder.path().join("large.msg")).unwrap();
    let message = Message::create(file).unwrap();
    let (done, peak) = peak_of(|| read_eml(mail, &message, &ImportOptions::default()));
    assert_eq!(done.unwrap(), Conversion::default());
    println!("{peak} bytes of memory");
    assert!(peak <= 80 * MIB, "{peak} bytes of memory");
    begin(2);
    let attachment = message.open_attach(0).unwrap();
    let size = attachment.get(PR_ATTACH_SIZE).unwrap().unwrap();
    assert!(u64::try_from(size).unwrap() >= lines * 57);
}
