//! Sessions, and opening a message on a storage. Spec: imessage-contract 1.
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
use common::{READ, RW, listing, name};
use openimsg::{
    Access, Code, CodePage, CommitFlags, CompoundFile, Guid, Message, Mode, Modify, OpenStream,
    SaveFlags, Session, SessionOptions, Storage, StorageOptions, tags::*,
};
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex};

/// Spec: C-012
#[test]
fn two_sessions_are_independent() {
    let (one, two) = (Session::new(), Session::new());
    let message = two.create_message(memory()).unwrap();
    let _other = one.create_message(memory()).unwrap();
    assert_eq!((one.open_messages(), two.open_messages()), (1, 1));
    drop(_other);
    one.close();
    message.set(PR_SUBJECT_W, "still open").unwrap();
    assert_eq!(two.open_messages(), 1);
}

/// Spec: C-013, C-014
#[test]
fn a_fresh_message_is_unicode_or_ansi_and_says_so_in_its_mask() {
    let session = Session::new();
    let unicode = session.create_message(memory()).unwrap();
    assert_eq!(unicode.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0x0004_0E79));
    assert!(unicode.is_unicode().unwrap());
    let bytes = build_ansi(1252, |message| {
        assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0x0000_0E79));
        message.set(PR_SUBJECT_W, "x").unwrap();
    });
    let stored = open(&bytes).stored_entries().unwrap();
    assert!(stored.iter().all(|(tag, _)| tag.id().value() != 0x340D));
    assert!(stored.iter().any(|(tag, _)| tag.value() == 0x0037_001E));
    assert_eq!(open(&bytes).get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1252));
}

/// Spec: C-015, C-020
#[test]
fn closing_a_session_writes_nothing_and_lets_go_of_everything() {
    let (storage, shared) = over(CompoundFile::edit_bytes(build(everything)).unwrap().into());
    let before = listing(Arc::clone(&storage));
    let session = Session::new();
    {
        let message = session.open_message(Arc::clone(&storage)).unwrap();
        message.set(PR_SUBJECT_W, "dirty").unwrap();
        message.modify_recipients(Modify::Replace, &three()).unwrap();
        message.open_attach(0).unwrap().set(PR_ATTACH_LONG_FILENAME_W, "dirty").unwrap();
        message.open_attach(1).unwrap().open_message().unwrap().set(PR_SUBJECT_W, "x").unwrap();
        assert!(message.recipient_table().unwrap().query_rows(9).unwrap().len() == 3);
        // The handle outlives the session; only the compiler knows.
        std::mem::forget(message);
    }
    session.close();
    assert_eq!((shared.changes(), shared.commits().len()), (0, 0));
    assert_eq!(shared.live(), (1, 0));
    assert_eq!(listing(storage), before);
}

/// Spec: C-021
#[test]
fn values_outlive_the_session_they_came_from() {
    let session = Session::new();
    let message = session.create_message(memory()).unwrap();
    message.set(PR_SUBJECT_W, "kept").unwrap();
    let values = message.get_props(&[PR_SUBJECT_W.tag()]).unwrap();
    let rows = message.recipient_table().unwrap().query_rows(1).unwrap();
    session.close();
    assert_eq!(values, [Ok(text("kept"))]);
    assert!(rows.is_empty());
}

/// Spec: C-023, C-024
#[test]
fn messages_close_newest_first_and_dropped_ones_are_not_touched() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let session = Session::new();
    for number in 0..5 {
        let (storage, shared) = mock();
        *shared.log.lock().unwrap() = Some((Arc::clone(&log), number));
        let message = session.create_message(storage).unwrap();
        match number {
            2 => drop(message),
            _ => std::mem::forget(message),
        }
    }
    assert_eq!(*log.lock().unwrap(), [2]);
    session.close();
    assert_eq!(*log.lock().unwrap(), [2, 4, 3, 1, 0]);
}

fn with_mode(mode: Mode) -> (Arc<dyn Storage>, Arc<common::mock::Shared>) {
    let bytes = build(|message| message.set(PR_SUBJECT_W, "x").unwrap());
    let (storage, shared) = over(CompoundFile::edit_bytes(bytes).unwrap().into());
    *shared.mode.lock().unwrap() = Some(mode);
    (storage, shared)
}

/// Spec: C-033, C-034
#[test]
fn a_storage_must_be_readable_and_transacted_if_writeable() {
    let refused = |mode| code(Message::open(with_mode(mode).0));
    assert_eq!(refused(Mode::WRITE.and(Mode::TRANSACTED)), Code::NoAccess);
    assert_eq!(refused(Mode::WRITE), Code::NoAccess);
    assert_eq!(refused(Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE)), Code::InvalidParameter);
    assert_eq!(refused(Mode::from_bits(3)), Code::InvalidParameter);
}

/// Spec: C-035, C-036, C-037
#[test]
fn any_storage_open_for_reading_gives_a_read_only_message() {
    let swmr = Mode::from_bits(0x0040_0000);
    for mode in [
        Mode::READ,
        Mode::READ.and(Mode::TRANSACTED),
        Mode::READ.and(Mode::SHARE_DENY_NONE).and(swmr),
        Mode::READ.and(Mode::SHARE_DENY_WRITE),
    ] {
        let message = Message::open(with_mode(mode).0).unwrap();
        assert_eq!(message.get(PR_ACCESS_LEVEL).unwrap(), Some(0));
        assert_eq!(message.get(PR_ACCESS).unwrap(), Some(2));
        assert_eq!(code(message.set(PR_SUBJECT_W, "y")), Code::NoAccess);
    }
}

/// Spec: C-038
#[test]
fn a_failing_stat_is_the_answer_unless_it_is_not_implemented() {
    let (storage, shared) = mock();
    *shared.stat.lock().unwrap() = Some(Code::StgAccessDenied);
    assert_eq!(code(Message::open(Arc::clone(&storage))), Code::NoAccess);
    *shared.stat.lock().unwrap() = Some(Code::StgUnimplementedFunction);
    let message = Message::open(storage).unwrap();
    message.set(PR_SUBJECT_W, "written").unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("written"));
}

/// Spec: C-039, C-040
#[test]
fn a_message_lives_without_session_and_without_its_callers_storage() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    message.set(PR_SUBJECT_W, "alone").unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    let again = Message::open(reopen_read(&file)).unwrap();
    assert_eq!(again.get(PR_SUBJECT_W).unwrap().as_deref(), Some("alone"));
}

/// Spec: C-041
#[test]
fn opening_a_fresh_storage_writes_nothing() {
    let (storage, shared) = mock();
    let message = Message::create(storage).unwrap();
    message.set(PR_SUBJECT_W, "not saved").unwrap();
    message.create_attach().unwrap().save_changes(KEEP).unwrap();
    drop(message);
    assert_eq!((shared.changes(), shared.commits().len(), shared.live()), (0, 0, (0, 0)));
}

/// Spec: C-042, C-258
#[test]
fn no_property_stream_is_no_message() {
    let empty = CompoundFile::memory();
    empty.commit(CommitFlags::empty()).unwrap();
    let bytes = empty.to_bytes().unwrap();
    assert_eq!(code(Message::open(CompoundFile::from_bytes(bytes).unwrap())), Code::CorruptData);
    let (storage, shared) = mock();
    put(&*storage, "__substg1.0_0037001F", b"x\0");
    let before = shared.changes();
    assert_eq!(code(Message::open(Arc::clone(&storage))), Code::CorruptData);
    assert_eq!(code(Message::create(storage)), Code::CorruptData);
    assert_eq!(shared.changes(), before);
}

/// Spec: C-043
#[test]
fn ten_bytes_are_no_property_stream() {
    let bytes = tamper(&build(|_| {}), |root| put(root, PROPS, &[0; 10]));
    assert_eq!(code(Message::open(CompoundFile::from_bytes(bytes).unwrap())), Code::CorruptData);
}

/// Spec: C-044
#[test]
fn a_broken_attachment_leaves_the_others_readable() {
    let bytes = build(|message| {
        attach(message, "a", b"a");
        attach(message, "b", b"b");
    });
    let bytes = tamper(&bytes, |root| {
        within(root, &["__attach_version1.0_#00000000"], |attachment| {
            attachment.destroy_element(&name(PROPS)).unwrap();
        });
    });
    let message = open(&bytes);
    assert_eq!(message.attachment_numbers().unwrap(), [0, 1]);
    assert_eq!(code(message.open_attach(0)), Code::CorruptData);
    let sound = message.open_attach(1).unwrap();
    assert_eq!(sound.get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"b"[..]));
    assert_eq!(message.attachment_table().unwrap().query_rows(9).unwrap().len(), 2);
}

/// Spec: C-045, C-046, C-047, F-002, F-003
#[test]
fn the_class_is_set_on_fresh_storages_and_left_alone_on_others() {
    let bytes = build(|_| {});
    assert_eq!(open(&bytes).class_id().unwrap(), Guid::CLSID_MAIL_MESSAGE);
    let on_disk = [0x0B, 0x0D, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];
    assert_eq!(Guid::CLSID_MAIL_MESSAGE.to_bytes(), on_disk);
    let foreign = Guid::mapi(0x0006_F046);
    for class in [Guid::NULL, foreign] {
        let bytes = tamper(&bytes, |root| root.set_class(class).unwrap());
        let (message, file) = edit(&bytes);
        assert_eq!(message.class_id().unwrap(), class);
        message.set(PR_SUBJECT_W, "changed").unwrap();
        message.save_changes(KEEP).unwrap();
        assert_eq!(file.stat().unwrap().class, class);
    }
    let storage = memory();
    storage.set_class(foreign).unwrap();
    let message = Message::create(Arc::clone(&storage)).unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(storage.stat().unwrap().class, foreign);
}

/// Spec: C-048, C-049, F-012
#[test]
fn elements_of_the_caller_survive_and_ours_begin_with_underscores() {
    let storage = memory();
    put(&*storage, "Notes", b"mine");
    let own = storage.create_storage(&name("Olk10"), RW).unwrap();
    put(&*own, "side", b"props");
    drop(own);
    let before = listing(Arc::clone(&storage));
    let message = Message::create(Arc::clone(&storage)).unwrap();
    everything(&message);
    message.save_changes(KEEP).unwrap();
    message.delete_attach(0).unwrap();
    message.save_changes(KEEP).unwrap();
    let after = listing(storage);
    for (path, item) in &after {
        if before.contains_key(path) && !path.is_empty() {
            assert_eq!(before.get(path), Some(item), "{path}");
        } else {
            let is_ours = path.split('/').skip(1).all(|part| part.starts_with("__"));
            assert!(is_ours || path.contains("3701000D/CONTENTS"), "{path}");
        }
    }
    assert!(before.keys().all(|path| after.contains_key(path)));
}

/// Spec: C-050, C-051
#[test]
fn without_storage_commit_the_caller_decides() {
    let session = SessionOptions::new().no_storage_commit(true).open();
    for keep in [true, false] {
        let (storage, shared) = mock();
        let message = session.create_message(Arc::clone(&storage)).unwrap();
        message.set(PR_SUBJECT_W, "decided").unwrap();
        message.save_changes(KEEP).unwrap();
        assert_eq!(shared.commits(), []);
        drop(message);
        match keep {
            true => storage.commit(CommitFlags::empty()).unwrap(),
            false => storage.revert().unwrap(),
        }
        assert_eq!(storage.elements().unwrap().is_empty(), !keep);
        if keep {
            let again = session.open_message(storage).unwrap();
            assert_eq!(again.get(PR_SUBJECT_W).unwrap().as_deref(), Some("decided"));
        }
    }
    let (storage, shared) = mock();
    let message = Message::create(storage).unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(shared.commits(), [CommitFlags::ONLY_IF_CURRENT]);
}

/// Spec: C-052
#[test]
fn an_extra_commit_by_the_caller_changes_nothing() {
    let (file, storage) = file();
    let message = Message::create(Arc::clone(&storage)).unwrap();
    message.save_changes(KEEP).unwrap();
    let before = file.to_bytes().unwrap();
    storage.commit(CommitFlags::empty()).unwrap();
    assert_eq!(file.to_bytes().unwrap(), before);
}

/// Spec: C-053
#[test]
fn an_existing_ansi_message_stays_one() {
    let bytes = build_ansi(1252, |message| message.set(PR_SUBJECT_W, "x").unwrap());
    let (message, file) = edit(&bytes);
    assert!(!message.is_unicode().unwrap());
    message.set(PR_BODY_W, "caf\u{E9}").unwrap();
    message.save_changes(KEEP).unwrap();
    let after = listing(file);
    assert_eq!(after["/__substg1.0_1000001E"], common::Item::Stream(Ok(b"caf\xE9".to_vec())));
    assert!(after.keys().all(|path| !path.ends_with("001F")));
    assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0x0E79));
}

/// Spec: C-058, C-059
#[test]
fn what_is_open_below_keeps_the_message_and_its_storage() {
    let (storage, shared) = over(CompoundFile::edit_bytes(build(everything)).unwrap().into());
    let message = Message::open(Arc::clone(&storage)).unwrap();
    let attachment = message.open_attach(0).unwrap();
    let stream = message.open_stream(PR_BODY_W.tag(), OpenStream::Read).unwrap();
    let mut table = message.recipient_table().unwrap();
    drop(message);
    assert_eq!(attachment.file_name().unwrap().as_deref(), Some("plan.txt"));
    drop(attachment);
    assert!(stream.size().unwrap() > 0);
    drop(stream);
    assert_eq!(table.query_rows(9).unwrap().len(), 3);
    drop((table, storage));
    assert_eq!(shared.live(), (0, 0));
}

/// Spec: C-061
#[test]
fn a_message_dropped_unsaved_leaves_the_file_as_it_was() {
    let bytes = build(everything);
    let (message, file) = edit(&bytes);
    message.set(PR_SUBJECT_W, "lost").unwrap();
    message.delete_attach(0).unwrap();
    message.modify_recipients(Modify::Replace, &[]).unwrap();
    embed(&message, |inner| inner.set(PR_SUBJECT_W, "lost").unwrap());
    drop(message);
    let before = listing(CompoundFile::from_bytes(bytes).unwrap().into());
    assert_eq!(listing(file), before);
}

/// Spec: C-062, C-063, C-184
#[test]
fn an_open_attachment_is_one_object_and_the_first_mode_wins() {
    let (message, _file) = edit(&build(everything));
    let first = message.open_attach_with(0, Access::Read).unwrap();
    let second = message.open_attach_with(0, Access::Modify).unwrap();
    assert_eq!(code(second.set(PR_ATTACH_LONG_FILENAME_W, "x")), Code::NoAccess);
    assert_eq!(second.get(PR_ACCESS_LEVEL).unwrap(), Some(0));
    drop(first);
    assert_eq!(second.file_name().unwrap().as_deref(), Some("plan.txt"));
    drop(second);
    let writable = message.open_attach(0).unwrap();
    let same = message.open_attach_with(0, Access::Read).unwrap();
    same.set(PR_ATTACH_LONG_FILENAME_W, "y").unwrap();
    assert_eq!(writable.file_name().unwrap().as_deref(), Some("y"));
    let read_only = open(&build(everything));
    assert_eq!(code(read_only.open_attach_with(0, Access::Modify)), Code::NoAccess);
    let best = read_only.open_attach(0).unwrap();
    assert_eq!(best.get(PR_ACCESS_LEVEL).unwrap(), Some(0));
}

/// Spec: C-064, C-065
#[test]
fn an_open_stream_is_one_object_with_one_position() {
    let (message, _file) = edit(&build(everything));
    let mut one = message.open_stream(PR_BODY_W.tag(), OpenStream::Read).unwrap();
    let mut two = message.open_stream(PR_BODY_W.tag(), OpenStream::Create).unwrap();
    assert!(two.size().unwrap() > 0, "an open stream is not made empty");
    one.seek(SeekFrom::Start(4)).unwrap();
    assert_eq!(two.stream_position().unwrap(), 4);
    let mut piece = [0; 2];
    two.read_exact(&mut piece).unwrap();
    assert_eq!((piece, one.stream_position().unwrap()), (*b"m\0", 6));
}

/// Spec: C-066
#[test]
fn an_embedded_message_is_open_as_message_or_as_storage() {
    let (message, _file) = edit(&build(everything));
    let attachment = message.open_attach(1).unwrap();
    let inner = attachment.open_message().unwrap();
    assert_eq!(code(attachment.open_storage()), Code::InterfaceNotSupported);
    assert_eq!(code(attachment.create_storage()), Code::InterfaceNotSupported);
    drop(inner);
    let raw = attachment.open_storage().unwrap();
    assert!(Arc::ptr_eq(&raw, &attachment.open_storage().unwrap()));
    assert!(Arc::ptr_eq(&raw, &attachment.create_storage().unwrap()));
    assert!(raw.open_stream(&name(PROPS), READ).is_ok());
    assert_eq!(code(attachment.open_message()), Code::InterfaceNotSupported);
    assert_eq!(code(attachment.create_message()), Code::InterfaceNotSupported);
    drop(raw);
    let one = attachment.open_message().unwrap();
    let two = attachment.create_message().unwrap();
    one.set(PR_SUBJECT_W, "same").unwrap();
    assert_eq!(two.get(PR_SUBJECT_W).unwrap().as_deref(), Some("same"));
}

/// Spec: C-068
#[test]
fn one_message_serves_several_threads() {
    let message = fresh();
    message.modify_recipients(Modify::Add, &three()).unwrap();
    attach(&message, "a", b"a");
    message.save_changes(KEEP).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let message = message.clone();
            scope.spawn(move || {
                let mut table = message.recipient_table().unwrap();
                for round in 0..1250 {
                    match (thread + round) % 5 {
                        0 => message.set(PR_SUBJECT_W, "RE: x").unwrap(),
                        1 => {
                            let subject = message.get(PR_SUBJECT_W).unwrap();
                            assert!(subject.is_none_or(|subject| subject == "RE: x"));
                        }
                        2 => {
                            table.seek(0).unwrap();
                            assert_eq!(table.query_rows(9).unwrap().len(), 3);
                        }
                        3 => {
                            let attachment = message.open_attach(0).unwrap();
                            assert_eq!(attachment.file_name().unwrap().as_deref(), Some("a"));
                        }
                        _ if round % 50 == 0 => message.save_changes(KEEP).unwrap(),
                        _ => drop(message.prop_list().unwrap()),
                    }
                }
            });
        }
    });
    message.save_changes(KEEP).unwrap();
}

/// Spec: C-020
#[test]
fn a_session_with_a_thousand_messages_releases_everything() {
    let bytes = build(everything);
    let session = Session::new();
    let mut all = Vec::new();
    for _ in 0..1000 {
        let file = CompoundFile::edit_bytes(bytes.clone()).unwrap();
        let (storage, shared) = over(file.into());
        let message = session.open_message(storage).unwrap();
        let attachment = message.open_attach(0).unwrap();
        let stream = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read).unwrap();
        let inner = message.open_attach(1).unwrap().open_message().unwrap();
        let table = message.attachment_table().unwrap();
        assert!(shared.live().0 > 0);
        // Held by nobody who would let go: closing the session has to.
        std::mem::forget((message, attachment, stream, inner, table));
        all.push(shared);
    }
    assert_eq!(session.open_messages(), 1000);
    session.close();
    assert!(all.iter().all(|shared| shared.live() == (0, 0)));
}

/// Spec: C-244
#[test]
fn a_session_may_know_the_code_page_better_than_the_file() {
    let bytes = build_ansi(1252, |message| {
        let value = openimsg::PropValue::String8(b"\xCF\xF0\xE8".to_vec());
        assert_eq!(message.set_props(&[prop(0x0037_001E, value)]).unwrap(), []);
    });
    let session = SessionOptions::new().code_page(CodePage::new(1251).unwrap()).open();
    let file = StorageOptions::new().from_bytes(bytes).unwrap();
    let message = session.open_message(file).unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("\u{41F}\u{440}\u{438}"));
}
