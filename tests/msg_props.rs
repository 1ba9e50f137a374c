//! Properties: GetProps, SetProps, DeleteProps, and streams on them. Spec: imessage-contract 3.1.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use common::{Item, listing, name};
use openimsg::{
    Code, Message, Modify, OpenStream, Prop, PropId, PropProblem, PropTag, PropType, PropValue,
    SaveFlags, Text, tags::*,
};
use std::io::Read;

fn problems(message: &Message<'_>, props: &[Prop]) -> Vec<(usize, u32, Code)> {
    let found = message.set_props(props).unwrap();
    found.into_iter().map(|p: PropProblem| (p.index, p.tag.value(), p.code)).collect()
}

fn read_all(mut stream: openimsg::PropStream<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Spec: C-081
#[test]
fn flags_of_zero_mean_nothing() {
    let bytes = build(|message| message.set(PR_SUBJECT_W, "x").unwrap());
    let bytes = tamper(&bytes, |root| {
        change_entry(root, 32, 0x0037_001F, |entry| entry[4..8].fill(0));
    });
    let (message, _file) = edit(&bytes);
    message.set(PR_SUBJECT_W, "y").unwrap();
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("y"));
}

/// Spec: C-075, C-080, F-029
#[test]
fn stored_flags_are_enforced_but_not_on_stored_properties() {
    let bytes = build(|message| {
        message.set(PR_SUBJECT_W, "locked").unwrap();
        message.set(PR_BODY_W, "hidden").unwrap();
        message.set(PR_IMPORTANCE, 2).unwrap();
    });
    let bytes = tamper(&bytes, |root| {
        change_entry(root, 32, 0x0037_001F, |entry| entry[4] = 2);
        change_entry(root, 32, 0x1000_001F, |entry| entry[4] = 4);
        change_entry(root, 32, 0x0017_0003, |entry| entry[4] = 7);
    });
    let (message, _file) = edit(&bytes);
    let subject = prop(0x0037_001F, text("x"));
    assert_eq!(
        problems(&message, std::slice::from_ref(&subject)),
        [(0, 0x0037_001F, Code::NoAccess)]
    );
    let stream = message.open_stream(PR_SUBJECT_W.tag(), OpenStream::Modify);
    assert_eq!(code(stream), Code::NoAccess);
    assert_eq!(message.delete_props(&[tag(0x0037_001F)]).unwrap()[0].code, Code::NoAccess);
    assert_eq!(code(message.get(PR_BODY_W)), Code::NoAccess);
    assert!(!message.prop_list().unwrap().iter().any(|tag| tag.id().value() == 0x1000));
    let stored = message.stored_props().unwrap();
    let body = stored.iter().find(|p| p.tag.value() == 0x1000_001F).unwrap();
    assert_eq!((body.flags, body.value.as_ref().unwrap()), (4, &Some(text("hidden"))));
    assert_eq!(message.set_props_forced(&[subject]).unwrap(), []);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    assert_eq!(message.delete_props(&[tag(0x0017_0003)]).unwrap()[0].code, Code::NoAccess);
    assert_eq!(problems(&message, &[prop(0x0017_0003, PropValue::Long(1))]), []);
}

/// Spec: C-086, C-087, C-090, C-091, C-094
#[test]
fn each_property_has_its_own_verdict_in_the_order_asked_for() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "s").unwrap();
    let asked =
        [0x0037_001F, 0x1000_001F, 0x0E07_0003, 0x0037_001F, 0x0E07_0002, 0x0E12_000D, 0x9000_3003];
    let found = message.get_props(&asked.map(PropTag::new)).unwrap();
    let codes: Vec<_> = found.iter().map(|v| v.as_ref().map_err(|p| (p.index, p.code))).collect();
    assert_eq!(
        codes,
        [
            Ok(&text("s")),
            Err((1, Code::NotFound)),
            Ok(&PropValue::Long(0x0A)),
            Ok(&text("s")),
            Err((4, Code::UnexpectedType)),
            Err((5, Code::NoSupport)),
            Err((6, Code::InvalidType)),
        ]
    );
    let problem = found[1].as_ref().unwrap_err();
    assert_eq!(problem.tag.id(), PropId::new(0x1000));
    // PT_NULL asks whether it is there, PT_ERROR and PR_NULL ask for nothing.
    assert_eq!(message.get_prop(tag(0x0037_0001)).unwrap(), Some(PropValue::Null));
    assert_eq!(message.get_prop(tag(0x0037_000A)).unwrap(), None);
    assert_eq!(message.get_prop(tag(0x0000_0001)).unwrap(), None);
}

/// Spec: C-088, C-089
#[test]
fn texts_come_in_the_width_of_the_tag() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "naive-\u{EF}").unwrap();
    let narrow = message.get_prop(tag(0x0037_001E)).unwrap();
    assert_eq!(narrow, Some(PropValue::String8(b"naive-\xC3\xAF".to_vec())));
    assert_eq!(message.get_prop(tag(0x0037_0000)).unwrap(), Some(text("naive-\u{EF}")));
    assert_eq!(
        problems(&message, &[prop(0x1000_001E, PropValue::String8(b"\xC3\xA9".to_vec()))]),
        []
    );
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("\u{E9}"));
}

/// Spec: C-096, C-098
#[test]
fn the_list_of_properties_is_sorted_and_holds_tables_and_objects() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "RE: x").unwrap();
    let list = message.prop_list().unwrap();
    assert!(list.is_sorted_by(|a, b| a.id() < b.id()), "{list:?}");
    for there in [0x0E12_000D, 0x0E13_000D, 0x0037_001F, 0x003D_001F, 0x0E1D_001F, 0x0FF8_0102] {
        assert!(list.contains(&tag(there)), "{there:08X}");
    }
    assert!(!list.iter().any(|tag| tag.id().value() == 0x0E08));
    for tag in &list {
        let value = message.get_prop(*tag);
        let object = tag.prop_type() == PropType::PT_OBJECT;
        assert_eq!(value.is_err(), object, "{tag}");
        assert!(object || value.unwrap().is_some(), "{tag}");
    }
    embed(&message, |inner| inner.set(PR_SUBJECT_W, "x").unwrap());
    let list = message.open_attach(0).unwrap().prop_list().unwrap();
    assert!(list.contains(&tag(0x3701_000D)));
}

/// Spec: C-092, C-093
#[test]
fn large_values_are_read_and_streamed() {
    let message = fresh();
    let big = vec![5; 17 << 20];
    message.set(PR_HTML, &big[..]).unwrap();
    message.save_changes(KEEP).unwrap();
    let stream = message.open_stream(PR_HTML.tag(), OpenStream::Read).unwrap();
    assert_eq!(stream.size().unwrap(), 17 << 20);
    assert!(read_all(stream) == big);
    assert!(message.get(PR_HTML).unwrap().unwrap() == big);
}

/// Spec: C-100, C-101
#[test]
fn objects_and_empty_arrays_refuse_the_whole_call() {
    let message = fresh();
    for bad in [
        prop(0x0E12_000D, PropValue::Object),
        prop(0x6601_1003, PropValue::MvLong(vec![])),
        prop(0x6602_101F, PropValue::MvUnicode(vec![])),
        prop(0x6603_1102, PropValue::MvBinary(vec![])),
    ] {
        let result = message.set_props(&[prop(0x0037_001F, text("s")), bad]);
        assert_eq!(code(result), Code::InvalidParameter);
        assert_eq!(message.get(PR_SUBJECT_W).unwrap(), None);
    }
}

/// Spec: C-102
#[test]
fn null_and_error_entries_are_skipped() {
    let message = fresh();
    let props = [prop(0x0000_0001, PropValue::Null), prop(0x0037_000A, PropValue::Error(1))];
    assert_eq!(problems(&message, &props), []);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap(), None);
}

/// Spec: C-103, C-104, C-106, C-107
#[test]
fn what_cannot_be_set_is_a_problem_of_its_own() {
    let message = fresh();
    let long = PropValue::Long(1);
    let found = problems(
        &message,
        &[
            prop(0x0017_0003, long.clone()),
            prop(0x340D_0003, long.clone()),
            prop(0x0E04_001F, text("x")),
            prop(0x6604_0001, PropValue::Null),
            prop(0x6604_0123, PropValue::Opaque(PropType::new(0x0123), vec![0; 8])),
            prop(0x6604_00FD, PropValue::Opaque(PropType::PT_SRESTRICTION, vec![1])),
            prop(0x6604_001F, long.clone()),
            prop(0x8005_0003, long.clone()),
            prop(0xFFFF_0003, long.clone()),
            prop(0x0000_0003, long),
        ],
    );
    assert_eq!(
        found,
        [
            (1, 0x340D_0003, Code::Computed),
            (2, 0x0E04_001F, Code::Computed),
            (3, 0x6604_0001, Code::InvalidType),
            (4, 0x6604_0123, Code::InvalidType),
            (5, 0x6604_00FD, Code::InvalidType),
            (6, 0x6604_001F, Code::InvalidType),
            (7, 0x8005_0003, Code::UnexpectedId),
            (8, 0xFFFF_0003, Code::UnexpectedId),
            (9, 0x0000_0003, Code::UnexpectedId),
        ]
    );
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(1));
    let attachment = message.create_attach().unwrap();
    let wrong = attachment.set_props(&[prop(0x3705_001F, text("1"))]).unwrap();
    assert_eq!(wrong[0].code, Code::UnexpectedType);
}

/// Spec: C-105, C-114, C-123
#[test]
fn a_read_only_message_refuses_every_change() {
    let message = open(&build(everything));
    assert_eq!(code(message.set(PR_SUBJECT_W, "x")), Code::NoAccess);
    assert_eq!(code(message.set_props(&[prop(0x0037_001F, text("x"))])), Code::NoAccess);
    assert_eq!(code(message.delete_props(&[PR_SUBJECT_W.tag()])), Code::NoAccess);
    for how in [OpenStream::Modify, OpenStream::Create] {
        assert_eq!(code(message.open_stream(PR_BODY_W.tag(), how)), Code::NoAccess);
    }
    assert_eq!(code(message.modify_recipients(Modify::Add, &three())), Code::NoAccess);
    assert_eq!(code(message.create_attach()), Code::NoAccess);
    assert_eq!(code(message.delete_attach(0)), Code::NoAccess);
    assert_eq!(code(message.save_changes(SaveFlags::empty())), Code::NoAccess);
}

/// Spec: C-108, F-132
#[test]
fn another_type_replaces_value_and_stream() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    let id = 0x6605_0000;
    let values = [
        PropValue::Binary(vec![1; 40]),
        PropValue::Long(7),
        text("text"),
        PropValue::MvBinary(vec![vec![1], vec![2]]),
        PropValue::MvUnicode(vec!["a".into()]),
        PropValue::I8(3),
    ];
    for value in values {
        let set = tag(id).with_type(value.prop_type());
        assert_eq!(problems(&message, &[Prop { tag: set, value: value.clone() }]), []);
        assert_eq!(message.get_prop(set).unwrap(), Some(value.clone()));
        assert_eq!(message.get_prop(tag(id)).unwrap(), Some(value.clone()));
        message.save_changes(KEEP).unwrap();
        let names: Vec<String> = listing(std::sync::Arc::clone(&file) as _)
            .into_keys()
            .filter(|path| path.starts_with("/__substg1.0_6605"))
            .collect();
        let own = format!("/__substg1.0_{:08X}", set.value());
        assert!(names.iter().all(|name| name.starts_with(&own)), "{names:?}");
        assert_eq!(
            message.stored_entries().unwrap().iter().filter(|(t, _)| t.id() == set.id()).count(),
            1
        );
    }
}

/// Spec: C-109
#[test]
fn a_value_is_copied_when_it_is_set() {
    let message = fresh();
    let mut data = [1, 2, 3];
    message.set(PR_HTML, &data[..]).unwrap();
    data.fill(9);
    assert_eq!(message.get(PR_HTML).unwrap(), Some(vec![1, 2, 3]));
}

/// Spec: C-110, F-049, F-051, F-052
#[test]
fn values_of_every_type_survive_exactly() {
    let mut values = every_type();
    values.push(PropValue::Unicode(Text::from_units(&[0x41, 0xD800, 0x42])));
    values.push(PropValue::Binary(vec![]));
    let tags = |at: usize| PropId::new(0x6600 + u16::try_from(at).unwrap());
    let props: Vec<Prop> = values
        .iter()
        .enumerate()
        .map(|(at, v)| Prop { tag: PropTag::from_parts(tags(at), v.prop_type()), value: v.clone() })
        .collect();
    let bytes = build(|message| {
        assert_eq!(message.set_props(&props).unwrap(), []);
        embed(message, |inner| assert_eq!(inner.set_props(&props).unwrap(), []));
    });
    let message = open(&bytes);
    let inner = message.open_attach(0).unwrap().open_message().unwrap();
    for prop in &props {
        assert_eq!(message.get_prop(prop.tag).unwrap().as_ref(), Some(&prop.value));
        assert_eq!(inner.get_prop(prop.tag).unwrap().as_ref(), Some(&prop.value));
    }
}

/// Spec: C-111, C-112
#[test]
fn deleting_goes_by_identifier() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let found =
        message.delete_props(&[tag(0x0037_0003), tag(0x1000_001F), tag(0x0E1B_000B)]).unwrap();
    let codes: Vec<_> = found.iter().map(|problem| (problem.index, problem.code)).collect();
    assert_eq!(codes, [(1, Code::NotFound), (2, Code::Computed)]);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap(), None);
}

/// Spec: C-113
#[test]
fn deleting_the_tables_empties_them() {
    let (message, file) = edit(&build(everything));
    let tables = [tag(0x0E12_000D), tag(0x0E13_000D)];
    assert_eq!(message.delete_props(&tables).unwrap(), []);
    assert_eq!(message.recipient_count().unwrap(), 0);
    assert_eq!(message.attachment_numbers().unwrap(), []);
    message.save_changes(KEEP).unwrap();
    assert!(listing(file).keys().all(|path| !path.contains("#0")));
}

/// Spec: C-113
#[test]
fn deleting_the_data_of_an_attachment_removes_them_whatever_they_are() {
    for (number, data) in [(0, tag(0x3701_000D)), (1, tag(0x3701_0102)), (2, tag(0x3701_0102))] {
        let (message, file) = edit(&build(everything));
        let attachment = message.open_attach(number).unwrap();
        let inner = attachment.open_message().ok();
        assert_eq!(attachment.delete_props(&[data]).unwrap(), []);
        if let Some(inner) = inner {
            assert_eq!(code(inner.get(PR_SUBJECT_W)), Code::ObjectDeleted);
        }
        attachment.save_changes(KEEP).unwrap();
        message.save_changes(KEEP).unwrap();
        let path = format!("/__attach_version1.0_#{number:08X}/__substg1.0_3701");
        assert!(listing(file).keys().all(|found| !found.starts_with(&path)));
    }
}

#[test]
fn data_deleted_and_made_anew_before_the_save_are_there() {
    let (message, file) = edit(&build(everything));
    let attachment = message.open_attach(2).unwrap();
    assert_eq!(attachment.delete_props(&[tag(0x3701_000D)]).unwrap(), []);
    attachment.set(PR_ATTACH_METHOD, 5).unwrap();
    let inner = attachment.create_message().unwrap();
    inner.set(PR_SUBJECT_W, "instead").unwrap();
    inner.save_changes(KEEP).unwrap();
    attachment.save_changes(KEEP).unwrap();
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    let inner = again.open_attach(2).unwrap().open_message().unwrap();
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("instead"));
}

/// Spec: C-116, C-117, C-127, C-133, C-129
/// Spec: C-118, C-119, C-120
/// Spec: C-122, C-124
/// Spec: C-126
/// Spec: C-126
/// Spec: C-134
/// Spec: C-135
/// Spec: C-130, C-131
/// Spec: C-132, C-188
/// Spec: C-259, F-030
#[test]
fn damage_of_one_property_leaves_the_others() {
    let bytes = build(|message| {
        message.set(PR_SUBJECT_W, "sound").unwrap();
        message.set(PR_BODY_W, &"broken ".repeat(2000)[..]).unwrap();
        message.set(PR_HTML, &[1; 100]).unwrap();
    });
    let bytes = tamper(&bytes, |root| {
        root.destroy_element(&name("__substg1.0_10130102")).unwrap();
        put(root, "__substg1.0_66010102", b"nobody's");
    });
    let mut image = common::image::Image(bytes);
    let slot = image.slot("__substg1.0_1000001F");
    let start = image.start(slot);
    let second = image.fat(start);
    image.set_fat(second, 0x00FF_FFF0);
    let message = open(&image.0);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("sound"));
    assert_eq!(message.get(PR_HTML).unwrap(), None);
    assert_eq!(code(message.get(PR_BODY_W)), Code::CorruptData);
    assert_eq!(message.get_prop(tag(0x6601_0102)).unwrap(), None);
    let found = message.get_props(&[PR_HTML.tag(), PR_BODY_W.tag(), PR_SUBJECT_W.tag()]).unwrap();
    assert_eq!(found[0].as_ref().unwrap_err().code, Code::NotFound);
    assert_eq!(found[1].as_ref().unwrap_err().code, Code::CorruptData);
    // An edit elsewhere leaves the orphan alone.
    let (message, file) = edit(&image.0);
    message.set(PR_SUBJECT_W, "edited").unwrap();
    message.save_changes(KEEP).unwrap();
    let after = listing(file);
    assert_eq!(after["/__substg1.0_66010102"], Item::Stream(Ok(b"nobody's".to_vec())));
}

#[test]
fn ten_thousand_properties_are_set_and_deleted_in_linear_time() {
    let message = fresh();
    let props: Vec<Prop> = (0x1100..0x3000_u32)
        .filter(|id| ![0x1000, 0x1013].contains(id))
        .map(|id| Prop { tag: tag((id << 16) | 0x0102), value: PropValue::Binary(vec![1]) })
        .collect();
    assert_eq!(message.set_props(&props).unwrap(), []);
    message.save_changes(KEEP).unwrap();
    let tags: Vec<PropTag> = props.iter().map(|prop| prop.tag).collect();
    assert_eq!(message.delete_props(&tags).unwrap(), []);
    let arrays: Vec<Prop> = (0x1100..0x1500_u32)
        .map(|id| prop((id << 16) | 0x1102, PropValue::MvBinary(vec![vec![1]])))
        .collect();
    assert_eq!(message.set_props(&arrays).unwrap(), []);
    message.save_changes(KEEP).unwrap();
    let tags: Vec<PropTag> = arrays.iter().map(|prop| prop.tag).collect();
    assert_eq!(message.delete_props(&tags).unwrap(), []);
    message.save_changes(KEEP).unwrap();
    assert!(message.stored_entries().unwrap().len() < 30);
}
