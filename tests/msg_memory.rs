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
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        NOW.fetch_add(layout.size(), Ordering::Relaxed);
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

/// Spec: C-020
#[test]
fn ten_thousand_open_messages_cost_eight_kibibytes_each() {
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
    let bytes = file.to_bytes().unwrap();
    drop(file);

    let session = Session::new();
    let before = NOW.load(Ordering::Relaxed);
    let messages: Vec<_> = (0..10_000)
        .map(|_| {
            let message = session.open_message(CompoundFile::from_bytes(bytes.clone()).unwrap());
            let message = message.unwrap();
            assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: one of many"));
            message
        })
        .collect();
    let each = (NOW.load(Ordering::Relaxed) - before) / messages.len() - bytes.len();
    assert!(each <= 8 << 10, "{each} bytes each");
    assert_eq!(session.open_messages(), 10_000);
    drop(messages);
    session.close();
    assert!(NOW.load(Ordering::Relaxed) <= before + (1 << 20), "everything is given back");
}
