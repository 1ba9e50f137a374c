//! `IMAPIProp` as C callers reach it: raw flags, pointers that may be null, the order of checks.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use openimsg::mapi::given::{GivenProp, GivenValue};
use openimsg::mapi::last_error::get_last_error;
use openimsg::mapi::open_property::{Opened, open_property};
use openimsg::mapi::{self, Status, UNICODE, attributes, helpers, props};
use openimsg::{
    Code, CompoundFile, Guid, MapiProp, Message, NamedProp, OpenStream, Prop, PropProblem, PropSet,
    PropTag, PropValue, Storage, tags::*,
};
use std::io::{Read, Write};
use std::sync::Arc;

const ERRORS_RETURNED: u32 = 0x0004_0380;

/// GetProps with both outputs.
fn get(
    object: &MapiProp<'_>,
    tags: Option<&[u32]>,
    flags: u32,
) -> openimsg::Result<(Status, u32, Option<Vec<Prop>>)> {
    let (mut count, mut values) = (77, Some(Vec::new()));
    let status = props::get_props(object, tags, flags, Some(&mut count), Some(&mut values))?;
    Ok((status, count, values))
}

fn values(object: &MapiProp<'_>, tags: &[u32], flags: u32) -> Vec<Prop> {
    get(object, Some(tags), flags).unwrap().2.unwrap()
}

fn error(tag: u32, code: Code) -> Prop {
    let tag = PropTag::new(tag & 0xFFFF_0000 | 0xA);
    Prop { tag, value: PropValue::Error(code.scode()) }
}

/// Spec: C-082
#[test]
fn all_properties_at_once() {
    let message = fresh();
    let (status, count, found) = get(&message, None, 0).unwrap();
    let found = found.unwrap();
    assert_eq!((status, count as usize), (Status::Ok, found.len()));
    let types: Vec<u32> = found.iter().map(|prop| prop.tag.value() & 0xFFFF).collect();
    assert!(!types.contains(&0xD) && !types.contains(&0xA));
    assert!(found.contains(&prop(0x340D_0003, PropValue::Long(0x0004_0E79))));
    // Text in the width that is asked for.
    message.set(PR_SUBJECT_W, "naïve").unwrap();
    let subject = |flags| {
        let all = get(&message, None, flags).unwrap().2.unwrap();
        all.into_iter().find(|prop| prop.tag.id().value() == 0x37).unwrap()
    };
    assert_eq!(subject(UNICODE), prop(0x0037_001F, text("naïve")));
    assert_eq!(subject(0), prop(0x0037_001E, PropValue::String8("naïve".into())));
}

/// Spec: C-083, C-084, C-085
#[test]
fn what_get_props_refuses() {
    let message = fresh();
    assert_eq!(code(get(&message, Some(&[]), 0)).scode(), 0x8007_0057);
    assert_eq!(code(get(&message, None, 1)).scode(), 0x8004_0106);
    let mut found = Some(Vec::new());
    let refused = props::get_props(&message, None, 0, None, Some(&mut found));
    assert_eq!(code(refused).scode(), 0x8007_0057);
    assert_eq!(found, None);
    let mut count = 77;
    let refused = props::get_props(&message, None, 0, Some(&mut count), None);
    assert_eq!((code(refused).scode(), count), (0x8007_0057, 0));
    // A null pointer comes before a bad flag, a bad list too.
    assert_eq!(code(props::get_props(&message, None, 1, None, None)), Code::InvalidParameter);
    assert_eq!(code(get(&message, Some(&[]), 1)), Code::InvalidParameter);
}

/// Spec: C-086, C-087, C-090, C-091, C-094
#[test]
fn entries_that_fail_keep_their_identifier() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let asked = [0x1000_001F, 0x0037_001F, 0x1000_001F, 0x0E07_0002, 0x0E12_000D, 0x0037_301F];
    let (status, count, found) = get(&message, Some(&asked), UNICODE).unwrap();
    assert_eq!((status.scode(), count), (ERRORS_RETURNED, 6));
    let wanted = [
        error(0x1000_000A, Code::NotFound),
        prop(0x0037_001F, text("x")),
        error(0x1000_000A, Code::NotFound),
        error(0x0E07_000A, Code::UnexpectedType),
        error(0x0E12_000A, Code::NoSupport),
        error(0x0037_000A, Code::InvalidType),
    ];
    assert_eq!(found.unwrap(), wanted);
    // PT_NULL asks whether it is there; PT_ERROR and PR_NULL find nothing.
    let found = values(&message, &[0x0037_0001, 0x0037_000A, 0x0000_0001], 0);
    assert_eq!(found[0], prop(0x0037_0001, PropValue::Null));
    assert_eq!(found[1], error(0x0037_000A, Code::NotFound));
    assert_eq!(found[2], error(0, Code::NotFound));
}

/// Spec: C-088, C-089
#[test]
fn text_comes_in_the_width_of_the_tag_or_the_flag() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "naive-\u{EF}").unwrap();
    let utf8 = PropValue::String8(b"naive-\xC3\xAF".to_vec());
    assert_eq!(
        values(&message, &[0x0037_0000], UNICODE),
        [prop(0x0037_001F, text("naive-\u{EF}"))]
    );
    assert_eq!(values(&message, &[0x0037_0000], 0), [prop(0x0037_001E, utf8.clone())]);
    assert_eq!(values(&message, &[0x0037_001E], UNICODE), [prop(0x0037_001E, utf8)]);
}

/// Spec: C-092, C-093
#[test]
fn large_values_are_left_to_streams() {
    let message = fresh();
    let tag = PropTag::new(0x6700_0102);
    let put = |size: usize| {
        let mut stream = message.open_stream(tag, OpenStream::Create).unwrap();
        stream.write_all(&vec![1; size]).unwrap();
    };
    let in_all = || {
        let all = get(&message, None, 0).unwrap().2.unwrap();
        all.into_iter().find(|prop| prop.tag.id() == tag.id()).unwrap()
    };
    put(70_000);
    assert_eq!(in_all(), error(0x6700_000A, Code::NotEnoughMemory));
    let asked = |tag: u32| values(&message, &[tag], 0).pop().unwrap();
    assert_eq!(asked(0x6700_0102).value, PropValue::Binary(vec![1; 70_000]));
    put(65_536);
    assert_eq!(in_all().value, PropValue::Binary(vec![1; 65_536]));
    put(16_777_217);
    assert_eq!(asked(0x6700_0102), error(0x6700_000A, Code::NotEnoughMemory));
    message.save_changes(KEEP).unwrap();
    assert_eq!(asked(0x6700_0102), error(0x6700_000A, Code::NotEnoughMemory));
    let mut opened = None;
    open_property(&message, 0x6700_0102, Some(mapi::IID_ISTREAM), 0, 0, Some(&mut opened)).unwrap();
    let Some(Opened::Stream(mut stream)) = opened else { panic!() };
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), 16_777_217);
    drop(stream);
    put(16_777_216);
    assert_eq!(asked(0x6700_0102).value, PropValue::Binary(vec![1; 16_777_216]));
    // The terminator of a text counts.
    message.set(PR_BODY_W, "x".repeat(32_767).as_str()).unwrap();
    let body = |flags| {
        let all = get(&message, None, flags).unwrap().2.unwrap();
        all.into_iter().find(|prop| prop.tag.id().value() == 0x1000).unwrap().tag.value()
    };
    assert_eq!(body(UNICODE), 0x1000_001F);
    message.set(PR_BODY_W, "x".repeat(32_768).as_str()).unwrap();
    assert_eq!((body(UNICODE), body(0)), (0x1000_000A, 0x1000_001E));
}

/// Types whose MAPI form is a structure are not given.
#[test]
fn stored_types_without_a_mapi_form() {
    let file = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::clone(&file) as Arc<dyn Storage>;
    let opaque = |tag: u32| {
        let tag = PropTag::new(tag);
        let value = PropValue::Opaque(tag.prop_type(), vec![1, 2, 3]);
        openimsg::RawProp { tag, flags: 6, value }
    };
    let raw = openimsg::RawMessage {
        props: vec![opaque(0x6601_00FB), opaque(0x6602_00FD), opaque(0x6603_00FE)],
        ..Default::default()
    };
    openimsg::restore(&raw, Guid::NULL, &[], &storage).unwrap();
    storage.commit(openimsg::CommitFlags::empty()).unwrap();
    let message = open(&file.to_bytes().unwrap());
    let found = values(&message, &[0x6601_00FB, 0x6602_00FD, 0x6603_00FE], 0);
    assert_eq!(found[0].value, PropValue::Opaque(openimsg::PropType::PT_SVREID, vec![1, 2, 3]));
    assert_eq!(
        found[1..],
        [error(0x6602_000A, Code::NoSupport), error(0x6603_000A, Code::NoSupport)]
    );
}

fn list(object: &MapiProp<'_>, flags: u32) -> openimsg::Result<Vec<PropTag>> {
    let mut tags = None;
    props::get_prop_list(object, flags, Some(&mut tags))?;
    Ok(tags.unwrap())
}

/// Spec: C-096, C-097
#[test]
fn the_list_of_properties() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let tags = list(&message, UNICODE).unwrap();
    assert!(tags.contains(&PropTag::new(0x0E12_000D)) && tags.contains(&PropTag::new(0x0E13_000D)));
    assert!(tags.windows(2).all(|pair| pair[0].id() < pair[1].id()));
    assert!(tags.contains(&PropTag::new(0x0037_001F)));
    assert!(tags.iter().all(|tag| tag.value() & 0xFFFF != 0x1E));
    let narrow = list(&message, 0).unwrap();
    assert!(narrow.contains(&PropTag::new(0x0037_001E)));
    assert!(narrow.iter().all(|tag| tag.value() & 0xFFFF != 0x1F));
    assert_eq!(narrow.len(), tags.len());
    assert_eq!(code(list(&message, 2)).scode(), 0x8004_0106);
    assert_eq!(code(props::get_prop_list(&message, 0, None)), Code::InvalidParameter);
}

fn set(object: &MapiProp<'_>, given: &[GivenProp]) -> openimsg::Result<Vec<PropProblem>> {
    let mut problems = None;
    props::set_props(object, Some(given), Some(&mut problems))?;
    Ok(problems.unwrap_or_default())
}

/// Spec: C-099
#[test]
fn setting_nothing_is_refused() {
    let message = fresh();
    assert_eq!(code(set(&message, &[])).scode(), 0x8007_0057);
    assert_eq!(code(props::set_props(&message, None, None)).scode(), 0x8007_0057);
    assert_eq!(code(props::delete_props(&message, None, None)).scode(), 0x8007_0057);
    assert_eq!(code(props::delete_props(&message, Some(&[]), None)).scode(), 0x8007_0057);
}

/// Spec: C-100, C-101
#[test]
fn some_values_refuse_the_whole_call() {
    let message = fresh();
    let subject = GivenProp::new(0x0037_001F, text("x"));
    let null = |tag| GivenProp { tag, value: GivenValue::NullPointer };
    for bad in [
        GivenProp::untyped(0x0E12_000D),
        GivenProp::new(0x6601_1003, PropValue::MvLong(Vec::new())),
        null(0x1000_001F),
        null(0x6601_0102),
        null(0x6601_0048),
    ] {
        let refused = set(&message, &[subject.clone(), bad.clone()]);
        assert_eq!(code(refused).scode(), 0x8007_0057, "{bad:?}");
        assert_eq!(message.get(PR_SUBJECT_W).unwrap(), None);
    }
    // Also on a read-only object: what is given comes before access.
    let read = open(&build(|_| ()));
    assert_eq!(code(set(&read, &[])), Code::InvalidParameter);
    assert_eq!(code(set(&read, &[subject])), Code::NoAccess);
}

/// Spec: C-102, C-103, C-104, C-106, C-107
#[test]
fn single_values_that_cannot_be_set_are_told() {
    let message = fresh();
    let skipped = [GivenProp::untyped(1), GivenProp::untyped(0x0037_000A)];
    let mut problems = Some(Vec::new());
    let status = props::set_props(&message, Some(&skipped), Some(&mut problems)).unwrap();
    assert_eq!((status, problems), (Status::Ok, None));
    let given = [
        GivenProp::new(0x0037_001F, text("x")),
        GivenProp::new(0x340D_0003, PropValue::Long(1)),
        GivenProp::new(0x0E04_001F, text("x")),
        GivenProp::untyped(0x0037_0001),
        GivenProp::untyped(0x6601_0123),
        GivenProp::untyped(0x6601_0103),
        GivenProp::new(0x8005_0003, PropValue::Long(1)),
        GivenProp::new(0x0037_301F, PropValue::MvUnicode(vec!["x".into()])),
        GivenProp::new(0x1000_001E, PropValue::String8(b"na\xC3\xAFve".to_vec())),
    ];
    let told: Vec<_> = set(&message, &given).unwrap().iter().map(|p| (p.index, p.code)).collect();
    let wanted = [
        (1, Code::Computed),
        (2, Code::Computed),
        (3, Code::InvalidType),
        (4, Code::InvalidType),
        (5, Code::InvalidType),
        (6, Code::UnexpectedId),
        (7, Code::InvalidType),
    ];
    assert_eq!(told, wanted);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("naïve"));
    // Nobody has to ask.
    assert_eq!(props::set_props(&message, Some(&given), None).unwrap(), Status::Ok);
}

/// Spec: C-112
#[test]
fn deleting_what_is_not_there_is_told() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let mut problems = None;
    let tags = [0x0037_0003, 0x1000_001F, 1];
    props::delete_props(&message, Some(&tags), Some(&mut problems)).unwrap();
    let told: Vec<_> = problems.unwrap().iter().map(|p| (p.index, p.code.scode())).collect();
    assert_eq!(told, [(1, 0x8004_010F)]);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap(), None);
}

/// Spec: C-136
#[test]
fn the_flags_of_a_save() {
    let message = fresh();
    assert_eq!(code(props::save_changes(&message, 0x10)).scode(), 0x8004_0106);
    for flags in [0x2 | 0x80, 0x2 | 0x1000, 0x2 | 0x8, 0x3, 0x6] {
        assert_eq!(props::save_changes(&message, flags).unwrap(), Status::Ok, "{flags:#x}");
        // Both KEEP_OPEN flags: READWRITE wins.
        message.set(PR_SUBJECT_W, format!("{flags}").as_str()).unwrap();
    }
    props::save_changes(&message, 0x80).unwrap();
    assert_eq!(code(message.set(PR_SUBJECT_W, "x")), Code::NoAccess);
    assert_eq!(code(props::save_changes(&message, 0x2)), Code::NoAccess);
    assert_eq!(code(props::save_changes(&message, 0x10)), Code::UnknownFlags);
}

/// Spec: C-073, C-074, C-079
#[test]
fn what_the_attribute_calls_refuse() {
    use attributes::GivenObject::{Foreign, Null, Own};
    let message = fresh();
    let tags = Some(&[0x0037_001F][..]);
    let asked = |object, tags| {
        let mut found = Some(Vec::new());
        let done = attributes::get_attributes(object, tags, Some(&mut found));
        assert_eq!(found.is_some(), done.is_ok());
        done
    };
    assert_eq!(code(asked(Null, tags)).scode(), 0x8007_0057);
    assert_eq!(code(asked(Own(&message), None)).scode(), 0x8007_0057);
    assert_eq!(code(asked(Own(&message), Some(&[]))).scode(), 0x8007_0057);
    let no_output = attributes::get_attributes(Own(&message), tags, None);
    assert_eq!(code(no_output).scode(), 0x8007_0057);
    assert_eq!(code(asked(Foreign, tags)).scode(), 0x8004_0108);
    assert_eq!(asked(Own(&message), tags).unwrap().scode(), ERRORS_RETURNED);

    let set = |object, tags, bits| attributes::set_attributes(object, tags, bits, None);
    let one = Some(&[2_u32][..]);
    assert_eq!(code(set(Null, tags, one)).scode(), 0x8007_0057);
    assert_eq!(code(set(Own(&message), None, one)).scode(), 0x8007_0057);
    assert_eq!(code(set(Own(&message), tags, None)).scode(), 0x8007_0057);
    assert_eq!(code(set(Own(&message), Some(&[]), Some(&[]))).scode(), 0x8007_0057);
    assert_eq!(code(set(Own(&message), tags, Some(&[2, 6]))).scode(), 0x8007_0057);
    assert_eq!(code(set(Foreign, tags, one)).scode(), 0x8004_0108);
    let read = open(&build(|message| message.set(PR_SUBJECT_W, "x").unwrap()));
    assert_eq!(code(set(Own(&read), tags, one)).scode(), 0x8007_0005);
    // Some failed: the problems are given, and the status says so.
    let mut problems = None;
    let status = attributes::set_attributes(Own(&message), tags, one, Some(&mut problems)).unwrap();
    assert_eq!((status.scode(), problems.unwrap()[0].code), (ERRORS_RETURNED, Code::NotFound));
}

/// Spec: C-254
#[test]
fn the_last_error_of_an_object() {
    let (storage, shared) = common::mock::mock();
    let message = Message::create(storage).unwrap();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let told = |object: &MapiProp<'_>, result, flags| {
        let mut told = None;
        get_last_error(object, result, flags, Some(&mut told)).unwrap();
        told
    };
    assert_eq!(told(&message, 0x8004_010D, 0), None);
    props::save_changes(&fresh(), 2).unwrap();
    shared.fail_change(1, Code::StgMediumFull);
    assert_eq!(code(props::save_changes(&message, 2)).scode(), 0x8004_010D);
    let error = told(&message, 0x8004_010D, UNICODE).unwrap();
    assert_eq!((error.component, error.low_level), ("openimsg", 0x8003_0070));
    assert!(!error.text.is_empty() && error.context != 0);
    // Another result was not the last one; another object has none; another thread has none.
    assert_eq!(told(&message, 0x8004_010F, 0), None);
    let other = fresh();
    assert_eq!(told(&other, 0x8004_010D, 0), None);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| told(&message, 0x8004_010D, 0));
        assert_eq!(asked.join().unwrap(), None);
    });
    // Success does not clear it; a later failure replaces it.
    props::save_changes(&message, 2).unwrap();
    assert_eq!(told(&message, 0x8004_010D, 0), Some(error));
    assert_eq!(code(get(&message, None, 1)), Code::UnknownFlags);
    assert_eq!(told(&message, 0x8004_010D, 0), None);
    assert_eq!(told(&message, 0x8004_0106, 0).unwrap().low_level, 0);
    let mut out = None;
    assert_eq!(code(get_last_error(&message, 0, 1, Some(&mut out))), Code::UnknownFlags);
    assert_eq!(code(get_last_error(&message, 0, 0, None)), Code::InvalidParameter);
}

/// Spec: C-263
#[test]
fn helpers_for_one_property() {
    let message = fresh();
    assert_eq!(code(helpers::get_one_prop(&message, 0x1000_001F)).scode(), 0x8004_010F);
    message.set(PR_BODY_W, "x").unwrap();
    assert_eq!(helpers::get_one_prop(&message, 0x1000_001F).unwrap(), prop(0x1000_001F, text("x")));
    assert!(helpers::prop_exists(&message, 0x1000_0000));
    assert!(!helpers::prop_exists(&message, 0x1000_0003));
    assert!(!helpers::prop_exists(&message, 0x0070_0000));
    helpers::set_one_prop(&message, &GivenProp::new(0x1000_001F, text("y"))).unwrap();
    let computed = GivenProp::new(0x0E04_001F, text("y"));
    assert_eq!(code(helpers::set_one_prop(&message, &computed)), Code::Computed);
    let props = [prop(0x0037_001F, text("x")), prop(0x0E07_0003, PropValue::Long(1))];
    assert_eq!(helpers::find_prop(&props, 0x0E07_0000), Some(1));
    assert_eq!(helpers::find_prop(&props, 0x0E07_0002), None);
    assert_eq!(helpers::find_value(0x0E07_0002, &props), Some(1));
    assert_eq!(helpers::hex_from_bin(&[0, 0xAB, 0x7F]), "00AB7F");
    assert_eq!(helpers::bin_from_hex("00aB7F"), Some(vec![0, 0xAB, 0x7F]));
    assert_eq!(helpers::bin_from_hex("0"), None);
    assert_eq!(helpers::bin_from_hex("0G"), None);
    let name = |text| NamedProp::text(PropSet::PS_PUBLIC_STRINGS, text);
    assert!(helpers::equal_names(&name("a"), &name("a")));
    assert!(!helpers::equal_names(&name("a"), &name("A")));
}
