//! What the benches share: counting allocations, touching bytes, medians, sample messages.
#![allow(dead_code, unreachable_pub, reason = "each bench uses a part")]
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![allow(clippy::print_stdout, reason = "a bench says what it measures")]

use openimsg::{CompoundFile, Message, Modify, Recipient, SaveFlags, tags::*};
use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The system's allocator with a count of calls and bytes.
pub struct Counting;

/// Off while times are taken: counting costs something too.
static ON: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

fn count(bytes: usize) {
    if ON.load(Ordering::Relaxed) {
        CALLS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

#[expect(unsafe_code, reason = "an allocator cannot be written without; it only passes calls on")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(old, layout) }
    }
}

/// Calls of the allocator and bytes asked for while `work` runs.
pub fn allocations(work: impl FnOnce()) -> (u64, u64) {
    let before = (CALLS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
    ON.store(true, Ordering::Relaxed);
    work();
    ON.store(false, Ordering::Relaxed);
    let after = (CALLS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
    (after.0 - before.0, after.1 - before.1)
}

/// Looks at every byte, the same way for everybody: a sum of words, which costs next to nothing.
pub fn touch(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)));
    rest.iter().fold(words, |sum, byte| sum.wrapping_add(u64::from(*byte)))
}

pub fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Whether `cargo bench` runs us, or `cargo test` only wants to see that we work.
pub fn is_measuring() -> bool {
    std::env::args().any(|arg| arg == "--bench")
}

/// The value of `--name=VALUE` among our arguments.
pub fn option(name: &str) -> Option<String> {
    let prefix = format!("--{name}=");
    std::env::args().find_map(|arg| arg.strip_prefix(&prefix).map(str::to_owned))
}

/// A saved message with so many recipients and attachments of so many bytes each.
pub fn write_sample(path: &Path, recipients: usize, attachments: usize, bytes: usize) {
    let message = Message::create(CompoundFile::create_or_replace(path).unwrap()).unwrap();
    message.set(PR_SUBJECT_W, "Minutes of the meeting").unwrap();
    message.set(PR_SENDER_NAME_W, "Zoë Ångström").unwrap();
    message.set(PR_SENDER_EMAIL_ADDRESS_W, "zoe@example.org").unwrap();
    message.set(PR_BODY_W, "A line of text, then one more.\r\n".repeat(60)).unwrap();
    let rows: Vec<_> = (0..recipients)
        .map(|n| Recipient::new(&format!("Person {n}"), &format!("person{n}@example.org")))
        .collect();
    message.modify_recipients(Modify::Add, &rows).unwrap();
    let content: Vec<u8> = (0..bytes).map(|n| u8::try_from(n % 251).unwrap()).collect();
    for n in 0..attachments {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_ATTACH_METHOD, 1).unwrap();
        attachment.set(PR_ATTACH_LONG_FILENAME_W, format!("plan {n}.pdf")).unwrap();
        attachment.set(PR_ATTACH_DATA_BIN, &content[..]).unwrap();
        attachment.save_changes(SaveFlags::empty()).unwrap();
    }
    message.save_changes(SaveFlags::empty()).unwrap();
}

/// The corpus, or messages of our own in a folder that goes away by itself.
pub fn files() -> (Vec<PathBuf>, Option<tempfile::TempDir>) {
    if let Some(corpus) = std::env::var_os("OPENIMSG_CORPUS").filter(|corpus| !corpus.is_empty()) {
        let folder = Path::new(&corpus).join("msg");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        println!("files: the corpus that OPENIMSG_CORPUS names");
        return (files, None);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (recipients, attachments, bytes) in
        [(1, 0, 0), (3, 1, 40_000), (10, 3, 150_000), (200, 1, 3_000), (2, 2, 1_000_000)]
    {
        for copy in 0..8 {
            let name = format!("{recipients}-{attachments}-{copy}.msg");
            let path = folder.path().join(name);
            write_sample(&path, recipients, attachments, bytes);
            files.push(path);
        }
    }
    println!("files: samples that we wrote ourselves; OPENIMSG_CORPUS names no corpus");
    (files, Some(folder))
}
