//! Named properties: identifiers, names, the stored map. Spec: imessage-contract 3.1, msg-format 1.7.
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
    Code, Guid, Message, NamedProp, PropId, PropSet, PropTag, PropType, Storage, named, tags::*,
};
use std::sync::Arc;

const MAP: &str = "__nameid_version1.0";

fn ids(message: &Message<'_>, names: &[NamedProp], create: bool) -> Vec<Option<u16>> {
    let found = message.ids_from_names(names, create).unwrap();
    found.into_iter().map(|id| id.map(PropId::value)).collect()
}

fn set_text(message: &Message<'_>, id: u16, value: &str) {
    let tag = PropTag::from_parts(PropId::new(id), PropType::PT_UNICODE);
    assert_eq!(message.set_props(&[openimsg::Prop { tag, value: text(value) }]).unwrap(), []);
}

fn get_text(message: &Message<'_>, id: u16) -> Option<openimsg::PropValue> {
    message.get_prop(PropTag::from_parts(PropId::new(id), PropType::PT_UNICODE)).unwrap()
}

/// Spec: C-164, C-165
#[test]
fn unknown_names_get_identifiers_only_when_asked_to() {
    let message = fresh();
    let names = some_names();
    assert_eq!(ids(&message, &names, false), [None; 4]);
    assert_eq!(ids(&message, &names[..2], true), [Some(0x8000), Some(0x8001)]);
    assert_eq!(ids(&message, &names, true), [0x8000, 0x8001, 0x8002, 0x8003].map(Some));
    assert_eq!(ids(&message, &names, false), [0x8000, 0x8001, 0x8002, 0x8003].map(Some));
}

/// Spec: C-168
#[test]
fn a_read_only_message_knows_names_and_gives_none() {
    let message = open(&build(everything));
    assert_eq!(ids(&message, &some_names(), true).len(), 4);
    let unknown = NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "unknown");
    assert_eq!(code(message.ids_from_names(std::slice::from_ref(&unknown), true)), Code::NoAccess);
    assert_eq!(ids(&message, &[unknown], false), [None]);
    assert_eq!(message.get(named::PID_LID_LOCATION).unwrap(), None);
}

/// Spec: C-169, C-172
#[test]
fn ps_mapi_numbers_are_tagged_properties() {
    let message = fresh();
    let mapi = |lid| NamedProp::id(PropSet::PS_MAPI, lid);
    assert_eq!(ids(&message, &[mapi(0x37)], false), [Some(0x37)]);
    assert_eq!(ids(&message, &[mapi(0), mapi(0x8000)], true), [None, None]);
    let odd =
        [NamedProp::text(PropSet::PS_MAPI, "x"), NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "")];
    assert_eq!(ids(&message, &odd, true), [None, None]);
    let found = message.names_from_ids(&[PropId::new(0x37)]).unwrap();
    assert_eq!(found, [Some(mapi(0x37))]);
    assert_eq!(message.all_names().unwrap(), []);
}

/// Spec: C-170, F-048
#[test]
fn header_names_have_no_letter_case() {
    let message = fresh();
    let header = |text| NamedProp::text(PropSet::PS_INTERNET_HEADERS, text);
    let public = |text| NamedProp::text(PropSet::PS_PUBLIC_STRINGS, text);
    let found =
        ids(&message, &[header("X-Test"), header("x-test"), public("A"), public("a")], true);
    assert_eq!(found, [0x8000, 0x8000, 0x8001, 0x8002].map(Some));
    let stored = message.names_from_ids(&[PropId::new(0x8000)]).unwrap();
    assert_eq!(stored, [Some(header("x-test"))]);
}

/// Spec: C-171, C-173, C-175
#[test]
fn identifiers_tell_their_names() {
    let message = fresh();
    assert_eq!(message.all_names().unwrap(), []);
    ids(&message, &some_names()[..3], true);
    let asked = [0x8002, 0x9000, 0x8000].map(PropId::new);
    let found = message.names_from_ids(&asked).unwrap();
    let names = some_names();
    assert_eq!(found, [Some(names[2].clone()), None, Some(names[0].clone())]);
    let all: Vec<u16> = message.all_names().unwrap().iter().map(|(id, _)| id.value()).collect();
    assert_eq!(all, [0x8000, 0x8001, 0x8002]);
}

/// Spec: C-177
#[test]
fn a_name_without_property_is_kept() {
    let (message, file) = edit(&build(everything));
    let extra = NamedProp::id(Guid::mapi(0x4711), 7);
    ids(&message, std::slice::from_ref(&extra), true);
    message.save_changes(KEEP).unwrap();
    assert_eq!(ids(&open(&file.to_bytes().unwrap()), &[extra], false), [Some(0x8004)]);
}

/// Spec: C-178
#[test]
fn everything_in_a_message_shares_its_names() {
    let bytes = build(|message| {
        let names = some_names();
        ids(message, &names[..1], true);
        let attachment = message.create_attach().unwrap();
        let found = attachment.ids_from_names(&names[..2], true).unwrap();
        assert_eq!(found, [0x8000, 0x8001].map(|id| Some(PropId::new(id))));
        attachment.set(PR_ATTACH_METHOD, 5).unwrap();
        let inner = attachment.create_message().unwrap();
        inner.set(named::PID_LID_LOCATION, "inside").unwrap();
        inner.save_changes(KEEP).unwrap();
        attachment.save_changes(KEEP).unwrap();
        assert_eq!(ids(message, &[named::PID_LID_LOCATION.name()], false), [Some(0x8002)]);
    });
    let message = open(&bytes);
    let inner = message.open_attach(0).unwrap().open_message().unwrap();
    assert_eq!(inner.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("inside"));
    let all = listing(openimsg::CompoundFile::from_bytes(bytes).unwrap().into());
    assert!(all.keys().all(|path| !path.contains(MAP) || path.starts_with(&format!("/{MAP}"))));
}

fn stream(bytes: &[u8], number: u32) -> Vec<u8> {
    let all = listing(openimsg::CompoundFile::from_bytes(bytes.to_vec()).unwrap().into());
    match all.get(&format!("/{MAP}/__substg1.0_{number:04X}0102")) {
        Some(Item::Stream(Ok(bytes))) => bytes.clone(),
        _ => Vec::new(),
    }
}

/// Spec: F-035, F-036, F-037, F-038, F-039, F-040
#[test]
fn the_stored_map_has_the_documented_bytes() {
    let bytes = build(|message| {
        ids(message, &[NamedProp::text(PropSet::PS_PUBLIC_STRINGS, "Keywords")], true);
        let common = |lid| NamedProp::id(PropSet::PSETID_COMMON, lid);
        ids(message, &[common(0x8554), common(0x8514)], true);
        ids(
            message,
            &[NamedProp::id(PropSet::PSETID_TASK, 1), NamedProp::id(PropSet::PSETID_LOG, 2)],
            true,
        );
    });
    let (guids, entries, strings) = (stream(&bytes, 2), stream(&bytes, 3), stream(&bytes, 4));
    assert_eq!(guids.len(), 48);
    assert!(
        guids.chunks(16).all(|guid| guid[..4] != [0x28, 3, 2, 0] && guid[..4] != [0x29, 3, 2, 0])
    );
    assert_eq!(entries.len(), 40);
    assert_eq!(entries[..8], [0, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!(entries[36..40], [5 << 1, 0, 4, 0]);
    assert_eq!(strings, b"\x10\0\0\0K\0e\0y\0w\0o\0r\0d\0s\0");
    assert_eq!(stream(&bytes, 0x1015)[..4], 0x2EDA_4D3B_u32.to_le_bytes());
    assert_eq!(stream(&bytes, 0x101E)[..4], 0x8554_u32.to_le_bytes());
    assert_eq!(stream(&bytes, 0x101C)[..4], 0x8514_u32.to_le_bytes());
}

/// Spec: F-041, F-130
#[test]
fn buckets_are_not_needed_and_are_built_with_the_next_name() {
    let bytes = tamper(&build(everything), |root| {
        within(root, &[MAP], |map| {
            for stat in map.elements().unwrap() {
                let name = stat.name.unwrap();
                if name.to_string().starts_with("__substg1.0_10") {
                    map.destroy_element(&name).unwrap();
                }
            }
        });
    });
    let (message, file) = edit(&bytes);
    assert_eq!(ids(&message, &some_names(), false), [0x8000, 0x8001, 0x8002, 0x8003].map(Some));
    message.set(named::PID_LID_LOCATION, "Room 7").unwrap();
    message.save_changes(KEEP).unwrap();
    let bytes = file.to_bytes().unwrap();
    assert_eq!(
        ids(&open(&bytes), &some_names(), false),
        [0x8000, 0x8001, 0x8002, 0x8003].map(Some)
    );
    let all: usize = (0x1000..0x101F).map(|bucket| stream(&bytes, bucket).len()).sum();
    assert_eq!(all, 5 * 8);
    let file: Arc<dyn Storage> = openimsg::CompoundFile::from_bytes(bytes).unwrap().into();
    let found = openimsg::check_message(&file).unwrap();
    assert!(found.iter().all(|f| f.severity() == openimsg::Severity::Note), "{found:?}");
}

/// Spec: F-042
#[test]
fn without_map_identifiers_are_nameless() {
    let bytes = tamper(&build(everything), |root| root.destroy_element(&name(MAP)).unwrap());
    let message = open(&bytes);
    assert_eq!(get_text(&message, 0x8001), Some(text("named 1")));
    assert_eq!(message.names_from_ids(&[PropId::new(0x8001)]).unwrap(), [None]);
    assert_eq!(message.all_names().unwrap(), []);
    let wrong_kind = tamper(&bytes, |root| put(root, MAP, b"a stream"));
    let (message, file) = edit(&wrong_kind);
    message.set(named::PID_LID_LOCATION, "x").unwrap();
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    assert_eq!(again.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("x"));
}

/// Spec: F-043
#[test]
fn an_entry_that_leads_nowhere_loses_its_name_alone() {
    let broken = tamper(&build(everything), |root| {
        within(root, &[MAP], |map| {
            change(map, "__substg1.0_00030102", |entries| entries[24..28].fill(0xEE));
        });
    });
    let message = open(&broken);
    let ids_found = ids(&message, &some_names(), false);
    assert_eq!(ids_found, [Some(0x8000), Some(0x8001), Some(0x8002), None]);
    assert_eq!(get_text(&message, 0x8003), Some(text("named 3")));
    assert_eq!(message.findings()[0].code(), "name-string");
    // The identifier of the lost name is not given to another.
    let (message, file) = edit(&broken);
    message.set(named::PID_LID_LOCATION, "Room").unwrap();
    assert_eq!(ids(&message, &[named::PID_LID_LOCATION.name()], false), [Some(0x8004)]);
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    assert_eq!(again.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("Room"));
    assert_eq!(get_text(&again, 0x8003), Some(text("named 3")));
}

/// Spec: F-044
#[test]
fn one_number_in_two_sets_is_two_properties() {
    let message = fresh();
    let names = [
        NamedProp::id(PropSet::PSETID_COMMON, 0x8101),
        NamedProp::id(PropSet::PSETID_TASK, 0x8101),
    ];
    assert_eq!(ids(&message, &names, true), [Some(0x8000), Some(0x8001)]);
    set_text(&message, 0x8000, "common");
    set_text(&message, 0x8001, "task");
    assert_eq!(get_text(&message, 0x8000), Some(text("common")));
}

/// Spec: F-045
#[test]
fn a_bucket_is_no_body() {
    let bytes = build(|message| {
        // One name in each bucket, those that look like bodies among them.
        let names: Vec<_> =
            (0..31).map(|lid| NamedProp::id(PropSet::PSETID_COMMON, 0x9000 + lid)).collect();
        ids(message, &names, true);
    });
    assert!(!stream(&bytes, 0x1009).is_empty() && !stream(&bytes, 0x1013).is_empty());
    let message = open(&bytes);
    assert_eq!(message.get(PR_RTF_COMPRESSED).unwrap(), None);
    assert_eq!(message.get(PR_HTML).unwrap(), None);
}

/// Spec: F-046, F-047
#[test]
fn an_embedded_message_saved_as_a_file_keeps_its_names() {
    let bytes = build(|message| {
        ids(message, &some_names(), true);
        embed(message, |inner| {
            inner.set(named::PID_LID_LOCATION, "Room 7").unwrap();
            inner.set(PR_SUBJECT_W, "inner").unwrap();
        });
    });
    let target: Arc<dyn Storage> = memory();
    let inner = open(&bytes).open_attach(0).unwrap().open_message().unwrap();
    inner.write_to(&target).unwrap();
    let alone = Message::open(Arc::clone(&target)).unwrap();
    assert_eq!(alone.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("Room 7"));
    assert_eq!(alone.class_id().unwrap(), Guid::CLSID_MAIL_MESSAGE);
    drop(alone);
    let found = openimsg::check_message(&target).unwrap();
    assert!(found.iter().all(|f| f.severity() == openimsg::Severity::Note), "{found:?}");
    assert_eq!(code(inner.write_to(&target)), Code::Collision);
}

/// A file whose embedded message has a name map of its own, with other identifiers.
fn with_own_map() -> Vec<u8> {
    let inner = build(|message| {
        message.set(PR_SUBJECT_W, "inner").unwrap();
        // Own identifiers 0x8000 and 0x8001, exchanged in the file's map.
        ids(
            message,
            &[some_names()[1].clone(), some_names()[0].clone(), named::PID_LID_LOCATION.name()],
            true,
        );
        set_text(message, 0x8000, "common");
        set_text(message, 0x8001, "keywords");
        message.set(named::PID_LID_LOCATION, "Room 7").unwrap();
        let tag = tag(0x8001_101F);
        let many = openimsg::PropValue::MvUnicode(vec!["a".into(), "b".into()]);
        assert_eq!(message.set_props(&[openimsg::Prop { tag, value: many }]).unwrap(), []);
        attach(message, "a.txt", b"a");
        let attachment = message.open_attach(0).unwrap();
        attachment.set(named::PID_LID_LOCATION, "attached").unwrap();
        attachment.save_changes(KEEP).unwrap();
        embed(message, |deep| deep.set(named::PID_LID_LOCATION, "deep").unwrap());
    });
    let outer = build(|message| {
        ids(message, &some_names(), true);
        embed(message, |inner| inner.set(PR_SUBJECT_W, "to be replaced").unwrap());
    });
    tamper(&outer, |root| {
        within(root, &["__attach_version1.0_#00000000"], |attachment| {
            attachment.destroy_element(&name("__substg1.0_3701000D")).unwrap();
            let data =
                attachment.create_storage(&name("__substg1.0_3701000D"), common::RW).unwrap();
            let source: Arc<dyn Storage> =
                openimsg::CompoundFile::from_bytes(inner).unwrap().into();
            openimsg::copy_storage(&source, &data, &openimsg::Exclude::default()).unwrap();
            change(&*data, PROPS, |bytes| drop(bytes.drain(24..32)));
        });
    })
}

fn check_renumbered(message: &Message<'_>) {
    let inner = message.open_attach(0).unwrap().open_message().unwrap();
    assert_eq!(ids(&inner, &some_names()[..2], false), [Some(0x8000), Some(0x8001)]);
    assert_eq!(get_text(&inner, 0x8001), Some(text("common")));
    let keywords = inner.get_prop(tag(0x8000_101F)).unwrap();
    assert_eq!(keywords, Some(openimsg::PropValue::MvUnicode(vec!["a".into(), "b".into()])));
    assert_eq!(inner.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("Room 7"));
    assert_eq!(ids(&inner, &[named::PID_LID_LOCATION.name()], false), [Some(0x8004)]);
    let attachment = inner.open_attach(0).unwrap();
    assert_eq!(attachment.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("attached"));
    let deep = inner.open_attach(1).unwrap().open_message().unwrap();
    assert_eq!(deep.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("deep"));
}

/// Spec: F-134
#[test]
fn an_embedded_map_is_shown_under_the_names_of_the_file() {
    let bytes = with_own_map();
    check_renumbered(&open(&bytes));
    let (message, file) = edit(&bytes);
    check_renumbered(&message);
    // Looking changes nothing.
    message.save_changes(KEEP).unwrap();
    let map = "3701000D/__nameid_version1.0";
    let has_map = |file: &Arc<openimsg::CompoundFile>| {
        listing(Arc::clone(file) as _).keys().any(|path| path.ends_with(map))
    };
    assert!(has_map(&file));
    // Its own save writes it with the identifiers of the file.
    let attachment = message.open_attach(0).unwrap();
    let inner = attachment.open_message().unwrap();
    inner.save_changes(KEEP).unwrap();
    attachment.save_changes(KEEP).unwrap();
    message.save_changes(KEEP).unwrap();
    assert!(!has_map(&file));
    let bytes = file.to_bytes().unwrap();
    check_renumbered(&open(&bytes));
    let target = memory();
    open(&with_own_map())
        .open_attach(0)
        .unwrap()
        .open_message()
        .unwrap()
        .write_to(&target)
        .unwrap();
    let alone = Message::open(target).unwrap();
    assert_eq!(alone.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some("Room 7"));
}

#[test]
fn all_identifiers_can_be_taken_and_no_more() {
    let message = fresh();
    let name = |lid| NamedProp::text(PropSet::PS_INTERNET_HEADERS, format!("X-{lid}"));
    let names: Vec<_> = (0..0x7FFF).map(name).collect();
    let found = ids(&message, &names, true);
    assert_eq!((found[0], found[0x7FFE]), (Some(0x8000), Some(0xFFFE)));
    assert_eq!(code(message.ids_from_names(&[name(0x7FFF)], true)), Code::TooBig);
    message.save_changes(KEEP).unwrap();
    assert_eq!(ids(&message, &names, false), found);
}
