//! OpenProperty, names and identifiers as C callers reach them: raw flags, in the order of checks.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use openimsg::mapi::given::{GivenKind, GivenName};
use openimsg::mapi::last_error::get_last_error;
use openimsg::mapi::open_property::{Opened, open_property};
use openimsg::mapi::{self, Status, UNICODE, names, props};
use openimsg::{
    Code, Guid, MapiProp, Message, NamedProp, PropSet, PropTag, PropValue, Session, tags::*,
};
use std::io::Write;

const ERRORS_RETURNED: u32 = 0x0004_0380;

fn opened<'s>(
    object: &MapiProp<'s>,
    tag: u32,
    iid: Guid,
    options: u32,
    flags: u32,
) -> openimsg::Result<Opened<'s>> {
    let mut out = None;
    let done = open_property(object, tag, Some(iid), options, flags, Some(&mut out));
    assert_eq!(out.is_some(), done.is_ok());
    done.map(|()| out.unwrap())
}

/// Spec: C-115, C-116, C-117, C-121
#[test]
fn what_open_property_refuses() {
    let message = fresh();
    let mut out = None;
    let refused = open_property(&message, 0x1000_001F, None, 0, 0, Some(&mut out));
    assert_eq!(code(refused).scode(), 0x8007_0057);
    let refused = open_property(&message, 0x1000_001F, Some(mapi::IID_ISTREAM), 0, 0, None);
    assert_eq!(code(refused).scode(), 0x8007_0057);
    let stream = |tag, flags| opened(&message, tag, mapi::IID_ISTREAM, 0, flags);
    for tag in [0x1000_0000, 0x1000_0001, 0x1000_000A] {
        assert_eq!(code(stream(tag, 0)).scode(), 0x8007_0057, "{tag:08X}");
    }
    assert_eq!(code(stream(0x1000_001F, 0)).scode(), 0x8004_010F);
    assert_eq!(code(stream(0x1000_001F, 0x10)).scode(), 0x8004_0106);
}

/// Spec: C-118, C-119, C-120, C-135
#[test]
fn streams_are_created_and_appended_to() {
    let message = fresh();
    // MAPI_CREATE implies MAPI_MODIFY.
    let Opened::Stream(mut stream) =
        opened(&message, 0x1000_001F, mapi::IID_IUNKNOWN, 0, 2).unwrap()
    else {
        panic!()
    };
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some(""));
    stream.write_all(b"a\0b\0").unwrap();
    // Open, it is the same stream: not emptied, and at its place.
    let Opened::Stream(mut again) = opened(&message, 0x1000_001F, mapi::IID_ISTREAM, 0, 7).unwrap()
    else {
        panic!()
    };
    again.write_all(b"c\0").unwrap();
    drop((stream, again));
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("abc"));
    let iid = mapi::IID_ISEQUENTIALSTREAM;
    let Opened::Stream(mut more) = opened(&message, 0x1000_001F, iid, 0, 1 | 4).unwrap() else {
        panic!()
    };
    more.write_all(b"d\0").unwrap();
    drop(more);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("abcd"));
    drop(opened(&message, 0x1000_001F, mapi::IID_ISTREAM, 0, 3).unwrap());
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some(""));
}

/// Spec: C-122, C-123, C-124
#[test]
fn only_modify_makes_a_stream_writeable() {
    let message = fresh();
    message.set(PR_BODY_W, "x").unwrap();
    let write = |object: &MapiProp<'_>, options, flags| {
        let Opened::Stream(mut stream) =
            opened(object, 0x1000_001F, mapi::IID_ISTREAM, options, flags).unwrap()
        else {
            panic!()
        };
        let written = stream.write_all(b"y\0");
        written.map_err(|e| e.downcast::<openimsg::Error>().unwrap().code().scode())
    };
    assert_eq!(write(&message, 0, 1), Ok(()));
    assert_eq!(write(&message, 1, 0), Err(0x8003_0005));
    assert_eq!(write(&message, 2, 0), Err(0x8003_0005));
    let read = open(&build(|message| message.set(PR_BODY_W, "x").unwrap()));
    assert_eq!(code(opened(&read, 0x1000_001F, mapi::IID_ISTREAM, 0, 1)).scode(), 0x8007_0005);
    assert_eq!(write(&read, 0, 0), Err(0x8003_0005));
}

/// Spec: C-127, C-128, C-129
#[test]
fn interfaces_of_properties() {
    let message = fresh();
    message.set(PR_SUBJECT_W, "x").unwrap();
    let open = |tag, iid, options| opened(&message, tag, iid, options, 0);
    assert_eq!(code(open(0x0017_0003, mapi::IID_ISTREAM, 0)).scode(), 0x8004_0102);
    assert_eq!(code(open(0x6601_101F, mapi::IID_ISTREAM, 0)).scode(), 0x8004_0102);
    assert_eq!(code(open(0x0037_001F, mapi::IID_ISTORAGE, 0)).scode(), 0x8000_4002);
    assert_eq!(code(open(0x1000_001F, mapi::IID_ISTORAGE, 0)).scode(), 0x8004_010F);
    for tag in [0x0E12_000D, 0x0E13_000D] {
        for iid in [mapi::IID_IMAPITABLE, mapi::IID_IUNKNOWN] {
            assert!(matches!(open(tag, iid, UNICODE).unwrap(), Opened::Table(_)));
        }
        assert_eq!(code(open(tag, mapi::IID_ISTREAM, 0)).scode(), 0x8000_4002);
        assert_eq!(code(open(tag, mapi::IID_IMAPITABLE, 4)).scode(), 0x8004_0106);
    }
}

/// Spec: C-130, C-131, C-132, C-133, C-066
#[test]
fn the_data_of_an_attachment_as_an_object() {
    let data = 0x3701_000D;
    let (bytes, storage) = file();
    let message = Message::create(storage).unwrap();
    let attachment = message.create_attach().unwrap();
    assert_eq!(code(opened(&attachment, data, mapi::IID_IMESSAGE, 0, 0)).scode(), 0x8004_010F);
    let Opened::Message(inner) = opened(&attachment, data, mapi::IID_IMESSAGE, 0, 3).unwrap()
    else {
        panic!()
    };
    inner.set(PR_SUBJECT_W, "inner").unwrap();
    let object_type = inner.get_prop(PropTag::new(0x0FFE_0003)).unwrap();
    assert_eq!(object_type, Some(PropValue::Long(5)));
    assert_eq!(code(opened(&attachment, data, mapi::IID_ISTORAGE, 0, 0)).scode(), 0x8000_4002);
    inner.save_changes(KEEP).unwrap();
    attachment.save_changes(KEEP).unwrap();
    drop(inner);
    let stream_on_docfile = Guid::mapi(0x0002_032C);
    assert_eq!(code(opened(&attachment, data, stream_on_docfile, 0, 0)).scode(), 0x8000_4002);
    assert_eq!(code(opened(&attachment, data, mapi::IID_ISTREAM, 0, 0)).scode(), 0x8000_4002);
    // Without MAPI_MODIFY it is open for reading.
    let Opened::Message(inner) = opened(&attachment, data, mapi::IID_IUNKNOWN, 0, 0).unwrap()
    else {
        panic!()
    };
    assert_eq!(code(inner.set(PR_SUBJECT_W, "x")), Code::NoAccess);
    drop(inner);
    // The raw storage, while it is not open as a message.
    let Opened::Storage(raw) = opened(&attachment, data, mapi::IID_ISTORAGE, 0, 0).unwrap() else {
        panic!()
    };
    assert_eq!(code(opened(&attachment, data, mapi::IID_IMESSAGE, 0, 0)).scode(), 0x8000_4002);
    drop(raw);
    // A storage is made under both tags, and stored as an object.
    let second = message.create_attach().unwrap();
    let Opened::Storage(object) = opened(&second, 0x3701_0102, mapi::IID_ISTORAGE, 0, 2).unwrap()
    else {
        panic!()
    };
    object.commit(openimsg::CommitFlags::empty()).unwrap();
    drop(object);
    second.save_changes(KEEP).unwrap();
    // Changed, but its own save never came.
    let third = message.create_attach().unwrap();
    third.save_changes(KEEP).unwrap();
    let Opened::Message(lost) = opened(&third, data, mapi::IID_IMESSAGE, 0, 3).unwrap() else {
        panic!()
    };
    lost.save_changes(KEEP).unwrap();
    drop((lost, third));
    message.save_changes(KEEP).unwrap();
    let saved = open(&bytes.to_bytes().unwrap());
    let first = saved.open_attach(0).unwrap();
    let Opened::Message(inner) = opened(&first, data, mapi::IID_IMAPIPROP, 0, 0).unwrap() else {
        panic!()
    };
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inner"));
    let second = saved.open_attach(1).unwrap();
    let tags: Vec<PropTag> = second.stored_entries().unwrap().iter().map(|(tag, _)| *tag).collect();
    assert!(tags.contains(&PropTag::new(data)) && !tags.contains(&PropTag::new(0x3701_0102)));
    assert_eq!(code(opened(&second, data, mapi::IID_IMESSAGE, 0, 0)), Code::InterfaceNotSupported);
    let third = saved.open_attach(2).unwrap();
    assert_eq!(code(opened(&third, data, mapi::IID_IMESSAGE, 0, 0)), Code::NotFound);
}

fn ids(
    object: &MapiProp<'_>,
    names: &[Option<GivenName>],
    flags: u32,
) -> openimsg::Result<(Status, Vec<u32>)> {
    let mut tags = None;
    let count = u32::try_from(names.len()).unwrap();
    let status = names::get_ids_from_names(object, count, Some(names), flags, Some(&mut tags))?;
    Ok((status, tags.unwrap().iter().map(|tag| tag.value()).collect()))
}

fn named(set: PropSet, text: &str) -> Option<GivenName> {
    Some(GivenName::from(&NamedProp::text(set, text)))
}

/// Spec: C-164, C-165, C-166, C-167, C-168, C-169, C-170
#[test]
fn identifiers_from_names() {
    let message = fresh();
    let one = [named(PropSet::PS_PUBLIC_STRINGS, "A")];
    assert_eq!(ids(&message, &one, 0).unwrap(), (Status::ErrorsReturned, vec![0x0000_000A]));
    assert_eq!(ids(&message, &one, 2).unwrap(), (Status::Ok, vec![0x8000_0000]));
    let more = [
        named(PropSet::PS_INTERNET_HEADERS, "X-Test"),
        named(PropSet::PS_INTERNET_HEADERS, "x-test"),
        named(PropSet::PS_PUBLIC_STRINGS, "a"),
        named(PropSet::PS_PUBLIC_STRINGS, "A"),
        Some(GivenName { set: Some(PropSet::PS_MAPI.0), kind: GivenKind::Id(0x37) }),
    ];
    let wanted = vec![0x8001_0000, 0x8001_0000, 0x8002_0000, 0x8000_0000, 0x0037_0000];
    assert_eq!(ids(&message, &more, 2).unwrap(), (Status::Ok, wanted.clone()));
    assert_eq!(ids(&message, &more, 2).unwrap(), (Status::Ok, wanted));
    let set = Some(PropSet::PS_PUBLIC_STRINGS.0);
    let malformed = [
        None,
        Some(GivenName { set: None, kind: GivenKind::Id(1) }),
        Some(GivenName { set, kind: GivenKind::Other(2) }),
        Some(GivenName { set, kind: GivenKind::Text(None) }),
        Some(GivenName { set, kind: GivenKind::Text(Some(Vec::new())) }),
        Some(GivenName { set: Some(PropSet::PS_MAPI.0), kind: GivenKind::Id(0x8000) }),
        named(PropSet::PS_MAPI, "x"),
        named(PropSet::PS_PUBLIC_STRINGS, "A"),
    ];
    let (status, found) = ids(&message, &malformed, 2).unwrap();
    assert_eq!((status.scode(), &found[..7]), (ERRORS_RETURNED, &[0x0000_000A; 7][..]));
    assert_eq!(found[7], 0x8000_0000);

    let mut tags = None;
    let all = names::get_ids_from_names(&message, 0, None, 0, Some(&mut tags)).unwrap();
    assert_eq!((all, tags.unwrap().len()), (Status::Ok, 3));
    for (count, list, flags, code_) in [
        (0, None, 2, 0x8007_0057),
        (1, None, 0, 0x8007_0057),
        (0, Some(&one[..]), 0, 0x8007_0057),
        (1, Some(&one[..]), 1, 0x8004_0106),
    ] {
        let mut tags = Some(Vec::new());
        let refused = names::get_ids_from_names(&message, count, list, flags, Some(&mut tags));
        assert_eq!((code(refused).scode(), tags), (code_, None));
    }
    let refused = names::get_ids_from_names(&message, 1, Some(&one), 0, None);
    assert_eq!(code(refused), Code::InvalidParameter);
    let read = open(&build(|message| {
        message.ids_from_names(&[NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "A")], true).unwrap();
    }));
    assert_eq!(ids(&read, &one, 2).unwrap(), (Status::Ok, vec![0x8000_0000]));
    let unknown = [named(PropSet::PS_PUBLIC_STRINGS, "new")];
    assert_eq!(code(ids(&read, &unknown, 2)).scode(), 0x8007_0005);
}

type Found = (Status, u32, Option<Vec<Option<NamedProp>>>, Option<Vec<PropTag>>);

fn names_of(
    object: &MapiProp<'_>,
    tags: Option<&[u32]>,
    set: Option<Guid>,
    flags: u32,
) -> openimsg::Result<Found> {
    let mut list = tags.map(|tags| tags.iter().map(|tag| PropTag::new(*tag)).collect());
    let (mut count, mut found) = (77, Some(Vec::new()));
    let status = names::get_names_from_ids(
        object,
        Some(&mut list),
        set,
        flags,
        Some(&mut count),
        Some(&mut found),
    )?;
    Ok((status, count, found, list))
}

/// Spec: C-171, C-172, C-173, C-174, C-175, C-176
#[test]
fn names_from_identifiers() {
    let message = fresh();
    let (status, count, found, list) = names_of(&message, None, None, 0).unwrap();
    assert_eq!((status, count, found, list), (Status::Ok, 0, None, Some(Vec::new())));
    let made = some_names();
    message.ids_from_names(&made, true).unwrap();
    let asked = [0x8000_0003, 0x0037_001F, 0x9000_0003];
    let (status, count, found, list) = names_of(&message, Some(&asked), None, 0).unwrap();
    let mapi = NamedProp::id(PropSet::PS_MAPI, 0x37);
    assert_eq!((status.scode(), count), (ERRORS_RETURNED, 3));
    assert_eq!(found.unwrap(), [Some(made[0].clone()), Some(mapi), None]);
    assert_eq!(list.unwrap(), asked.map(PropTag::new));
    // All of them; of one set; without text, without numbers, without either.
    let all = |set, flags| {
        let (status, _, found, list) = names_of(&message, None, set, flags).unwrap();
        assert_eq!(status, Status::Ok);
        let found: Vec<NamedProp> = found.unwrap_or_default().into_iter().flatten().collect();
        let list = list.unwrap();
        assert_eq!(list.len(), found.len());
        assert!(list.iter().all(|tag| tag.value() & 0xFFFF == 0 && tag.id().is_named()));
        found
    };
    assert_eq!(all(None, 0).len(), made.len());
    assert_eq!(all(Some(PropSet::PSETID_COMMON.0), 0), [made[1].clone()]);
    assert_eq!(all(None, 1), [made[1].clone(), made[2].clone()]);
    let texts = all(None, 2);
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().all(|name| matches!(name.name, openimsg::PropName::Text(_))));
    assert!(all(None, 3).is_empty());
    // With a list the filter leaves holes, and the set does not matter.
    let set = Some(PropSet::PSETID_COMMON.0);
    let (status, _, found, _) = names_of(&message, Some(&asked[..1]), set, 0).unwrap();
    assert_eq!((status, found.unwrap()[0].clone()), (Status::Ok, Some(made[0].clone())));
    let (status, _, found, _) = names_of(&message, Some(&asked[..1]), None, 1).unwrap();
    assert_eq!((status.scode(), found.unwrap()), (ERRORS_RETURNED, vec![None]));

    assert_eq!(code(names_of(&message, Some(&[]), None, 0)).scode(), 0x8007_0057);
    assert_eq!(code(names_of(&message, None, None, 4)).scode(), 0x8004_0106);
    for missing in 0..3 {
        let (mut list, mut count, mut found) = (None, 7, Some(Vec::new()));
        let refused = names::get_names_from_ids(
            &message,
            Some(&mut list).filter(|_| missing != 0),
            None,
            0,
            Some(&mut count).filter(|_| missing != 1),
            Some(&mut found).filter(|_| missing != 2),
        );
        assert_eq!(code(refused), Code::InvalidParameter);
        // What is there is emptied all the same.
        assert_eq!((count == 0, found.is_none()), (missing != 1, missing != 2));
    }
}

/// A closed object answers before anything but null outputs is looked at.
#[test]
fn a_closed_object_is_told_first() {
    let message = fresh();
    attach(&message, "a", b"b");
    let attachment = message.open_attach(0).unwrap();
    message.delete_attach(0).unwrap();
    let gone = Code::ObjectDeleted;
    assert_eq!(
        code(props::get_props(&attachment, Some(&[]), 0x77, Some(&mut 0), Some(&mut None))),
        gone
    );
    let (mut count, mut values) = (7, Some(Vec::new()));
    let closed = props::get_props(&attachment, None, 0, Some(&mut count), Some(&mut values));
    assert_eq!((code(closed), count, values), (gone, 0, None));
    assert_eq!(code(props::get_prop_list(&attachment, 0x77, Some(&mut None))), gone);
    assert_eq!(code(props::set_props(&attachment, Some(&[]), None)), gone);
    assert_eq!(code(props::delete_props(&attachment, None, None)), gone);
    assert_eq!(code(props::save_changes(&attachment, 0x77)), gone);
    assert_eq!(code(opened(&attachment, 0, mapi::IID_ISTREAM, 0, 0x77)), gone);
    assert_eq!(code(ids(&attachment, &[], 0x77)), gone);
    let mut told = None;
    assert_eq!(code(get_last_error(&attachment, 0, 0x77, Some(&mut told))), gone);
    let session = Session::new();
    let other = session.create_message(memory()).unwrap();
    assert!(props::get_prop_list(&other, 0, Some(&mut None)).is_ok());
}
