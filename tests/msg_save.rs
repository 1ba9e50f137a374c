//! Saving: flags, failures, and least change. Spec: imessage-contract 3.1 (SaveChanges).
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
use common::{Item, corpus_files, listing};
use openimsg::{Code, CommitFlags, CompoundFile, Message, Modify, PropValue, SaveFlags, tags::*};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Spec: C-201
#[test]
fn a_message_in_a_file_cannot_be_sent() {
    let message = fresh();
    let before = message.prop_list().unwrap();
    assert_eq!(code(message.submit()), Code::NoSupport);
    assert_eq!(message.prop_list().unwrap(), before);
}

/// Spec: C-136
#[test]
fn save_flags_are_mapis() {
    assert_eq!(SaveFlags::KEEP_OPEN_READONLY.bits(), 1);
    assert_eq!(SaveFlags::KEEP_OPEN_READWRITE.bits(), 2);
    assert_eq!(SaveFlags::FORCE_SAVE.bits(), 4);
}

/// Spec: C-138, C-139, C-140
#[test]
fn what_stays_possible_after_a_save_depends_on_the_flags() {
    let both = KEEP | SaveFlags::KEEP_OPEN_READONLY;
    for (flags, writable) in [
        (KEEP, true),
        (both, true),
        (SaveFlags::KEEP_OPEN_READONLY, false),
        (SaveFlags::empty(), false),
        (SaveFlags::FORCE_SAVE, false),
    ] {
        let message = fresh();
        message.set(PR_SUBJECT_W, "x").unwrap();
        message.save_changes(flags).unwrap();
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
        assert_eq!(message.get(PR_ACCESS_LEVEL).unwrap(), Some(i32::from(writable)));
        match writable {
            true => message.set(PR_SUBJECT_W, "y").unwrap(),
            false => {
                assert_eq!(code(message.set(PR_SUBJECT_W, "y")), Code::NoAccess);
                assert_eq!(code(message.save_changes(KEEP)), Code::NoAccess);
            }
        }
    }
}

/// Spec: C-137
#[test]
fn what_cannot_reach_the_file_is_not_saved() {
    let (message, _file) = edit(&build(everything));
    let attachment = message.open_attach(1).unwrap();
    let inner = attachment.open_message().unwrap();
    inner.set(PR_SUBJECT_W, "late").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    assert_eq!(code(inner.save_changes(KEEP)), Code::NoAccess);
    message.save_changes(SaveFlags::empty()).unwrap();
    assert_eq!(code(message.save_changes(KEEP)), Code::NoAccess);
    assert_eq!(code(attachment.save_changes(KEEP)), Code::NoAccess);
    let message = open(&build(everything));
    let attachment = message.open_attach(0).unwrap();
    assert_eq!(code(attachment.save_changes(KEEP)), Code::NoAccess);
}

/// Spec: C-141
#[test]
fn somebody_elses_commit_is_noticed_and_can_be_overridden() {
    let (storage, shared) = mock();
    let message = Message::create(Arc::clone(&storage)).unwrap();
    message.set(PR_SUBJECT_W, "x").unwrap();
    *shared.commit_failures.lock().unwrap() = vec![Code::StgNotCurrent];
    assert_eq!(code(message.save_changes(SaveFlags::empty())), Code::ObjectChanged);
    assert_eq!(message.get(PR_ACCESS_LEVEL).unwrap(), Some(1));
    message.save_changes(SaveFlags::FORCE_SAVE).unwrap();
    assert_eq!(shared.commits(), [CommitFlags::ONLY_IF_CURRENT, CommitFlags::empty()]);
    let (_, again) = (drop(message), Message::open(storage).unwrap());
    assert_eq!(again.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    // A storage that knows no such flag is asked without it.
    let (storage, shared) = mock();
    let message = Message::create(storage).unwrap();
    *shared.commit_failures.lock().unwrap() = vec![Code::StgInvalidFlag];
    message.save_changes(KEEP).unwrap();
    assert_eq!(shared.commits(), [CommitFlags::ONLY_IF_CURRENT, CommitFlags::empty()]);
}

fn edit_much(message: &Message<'_>) {
    message.set(PR_SUBJECT_W, "AW: edited").unwrap();
    message.set(PR_BODY_W, "another body").unwrap();
    message.set(openimsg::named::PID_LID_LOCATION, "Room 7").unwrap();
    message.delete_props(&[tag(0x6603_0005), tag(0x6614_101F)]).unwrap();
    message.modify_recipients(Modify::Remove, &message.recipients().unwrap()[..1]).unwrap();
    message.modify_recipients(Modify::Add, &three()[..2]).unwrap();
    message.delete_attach(0).unwrap();
    attach(message, "new.txt", b"new");
    let attachment = message.open_attach(1).unwrap();
    let inner = attachment.open_message().unwrap();
    inner.set(PR_SUBJECT_W, "inner edited").unwrap();
    inner.save_changes(KEEP).unwrap();
    attachment.save_changes(KEEP).unwrap();
}

/// Spec: C-142
#[test]
fn a_failure_at_any_point_leaves_the_committed_state_and_a_retry_saves_all() {
    let session = || reproducible().open();
    let bytes = {
        let (file, storage) = file();
        let session = session();
        let message = session.create_message(storage).unwrap();
        everything(&message);
        message.save_changes(SaveFlags::empty()).unwrap();
        file.to_bytes().unwrap()
    };
    let options = openimsg::StorageOptions::new()
        .clock(openimsg::Clock::Fixed(openimsg::FileTime::from_ticks(1_000_000)));
    let wanted = {
        let (storage, _) = over(options.edit_bytes(bytes.clone()).unwrap().into());
        let session = session();
        let message = session.open_message(Arc::clone(&storage)).unwrap();
        edit_much(&message);
        message.save_changes(SaveFlags::empty()).unwrap();
        drop(message);
        listing(storage)
    };
    let mut failures = 0;
    for nth in (1..400).step_by(3) {
        let file = Arc::new(options.edit_bytes(bytes.clone()).unwrap());
        let (storage, shared) = over(Arc::clone(&file) as _);
        let session = session();
        let message = session.open_message(Arc::clone(&storage)).unwrap();
        edit_much(&message);
        shared.fail_change(nth, Code::StgMediumFull);
        let first = message.save_changes(SaveFlags::empty());
        if let Err(error) = first {
            failures += 1;
            assert_eq!(error.code(), Code::NotEnoughDisk, "{nth}");
            assert!(file.to_bytes().unwrap() == bytes, "{nth}: what is committed stays");
            assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("AW: edited"));
            message.save_changes(SaveFlags::empty()).unwrap();
        }
        drop(message);
        let saved = listing(storage);
        for path in saved.keys().chain(wanted.keys()) {
            assert_eq!(saved.get(path), wanted.get(path), "{nth} {path}");
        }
    }
    assert!(failures > 20, "{failures}");
}

/// Spec: C-143
#[test]
fn a_message_without_class_becomes_ipm() {
    assert_eq!(open(&build(|_| {})).get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM"));
    let (message, file) = edit(&build(everything));
    message.delete_props(&[PR_MESSAGE_CLASS_W.tag()]).unwrap();
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    assert_eq!(again.get(PR_MESSAGE_CLASS_W).unwrap().as_deref(), Some("IPM"));
}

/// Spec: C-144
#[test]
fn a_save_without_change_writes_nothing() {
    for bytes in [build(everything), build_ansi(1252, everything)] {
        let (message, file) = edit(&bytes);
        let attachment = message.open_attach(1).unwrap();
        let inner = attachment.open_message().unwrap();
        for _ in 0..2 {
            inner.save_changes(KEEP).unwrap();
            attachment.save_changes(KEEP).unwrap();
            message.save_changes(KEEP).unwrap();
        }
        assert!(file.to_bytes().unwrap() == bytes);
    }
    let (storage, shared) = mock();
    let message = Message::create(storage).unwrap();
    everything(&message);
    message.save_changes(KEEP).unwrap();
    let changes = shared.changes();
    message.save_changes(KEEP).unwrap();
    assert_eq!((shared.changes(), shared.commits().len()), (changes, 2));
}

/// Spec: C-145
#[test]
fn the_second_save_that_changes_something_clears_unmodified() {
    let message = fresh();
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x0A));
    message.save_changes(KEEP).unwrap();
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x0A));
    message.save_changes(KEEP).unwrap();
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x0A));
    message.set(PR_SUBJECT_W, "x").unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x08));
}

/// What differs between two listings.
fn differing(before: &BTreeMap<String, Item>, after: &BTreeMap<String, Item>) -> Vec<String> {
    let mut paths: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    paths.sort();
    paths.dedup();
    paths.retain(|path| before.get(path) != after.get(path));
    paths
}

/// Spec: C-257, F-128, F-129
#[test]
fn setting_the_subject_touches_four_streams() {
    let bytes = tamper(&build(everything), |root| {
        root.destroy_element(&common::name("__substg1.0_300B0102")).unwrap();
        change(root, PROPS, |props| {
            for gone in [0x300B_0102_u32, 0x0E04_001F, 0x001A_001F] {
                let at = entry_at(props, 32, gone).unwrap();
                props.drain(at..at + 16);
            }
            props[3] = 9;
            let at = entry_at(props, 32, 0x6600_0002).unwrap();
            props[at + 12..at + 16].fill(0xAB);
            let at = entry_at(props, 32, 0x1000_001F).unwrap();
            props[at + 12..at + 16].fill(0xCD);
        });
        root.set_class(openimsg::Guid::NULL).unwrap();
    });
    let (message, file) = edit(&bytes);
    let before = listing(Arc::clone(&file) as _);
    message.set(PR_SUBJECT_W, "other").unwrap();
    message.save_changes(KEEP).unwrap();
    let after = listing(file);
    let allowed = [
        "/__properties_version1.0",
        "/__substg1.0_0037001F",
        "/__substg1.0_003D001F",
        "/__substg1.0_0E1D001F",
    ];
    assert_eq!(differing(&before, &after), allowed);
    let props = after.get("/__properties_version1.0");
    for absent in [0x300B_0102, 0x0E04_001F, 0x001A_001F] {
        assert_eq!(entry(props, 32, absent), None);
    }
    assert_eq!(entry(props, 32, 0x6600_0002).unwrap()[12..], [0xAB; 4]);
    assert_eq!(entry(props, 32, 0x1000_001F).unwrap()[12..], [0xCD; 4]);
}

/// Spec: C-144
#[test]
fn real_files_saved_twice_differ_once() {
    for path in corpus_files("real_files_saved_twice_differ_once", "msg").iter().step_by(7) {
        let (message, file) = edit(&std::fs::read(path).unwrap());
        message.set(PR_BODY_W, "new").unwrap();
        message.save_changes(KEEP).unwrap();
        let once = file.to_bytes().unwrap();
        message.save_changes(KEEP).unwrap();
        assert!(file.to_bytes().unwrap() == once, "{}", path.display());
        let again = open(&once);
        assert_eq!(again.get(PR_BODY_W).unwrap().as_deref(), Some("new"), "{}", path.display());
    }
}

#[test]
fn a_file_of_many_changes_is_still_read_by_another_engine() {
    let (message, file) = edit(&build(everything));
    edit_much(&message);
    message.save_changes(KEEP).unwrap();
    let bytes = file.to_bytes().unwrap();
    let other = cfb::CompoundFile::open(std::io::Cursor::new(&bytes)).unwrap();
    let theirs = other.walk().count();
    let ours = listing(CompoundFile::from_bytes(bytes).unwrap().into()).len();
    assert_eq!(theirs, ours);
}

#[test]
fn a_message_can_carry_every_size() {
    let (storage, _) = mock();
    let message = Message::create(Arc::clone(&storage)).unwrap();
    for (at, size) in [0, 1, 63, 64, 4095, 4096, 70_000].into_iter().enumerate() {
        let tag = tag(0x6700_0102 + (u32::try_from(at).unwrap() << 16));
        let value = PropValue::Binary(vec![u8::try_from(at).unwrap(); size]);
        assert_eq!(message.set_props(&[openimsg::Prop { tag, value }]).unwrap(), []);
    }
    message.save_changes(KEEP).unwrap();
    drop(message);
    let again = Message::open(storage).unwrap();
    for (at, size) in [0, 1, 63, 64, 4095, 4096, 70_000].into_iter().enumerate() {
        let tag = tag(0x6700_0102 + (u32::try_from(at).unwrap() << 16));
        let Some(PropValue::Binary(bytes)) = again.get_prop(tag).unwrap() else { panic!() };
        assert_eq!(bytes, vec![u8::try_from(at).unwrap(); size]);
    }
}
