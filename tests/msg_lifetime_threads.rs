//! Messages used, closed and let go of by several threads at once. Spec: imessage-contract 1.8 to 1.10.
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

use common::mock::over;
use common::msg::*;
use openimsg::mapi::session::{
    OpenOnStorage, close_session, is_same_object, open_message, open_session,
};
use openimsg::mapi::tables::ComTable;
use openimsg::mapi::{attach, props};
use openimsg::{
    Code, CompoundFile, Message, MessageOptions, OpenStream, Result, SeekOrigin, SeekStream,
    Session, Storage, tags::*,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex};

fn session() -> usize {
    let mut session = None;
    open_session(Some(Arc::new(0_u8)), 0, Some(&mut session)).unwrap();
    session.unwrap()
}

/// Opens in a session, with a callback that counts.
fn open_in(
    session: usize,
    storage: Arc<dyn Storage>,
    ended: &Arc<AtomicU32>,
) -> Result<Message<'static>> {
    let ended = Arc::clone(ended);
    let open = OpenOnStorage {
        session,
        allocators: [Some(()), Some(()), Some(())],
        malloc: Some(Arc::new(0_u8)),
        storage: Some(storage),
        call: Some(Box::new(move |_, zombie| {
            assert_eq!(code(zombie.prop_list()), Code::ObjectDeleted);
            ended.fetch_add(1, Ordering::SeqCst);
        })),
        ..OpenOnStorage::default()
    };
    let mut out = None;
    open_message(open, Some(&mut out))?;
    Ok(out.unwrap().message)
}

/// What a call on a thing that somebody else may close ends with: its value, or that it is closed.
#[track_caller]
fn value_or_closed<T>(result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(e) if matches!(e.code(), Code::ObjectDeleted | Code::StgReverted) => None,
        Err(e) => panic!("{e:?}"),
    }
}

/// One round of work on whatever there is; `None` once something is closed.
fn work(message: &Message<'static>, round: u32) -> Option<()> {
    match round % 8 {
        0 => value_or_closed(message.set(PR_SUBJECT_W, "RE: x"))?,
        1 => {
            let subject = value_or_closed(message.get(PR_SUBJECT_W))?.unwrap();
            assert!(subject == "RE: x" || subject == "RE: everything");
        }
        2 => {
            let mut table: Option<ComTable<'static>> = None;
            value_or_closed(attach::get_recipient_table(message, 0, Some(&mut table)))?;
            let mut rows = None;
            value_or_closed(table.unwrap().query_rows(9, 0, Some(&mut rows)))?;
            assert_eq!(rows.unwrap().len(), 3);
        }
        3 => {
            let attachment = value_or_closed(message.open_attach(0))?;
            let tag = PR_ATTACH_DATA_BIN.tag();
            let stream = value_or_closed(attachment.open_stream(tag, OpenStream::Read))?;
            drop(attachment);
            let mut bytes = [0; 64];
            value_or_closed(stream.seek(0, SeekOrigin::SET))?;
            // Another thread may read the same stream, but a piece is a piece of the value.
            let got = value_or_closed(stream.read(&mut bytes))?;
            let piece = &bytes[..got];
            let all = b"first this, then that";
            assert!(got == 0 || all.windows(got).any(|part| part == piece));
        }
        4 => {
            let attachment = value_or_closed(message.open_attach(1))?;
            let inner = value_or_closed(attachment.open_message())?;
            drop(attachment);
            assert_eq!(value_or_closed(inner.get(PR_SUBJECT_W))?.unwrap(), "inner");
        }
        5 => {
            let html = PR_HTML.tag();
            let how = OpenStream::Create;
            let stream = value_or_closed(message.open_transacted_stream(html, how))?;
            value_or_closed(stream.write(b"<p>"))?;
            value_or_closed(stream.commit())?;
        }
        6 => {
            let mut count = 0;
            let mut values = None;
            let got = props::get_props(message, None, 0, Some(&mut count), Some(&mut values));
            value_or_closed(got)?;
            assert_eq!(values.unwrap().len() as u32, count);
        }
        _ => {
            let other = message.clone();
            assert!(is_same_object(message, &other));
            value_or_closed(other.save_changes(KEEP))?;
        }
    }
    Some(())
}

/// Spec: C-018, C-022, C-068
#[test]
fn a_session_may_close_while_others_work() {
    let bytes = build(everything);
    for round in 0..60_u32 {
        watchdog::begin(u64::from(round));
        let session = session();
        let ended = Arc::new(AtomicU32::new(0));
        let (storage, shared) = over(CompoundFile::edit_bytes(bytes.clone()).unwrap().into());
        let message = open_in(session, storage, &ended).unwrap();
        let barrier = Barrier::new(4);
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (message, barrier) = (message.clone(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    for turn in 0..4000 {
                        if work(&message, thread * 3 + turn).is_none() {
                            return;
                        }
                    }
                });
            }
            barrier.wait();
            for turn in 0..round % 20 {
                if work(&message, turn).is_none() {
                    break;
                }
            }
            close_session(session);
            assert_eq!(code(message.prop_list()), Code::ObjectDeleted);
            assert_eq!(ended.load(Ordering::SeqCst), 1);
        });
        drop(message);
        assert_eq!(ended.load(Ordering::SeqCst), 1);
        assert_eq!(shared.live(), (0, 0));
    }
}

/// Spec: C-022, C-054
#[test]
fn the_last_handle_and_the_close_may_meet_and_tell_once() {
    for round in 0..400_u64 {
        watchdog::begin(round);
        let session = session();
        let ended = Arc::new(AtomicU32::new(0));
        let message = open_in(session, memory(), &ended).unwrap();
        let table = message.recipient_table().unwrap();
        let barrier = Barrier::new(3);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                drop(message);
            });
            scope.spawn(|| {
                barrier.wait();
                drop(table);
            });
            barrier.wait();
            close_session(session);
        });
        assert_eq!(ended.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn several_threads_may_close_one_session_and_open_in_it() {
    for round in 0..200_u64 {
        watchdog::begin(round);
        let session = session();
        let (ended, opened) = (Arc::new(AtomicU32::new(0)), AtomicU32::new(0));
        let barrier = Barrier::new(4);
        let held = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    barrier.wait();
                    for _ in 0..10 {
                        match open_in(session, memory(), &ended) {
                            Ok(message) => {
                                opened.fetch_add(1, Ordering::SeqCst);
                                held.lock().unwrap().push(message);
                            }
                            Err(e) => assert_eq!(e.code(), Code::InvalidParameter),
                        }
                    }
                });
                scope.spawn(|| {
                    barrier.wait();
                    close_session(session);
                });
            }
        });
        // Whatever opened is closed, and was told of once.
        for message in held.lock().unwrap().drain(..) {
            assert_eq!(code(message.prop_list()), Code::ObjectDeleted);
        }
        assert_eq!(ended.load(Ordering::SeqCst), opened.load(Ordering::SeqCst));
    }
}

#[test]
fn callbacks_of_two_messages_may_use_each_other() {
    for round in 0..200_u64 {
        watchdog::begin(round);
        let session = Arc::new(Session::new());
        let count = Arc::new(AtomicU32::new(0));
        let other = Arc::new(Message::create(memory()).unwrap());
        let make = || {
            let (session, other) = (Arc::downgrade(&session), Arc::clone(&other));
            let count = Arc::clone(&count);
            let options = MessageOptions::new().on_release(move |_| {
                count.fetch_add(1, Ordering::SeqCst);
                other.set(PR_SUBJECT_W, "from a callback").unwrap();
                if let Some(session) = session.upgrade() {
                    drop(session.create_message(memory()).unwrap());
                    assert!(session.open_messages() <= 2);
                }
            });
            Message::create_with(memory(), options).unwrap()
        };
        let (one, two) = (make(), make());
        std::thread::scope(|scope| {
            scope.spawn(move || drop(one));
            scope.spawn(move || drop(two));
        });
        assert_eq!(count.load(Ordering::SeqCst), 2);
        assert_eq!(other.get(PR_SUBJECT_W).unwrap().as_deref(), Some("from a callback"));
    }
}
