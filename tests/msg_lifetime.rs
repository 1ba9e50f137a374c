//! The end of messages, and who is told of it. Spec: imessage-contract 1.3, 1.8, 1.9.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::mock::{mock, over};
use common::msg::*;
use openimsg::{
    Code, CodePage, CompoundFile, Message, MessageOptions, OpenStream, Session, SessionOptions,
    Storage, tags::*,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

/// What callbacks wrote down, in order.
type Log = Arc<Mutex<Vec<u32>>>;

/// Writes a number down when the message ends.
fn noting(log: &Log, number: u32) -> MessageOptions {
    let log = Arc::clone(log);
    MessageOptions::new().on_release(move |_| log.lock().unwrap().push(number))
}

fn noted(log: &Log) -> Vec<u32> {
    log.lock().unwrap().clone()
}

/// Spec: C-055
#[test]
fn without_a_callback_the_last_handle_just_closes() {
    let (storage, shared) = mock();
    let message = Message::create_with(storage, MessageOptions::new()).unwrap();
    message.set(PR_SUBJECT_W, "x").unwrap();
    drop(message);
    assert_eq!(shared.live(), (0, 0));
}

#[test]
fn the_callback_runs_at_the_last_handle_and_no_sooner() {
    let log = Log::default();
    let message = Message::create_with(memory(), noting(&log, 0xDEAD_BEEF)).unwrap();
    let other = message.clone();
    drop(message);
    assert_eq!(noted(&log), []);
    drop(other);
    assert_eq!(noted(&log), [0xDEAD_BEEF]);
}

/// Spec: C-056
#[test]
fn the_storage_is_let_go_of_before_the_callback() {
    let log = Log::default();
    let (storage, shared) = over(CompoundFile::edit_bytes(build(everything)).unwrap().into());
    let (held, told) = (Arc::clone(&storage), Arc::clone(&log));
    let options = MessageOptions::new().on_release(move |_| {
        // Ours alone: it ends here and now.
        assert_eq!(Arc::strong_count(&held), 1);
        drop(held);
        told.lock().unwrap().push(1);
    });
    let message = Message::open_with(storage, options).unwrap();
    message.set(PR_SUBJECT_W, "dirty").unwrap();
    let inner = message.open_attach(1).unwrap().open_message().unwrap();
    drop(message);
    assert!(shared.live().0 > 0);
    drop(inner);
    assert_eq!(noted(&log), [1]);
    assert_eq!(shared.live(), (0, 0));
    assert_eq!((shared.changes(), shared.commits().len()), (0, 0));
}

/// Spec: C-057
#[test]
fn in_the_callback_the_message_is_a_zombie_that_stays_dead() {
    let log = Log::default();
    let told = Arc::clone(&log);
    let options = MessageOptions::new().on_release(move |zombie| {
        assert_eq!(code(zombie.get_props(&[PR_SUBJECT_W.tag()])), Code::ObjectDeleted);
        assert_eq!(code(zombie.prop_list()), Code::ObjectDeleted);
        assert_eq!(code(zombie.set(PR_SUBJECT_W, "x")), Code::ObjectDeleted);
        assert_eq!(code(zombie.save_changes(KEEP)), Code::ObjectDeleted);
        assert_eq!(code(zombie.open_attach(0)), Code::ObjectDeleted);
        assert_eq!(code(zombie.recipient_table()), Code::ObjectDeleted);
        let stream = zombie.open_stream(PR_BODY_W.tag(), OpenStream::Read);
        assert_eq!(code(stream), Code::ObjectDeleted);
        drop(zombie.clone());
        told.lock().unwrap().push(1);
        drop(zombie);
    });
    drop(Message::create_with(memory(), options).unwrap());
    assert_eq!(noted(&log), [1]);
}

/// Spec: C-058, C-059
#[test]
fn whatever_is_open_in_a_message_puts_its_end_off() {
    let bytes = build(everything);
    let log = Log::default();
    let opened = |number| {
        let file = CompoundFile::edit_bytes(bytes.clone()).unwrap();
        Message::open_with(file, noting(&log, number)).unwrap()
    };

    let message = opened(1);
    let attachment = message.open_attach(0).unwrap();
    drop(message);
    assert_eq!(noted(&log), []);
    drop(attachment);
    assert_eq!(noted(&log), [1]);

    let message = opened(2);
    let table = message.recipient_table().unwrap();
    drop(message);
    assert_eq!(noted(&log), [1]);
    drop(table);
    assert_eq!(noted(&log), [1, 2]);

    let message = opened(3);
    let stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Read).unwrap();
    drop(message);
    assert_eq!(noted(&log), [1, 2]);
    drop(stream);
    assert_eq!(noted(&log), [1, 2, 3]);

    // A stream of a message in a message keeps them all.
    let message = opened(4);
    let inner = message.open_attach(1).unwrap().open_message().unwrap();
    let stream = inner.open_stream(PR_SUBJECT_W.tag(), OpenStream::Read).unwrap();
    drop((message, inner));
    assert_eq!(noted(&log), [1, 2, 3]);
    assert_eq!(stream.size().unwrap(), 10);
    drop(stream);
    assert_eq!(noted(&log), [1, 2, 3, 4]);
}

/// Spec: C-060
#[test]
fn messages_in_attachments_end_untold() {
    let log = Log::default();
    let file = CompoundFile::edit_bytes(build(everything)).unwrap();
    let message = Message::open_with(file, noting(&log, 1)).unwrap();
    let attachment = message.open_attach(1).unwrap();
    drop(attachment.open_message().unwrap());
    drop(attachment.create_message().unwrap());
    let inner = attachment.open_message();
    message.delete_attach(1).unwrap();
    drop((inner, attachment));
    assert_eq!(noted(&log), []);
    drop(message);
    assert_eq!(noted(&log), [1]);
}

/// Spec: C-023, C-024
#[test]
fn a_closing_session_tells_newest_first_and_only_of_what_was_open() {
    let log = Log::default();
    let session = Session::new();
    for number in 0..5 {
        let message = session.create_message_with(memory(), noting(&log, number)).unwrap();
        match number {
            2 => drop(message),
            // The handle outlives the session; only the compiler knows.
            _ => std::mem::forget(message),
        }
    }
    assert_eq!(noted(&log), [2]);
    session.close();
    assert_eq!(noted(&log), [2, 4, 3, 1, 0]);
}

#[test]
fn a_callback_may_use_the_session_and_the_same_storage() {
    let log = Log::default();
    let session = Arc::new(Session::new());
    let (file, storage) = file();
    let (told, again) = (Arc::clone(&log), Arc::clone(&session));
    let options = MessageOptions::new().on_release(move |_| {
        assert_eq!(again.open_messages(), 1);
        let message = again.open_message(Arc::clone(&storage)).unwrap();
        message.set(PR_SUBJECT_W, "written by the callback").unwrap();
        message.save_changes(KEEP).unwrap();
        told.lock().unwrap().push(again.open_messages() as u32);
    });
    let other = session.create_message(memory()).unwrap();
    let message = session.create_message_with(Arc::clone(&file) as Arc<_>, options).unwrap();
    message.set(PR_SUBJECT_W, "not saved").unwrap();
    drop(message);
    assert_eq!(noted(&log), [2]);
    let saved = open(&file.to_bytes().unwrap());
    assert_eq!(saved.get(PR_SUBJECT_W).unwrap().as_deref(), Some("written by the callback"));
    drop(other);
}

#[test]
fn nobody_is_told_of_a_message_that_did_not_open() {
    let log = Log::default();
    let session = Session::new();
    let nothing = CompoundFile::from_bytes(vec![0; 512]);
    assert!(nothing.is_err());
    let (storage, _shared) = mock();
    put(&*storage, "__substg1.0_0037001F", b"x\0");
    let failed = session.open_message_with(storage, noting(&log, 1));
    assert_eq!(code(failed), Code::CorruptData);
    session.close();
    assert_eq!(noted(&log), []);
}

#[test]
fn a_panic_in_a_callback_spoils_nothing() {
    let log = Log::default();
    let session = Session::new();
    let broken = || MessageOptions::new().on_release(|_| panic!("in the callback"));
    let message = session.create_message_with(memory(), broken()).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(message))).is_err());
    let kept = session.create_message(memory()).unwrap();
    kept.set(PR_SUBJECT_W, "still there").unwrap();
    assert_eq!(session.open_messages(), 1);
    drop(kept);

    // The others are closed, and told, all the same.
    let (storage, shared) = mock();
    std::mem::forget(session.create_message_with(storage, noting(&log, 1)).unwrap());
    std::mem::forget(session.create_message_with(memory(), broken()).unwrap());
    std::mem::forget(session.create_message_with(memory(), noting(&log, 2)).unwrap());
    assert!(catch_unwind(AssertUnwindSafe(|| session.close())).is_err());
    assert_eq!(noted(&log), [2, 1]);
    assert_eq!(shared.live(), (0, 0));
}

#[test]
fn the_message_decides_over_its_session() {
    let page = CodePage::new(1252).unwrap();
    let ansi = SessionOptions::new().ansi(page).no_storage_commit(true).open();
    let message = ansi.create_message(memory()).unwrap();
    assert!(!message.is_unicode().unwrap());
    assert_eq!(message.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1252));
    let message = ansi.open_message_with(memory(), MessageOptions::new().unicode()).unwrap();
    assert!(message.is_unicode().unwrap());
    let message = Message::create_with(memory(), MessageOptions::new().ansi(page)).unwrap();
    assert!(!message.is_unicode().unwrap());
    for (options, commits) in [
        (MessageOptions::new(), 0),
        (MessageOptions::new().no_storage_commit(false), 1),
        (MessageOptions::new().no_storage_commit(true), 0),
    ] {
        let (storage, shared) = mock();
        let message = ansi.create_message_with(storage, options).unwrap();
        message.save_changes(KEEP).unwrap();
        assert_eq!(shared.commits().len(), commits);
    }
    // What exists keeps its form, whatever was asked for.
    let bytes = build_ansi(1252, |message| message.set(PR_SUBJECT_W, "x").unwrap());
    let file: Arc<dyn Storage> = CompoundFile::edit_bytes(bytes).unwrap().into();
    let message = Message::open_with(file, MessageOptions::new().unicode()).unwrap();
    assert!(!message.is_unicode().unwrap());
    assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0x0E79));
}
