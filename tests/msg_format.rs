//! The bytes of a message file, written and read. Spec: msg-format 1, 2, 8, 9.1.
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
use common::{Item, RW, listing, name};
use openimsg::{
    Code, CompoundFile, Limits, Message, Modify, PropType, PropValue, Recipient, SaveFlags,
    SessionOptions, Storage, Text, named, tags::*,
};
use std::collections::BTreeMap;
use std::sync::Arc;

fn elements(bytes: &[u8]) -> BTreeMap<String, Item> {
    listing(CompoundFile::from_bytes(bytes.to_vec()).unwrap().into())
}

fn stream<'a>(all: &'a BTreeMap<String, Item>, path: &str) -> &'a [u8] {
    match all.get(path) {
        Some(Item::Stream(Ok(bytes))) => bytes,
        _ => panic!("no stream {path}"),
    }
}

fn size_field(entry: [u8; 16]) -> u32 {
    u32::from_le_bytes(entry[8..12].try_into().unwrap())
}

/// Spec: F-001
#[test]
fn what_is_no_compound_file_is_refused() {
    for bytes in [&b""[..], &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A], &b"From: x@y.z"[..]] {
        let error = CompoundFile::from_bytes(bytes.to_vec()).unwrap_err();
        assert_eq!(error.code(), Code::StgFileAlreadyExists);
    }
}

/// Spec: F-004, F-005, F-007
#[test]
fn headers_have_the_length_of_their_place_and_count_right() {
    let all = elements(&build(everything));
    for (path, item) in all.iter().filter(|(path, _)| path.ends_with(PROPS)) {
        let Item::Stream(Ok(bytes)) = item else { panic!() };
        let parent = path.rsplit('/').nth(1).unwrap();
        let header = match parent {
            "" => 32,
            _ if parent.starts_with("__substg1.0_3701000D") => 24,
            _ => 8,
        };
        assert_eq!((bytes.len() - header) % 16, 0, "{path}");
        assert!(bytes.len() > header && bytes[..8] == [0; 8], "{path}");
        if header == 8 {
            continue;
        }
        let folder = path.trim_end_matches(PROPS);
        let count = |kind: &str| {
            let inside = |found: &&String| {
                found
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with(kind) && !rest.contains('/'))
            };
            u32::try_from(all.keys().filter(inside).count()).unwrap()
        };
        let (recipients, attachments) = (count("__recip"), count("__attach"));
        let due = [recipients, attachments, recipients, attachments].map(u32::to_le_bytes).concat();
        assert_eq!(bytes[8..24], due, "{path}");
    }
}

/// Spec: F-006
#[test]
fn bytes_after_the_last_entry_are_ignored() {
    let bytes = build(|message| message.set(PR_SUBJECT_W, "x").unwrap());
    let count = open(&bytes).stored_entries().unwrap().len();
    let bytes = tamper(&bytes, |root| change(root, PROPS, |props| props.extend([1, 2, 3, 4])));
    assert_eq!(open(&bytes).stored_entries().unwrap().len(), count);
    let (message, file) = edit(&bytes);
    message.set(PR_SUBJECT_W, "y").unwrap();
    message.save_changes(KEEP).unwrap();
    let all = elements(&file.to_bytes().unwrap());
    assert_eq!(stream(&all, "/__properties_version1.0").len() % 16, 0);
}

/// Spec: F-011
#[test]
fn names_are_written_in_upper_case() {
    let all = elements(&build(everything));
    let digits = |part: &str| part.strip_prefix("__substg1.0_").map(str::to_owned);
    for part in all.keys().flat_map(|path| path.split('/')).filter_map(digits) {
        assert_eq!(part, part.to_uppercase());
    }
}

/// Spec: F-013
#[test]
fn a_stream_in_the_place_of_a_storage_is_no_panic() {
    let bytes = build(everything);
    let wrong = tamper(&bytes, |root| {
        within(root, &["__attach_version1.0_#00000001"], |attachment| {
            attachment.destroy_element(&name("__substg1.0_3701000D")).unwrap();
            put(attachment, "__substg1.0_3701000D", b"a stream");
        });
        within(root, &["__attach_version1.0_#00000000"], |attachment| {
            attachment.destroy_element(&name("__substg1.0_37010102")).unwrap();
            drop(attachment.create_storage(&name("__substg1.0_37010102"), RW).unwrap());
        });
        root.destroy_element(&name("__substg1.0_1000001F")).unwrap();
        drop(root.create_storage(&name("__substg1.0_1000001F"), RW).unwrap());
    });
    let message = open(&wrong);
    assert_eq!(message.get(PR_BODY_W).unwrap(), None);
    assert_eq!(code(message.open_attach(1).unwrap().open_message()), Code::NotFound);
    assert_eq!(message.open_attach(0).unwrap().get(PR_ATTACH_DATA_BIN).unwrap(), None);
    let props = tamper(&bytes, |root| {
        root.destroy_element(&name(PROPS)).unwrap();
        drop(root.create_storage(&name(PROPS), RW).unwrap());
    });
    assert_eq!(code(Message::open(CompoundFile::from_bytes(props).unwrap())), Code::CorruptData);
}

/// Spec: F-014
#[test]
fn more_rows_than_others_read_are_written_and_noted() {
    let rows = vec![Recipient::from_props(vec![prop(0x3001_001F, text("x"))]); 2049];
    let bytes = build(|message| {
        message.modify_recipients(Modify::Add, &rows).unwrap();
        for _ in 0..2049 {
            message.create_attach().unwrap().save_changes(KEEP).unwrap();
        }
    });
    let message = open(&bytes);
    assert_eq!(message.recipient_count().unwrap(), 2049);
    assert_eq!(message.attachment_numbers().unwrap().len(), 2049);
    let file: Arc<dyn Storage> = CompoundFile::from_bytes(bytes).unwrap().into();
    let found = openimsg::check_message(&file).unwrap();
    assert!(found.iter().any(|finding| finding.code() == "row-many"));
}

/// Spec: F-015, F-016
#[test]
fn unused_bytes_of_fixed_values_do_not_count() {
    let bytes = build(|message| {
        message.set(PR_IMPORTANCE, 5).unwrap();
        message.set(PR_RTF_IN_SYNC, false).unwrap();
    });
    let bytes = tamper(&bytes, |root| {
        change_entry(root, 32, 0x0017_0003, |entry| entry[12..16].fill(0xEE));
        change_entry(root, 32, 0x0E1F_000B, |entry| entry[10..16].fill(0xEE));
        change_entry(root, 32, 0x0E1B_000B, |entry| entry[8..16].fill(0xEE));
    });
    let message = open(&bytes);
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(5));
    assert_eq!(message.get(PR_RTF_IN_SYNC).unwrap(), Some(false));
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(true));
}

/// Spec: F-017, F-018, F-020, F-131
#[test]
fn sizes_count_the_terminator_that_is_not_stored() {
    let wide = elements(&build(|message| {
        message.set(PR_SUBJECT_W, "four").unwrap();
        message.set(PR_BODY_W, "").unwrap();
        message.set(PR_HTML, &[1, 2, 3]).unwrap();
        let guid = PropValue::Clsid(openimsg::Guid::CLSID_MAIL_MESSAGE);
        assert_eq!(message.set_props(&[prop(0x6600_0048, guid)]).unwrap(), []);
    }));
    let narrow = elements(&build_ansi(1252, |message| {
        message.set(PR_SUBJECT_W, "four").unwrap();
        message.set(PR_BODY_W, "").unwrap();
    }));
    for (all, tag, len, size) in [
        (&wide, 0x0037_001F, 8, 10),
        (&wide, 0x1000_001F, 0, 2),
        (&wide, 0x1013_0102, 3, 3),
        (&wide, 0x6600_0048, 16, 16),
        (&narrow, 0x0037_001E, 4, 5),
        (&narrow, 0x1000_001E, 0, 1),
    ] {
        assert_eq!(stream(all, &format!("/__substg1.0_{tag:08X}")).len(), len, "{tag:08X}");
        let entry = entry(all.get("/__properties_version1.0"), 32, tag).unwrap();
        assert_eq!((size_field(entry), &entry[12..]), (size, &[0; 4][..]), "{tag:08X}");
    }
}

/// Spec: F-019, F-022
#[test]
fn the_stream_is_the_truth_and_a_terminator_no_part_of_the_text() {
    let bytes = build(|message| {
        message.set(PR_SUBJECT_W, "text").unwrap();
        message.set(PR_HTML, b"bytes").unwrap();
    });
    for lie in [0, u32::MAX, 3, 1000] {
        let bytes = tamper(&bytes, |root| {
            for tag in [0x0037_001F, 0x1013_0102] {
                change_entry(root, 32, tag, |entry| {
                    entry[8..12].copy_from_slice(&lie.to_le_bytes())
                });
            }
            change(root, "__substg1.0_0037001F", |text| text.extend([0, 0]));
        });
        let message = open(&bytes);
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("text"));
        assert_eq!(message.get(PR_HTML).unwrap().unwrap(), b"bytes");
    }
}

/// Spec: F-021
#[test]
fn the_entry_of_an_object_says_what_it_is() {
    let all = elements(&build(everything));
    for (number, reserved) in [(1, 1), (2, 4)] {
        let props = all.get(&format!("/__attach_version1.0_#{number:08X}/{PROPS}"));
        let entry = entry(props, 8, 0x3701_000D).unwrap();
        assert_eq!(entry[8..16], [0xFF, 0xFF, 0xFF, 0xFF, reserved, 0, 0, 0]);
    }
}

/// Spec: F-023, F-024, F-025, F-027
#[test]
fn arrays_are_stored_as_documented() {
    let many = (0..17).map(|at| Text::from(format!("v{at}"))).collect();
    let bytes = build(|message| {
        let props = [
            prop(0x6600_101F, PropValue::MvUnicode(vec!["a".into(), "".into(), "bc".into()])),
            prop(0x6601_101F, PropValue::MvUnicode(many)),
            prop(0x6602_1102, PropValue::MvBinary(vec![vec![9; 3], vec![]])),
            prop(0x6603_1003, PropValue::MvLong(vec![1, 2, 3, 4, 5])),
        ];
        assert_eq!(message.set_props(&props).unwrap(), []);
    });
    let all = elements(&bytes);
    let props = all.get("/__properties_version1.0");
    assert_eq!(stream(&all, "/__substg1.0_6600101F"), [4, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0]);
    assert_eq!(stream(&all, "/__substg1.0_6600101F-00000002"), b"b\0c\0\0\0");
    assert_eq!(size_field(entry(props, 32, 0x6600_101F).unwrap()), 12);
    assert_eq!(stream(&all, "/__substg1.0_6601101F-00000010"), b"v\x001\x006\0\0\0");
    assert_eq!(
        stream(&all, "/__substg1.0_66021102"),
        [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(stream(&all, "/__substg1.0_66031003").len(), 20);
}

/// Spec: F-026
#[test]
fn a_missing_element_is_empty() {
    let bytes = build(|message| {
        let value = PropValue::MvUnicode(vec!["a".into(), "b".into(), "c".into()]);
        assert_eq!(message.set_props(&[prop(0x6600_101F, value)]).unwrap(), []);
    });
    let bytes = tamper(&bytes, |root| {
        root.destroy_element(&name("__substg1.0_6600101F-00000001")).unwrap();
    });
    let value = open(&bytes).get_prop(tag(0x6600_101F)).unwrap();
    assert_eq!(value, Some(PropValue::MvUnicode(vec!["a".into(), "".into(), "c".into()])));
    let bytes = tamper(&bytes, |root| root.destroy_element(&name("__substg1.0_6600101F")).unwrap());
    let value = open(&bytes).get_prop(tag(0x6600_101F)).unwrap();
    assert_eq!(value, Some(PropValue::MvUnicode(vec!["a".into()])));
}

/// Spec: F-028, C-070, C-072
#[test]
fn flags_of_new_objects_are_those_that_outlook_writes() {
    let message = open(&build(everything));
    let flags_of = |object: &openimsg::MapiProp<'_>, id: u16| {
        let entries = object.stored_entries().unwrap();
        entries.iter().find(|(tag, _)| tag.id().value() == id).map(|(_, flags)| *flags)
    };
    for id in [0x0FF4, 0x0FF7, 0x340D, 0x3007, 0x3008, 0x0E02, 0x0E03, 0x0E04, 0x0E1B, 0x0E1D] {
        assert_eq!(flags_of(&message, id), Some(2), "{id:04X}");
    }
    for id in [0x0037, 0x003D, 0x001A, 0x0E07, 0x300B, 0x1000] {
        assert_eq!(flags_of(&message, id), Some(6), "{id:04X}");
    }
    let attachment = message.open_attach(0).unwrap();
    for (id, flags) in [
        (0x3705, 7),
        (0x370B, 7),
        (0x0FF4, 2),
        (0x0FF7, 2),
        (0x340D, 2),
        (0x0E21, 2),
        (0x0FF9, 2),
        (0x0FFE, 2),
        (0x3007, 6),
        (0x3008, 6),
        (0x3707, 6),
        (0x3701, 6),
    ] {
        assert_eq!(flags_of(&attachment, id), Some(flags), "{id:04X}");
    }
    let all = elements(&build(everything));
    let Some(Item::Stream(Ok(row))) = all.get(&format!("/__recip_version1.0_#00000000/{PROPS}"))
    else {
        panic!()
    };
    assert!(row[8..].chunks(16).all(|entry| entry[4..8] == [6, 0, 0, 0]));
}

/// Spec: F-031
#[test]
fn of_duplicates_the_first_counts_and_an_edit_leaves_one() {
    let bytes = build(|message| {
        message.set(PR_IMPORTANCE, 2).unwrap();
        message.set(PR_SUBJECT_W, "wide").unwrap();
    });
    let bytes = tamper(&bytes, |root| {
        put(root, "__substg1.0_0037001E", b"narrow");
        change(root, PROPS, |props| {
            let mut first = props[entry_at(props, 32, 0x0017_0003).unwrap()..][..16].to_vec();
            first[8] = 0;
            props.extend(first);
            let mut narrow = vec![0x1E, 0, 0x37, 0, 6, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
            narrow.extend(props.drain(32..).collect::<Vec<u8>>());
            props.extend(narrow);
        });
    });
    let (message, file) = edit(&bytes);
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("wide"));
    message.set(PR_IMPORTANCE, 1).unwrap();
    message.set(PR_SUBJECT_W, "edited").unwrap();
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    let count =
        |id: u16| again.stored_entries().unwrap().iter().filter(|e| e.0.id().value() == id).count();
    assert_eq!((count(0x0017), count(0x0037)), (1, 1));
    assert_eq!(again.get(PR_SUBJECT_W).unwrap().as_deref(), Some("edited"));
    assert!(!elements(&file.to_bytes().unwrap()).contains_key("/__substg1.0_0037001E"));
}

/// Spec: F-032, F-131
#[test]
fn empty_is_not_absent() {
    let bytes = build(|message| {
        message.set(PR_SUBJECT_W, "x").unwrap();
        message.set(named::PID_LID_LOCATION, "").unwrap();
    });
    let message = open(&bytes);
    assert_eq!(message.get(PR_SUBJECT_PREFIX_W).unwrap().as_deref(), Some(""));
    assert_eq!(message.get(named::PID_LID_LOCATION).unwrap().as_deref(), Some(""));
    assert_eq!(message.get(PR_BODY_W).unwrap(), None);
}

/// Spec: F-045
#[test]
fn odd_lengths_and_inner_nuls_are_read() {
    let bytes = build(|message| message.set(PR_SUBJECT_W, "text").unwrap());
    let bytes = tamper(&bytes, |root| put(root, "__substg1.0_0037001F", b"a\0\0\0b\0c"));
    assert_eq!(open(&bytes).get(PR_SUBJECT_W).unwrap().as_deref(), Some("a\0b"));
}

fn limited(bytes: &[u8], f: impl FnOnce(&mut Limits)) -> SessionOptions {
    let _ = bytes;
    let mut limits = Limits::default();
    f(&mut limits);
    SessionOptions::new().limits(limits)
}

/// Every limit answers with its own code, before memory is asked for.
#[test]
fn every_limit_is_an_error_of_its_own() {
    let bytes = build(everything);
    let storage =
        || -> Arc<dyn Storage> { CompoundFile::from_bytes(bytes.clone()).unwrap().into() };
    let session = limited(&bytes, |limits| limits.properties = 20).open();
    assert_eq!(code(session.open_message(storage())), Code::TooBig);
    let session = limited(&bytes, |limits| limits.text_bytes = 10).open();
    let message = session.open_message(storage()).unwrap();
    assert_eq!(code(message.get(PR_BODY_W)), Code::TooBig);
    assert!(message.open_stream(PR_BODY_W.tag(), openimsg::OpenStream::Read).is_ok());
    let session = limited(&bytes, |limits| limits.value_bytes = 4096).open();
    let message = session.open_message(storage()).unwrap();
    let inner = message.open_attach(1).unwrap().open_message().unwrap();
    assert_eq!(code(inner.open_attach(0).unwrap().get(PR_ATTACH_DATA_BIN)), Code::TooBig);
    let session = limited(&bytes, |limits| limits.rows = 2).open();
    let message = session.open_message(storage()).unwrap();
    assert_eq!(code(message.recipients()), Code::TooBig);
    assert_eq!(code(message.attachment_numbers()), Code::TooBig);
    let session = limited(&bytes, |limits| limits.names = 3).open();
    let message = session.open_message(storage()).unwrap();
    assert_eq!(code(message.all_names()), Code::TooBig);
    let session = limited(&bytes, |limits| limits.embedded_depth = 1).open();
    let message = session.open_message(storage()).unwrap();
    let inner = message.open_attach(1).unwrap().open_message().unwrap();
    assert_eq!(code(inner.open_attach(1).unwrap().open_message()), Code::TooComplex);
}

/// What could not be read again is not written either.
#[test]
fn limits_hold_for_writing_too() {
    let session = limited(&[], |limits| {
        limits.properties = 16;
        limits.rows = 2;
        limits.names = 1;
        limits.embedded_depth = 1;
    })
    .open();
    let message = session.create_message(memory()).unwrap();
    let props: Vec<_> =
        (0..10).map(|at| prop(0x6600_0003 + (at << 16), PropValue::Long(1))).collect();
    let problems = message.set_props(&props).unwrap();
    assert!(!problems.is_empty() && problems.iter().all(|problem| problem.code == Code::TooBig));
    assert_eq!(code(message.modify_recipients(Modify::Add, &three())), Code::TooBig);
    assert_eq!(message.ids_from_names(&some_names()[..1], true).unwrap().len(), 1);
    assert_eq!(code(message.ids_from_names(&some_names(), true)), Code::TooBig);
    let session = limited(&[], |limits| limits.embedded_depth = 1).open();
    let message = session.create_message(memory()).unwrap();
    let attachment = message.create_attach().unwrap();
    let inner = attachment.create_message().unwrap();
    assert_eq!(code(inner.create_attach().unwrap().create_message()), Code::TooComplex);
    let session = limited(&[], |limits| limits.rows = 2).open();
    let message = session.create_message(memory()).unwrap();
    attach(&message, "a", b"a");
    attach(&message, "b", b"b");
    assert_eq!(code(message.create_attach()), Code::TooBig);
}

/// Spec: F-129
#[test]
fn an_edited_value_replaces_its_own_bytes_only() {
    let bytes = build(|message| {
        message.set(PR_IMPORTANCE, 1).unwrap();
        message.set(PR_SENSITIVITY, 1).unwrap();
    });
    let bytes = tamper(&bytes, |root| {
        change(root, PROPS, |props| props[4] = 0x77);
        change_entry(root, 32, 0x0036_0003, |entry| entry[12..16].fill(0xAA));
    });
    let (message, file) = edit(&bytes);
    message.set(PR_IMPORTANCE, 2).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    let all = elements(&file.to_bytes().unwrap());
    let props = stream(&all, "/__properties_version1.0");
    assert_eq!(props[4], 0x77);
    let kept = entry(all.get("/__properties_version1.0"), 32, 0x0036_0003).unwrap();
    assert_eq!(kept[8..], [1, 0, 0, 0, 0xAA, 0xAA, 0xAA, 0xAA]);
    assert_eq!(PropType::PT_LONG.value(), 3);
}
