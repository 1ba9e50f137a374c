//! CopyTo and CopyProps between our own objects and to foreign ones.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::foreign::Foreign;
use common::msg::*;
use common::tree::{Data, tree};
use openimsg::{
    Access, Code, CodePage, CopyFlags, CopyOptions, Message, Modify, NamedProp, OpenStream,
    Progress, Prop, PropId, PropSet, PropTag, PropType, PropValue, Recipient, SaveFlags, Session,
    TargetKind, tags::*,
};
use std::io::Write;

/// All of it, as it comes.
fn all<'a>() -> CopyOptions<'a> {
    CopyOptions::new()
}

fn with<'a>(flags: CopyFlags) -> CopyOptions<'a> {
    CopyOptions::new().flags(flags)
}

/// The copy of FM to FM: everything equal, no problem.
///
/// Spec: C-152
#[test]
fn a_full_copy_is_equal_to_its_original() {
    let session = reproducible().open();
    let from = session.create_message(memory()).unwrap();
    everything(&from);
    let to = session.create_message(memory()).unwrap();
    assert_eq!(from.copy_to(&to, all()).unwrap(), []);
    from.save_changes(KEEP).unwrap();
    to.save_changes(KEEP).unwrap();
    let (mut original, mut copy) = (tree(&from), tree(&to));
    // Attachments and names are numbered anew, which the tree does not show; the rest is the same.
    assert_eq!(original, copy);
    assert_eq!(original.attachments.len(), 3);
    assert!(
        matches!(&original.attachments[1].1, Data::Message(inner) if inner.attachments.len() == 2)
    );
    assert!(
        matches!(&copy.attachments[2].1, Data::Storage(members) if members.contains_key("/CONTENTS"))
    );
    // The comparison can tell.
    original.props.remove("0037");
    copy.attachments.pop();
    assert_ne!(original, copy);
}

/// Spec: C-149
#[test]
fn an_object_is_not_copied_to_itself() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    assert_eq!(code(message.copy_to(&message.clone(), all())), Code::NoAccess);
    assert_eq!(code(message.copy_props(&[PR_SUBJECT_W.tag()], &message, all())), Code::NoAccess);
    let number = attach(&message, "a", b"b");
    let (one, same) = (message.open_attach(number).unwrap(), message.open_attach(number).unwrap());
    assert_eq!(code(one.copy_to(&same, all())), Code::NoAccess);
}

/// Spec: C-150
#[test]
fn nothing_is_copied_into_what_lies_inside_the_source() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "outer").unwrap();
    let number = embed(&message, |inner| inner.set(PR_SUBJECT_W, "inner").unwrap());
    let attachment = message.open_attach(number).unwrap();
    let inner = attachment.open_message().unwrap();
    let before = tree(&message);
    assert_eq!(code(message.copy_to(&inner, all())), Code::FolderCycle);
    assert_eq!(code(message.copy_to(&attachment, all())), Code::FolderCycle);
    assert_eq!(code(attachment.copy_to(&inner, all())), Code::FolderCycle);
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inner"));
    drop((inner, attachment));
    assert_eq!(tree(&message), before);
    // It is checked before access.
    let bytes = build(|message| {
        embed(message, |_| ());
    });
    let read = open(&bytes);
    let inner = read.open_attach(0).unwrap().open_message().unwrap();
    assert_eq!(code(read.copy_to(&inner, all())), Code::FolderCycle);
}

/// A copy from the inside out is no cycle: an embedded message can take its parent's place.
#[test]
fn an_embedded_message_is_copied_over_the_message_that_holds_it() {
    let (bytes, storage) = file();
    let message = Message::create(storage).unwrap();
    message.set(PR_SUBJECT_W, "outer").unwrap();
    embed(&message, everything);
    let attachment = message.open_attach(0).unwrap();
    let inner = attachment.open_message().unwrap();
    let wanted = tree(&inner);
    assert_eq!(inner.copy_to(&message, all()).unwrap(), []);
    // The attachment that held it was one of those that were replaced.
    assert_eq!(code(inner.get(PR_SUBJECT_W)), Code::ObjectDeleted);
    drop((inner, attachment));
    message.save_changes(KEEP).unwrap();
    let copy = open(&bytes.to_bytes().unwrap());
    assert_eq!(copy.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: everything"));
    assert_eq!(copy.attachment_numbers().unwrap(), [1, 2, 3]);
    let copied = tree(&copy);
    assert_eq!(copied.recipients, wanted.recipients);
    let data = |tree: &common::tree::Tree| -> Vec<Data> {
        tree.attachments.iter().map(|(_, data)| data.clone()).collect()
    };
    assert_eq!(data(&copied), data(&wanted));
}

/// Spec: C-153
#[test]
fn exclusion_compares_identifiers_only() {
    let (from, to) = (fresh(), fresh());
    from.set(PR_BODY_W, "text").unwrap();
    from.set(PR_SUBJECT_W, "x").unwrap();
    let exclude = [PropTag::new(0x1000_001E)];
    assert_eq!(from.copy_to(&to, all().exclude(&exclude)).unwrap(), []);
    assert_eq!(to.get(PR_BODY_W).unwrap(), None);
    assert_eq!(to.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    assert_eq!(code(from.copy_to(&to, all().exclude(&[PropTag::new(1)]))), Code::InvalidParameter);
}

/// Spec: C-154
#[test]
fn excluded_recipients_and_attachments_stay_as_they_are_in_the_target() {
    let (from, to) = (fresh(), fresh());
    everything(&from);
    to.modify_recipients(Modify::Add, &[Recipient::new("Own", "own@example.org")]).unwrap();
    attach(&to, "own.txt", b"own");
    let exclude = [PR_MESSAGE_RECIPIENTS, PR_MESSAGE_ATTACHMENTS];
    assert_eq!(from.copy_to(&to, all().exclude(&exclude)).unwrap(), []);
    assert_eq!(to.get(PR_DISPLAY_TO_W).unwrap().as_deref(), Some("Own"));
    assert_eq!(to.attachment_numbers().unwrap(), [0]);
    assert_eq!(to.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: everything"));
    // Without the exclusion both are replaced as a whole.
    assert_eq!(from.copy_to(&to, all()).unwrap(), []);
    assert_eq!(to.get(PR_DISPLAY_TO_W).unwrap().as_deref(), Some("Ana"));
    assert_eq!(to.attachment_numbers().unwrap(), [1, 2, 3]);
}

/// Spec: C-155
#[test]
fn no_replace_keeps_what_the_target_has() {
    let (from, to) = (fresh(), fresh());
    everything(&from);
    to.set(PR_SUBJECT_W, "kept").unwrap();
    to.modify_recipients(Modify::Add, &[Recipient::new("Own", "own@example.org")]).unwrap();
    attach(&to, "own.txt", b"own");
    assert_eq!(from.copy_to(&to, with(CopyFlags::NO_REPLACE)).unwrap(), []);
    assert_eq!(to.get(PR_SUBJECT_W).unwrap().as_deref(), Some("kept"));
    assert_eq!(to.get(PR_DISPLAY_TO_W).unwrap().as_deref(), Some("Own"));
    assert_eq!(to.recipient_count().unwrap(), 1);
    assert_eq!(to.attachment_numbers().unwrap(), [0]);
    let body = "Some text with an umlaut: \u{FC}";
    assert_eq!(to.get(PR_BODY_W).unwrap().as_deref(), Some(body));
    // Where it has no recipients and no attachments, it gets them.
    let empty = fresh();
    assert_eq!(from.copy_to(&empty, with(CopyFlags::NO_REPLACE)).unwrap(), []);
    assert_eq!(empty.recipient_count().unwrap(), 3);
    assert_eq!(empty.attachment_numbers().unwrap(), [0, 1, 2]);
}

/// What the target has counts by its own identifiers.
#[test]
fn no_replace_knows_named_properties_by_name() {
    let (from, to) = (fresh(), fresh());
    let [one, other] =
        ["one", "other"].map(|name| NamedProp::text(PropSet::PS_PUBLIC_STRINGS, name));
    let set = |message: &Message<'_>, name: &NamedProp, value: i32| {
        let id = message.ids_from_names(std::slice::from_ref(name), true).unwrap()[0].unwrap();
        let tag = PropTag::from_parts(id, PropType::PT_LONG);
        assert_eq!(message.set_props(&[Prop { tag, value: PropValue::Long(value) }]).unwrap(), []);
        tag
    };
    set(&from, &one, 1);
    set(&from, &other, 2);
    let there = set(&to, &other, 3);
    assert_eq!(from.copy_to(&to, with(CopyFlags::NO_REPLACE)).unwrap(), []);
    assert_eq!(to.get_prop(there).unwrap(), Some(PropValue::Long(3)));
    let copied = set(&fresh(), &one, 0);
    assert_eq!(copied.id(), there.id());
    let id = to.ids_from_names(&[one], false).unwrap()[0].unwrap();
    let tag = PropTag::from_parts(id, PropType::PT_LONG);
    assert_eq!(to.get_prop(tag).unwrap(), Some(PropValue::Long(1)));
}

/// Spec: C-156
#[test]
fn a_move_takes_from_the_source_what_was_copied() {
    let bytes = build(everything);
    let (from, file) = edit(&bytes);
    let to = fresh();
    let kept = [PR_BODY_W.tag()];
    let problems = from.copy_to(&to, with(CopyFlags::MOVE).exclude(&kept)).unwrap();
    assert_eq!(problems, []);
    assert_eq!(to.recipient_count().unwrap(), 3);
    assert_eq!(to.attachment_numbers().unwrap(), [0, 1, 2]);
    // Pending until the source is saved.
    assert_eq!(open(&file.to_bytes().unwrap()).recipient_count().unwrap(), 3);
    from.save_changes(KEEP).unwrap();
    let left = open(&file.to_bytes().unwrap());
    assert_eq!(left.get(PR_SUBJECT_W).unwrap(), None);
    assert_eq!(left.recipient_count().unwrap(), 0);
    assert!(left.attachment_numbers().unwrap().is_empty());
    assert!(left.get(PR_BODY_W).unwrap().is_some());

    let read = open(&bytes);
    assert_eq!(code(read.copy_to(&fresh(), with(CopyFlags::MOVE))), Code::NoAccess);
    let only = [PR_SUBJECT_W.tag()];
    assert_eq!(code(read.copy_props(&only, &fresh(), with(CopyFlags::MOVE))), Code::NoAccess);
}

/// What could not be copied in full is not taken away.
#[test]
fn a_move_with_a_problem_leaves_the_source_whole() {
    let (from, to) = (fresh(), Foreign::message());
    from.set(PR_SUBJECT_W, "x").unwrap();
    from.set(PR_BODY_W, "y").unwrap();
    to.refuses.set(Some((0x1000_001F, Code::NoAccess)));
    let problems = from.copy_to(&to, with(CopyFlags::MOVE)).unwrap();
    assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::NoAccess]);
    assert_eq!(from.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    // What the target computes itself is no reason.
    to.refuses.set(Some((0x1000_001F, Code::Computed)));
    from.copy_to(&to, with(CopyFlags::MOVE)).unwrap();
    assert_eq!(from.get(PR_SUBJECT_W).unwrap(), None);
    assert_eq!(from.get(PR_BODY_W).unwrap().as_deref(), Some("y"));
}

/// Spec: C-157
#[test]
fn named_properties_travel_by_name() {
    let (from, to) = (fresh(), fresh());
    let names = some_names();
    from.ids_from_names(&names, true).unwrap();
    let reversed: Vec<NamedProp> = names.iter().rev().cloned().collect();
    to.ids_from_names(&reversed[..2], true).unwrap();
    let id = |message: &Message<'_>, name: &NamedProp| {
        message.ids_from_names(std::slice::from_ref(name), false).unwrap()[0]
    };
    for (at, name) in names.iter().enumerate() {
        let tag = PropTag::from_parts(id(&from, name).unwrap(), PropType::PT_LONG);
        let value = PropValue::Long(i32::try_from(at).unwrap());
        assert_eq!(from.set_props(&[Prop { tag, value }]).unwrap(), []);
    }
    // Recipients and embedded messages have named properties too.
    let named = PropTag::from_parts(id(&from, &names[2]).unwrap(), PropType::PT_LONG);
    let mut row = Recipient::new("Ana", "ana@example.org");
    row.set(Prop { tag: named, value: PropValue::Long(77) });
    from.modify_recipients(Modify::Add, &[row]).unwrap();
    embed(&from, |inner| {
        let props = [Prop { tag: named, value: PropValue::Long(78) }];
        assert_eq!(inner.set_props(&props).unwrap(), []);
    });

    assert_eq!(from.copy_to(&to, all()).unwrap(), []);
    let mut moved = 0;
    for (at, name) in names.iter().enumerate() {
        let there = id(&to, name).unwrap();
        moved += usize::from(Some(there) != id(&from, name));
        let tag = PropTag::from_parts(there, PropType::PT_LONG);
        let value = PropValue::Long(i32::try_from(at).unwrap());
        assert_eq!(to.get_prop(tag).unwrap(), Some(value), "{name:?}");
    }
    assert_eq!(moved, 4);
    let there = PropTag::from_parts(id(&to, &names[2]).unwrap(), PropType::PT_LONG);
    assert_eq!(to.recipients().unwrap()[0].get(there), Some(&PropValue::Long(77)));
    let inner = to.open_attach(0).unwrap().open_message().unwrap();
    assert_eq!(inner.get_prop(there).unwrap(), Some(PropValue::Long(78)));
}

/// Spec: C-158
#[test]
fn a_copy_is_not_saved() {
    let (bytes, storage) = file();
    let to = Message::create(storage).unwrap();
    to.set(PR_SUBJECT_W, "before").unwrap();
    to.save_changes(KEEP).unwrap();
    let from = fresh();
    everything(&from);
    from.copy_to(&to, all()).unwrap();
    assert_eq!(to.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: everything"));
    drop(to);
    let left = open(&bytes.to_bytes().unwrap());
    assert_eq!(left.get(PR_SUBJECT_W).unwrap().as_deref(), Some("before"));
    assert_eq!(left.recipient_count().unwrap(), 0);
    assert!(left.attachment_numbers().unwrap().is_empty());
}

/// The exclusions with which a well-known client copies a message to a new file.
///
/// Spec: C-159
#[test]
fn the_exclusions_of_a_well_known_client_work_as_written() {
    let exclude = [
        PR_ACCESS.tag(),
        PropTag::new(0x1000_001E),
        PR_RTF_SYNC_BODY_COUNT.tag(),
        PR_RTF_SYNC_BODY_CRC.tag(),
        PropTag::new(0x1008_001E),
        PR_RTF_SYNC_PREFIX_COUNT.tag(),
        PR_RTF_SYNC_TRAILING_COUNT.tag(),
    ];
    let (from, to) = (fresh(), fresh());
    everything(&from);
    from.set(PR_RTF_SYNC_BODY_CRC, 1).unwrap();
    from.set(PR_RTF_SYNC_BODY_TAG_W, "tag").unwrap();
    from.set(PR_RTF_COMPRESSED, &b"rtf"[..]).unwrap();
    assert_eq!(from.copy_to(&to, all().exclude(&exclude)).unwrap(), []);
    for gone in [0x1000_001F, 0x1006_0003, 0x1007_0003, 0x1008_001F, 0x1010_0003, 0x1011_0003] {
        assert_eq!(to.get_prop(PropTag::new(gone)).unwrap(), None, "{gone:08X}");
    }
    assert_eq!(to.get(PR_RTF_COMPRESSED).unwrap().as_deref(), Some(&b"rtf"[..]));
    assert_eq!(to.recipient_count().unwrap(), 3);
    to.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    assert_eq!(to.attachment_numbers().unwrap(), [0, 1, 2]);
}

#[derive(Default)]
struct Told(Vec<(u32, u32, u32)>);

impl Progress for Told {
    fn progress(&mut self, value: u32, count: u32, total: u32) {
        self.0.push((value, count, total));
    }

    fn min(&self) -> u32 {
        20
    }

    fn max(&self) -> u32 {
        80
    }
}

/// Spec: C-160
#[test]
fn progress_is_told_within_its_limits() {
    let from = fresh();
    everything(&from);
    let mut told = Told::default();
    from.copy_to(&fresh(), all().progress(&mut told)).unwrap();
    assert_eq!(told.0.first(), Some(&(20, 0, 3)));
    assert_eq!(told.0.last(), Some(&(80, 3, 3)));
    assert!(told.0.len() >= 5 && told.0.is_sorted());
    // Without attachments it is told at the start and at the end all the same.
    let mut told = Told::default();
    fresh().copy_to(&fresh(), all().progress(&mut told)).unwrap();
    assert_eq!(told.0, [(80, 0, 0), (80, 0, 0)]);
}

/// Spec: C-161
#[test]
fn a_foreign_target_is_driven_through_its_interface_only() {
    let from = fresh();
    everything(&from);
    let large = vec![5; 3 << 20];
    from.set(PR_TRANSPORT_MESSAGE_HEADERS_W, "X: y").unwrap();
    let mut stream = from.open_stream(PropTag::new(0x6700_0102), OpenStream::Create).unwrap();
    stream.write_all(&large).unwrap();
    drop(stream);
    from.save_changes(KEEP).unwrap();
    let to = Foreign::message();
    assert_eq!(from.copy_to(&to, all()).unwrap(), []);
    for prop in from.stored_props().unwrap() {
        let (id, value) = (prop.tag.id(), prop.value.unwrap().unwrap());
        let there = match from.names_from_ids(&[id]).unwrap()[0].clone().filter(|_| id.is_named()) {
            Some(name) => PropId::new(to.id_of(&name).unwrap()),
            None => id,
        };
        let found = to.get(PropTag::from_parts(there, prop.tag.prop_type()).value());
        match [0x0E02, 0x0E03, 0x0E04, 0x0E1B, 0x0E1D, 0x0FF4, 0x0FF7, 0x340D].contains(&id.value())
        {
            true => assert_eq!(found, None, "{}", prop.tag),
            false => assert_eq!(found, Some(value), "{}", prop.tag),
        }
    }
    assert_eq!(to.get(0x6700_0102), Some(PropValue::Binary(large)));
    assert_eq!(to.rows.borrow().len(), 3);
    let attachments = to.attachments.borrow();
    assert_eq!(
        attachments[&0].get(0x3701_0102),
        Some(PropValue::Binary(b"first this, then that".to_vec()))
    );
    let inner = attachments[&1].inner.borrow().clone().unwrap();
    assert_eq!(inner.get(0x0037_001F), Some(text("inner")));
    assert_eq!(
        inner.attachments.borrow()[&0].get(0x3701_0102),
        Some(PropValue::Binary(vec![7; 9000]))
    );
    let object = attachments[&2].storage.borrow().clone().unwrap();
    assert_eq!(bytes_of(&*object, "CONTENTS"), b"picture");
    // What was made is saved once, the target itself never.
    assert_eq!((to.saves.get(), inner.saves.get(), attachments[&1].saves.get()), (0, 1, 1));
    let calls = to.calls();
    assert!(calls.iter().any(|call| call == "OpenProperty IStream"));
    assert_eq!(calls.iter().filter(|call| *call == "CreateAttach").count(), 5);
    assert!(!calls.iter().any(|call| call == "DeleteAttach"));
}

/// Spec: C-162
#[test]
fn listed_properties_that_are_absent_or_computed_are_told() {
    let (from, to) = (fresh(), fresh());
    from.set(PR_SUBJECT_W, "x").unwrap();
    let include =
        [PR_BODY_W.tag(), PropTag::new(0x0037_001E), PR_MESSAGE_SIZE.tag(), PR_ACCESS.tag()];
    let problems = from.copy_props(&include, &to, all()).unwrap();
    let told: Vec<_> = problems.iter().map(|p| (p.index, p.tag, p.code)).collect();
    let computed = |at: usize| (at, include[at], Code::Computed);
    assert_eq!(told, [(0, include[0], Code::NotFound), computed(2), computed(3)]);
    assert_eq!(to.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    assert_eq!(code(from.copy_props(&[], &to, all())), Code::InvalidParameter);
    assert_eq!(code(from.copy_props(&[PropTag::new(1)], &to, all())), Code::InvalidParameter);
}

/// Spec: C-163
#[test]
fn recipients_and_attachments_are_copied_if_they_are_listed() {
    let (from, to) = (fresh(), fresh());
    everything(&from);
    assert_eq!(from.copy_props(&[PR_SUBJECT_W.tag()], &to, all()).unwrap(), []);
    assert_eq!((to.recipient_count().unwrap(), to.attachment_numbers().unwrap().len()), (0, 0));
    assert_eq!(from.copy_props(&[PR_MESSAGE_ATTACHMENTS], &to, all()).unwrap(), []);
    assert_eq!((to.recipient_count().unwrap(), to.attachment_numbers().unwrap().len()), (0, 3));
    assert_eq!(from.copy_props(&[PR_MESSAGE_RECIPIENTS], &to, all()).unwrap(), []);
    assert_eq!((to.recipient_count().unwrap(), to.attachment_numbers().unwrap().len()), (3, 3));
    assert_eq!(to.get(PR_BODY_W).unwrap(), None);
}

#[test]
fn a_target_that_is_open_for_reading_is_refused() {
    let bytes = build(everything);
    let (read, from) = (open(&bytes), fresh());
    assert_eq!(code(from.copy_to(&read, all())), Code::NoAccess);
    let attachment = read.open_attach_with(0, Access::Read).unwrap();
    assert_eq!(
        code(from.open_attach(attach(&from, "a", b"")).unwrap().copy_to(&attachment, all())),
        Code::NoAccess
    );
}

/// Attachments are copied as properties are, with their data of every kind.
#[test]
fn an_attachment_is_copied_to_an_attachment() {
    let from = fresh();
    everything(&from);
    let to = fresh();
    for number in 0..3 {
        let source = from.open_attach(number).unwrap();
        let target = to.create_attach().unwrap();
        // The data that were there are replaced, whatever they were.
        target.create_message().unwrap().save_changes(KEEP).unwrap();
        assert_eq!(source.copy_to(&target, all()).unwrap(), []);
        target.save_changes(KEEP).unwrap();
    }
    let (original, copy) = (tree(&from), tree(&to));
    for ((_, data), (_, copied)) in original.attachments.iter().zip(&copy.attachments) {
        assert_eq!(data, copied);
    }
    // A message takes the properties of an attachment, but not a message or a storage in it.
    let problems = from.open_attach(1).unwrap().copy_to(&fresh(), all()).unwrap();
    assert!(
        problems
            .iter()
            .any(|p| p.tag.id().value() == 0x3701 && p.code == Code::InterfaceNotSupported)
    );
    let problems = from.copy_to(&to.open_attach(0).unwrap(), all()).unwrap();
    let refused: Vec<u16> = problems
        .iter()
        .filter(|p| p.code == Code::InterfaceNotSupported)
        .map(|p| p.tag.id().value())
        .collect();
    assert_eq!(refused, [0x0E12, 0x0E13]);
    assert_eq!(openimsg::CopyTarget::kind(&to).unwrap(), TargetKind::Message);
}

/// What cannot be read is told with the part it belongs to; everything else is copied.
#[test]
fn damage_is_told_and_the_rest_is_copied() {
    let bytes = tamper(&build(everything), |root| {
        root.destroy_element(&common::name("__substg1.0_1000001F")).unwrap();
        within(root, &["__attach_version1.0_#00000000"], |attachment| {
            attachment.destroy_element(&common::name(PROPS)).unwrap();
        });
        within(root, &["__recip_version1.0_#00000001"], |row| {
            row.destroy_element(&common::name(PROPS)).unwrap();
        });
    });
    let (from, to) = (open(&bytes), fresh());
    let problems = from.copy_to(&to, all()).unwrap();
    let told: Vec<(u16, Code)> = problems.iter().map(|p| (p.tag.id().value(), p.code)).collect();
    assert_eq!(
        told,
        [(0x0E12, Code::CorruptData), (0x0E13, Code::CorruptData), (0x1000, Code::NotFound)]
    );
    assert_eq!(to.recipient_count().unwrap(), 3);
    assert_eq!(to.attachment_numbers().unwrap(), [0, 1]);
    assert_eq!(to.get(PR_SUBJECT_W).unwrap().as_deref(), Some("RE: everything"));
}

/// An ANSI message without text takes the code page of an ANSI source; one that holds text keeps its
/// own, and what it cannot say becomes a question mark there.
#[test]
fn code_pages_of_ansi_messages() {
    let page = |page| CodePage::new(page).unwrap();
    let cyrillic =
        build_ansi(1251, |message| message.set(PR_SUBJECT_W, "\u{416}\u{443}\u{43A}").unwrap());
    let from = open(&cyrillic);
    let session = Session::new();
    let empty = session.create_ansi_message(memory(), page(1252)).unwrap();
    assert_eq!(from.copy_to(&empty, all()).unwrap(), []);
    assert_eq!(empty.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1251));
    assert_eq!(empty.get(PR_SUBJECT_W).unwrap().as_deref(), Some("\u{416}\u{443}\u{43A}"));
    let raw = PropTag::new(0x0037_001E);
    assert_eq!(empty.get_prop(raw).unwrap(), Some(PropValue::String8(vec![0xC6, 0xF3, 0xEA])));

    let western = session.create_ansi_message(memory(), page(1252)).unwrap();
    western.set(PR_BODY_W, "na\u{EF}ve").unwrap();
    assert_eq!(from.copy_to(&western, all()).unwrap(), []);
    assert_eq!(western.get(PR_MESSAGE_CODEPAGE).unwrap(), Some(1252));
    assert_eq!(western.get(PR_BODY_W).unwrap().as_deref(), Some("na\u{EF}ve"));
    assert_eq!(western.get(PR_SUBJECT_W).unwrap().as_deref(), Some("???"));
}

/// A stream that somebody reads is where it was after the copy.
#[test]
fn open_streams_are_not_disturbed() {
    use std::io::Read;
    let from = fresh();
    let tag = PropTag::new(0x6700_0102);
    let mut stream = from.open_stream(tag, OpenStream::Create).unwrap();
    stream.write_all(&vec![3; 2 << 20]).unwrap();
    std::io::Seek::rewind(&mut stream).unwrap();
    let mut some = [0; 10];
    stream.read_exact(&mut some).unwrap();
    let to = fresh();
    assert_eq!(from.copy_to(&to, all()).unwrap(), []);
    assert_eq!(std::io::Seek::stream_position(&mut stream).unwrap(), 10);
    assert_eq!(to.get_prop(tag).unwrap(), Some(PropValue::Binary(vec![3; 2 << 20])));
    // Its unsaved changes were copied: what is open is copied as it stands.
    stream.write_all(b"!").unwrap();
    assert_eq!(from.copy_to(&to, all()).unwrap(), []);
    let Some(PropValue::Binary(copy)) = to.get_prop(tag).unwrap() else { panic!() };
    assert_eq!(copy[10], b'!');
}

/// Messages nested as deep as the limit are copied without recursion.
#[test]
fn deeply_nested_messages_are_copied() {
    fn nest(message: &Message<'_>, depth: u32) {
        message.set(PR_SUBJECT_W, format!("{depth}").as_str()).unwrap();
        if depth > 0 {
            embed(message, |inner| nest(inner, depth - 1));
        }
    }
    let (from, to) = (fresh(), fresh());
    nest(&from, 15);
    assert_eq!(from.copy_to(&to, all()).unwrap(), []);
    assert_eq!(tree(&from).attachments, tree(&to).attachments);
}
