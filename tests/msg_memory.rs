//! What an open message costs: ten thousand of them at once.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

use openimsg::{CompoundFile, Message, Modify, Recipient, SaveFlags, Session, Storage, tags::*};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);
/// The counts are of the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: everything is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        NOW.fetch_add(layout.size(), Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as our caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as our caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn sample() -> Vec<u8> {
    let file = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Note").unwrap();
    message.set(PR_SUBJECT_W, "RE: one of many").unwrap();
    message.set(PR_BODY_W, "a body").unwrap();
    message.modify_recipients(Modify::Add, &[Recipient::new("Ana", "ana@example.org")]).unwrap();
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_DATA_BIN, b"data").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop((message, attachment));
    file.to_bytes().unwrap()
}

fn open<'s>(session: &'s Session, bytes: &[u8], writable: bool) -> Message<'s> {
    let bytes = bytes.to_vec();
    let file = match writable {
        true => CompoundFile::edit_bytes(bytes),
        false => CompoundFile::from_bytes(bytes),
    };
    let message = session.open_message(file.unwrap()).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: one of many"));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("a body"));
    message
}

/// Spec: C-020
#[test]
fn ten_thousand_open_messages_cost_eight_kibibytes_each() {
    let _alone = ALONE.lock();
    let bytes = sample();
    for writable in [false, true] {
        let session = Session::new();
        let before = NOW.load(Ordering::Relaxed);
        let messages: Vec<_> = (0..10_000).map(|_| open(&session, &bytes, writable)).collect();
        let each = (NOW.load(Ordering::Relaxed) - before) / messages.len() - bytes.len();
        assert!(each <= 8 << 10, "{each} bytes each, writable: {writable}");
        assert_eq!(session.open_messages(), 10_000);
        drop(messages);
        session.close();
        assert!(NOW.load(Ordering::Relaxed) <= before + (1 << 20), "everything is given back");
    }
}

/// Each with an attachment and a table of recipients that was read. What is only read leaves nothing
/// behind, also in a message that is open for change.
#[test]
fn an_attachment_and_a_table_of_each_fit_beside_it() {
    let _alone = ALONE.lock();
    let bytes = sample();
    for (writable, bound) in [(false, 8 << 10), (true, 12 << 10)] {
        let session = Session::new();
        let before = NOW.load(Ordering::Relaxed);
        let messages: Vec<_> = (0..1000)
            .map(|_| {
                let message = open(&session, &bytes, writable);
                let mut table = message.recipient_table().unwrap();
                table.set_columns(&[PR_DISPLAY_NAME_W.tag()]).unwrap();
                assert_eq!(table.query_rows(10).unwrap().len(), 1);
                (message.open_attach(0).unwrap(), table, message)
            })
            .collect();
        let each = (NOW.load(Ordering::Relaxed) - before) / messages.len() - bytes.len();
        assert!(each <= bound, "{each} bytes each, writable: {writable}");
    }
}

/// Closing gives back what each message has, and does no more for ten times as many than ten times
/// as much.
#[test]
fn closing_does_the_same_work_for_each_message() {
    let _alone = ALONE.lock();
    let bytes = sample();
    let work = |count: usize| {
        let session = Session::new();
        let messages: Vec<_> = (0..count).map(|_| open(&session, &bytes, true)).collect();
        let before = CALLS.load(Ordering::Relaxed);
        // Handles that are held by somebody who forgot them.
        std::mem::forget(messages);
        session.close();
        CALLS.load(Ordering::Relaxed) - before
    };
    let (few, many) = (work(100), work(1000));
    assert!(many <= 10 * few + few, "{few} calls of the allocator for 100, {many} for 1000");
}
