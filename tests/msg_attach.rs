//! Attachments. Spec: imessage-contract 3.2, 3.3.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::listing;
use common::msg::*;
use openimsg::{Code, OpenStream, SaveFlags, SortOrder, tags::*};
use std::io::{Read, Write};

/// Spec: C-179, C-180
#[test]
fn new_attachments_are_numbered_and_hold_the_documented_properties() {
    let message = fresh();
    let all: Vec<_> = (0..3).map(|_| message.create_attach().unwrap()).collect();
    let numbers: Vec<_> = all.iter().map(|attachment| attachment.number()).collect();
    assert_eq!(numbers, [0, 1, 2]);
    let second = &all[1];
    assert_eq!(second.get(PR_ATTACH_METHOD).unwrap(), Some(0));
    assert_eq!(second.get(PR_RENDERING_POSITION).unwrap(), Some(-1));
    assert_eq!(second.get(PR_OBJECT_TYPE).unwrap(), Some(7));
    assert_eq!(second.get(PR_ATTACH_NUM).unwrap(), Some(1));
    assert_eq!(
        second.get_prop(tag(0x0FF9_0102)).unwrap(),
        Some(openimsg::PropValue::Binary(vec![1, 0, 0, 0]))
    );
    assert_eq!(second.get(PR_ACCESS_LEVEL).unwrap(), Some(1));
    for computed in [PR_ATTACH_NUM.tag(), PR_OBJECT_TYPE.tag(), PR_ATTACH_SIZE.tag()] {
        let value = openimsg::PropValue::Long(9);
        let found = second.set_props(&[openimsg::Prop { tag: computed, value }]).unwrap();
        assert_eq!(found[0].code, Code::Computed, "{computed}");
    }
}

/// Spec: C-181, C-182
#[test]
fn an_attachment_joins_with_its_save_and_numbers_are_not_used_twice() {
    let message = fresh();
    let attachment = message.create_attach().unwrap();
    assert_eq!(message.attachment_table().unwrap().row_count().unwrap(), 0);
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(false));
    drop(attachment);
    assert_eq!(code(message.open_attach(0)), Code::NotFound);
    assert_eq!(attach(&message, "a", b"a"), 1);
    assert_eq!(message.attachment_table().unwrap().row_count().unwrap(), 1);
    message.delete_attach(1).unwrap();
    assert_eq!(attach(&message, "b", b"b"), 2);
    message.save_changes(KEEP).unwrap();
    assert_eq!(message.attachment_numbers().unwrap(), [2]);
}

/// Spec: C-183, C-186
#[test]
fn unknown_numbers_are_not_found() {
    let message = fresh();
    attach(&message, "a", b"a");
    assert_eq!(code(message.open_attach(99)), Code::NotFound);
    assert_eq!(code(message.delete_attach(99)), Code::NotFound);
    assert!(message.open_attach(0).is_ok(), "saved into the message, not yet into the file");
}

/// Spec: C-185, C-018
#[test]
fn deleting_makes_everything_below_answer_that_it_is_gone() {
    let bytes = build(everything);
    let (message, file) = edit(&bytes);
    let attachment = message.open_attach(1).unwrap();
    let inner = attachment.open_message().unwrap();
    let deep = inner.open_attach(0).unwrap();
    let mut stream = deep.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read).unwrap();
    let mut table = inner.recipient_table().unwrap();
    let object = message.open_attach(2).unwrap();
    let raw = object.open_storage().unwrap();
    message.delete_attach(1).unwrap();
    message.delete_attach(2).unwrap();
    assert_eq!(code(message.open_attach(1)), Code::NotFound);
    assert_eq!(code(message.delete_attach(1)), Code::NotFound);
    assert_eq!(code(attachment.get(PR_ATTACH_METHOD)), Code::ObjectDeleted);
    assert_eq!(code(attachment.save_changes(KEEP)), Code::ObjectDeleted);
    assert_eq!(code(inner.set(PR_SUBJECT_W, "x")), Code::ObjectDeleted);
    assert_eq!(code(deep.prop_list()), Code::ObjectDeleted);
    assert_eq!(code(table.query_rows(1)), Code::ObjectDeleted);
    assert_eq!(code(stream.size()), Code::StgReverted);
    let error = stream.read(&mut [0; 4]).unwrap_err();
    let inside = error.get_ref().unwrap().downcast_ref::<openimsg::Error>().unwrap();
    assert_eq!(inside.code(), Code::StgReverted);
    assert_eq!(code(raw.stat()), Code::StgReverted);
    drop(message);
    assert!(file.to_bytes().unwrap() == bytes, "not saved, so still there");
    assert_eq!(open(&bytes).attachment_numbers().unwrap(), [0, 1, 2]);
}

/// Spec: C-187
#[test]
fn the_flag_mirrors_whether_there_are_attachments() {
    let (file, storage) = file();
    let message = openimsg::Message::create(storage).unwrap();
    attach(&message, "a", b"a");
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(true));
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x1A));
    message.save_changes(KEEP).unwrap();
    assert_eq!(open(&file.to_bytes().unwrap()).get(PR_MESSAGE_FLAGS).unwrap(), Some(0x1A));
    message.set(PR_MESSAGE_FLAGS, 0x01).unwrap();
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x11));
    message.delete_attach(0).unwrap();
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(false));
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x01));
    message.save_changes(KEEP).unwrap();
    message.set(PR_MESSAGE_FLAGS, 0x19).unwrap();
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x09), "0x10 is not the client's");
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    assert_eq!(again.get(PR_HASATTACH).unwrap(), Some(false));
    assert_eq!(again.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x09));
}

/// Spec: C-246
#[test]
fn the_mapping_signature_is_one_for_all_objects_and_not_stored() {
    let bytes = build(everything);
    let message = open(&bytes);
    let attachment = message.open_attach(1).unwrap();
    let inner = attachment.open_message().unwrap();
    let signature = message.get(PR_MAPPING_SIGNATURE).unwrap().unwrap();
    assert_eq!(signature.len(), 16);
    assert_eq!(attachment.get(PR_MAPPING_SIGNATURE).unwrap().unwrap(), signature);
    assert_eq!(inner.get(PR_MAPPING_SIGNATURE).unwrap().unwrap(), signature);
    assert_ne!(open(&bytes).get(PR_MAPPING_SIGNATURE).unwrap().unwrap(), signature);
    assert!(message.stored_entries().unwrap().iter().all(|(tag, _)| tag.id().value() != 0x0FF8));
}

/// Spec: C-262, F-034
#[test]
fn an_embedded_message_has_a_form_and_a_code_page_of_its_own() {
    let cyrillic = "\u{41F}\u{440}\u{438}\u{432}\u{435}\u{442}";
    let inner_bytes = build_ansi(1251, |message| message.set(PR_SUBJECT_W, cyrillic).unwrap());
    let outer = build(|message| {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_ATTACH_METHOD, 5).unwrap();
        let raw = attachment.create_storage().unwrap();
        let source: std::sync::Arc<dyn openimsg::Storage> =
            openimsg::CompoundFile::from_bytes(inner_bytes.clone()).unwrap().into();
        let leave_out = openimsg::Exclude {
            names: vec![common::name("__nameid_version1.0")],
            ..openimsg::Exclude::default()
        };
        openimsg::copy_storage(&source, &raw, &leave_out).unwrap();
        change(&*raw, PROPS, |bytes| drop(bytes.drain(24..32)));
        raw.set_class(openimsg::Guid::NULL).unwrap();
        raw.commit(openimsg::CommitFlags::empty()).unwrap();
        drop(raw);
        attachment.save_changes(KEEP).unwrap();
        embed(message, |inner| inner.set(PR_SUBJECT_W, "wide").unwrap());
    });
    let message = open(&outer);
    let inner = message.open_attach(0).unwrap().open_message().unwrap();
    assert!(!inner.is_unicode().unwrap());
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some(cyrillic));
    let raw = inner.get_prop(tag(0x0037_001E)).unwrap();
    assert_eq!(raw, Some(openimsg::PropValue::String8(b"\xCF\xF0\xE8\xE2\xE5\xF2".to_vec())));
    let other = message.open_attach(1).unwrap().open_message().unwrap();
    assert!(other.is_unicode().unwrap());
    // A new one has the form of the top level.
    let ansi = build_ansi(1251, |message| {
        embed(message, |inner| inner.set(PR_SUBJECT_W, cyrillic).unwrap());
    });
    let inner = open(&ansi).open_attach(0).unwrap().open_message().unwrap();
    assert!(!inner.is_unicode().unwrap());
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some(cyrillic));
    assert_eq!(inner.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1251));
}

#[test]
fn an_attachment_is_saved_after_its_message_handle_is_gone() {
    let (file, storage) = file();
    let message = openimsg::Message::create(storage).unwrap();
    let attachment = message.create_attach().unwrap();
    let inner = attachment.create_message().unwrap();
    drop(message);
    inner.set(PR_SUBJECT_W, "x").unwrap();
    inner.save_changes(KEEP).unwrap();
    attachment.save_changes(KEEP).unwrap();
    drop((attachment, inner));
    assert!(listing(file).len() == 1, "nobody saved the message");
}

#[test]
fn ten_thousand_open_attachments_are_found_listed_and_deleted() {
    let message = fresh();
    let all: Vec<_> = (0..10_000)
        .map(|_| {
            let attachment = message.create_attach().unwrap();
            attachment.save_changes(KEEP).unwrap();
            attachment
        })
        .collect();
    for attachment in &all {
        assert_eq!(message.open_attach(attachment.number()).unwrap().number(), attachment.number());
    }
    let mut table = message.attachment_table().unwrap();
    table.set_columns(&[PR_ATTACH_NUM.tag()]).unwrap();
    table.sort(&[SortOrder::descending(PR_ATTACH_NUM)]).unwrap();
    for at in 0..200 {
        let rows = table.query_rows(50).unwrap();
        assert_eq!(rows[0].get(PR_ATTACH_NUM), Some(9_999 - 50 * at));
    }
    assert_eq!(message.delete_props(&[tag(0x0E13_000D)]).unwrap(), []);
    assert_eq!(code(all[77].get(PR_ATTACH_METHOD)), Code::ObjectDeleted);
    message.save_changes(SaveFlags::empty()).unwrap();
    assert_eq!(message.attachment_numbers().unwrap(), []);
}

#[test]
fn a_large_attachment_goes_through_its_stream() {
    let piece = vec![0x5A; 1 << 16];
    let bytes = build(|message| {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_ATTACH_METHOD, 1).unwrap();
        let mut stream =
            attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Create).unwrap();
        for _ in 0..64 {
            stream.write_all(&piece).unwrap();
        }
        attachment.save_changes(KEEP).unwrap();
    });
    let attachment = open(&bytes).open_attach(0).unwrap();
    let stream = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Read).unwrap();
    assert_eq!(stream.size().unwrap(), 64 << 16);
    assert!(attachment.get(PR_ATTACH_SIZE).unwrap().unwrap() > 64 << 16);
}
