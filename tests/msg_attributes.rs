//! Property attributes, the read mark, and what cannot be sent.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use openimsg::{
    Code, Message, OpenStream, PropAttributes as A, PropTag, PropValue, ReadFlags, Storage, tags::*,
};

const ORDINARY: A = A::READABLE.union(A::WRITEABLE);
const ALL: A = ORDINARY.union(A::MANDATORY);

fn of(message: &Message<'_>, tag: PropTag) -> A {
    message.attributes(&[tag]).unwrap()[0]
}

/// Spec: C-069, C-071
#[test]
fn attributes_of_set_and_absent_properties() {
    let message = fresh();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Note").unwrap();
    let asked = [PR_MESSAGE_CLASS_W.tag(), PR_BODY_W.tag(), PropTag::new(0x001A_0000)];
    assert_eq!(message.attributes(&asked).unwrap(), [ORDINARY, A::NOT_PRESENT, ORDINARY]);
    assert_eq!(A::NOT_PRESENT.bits(), 8);
    assert_eq!(code(message.attributes(&[])), Code::InvalidParameter);
}

/// Spec: C-070
#[test]
fn computed_properties_can_only_be_read() {
    let message = fresh();
    for tag in [0x340D_0003, 0x0FF4_0003, 0x0FF7_0003, 0x0E04_001F, 0x0E1B_000B, 0x3007_0040] {
        assert_eq!(of(&message, PropTag::new(tag)), A::READABLE, "{tag:08X}");
    }
    // Those that the file does not hold, too.
    for tag in [0x0FF8_0102, 0x0FFE_0003, 0x0E12_000D, 0x0E13_000D] {
        assert_eq!(of(&message, PropTag::new(tag)), A::READABLE, "{tag:08X}");
    }
    assert_eq!(of(&message, PR_MESSAGE_SIZE.tag()), A::NOT_PRESENT);
    message.save_changes(KEEP).unwrap();
    assert_eq!(of(&message, PR_MESSAGE_SIZE.tag()), A::READABLE);
}

/// Spec: C-072
#[test]
fn attributes_of_an_attachment() {
    let message = fresh();
    attach(&message, "a", b"abc");
    let attachment = message.open_attach(0).unwrap();
    let asked = [0x3705_0003, 0x370B_0003, 0x0E21_0003, 0x0FF9_0102].map(PropTag::new);
    assert_eq!(attachment.attributes(&asked).unwrap(), [ALL, ALL, A::READABLE, A::READABLE]);
}

/// Spec: C-075, C-076
#[test]
fn a_property_that_is_not_writeable_stays() {
    let (bytes, storage) = file();
    let message = Message::create(storage).unwrap();
    message.set(PR_SUBJECT_W, "first").unwrap();
    assert_eq!(message.set_attributes(&[(PR_SUBJECT_W.tag(), A::READABLE)]).unwrap(), []);
    let check = |message: &Message<'_>| {
        let problems = message.set_props(&[prop(0x0037_001F, text("second"))]).unwrap();
        let told: Vec<_> = problems.iter().map(|p| (p.index, p.tag.value(), p.code)).collect();
        assert_eq!(told, [(0, 0x0037_001F, Code::NoAccess)]);
        let problems = message.delete_props(&[PR_SUBJECT_W.tag()]).unwrap();
        assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::NoAccess]);
        let opened = message.open_stream(PR_SUBJECT_W.tag(), OpenStream::Modify);
        assert_eq!(code(opened.map(drop)), Code::NoAccess);
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("first"));
    };
    check(&message);
    message.save_changes(KEEP).unwrap();
    check(&message);
    drop(message);
    let (again, _) = edit(&bytes.to_bytes().unwrap());
    assert_eq!(of(&again, PR_SUBJECT_W.tag()), A::READABLE);
    check(&again);
    // Writeable again, it can be set.
    assert_eq!(again.set_attributes(&[(PR_SUBJECT_W.tag(), ORDINARY)]).unwrap(), []);
    again.set(PR_SUBJECT_W, "second").unwrap();
}

/// Spec: C-077, C-078
#[test]
fn attributes_that_cannot_be_set_are_told() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let wanted = [
        (PR_HASATTACH.tag(), ORDINARY),
        (PR_SUBJECT_W.tag(), A::from_bits_retain(0x10)),
        (PR_BODY_W.tag(), ORDINARY),
        (PR_SUBJECT_W.tag(), A::NOT_PRESENT),
    ];
    let problems = message.set_attributes(&wanted).unwrap();
    let told: Vec<_> = problems.iter().map(|p| (p.index, p.code.scode())).collect();
    assert_eq!(told, [(0, 0x8004_011A), (1, 0x8004_0106), (2, 0x8004_010F), (3, 0x8004_0106)]);
    assert_eq!(of(&message, PR_SUBJECT_W.tag()), ORDINARY);
}

/// Spec: C-079
#[test]
fn attributes_of_a_read_only_object_stay() {
    let read = open(&build(|message| message.set(PR_SUBJECT_W, "x").unwrap()));
    let wanted = [(PR_SUBJECT_W.tag(), A::READABLE)];
    assert_eq!(code(read.set_attributes(&wanted)), Code::NoAccess);
    assert_eq!(code(fresh().set_attributes(&[])), Code::InvalidParameter);
}

/// Spec: C-080
#[test]
fn a_mandatory_property_is_not_deleted() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    message.set_attributes(&[(PR_SUBJECT_W.tag(), ALL)]).unwrap();
    let problems = message.delete_props(&[PR_SUBJECT_W.tag()]).unwrap();
    assert_eq!(problems.iter().map(|p| p.code.scode()).collect::<Vec<_>>(), [0x8007_0005]);
    message.set(PR_SUBJECT_W, "y").unwrap();
}

/// What may not be read is neither given nor listed, nor copied; as it is stored it is there.
#[test]
fn a_property_that_is_not_readable_is_hidden() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "secret").unwrap();
    message.set_attributes(&[(PR_SUBJECT_W.tag(), A::WRITEABLE)]).unwrap();
    assert_eq!(code(message.get(PR_SUBJECT_W)), Code::NoAccess);
    let opened = message.open_stream(PR_SUBJECT_W.tag(), OpenStream::Read);
    assert_eq!(code(opened.map(drop)), Code::NoAccess);
    let listed = message.prop_list().unwrap();
    assert!(!listed.iter().any(|tag| tag.id() == PR_SUBJECT_W.tag().id()));
    let copy = fresh();
    message.copy_to(&copy, openimsg::CopyOptions::new()).unwrap();
    assert_eq!(copy.get(PR_SUBJECT_W).unwrap(), None);
    let stored = message.stored_props().unwrap();
    let subject = stored.into_iter().find(|p| p.tag == PR_SUBJECT_W.tag()).unwrap();
    assert_eq!(subject.value.unwrap(), Some(text("secret")));
    message.set(PR_SUBJECT_W, "other").unwrap();
}

/// A flags word with neither readable nor writeable means nothing, whatever else it has.
#[test]
fn a_flags_word_of_a_third_party_is_ordinary() {
    for flags in [0, 1, 0xFFFF_FFF8] {
        let bytes = tamper(&build(|message| message.set(PR_SUBJECT_W, "x").unwrap()), |root| {
            change_entry(root, 32, 0x0037_001F, |entry| {
                entry[4..8].copy_from_slice(&u32::to_le_bytes(flags));
            });
        });
        let (message, _) = edit(&bytes);
        assert_eq!(of(&message, PR_SUBJECT_W.tag()), ORDINARY, "{flags:08X}");
        message.set(PR_SUBJECT_W, "y").unwrap();
        assert_eq!(message.delete_props(&[PR_SUBJECT_W.tag()]).unwrap(), []);
    }
}

fn flags(message: &Message<'_>) -> i32 {
    message.get(PR_MESSAGE_FLAGS).unwrap().unwrap()
}

/// Spec: C-202
#[test]
fn the_read_mark_is_set_and_cleared() {
    let message = fresh();
    message.set(PR_MESSAGE_FLAGS, 0x308).unwrap();
    message.set_read_flag(ReadFlags::empty()).unwrap();
    // It was unread: no read report is pending any more; the non-read report is another matter.
    assert_eq!(flags(&message), 0x209);
    message.set(PR_MESSAGE_FLAGS, 0x309).unwrap();
    message.set_read_flag(ReadFlags::empty()).unwrap();
    assert_eq!(flags(&message), 0x309);
    message.set_read_flag(ReadFlags::CLEAR_READ_FLAG).unwrap();
    assert_eq!(flags(&message), 0x308);
    message.set_read_flag(ReadFlags::SUPPRESS_RECEIPT).unwrap();
    assert_eq!(flags(&message), 0x009);
    message.set(PR_MESSAGE_FLAGS, 0x308).unwrap();
    message.set_read_flag(ReadFlags::CLEAR_RN_PENDING).unwrap();
    assert_eq!(flags(&message), 0x208);
    message.set_read_flag(ReadFlags::CLEAR_NRN_PENDING).unwrap();
    assert_eq!(flags(&message), 0x008);
    message.set_read_flag(ReadFlags::GENERATE_RECEIPT_ONLY).unwrap();
    assert_eq!(flags(&message), 0x008);
    // Associated messages keep their mark.
    message.set(PR_MESSAGE_FLAGS, 0x140).unwrap();
    message.set_read_flag(ReadFlags::empty()).unwrap();
    assert_eq!(flags(&message), 0x040);
}

/// Spec: C-203
#[test]
fn illegal_read_flags_are_refused() {
    let message = fresh();
    let before = flags(&message);
    for bits in [0x5, 0x14, 0x15] {
        let refused = message.set_read_flag(ReadFlags::from_bits(bits).unwrap());
        assert_eq!(code(refused).scode(), 0x8007_0057, "{bits:#x}");
    }
    assert_eq!(ReadFlags::from_bits(0x2), None);
    assert_eq!(flags(&message), before);
    let read = open(&build(|_| ()));
    assert_eq!(code(read.set_read_flag(ReadFlags::empty())), Code::NoAccess);
}

/// Spec: C-204
#[test]
fn a_receipt_can_be_declined_without_reading() {
    let quiet = ReadFlags::SUPPRESS_RECEIPT | ReadFlags::GENERATE_RECEIPT_ONLY;
    assert_eq!(quiet.bits(), 0x11);
    let message = fresh();
    message.set_read_flag(quiet).unwrap();
    assert_eq!(message.get(PR_READ_RECEIPT_REQUESTED).unwrap(), None);
    message.set(PR_READ_RECEIPT_REQUESTED, true).unwrap();
    let before = flags(&message);
    message.set_read_flag(quiet).unwrap();
    assert_eq!(message.get(PR_READ_RECEIPT_REQUESTED).unwrap(), Some(false));
    assert_eq!(flags(&message), before);
}

/// Spec: C-205
#[test]
fn the_read_mark_is_lost_without_a_save() {
    let bytes = build(|message| message.set(PR_SUBJECT_W, "x").unwrap());
    let (message, file) = edit(&bytes);
    message.set_read_flag(ReadFlags::empty()).unwrap();
    assert_eq!(flags(&message) & 1, 1);
    drop(message);
    assert_eq!(flags(&open(&file.to_bytes().unwrap())) & 1, 0);
    let storage: &dyn Storage = &*file;
    assert!(storage.stat().is_ok());
    let (message, file) = edit(&bytes);
    message.set_read_flag(ReadFlags::empty()).unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(flags(&open(&file.to_bytes().unwrap())) & 1, 1);
    assert_eq!(message.get_prop(PR_MESSAGE_FLAGS.tag()).unwrap(), Some(PropValue::Long(0x9)));
}
