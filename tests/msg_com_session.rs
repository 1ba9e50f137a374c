//! Sessions and opening as C callers reach them. Spec: imessage-contract 1.2, 1.3, 1.4.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

#[path = "common/com_session.rs"]
mod com_session;
mod common;

use com_session::*;
use common::listing;
use common::mock::{mock, over};
use common::msg::*;
use openimsg::mapi::props::{save_changes, set_props};
use openimsg::mapi::session::{
    OpenOnStorage, Support, close_session, is_same_object, open_message, open_session,
};
use openimsg::mapi::{UNICODE, given::GivenProp};
use openimsg::{Code, CompoundFile, Error, Guid, Message, Mode, Storage, tags::*};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

const NO_ISTG_COMMIT: u32 = 1;
/// Spec: C-001, C-002, C-003, C-004, C-005, C-006, C-007
#[test]
fn a_session_takes_an_allocator_and_one_flag() {
    let refused = |malloc, flags| {
        let mut out = Some(1);
        let refused = open_session(malloc, flags, Some(&mut out));
        assert_eq!(out, None);
        code(refused).scode()
    };
    for flags in [0, UNICODE] {
        let opened = session(flags);
        assert_ne!(opened, 0);
        close_session(opened);
    }
    assert_eq!(refused(None, 0), 0x8007_0057);
    assert_eq!(refused(None, 1), 0x8007_0057);
    assert_eq!(refused(Some(malloc()), 1), 0x8004_0106);
    assert_eq!(refused(Some(malloc()), UNICODE | 1), 0x8004_0106);
    assert_eq!(code(open_session(Some(malloc()), 0, None)).scode(), 0x8007_0057);
}

/// Spec: C-009
#[test]
fn a_session_holds_its_allocator_once_and_until_its_close() {
    let malloc: Arc<dyn std::any::Any + Send + Sync> = Arc::new(0_u8);
    let mut session = None;
    open_session(Some(Arc::clone(&malloc)), 0, Some(&mut session)).unwrap();
    assert_eq!(Arc::strong_count(&malloc), 2);
    let message = message_in(session.unwrap(), 0, memory());
    assert_eq!(Arc::strong_count(&malloc), 2);
    close_session(session.unwrap());
    assert_eq!(Arc::strong_count(&malloc), 1);
    drop(message);
}

/// Spec: C-010, C-011, C-012
#[test]
fn closing_nothing_and_closing_twice_do_nothing() {
    close_session(0);
    close_session(7);
    let (one, two) = (session(0), session(0));
    assert_ne!(one, two);
    let message = message_in(two, 0, memory());
    close_session(one);
    close_session(one);
    // The number of a closed session is nobody else's later.
    let three = session(0);
    assert_ne!(three, one);
    close_session(one);
    let other = message_in(three, 0, memory());
    assert!(message.prop_list().is_ok() && other.prop_list().is_ok());
    close_session(two);
    assert_eq!(code(message.prop_list()), Code::ObjectDeleted);
    assert!(other.prop_list().is_ok());
    close_session(three);
}

/// Spec: C-013, C-014
#[test]
fn a_fresh_message_has_the_form_that_session_and_flags_ask_for() {
    for (session_flags, flags, mask) in [
        (UNICODE, 0, 0x4_0E79),
        (0, UNICODE, 0x4_0E79),
        (UNICODE, UNICODE, 0x4_0E79),
        (0, 0, 0xE79),
    ] {
        let session = session(session_flags);
        let file = Arc::new(CompoundFile::memory());
        let storage: Arc<dyn Storage> = Arc::clone(&file) as Arc<dyn Storage>;
        let message = message_in(session, flags, storage);
        assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(mask));
        save_changes(&message, 2).unwrap();
        assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(mask));
        close_session(session);
        let stored = open(&file.to_bytes().unwrap()).stored_entries().unwrap();
        let has_mask = stored.iter().any(|(tag, _)| tag.id().value() == 0x340D);
        assert_eq!(has_mask, mask & 0x4_0000 != 0);
    }
    // Without a session there are only the message's own flags.
    let message = message_in(0, 0, memory());
    assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0xE79));
}

/// Spec: C-053
#[test]
fn what_exists_keeps_its_form() {
    let bytes = build_ansi(1252, |message| message.set(PR_SUBJECT_W, "x").unwrap());
    let file = Arc::new(CompoundFile::edit_bytes(bytes).unwrap());
    let message = message_in(0, UNICODE, Arc::clone(&file) as Arc<dyn Storage>);
    assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0xE79));
    let given = GivenProp::new(PR_BODY_W.tag().value(), text("caf\u{E9}"));
    set_props(&message, Some(&[given]), None).unwrap();
    save_changes(&message, 2).unwrap();
    assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0xE79));
    let after = listing(file);
    assert_eq!(after["/__substg1.0_1000001E"], common::Item::Stream(Ok(b"caf\xE9".to_vec())));
    assert!(after.keys().all(|path| !path.ends_with("001F")));
}

/// Spec: C-022, C-023, C-024, C-054, C-055
#[test]
fn callbacks_get_their_data_and_their_message_once() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let session = session(0);
    let mut held = Vec::new();
    for number in 0..5 {
        let seen: Arc<Mutex<Option<Message<'static>>>> = Arc::default();
        let (told, given) = (Arc::clone(&log), Arc::clone(&seen));
        let open = OpenOnStorage {
            session,
            call: Some(Box::new(move |data, zombie| {
                assert_eq!(code(zombie.prop_list()), Code::ObjectDeleted);
                told.lock().unwrap().push(data);
                *given.lock().unwrap() = Some(zombie);
            })),
            caller_data: 0xDEAD_BEE0 + number,
            ..on(memory())
        };
        held.push((open_as(open).unwrap().message, seen));
    }
    let (released, seen) = held.remove(2);
    let twin = released.clone();
    drop(released);
    assert_eq!(*log.lock().unwrap(), []);
    drop(twin);
    assert_eq!(*log.lock().unwrap(), [0xDEAD_BEE2]);
    assert!(seen.lock().unwrap().is_some());
    close_session(session);
    let all = [0xDEAD_BEE2, 0xDEAD_BEE4, 0xDEAD_BEE3, 0xDEAD_BEE1, 0xDEAD_BEE0];
    assert_eq!(*log.lock().unwrap(), all);
    for (message, seen) in held {
        let zombie = seen.lock().unwrap().take().unwrap();
        assert!(is_same_object(&message, &zombie));
        drop((message, zombie));
    }
    assert_eq!(*log.lock().unwrap(), all);
    drop(open_as(on(memory())).unwrap());
}

/// Spec: C-025
#[test]
fn a_closed_session_opens_nothing() {
    let session = session(0);
    close_session(session);
    for session in [session, 7] {
        let refused = open_as(OpenOnStorage { session, ..on(memory()) });
        assert_eq!(code(refused).scode(), 0x8007_0057);
    }
}

#[test]
fn a_session_that_is_closing_opens_nothing() {
    let session = session(0);
    let answer = Arc::new(Mutex::new(None));
    let told = Arc::clone(&answer);
    let open = OpenOnStorage {
        session,
        call: Some(Box::new(move |_, _| {
            let refused = open_as(OpenOnStorage { session, ..on(memory()) });
            *told.lock().unwrap() = Some(code(refused));
            // One that is independent opens all the same.
            assert!(open_as(on(memory())).is_ok());
        })),
        ..on(memory())
    };
    let message = open_as(open).unwrap().message;
    close_session(session);
    assert_eq!(*answer.lock().unwrap(), Some(Code::InvalidParameter));
    drop(message);
}

/// The support object of a caller; it counts and may refuse.
struct Mapi(AtomicU32, Option<Code>);

impl Support<Routine> for Mapi {
    fn mem_alloc_routines(&self) -> openimsg::Result<[Routine; 3]> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match self.1 {
            Some(code) => Err(Error::new(code, "give routines")),
            None => Ok([10, 20, 30]),
        }
    }
}

/// Spec: C-026, C-027, C-028, C-029, C-039
#[test]
fn null_pointers_are_refused_in_order() {
    assert_eq!(code(open_message(on(memory()), None)).scode(), 0x8007_0057);
    let refused = |open| code(open_as(open)).scode();
    // Each is refused before the flags are looked at.
    assert_eq!(refused(OpenOnStorage { storage: None, flags: 2, ..on(memory()) }), 0x8007_0057);
    assert_eq!(refused(OpenOnStorage { malloc: None, flags: 2, ..on(memory()) }), 0x8007_0057);
    for missing in 0..3 {
        let mut open = OpenOnStorage { flags: 2, ..on(memory()) };
        open.allocators[missing] = None;
        assert_eq!(refused(open), 0x8007_0057);
    }
    let opened = open_as(on(memory())).unwrap();
    assert_eq!(opened.allocators, [1, 2, 3]);
}

#[test]
fn routines_that_are_missing_come_from_the_support_object() {
    let support = Arc::new(Mapi(AtomicU32::new(0), None));
    let with = |support: &Arc<Mapi>| Some(Arc::clone(support) as Arc<dyn Support<Routine>>);
    let mut open = OpenOnStorage { support: with(&support), ..on(memory()) };
    open.allocators[1] = None;
    let opened = open_as(open).unwrap();
    // All three are its, and it is held as long as the message is.
    assert_eq!(opened.allocators, [10, 20, 30]);
    assert_eq!((support.0.load(Ordering::SeqCst), Arc::strong_count(&support)), (1, 2));
    drop(opened);
    assert_eq!(Arc::strong_count(&support), 1);
    let opened = open_as(OpenOnStorage { support: with(&support), ..on(memory()) }).unwrap();
    assert_eq!(opened.allocators, [1, 2, 3]);
    assert_eq!(support.0.load(Ordering::SeqCst), 1);
    let broken = Arc::new(Mapi(AtomicU32::new(0), Some(Code::CallFailed)));
    let allocators = [None, None, None];
    let open = OpenOnStorage { support: with(&broken), allocators, flags: 2, ..on(memory()) };
    assert_eq!(code(open_as(open)), Code::CallFailed);
}

/// Spec: C-031, C-032
#[test]
fn flags_of_opening() {
    for flags in [2, 4, 8, 0x10, 0x4000_0000, UNICODE | 2] {
        let refused = open_as(OpenOnStorage { flags, session: 7, ..on(memory()) });
        assert_eq!(code(refused).scode(), 0x8004_0106);
    }
    let (storage, shared) = mock();
    let message = message_in(0, NO_ISTG_COMMIT | UNICODE, storage);
    assert!(message.is_unicode().unwrap());
    save_changes(&message, 2).unwrap();
    assert_eq!(shared.commits(), []);
}

/// Spec: C-033, C-034, C-035, C-036, C-037, C-038
#[test]
fn modes_of_the_storage() {
    let with_mode = |mode| {
        let bytes = build(|message| message.set(PR_SUBJECT_W, "x").unwrap());
        let (storage, shared) = over(CompoundFile::edit_bytes(bytes).unwrap().into());
        *shared.mode.lock().unwrap() = Some(Mode::from_bits(mode));
        open_as(on(storage))
    };
    assert_eq!(code(with_mode(0x1)).scode(), 0x8007_0005);
    assert_eq!(code(with_mode(0x1_0001)).scode(), 0x8007_0005);
    assert_eq!(code(with_mode(0x2)).scode(), 0x8007_0057);
    assert_eq!(code(with_mode(0x3)).scode(), 0x8007_0057);
    for mode in [0, 0x40_0040, 0x1_0000, 0x20] {
        let opened = with_mode(mode).unwrap().message;
        assert_eq!(opened.get(PR_ACCESS_LEVEL).unwrap(), Some(0));
        let given = GivenProp::new(PR_SUBJECT_W.tag().value(), text("y"));
        assert_eq!(code(set_props(&opened, Some(&[given]), None)).scode(), 0x8007_0005);
    }
    let with_stat = |answer| {
        let (storage, shared) = mock();
        *shared.stat.lock().unwrap() = Some(answer);
        open_as(on(storage))
    };
    assert_eq!(code(with_stat(Code::StgAccessDenied)).scode(), 0x8007_0005);
    // E_NOTIMPL is MAPI's "no support".
    for answer in [Code::NoSupport, Code::StgUnimplementedFunction] {
        let opened = with_stat(answer).unwrap().message;
        assert_eq!(opened.get(PR_ACCESS_LEVEL).unwrap(), Some(1));
        let given = GivenProp::new(PR_SUBJECT_W.tag().value(), text("y"));
        set_props(&opened, Some(&[given]), None).unwrap();
        save_changes(&opened, 2).unwrap();
    }
}

/// Spec: C-042, C-043
#[test]
fn what_is_no_message_is_refused() {
    let empty = CompoundFile::memory();
    empty.commit(openimsg::CommitFlags::empty()).unwrap();
    let empty = empty.to_bytes().unwrap();
    let read_only = CompoundFile::from_bytes(empty.clone()).unwrap();
    assert_eq!(code(open_as(on(read_only))).scode(), 0x8004_011B);
    let other = memory();
    put(&*other, "__substg1.0_0037001F", b"x\0");
    assert_eq!(code(open_as(on(other))).scode(), 0x8004_011B);
    let short = memory();
    put(&*short, PROPS, &[0; 10]);
    assert_eq!(code(open_as(on(short))).scode(), 0x8004_011B);
    // The same without any element of ours is a fresh message.
    let writable = CompoundFile::edit_bytes(empty).unwrap();
    assert!(open_as(on(writable)).is_ok());
}

/// What MAPI's own client does: class by hand, save, commit again, storage let go of first.
/// Spec: C-040, C-052
#[test]
fn a_client_that_does_too_much_is_served() {
    let file = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::clone(&file) as Arc<dyn Storage>;
    let message = message_in(0, UNICODE, Arc::clone(&storage));
    storage.set_class(Guid::CLSID_MAIL_MESSAGE).unwrap();
    let given = GivenProp::new(PR_SUBJECT_W.tag().value(), text("copied"));
    set_props(&message, Some(&[given]), None).unwrap();
    save_changes(&message, 2).unwrap();
    let saved = file.to_bytes().unwrap();
    storage.commit(openimsg::CommitFlags::empty()).unwrap();
    assert_eq!(file.to_bytes().unwrap(), saved);
    drop(storage);
    let given = GivenProp::new(PR_SUBJECT_W.tag().value(), text("once more"));
    set_props(&message, Some(&[given]), None).unwrap();
    save_changes(&message, 0).unwrap();
    drop(message);
    let again = open(&file.to_bytes().unwrap());
    assert_eq!(again.get(PR_SUBJECT_W).unwrap().as_deref(), Some("once more"));
}
