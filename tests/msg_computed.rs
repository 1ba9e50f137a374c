//! Properties that the library derives, and texts in code pages. Spec: imessage-contract 4.
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
use openimsg::{Clock, Code, FileTime, Message, PropValue, SessionOptions, tags::*};

/// Spec: C-235
#[test]
fn a_fresh_message_holds_the_documented_values() {
    let message = fresh();
    assert_eq!(message.get(PR_OBJECT_TYPE).unwrap(), Some(5));
    assert_eq!(message.get(PR_ACCESS).unwrap(), Some(3));
    assert_eq!(message.get(PR_ACCESS_LEVEL).unwrap(), Some(1));
    assert_eq!(message.get(PR_STORE_SUPPORT_MASK).unwrap(), Some(0x0004_0E79));
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap(), Some(0x0A));
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(false));
    for list in [PR_DISPLAY_TO_W, PR_DISPLAY_CC_W, PR_DISPLAY_BCC_W] {
        assert_eq!(message.get(list).unwrap().as_deref(), Some(""));
    }
    assert_eq!(message.get(PR_SEARCH_KEY).unwrap().unwrap().len(), 16);
    let created = message.get(PR_CREATION_TIME).unwrap();
    assert!(created.is_some());
    assert_eq!(message.get(PR_LAST_MODIFICATION_TIME).unwrap(), created);
    assert_eq!(message.get(PR_MAPPING_SIGNATURE).unwrap().unwrap().len(), 16);
    for absent in [0x001A_001F, 0x0E08_0003, 0x0FFF_0102, 0x0E09_0102, 0x0FFB_0102, 0x0FF9_0102] {
        assert_eq!(message.get_prop(tag(absent)).unwrap(), None, "{absent:08X}");
    }
}

fn subject_parts(message: &Message<'_>) -> (Option<String>, Option<String>) {
    (message.get(PR_SUBJECT_PREFIX_W).unwrap(), message.get(PR_NORMALIZED_SUBJECT_W).unwrap())
}

/// Spec: C-236, C-237
#[test]
fn a_subject_falls_into_prefix_and_rest() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    assert_eq!(subject_parts(&message), (None, None));
    for (subject, prefix, rest) in [
        ("RE: Hello", "RE: ", "Hello"),
        ("ABCD: x", "", "ABCD: x"),
        ("R2: x", "", "R2: x"),
        ("\u{42F}: x", "\u{42F}: ", "x"),
        ("RE:x", "", "RE:x"),
        ("", "", ""),
    ] {
        message.set(PR_SUBJECT_W, subject).unwrap();
        let due = (Some(prefix.to_owned()), Some(rest.to_owned()));
        assert_eq!(subject_parts(&message), due);
        message.save_changes(KEEP).unwrap();
        assert_eq!(subject_parts(&open(&file.to_bytes().unwrap())), due);
    }
    message.set(PR_SUBJECT_W, "Antwort: x").unwrap();
    message.set(PR_SUBJECT_PREFIX_W, "Antwort: ").unwrap();
    assert_eq!(subject_parts(&message), (Some("Antwort: ".into()), Some("x".into())));
    message.save_changes(KEEP).unwrap();
    message.set(PR_SUBJECT_W, "y").unwrap();
    assert_eq!(subject_parts(&message), (Some(String::new()), Some("y".into())));
    message.delete_props(&[PR_SUBJECT_W.tag()]).unwrap();
    assert_eq!(subject_parts(&message), (None, None));
    message.save_changes(KEEP).unwrap();
    assert_eq!(subject_parts(&open(&file.to_bytes().unwrap())), (None, None));
    let problems = message.set_props(&[prop(0x0E1D_001F, text("x"))]).unwrap();
    assert_eq!(problems[0].code, Code::Computed);
}

/// Spec: C-238
#[test]
fn times_can_be_set_before_the_first_save_only() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    let time = FileTime::from_ticks(125_000_000_000_000_000);
    message.set(PR_CREATION_TIME, time).unwrap();
    message.set(PR_LAST_MODIFICATION_TIME, time).unwrap();
    message.save_changes(KEEP).unwrap();
    let again = open(&file.to_bytes().unwrap());
    assert_eq!(again.get(PR_CREATION_TIME).unwrap(), Some(time));
    assert_eq!(again.get(PR_LAST_MODIFICATION_TIME).unwrap(), Some(time));
    assert_eq!(code(message.set(PR_CREATION_TIME, time)), Code::Computed);
    assert_eq!(code(message.set(PR_LAST_MODIFICATION_TIME, time)), Code::Computed);
    let attachment = message.create_attach().unwrap();
    attachment.save_changes(KEEP).unwrap();
    attachment.set(PR_CREATION_TIME, time).unwrap();
}

/// Spec: C-239
#[test]
fn the_modification_time_grows_with_every_change_and_only_then() {
    let message = fresh();
    message.save_changes(KEEP).unwrap();
    let mut last = message.get(PR_LAST_MODIFICATION_TIME).unwrap().unwrap();
    for round in 0..5 {
        message.save_changes(KEEP).unwrap();
        assert_eq!(message.get(PR_LAST_MODIFICATION_TIME).unwrap(), Some(last));
        message.set(PR_IMPORTANCE, round).unwrap();
        message.save_changes(KEEP).unwrap();
        let now = message.get(PR_LAST_MODIFICATION_TIME).unwrap().unwrap();
        assert!(now > last);
        last = now;
    }
}

/// Spec: C-240
#[test]
fn the_size_is_known_after_the_first_save_and_not_stored() {
    let message = fresh();
    attach(&message, "a", &[0; 5000]);
    assert_eq!(message.get(PR_MESSAGE_SIZE).unwrap(), None);
    message.save_changes(KEEP).unwrap();
    assert!(message.get(PR_MESSAGE_SIZE).unwrap().unwrap() > 5000);
    assert!(message.stored_entries().unwrap().iter().all(|(tag, _)| tag.id().value() != 0x0E08));
}

/// Spec: C-241
#[test]
fn stored_access_is_constant_whatever_the_object_reports() {
    let bytes = build(everything);
    let (message, _file) = edit(&bytes);
    assert_eq!(message.get(PR_ACCESS).unwrap(), Some(3));
    assert_eq!(message.get(PR_ACCESS_LEVEL).unwrap(), Some(1));
    let stored = |id: u16| {
        let props = message.stored_props().unwrap();
        let found = props.into_iter().find(|prop| prop.tag.id().value() == id).unwrap();
        (found.flags, found.value.unwrap())
    };
    assert_eq!(stored(0x0FF4), (2, Some(PropValue::Long(2))));
    assert_eq!(stored(0x0FF7), (2, Some(PropValue::Long(0))));
}

/// Spec: C-242
#[test]
fn a_changed_body_ends_the_sync_with_the_rtf() {
    let (file, storage) = file();
    let message = Message::create(storage).unwrap();
    let in_sync = || open(&file.to_bytes().unwrap()).get(PR_RTF_IN_SYNC).unwrap();
    message.set(PR_BODY_W, "some text").unwrap();
    message.set(PR_RTF_COMPRESSED, b"rtf").unwrap();
    message.set(PR_RTF_IN_SYNC, true).unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(in_sync(), Some(true));
    message.set(PR_BODY_W, "some\r\n text ").unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(in_sync(), Some(true), "only white space changed");
    message.set(PR_BODY_W, "other text").unwrap();
    message.set(PR_RTF_COMPRESSED, b"rtf too").unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(in_sync(), Some(true), "both changed");
    let mut stream = message.open_stream(PR_BODY_W.tag(), openimsg::OpenStream::Modify).unwrap();
    std::io::Write::write_all(&mut stream, b"O\0").unwrap();
    drop(stream);
    message.save_changes(KEEP).unwrap();
    assert_eq!(in_sync(), None);
}

/// Spec: C-243
#[test]
fn bodies_are_kept_byte_for_byte() {
    let bytes = build(|message| {
        message.set(PR_RTF_COMPRESSED, b"not rtf at all\0").unwrap();
        message.set(PR_HTML, b"<p>\xFF").unwrap();
    });
    let message = open(&bytes);
    assert_eq!(message.get(PR_RTF_COMPRESSED).unwrap().unwrap(), b"not rtf at all\0");
    assert_eq!(message.get(PR_HTML).unwrap().unwrap(), b"<p>\xFF");
    assert_eq!(message.get(PR_BODY_W).unwrap(), None);
}

/// Spec: C-244, C-245
#[test]
fn an_ansi_message_converts_with_its_code_page() {
    let bytes = build_ansi(1251, |message| {
        message.set(PR_SUBJECT_W, "\u{41F}\u{440}\u{438} \u{4E2D}").unwrap();
        let raw = PropValue::String8(b"\xFF\x01".to_vec());
        assert_eq!(message.set_props(&[prop(0x1000_001E, raw)]).unwrap(), []);
    });
    let message = open(&bytes);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("\u{41F}\u{440}\u{438} ?"));
    let narrow = message.get_prop(tag(0x0037_001E)).unwrap();
    assert_eq!(narrow, Some(PropValue::String8(b"\xCF\xF0\xE8 ?".to_vec())));
    assert_eq!(
        message.get_prop(tag(0x1000_001E)).unwrap(),
        Some(PropValue::String8(b"\xFF\x01".to_vec()))
    );
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("\u{44F}\u{1}"));
}

/// Spec: F-033
#[test]
fn the_locale_decides_before_the_internet_code_page() {
    let bytes = build_ansi(932, |message| {
        message.set(PR_INTERNET_CPID, 50220).unwrap();
        message.set(PR_MESSAGE_LOCALE_ID, 1041).unwrap();
        message.set(PR_SUBJECT_W, "\u{65E5}\u{672C}").unwrap();
    });
    let bytes = tamper(&bytes, |root| {
        change(root, PROPS, |props| {
            let at = entry_at(props, 32, 0x3FFD_0003).unwrap();
            props.drain(at..at + 16);
        });
    });
    assert_eq!(open(&bytes).get(PR_SUBJECT_W).unwrap().as_deref(), Some("\u{65E5}\u{672C}"));
}

/// Spec: F-050
#[test]
fn dates_that_mean_none_are_none() {
    for ticks in [0x0CB3_4557_A3DD_4000, 0x1FFF_FFE0_0000_0000, 0x1FFF_FFEF_3BA6_3C00, u64::MAX] {
        assert!(FileTime::from_ticks(ticks).is_none(), "{ticks:x}");
    }
    assert!(!FileTime::UNIX_EPOCH.is_none());
}

/// Spec: C-239
#[test]
fn the_same_work_gives_the_same_bytes() {
    let once = || {
        let file = std::sync::Arc::new(
            openimsg::StorageOptions::new().clock(Clock::Fixed(FileTime::UNIX_EPOCH)).memory(),
        );
        let session =
            SessionOptions::new().clock(Clock::Fixed(FileTime::UNIX_EPOCH)).seed(3).open();
        let message = session
            .create_message(std::sync::Arc::clone(&file) as std::sync::Arc<dyn openimsg::Storage>)
            .unwrap();
        everything(&message);
        message.save_changes(KEEP).unwrap();
        file.to_bytes().unwrap()
    };
    assert!(once() == once());
}
