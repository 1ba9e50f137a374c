//! Mail that was received, and drafts, as asked. Spec: msg-format 1.10, 1.11, imessage-contract 4.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use openimsg::{FileTime, Message, PropValue, SaveFlags, SessionOptions, StoredProp, tags::*};

/// A message that was made by `f`, as bytes.
fn made(f: impl FnOnce(&Message<'_>)) -> Vec<u8> {
    let bytes = build(|message| {
        message.set(PR_SUBJECT_W, "RE: Minutes").unwrap();
        f(message);
    });
    assert_eq!(broken_rules(&bytes), []);
    bytes
}

/// What stands in the file, without anything that is computed: flags and value.
fn stored(bytes: &[u8], id: u16) -> Option<(u32, PropValue)> {
    let found = |prop: &StoredProp| prop.tag.id().value() == id;
    let prop = open(bytes).stored_props().unwrap().into_iter().find(found)?;
    Some((prop.flags, prop.value.unwrap()?))
}

fn long(bytes: &[u8], id: u16) -> Option<i32> {
    match stored(bytes, id)?.1 {
        PropValue::Long(value) => Some(value),
        other => panic!("{other:?}"),
    }
}

/// What a file needs for Outlook to open it, of either kind. Spec: msg-format 1.11.
fn has_the_minimum(bytes: &[u8]) {
    let class = PropValue::Unicode("IPM.Note".into());
    assert_eq!(stored(bytes, 0x001A), Some((6, class)));
    assert_eq!(stored(bytes, 0x340D), Some((2, PropValue::Long(0x0004_0E79))));
    assert_eq!(
        (long(bytes, 0x0017), long(bytes, 0x0026), long(bytes, 0x0036)),
        (Some(1), Some(0), Some(0))
    );
    for (id, text) in [(0x0037, "RE: Minutes"), (0x003D, "RE: "), (0x0E1D, "Minutes")] {
        assert_eq!(stored(bytes, id).unwrap().1, PropValue::Unicode(text.into()), "{id:04X}");
    }
    for id in [0x3007, 0x3008] {
        let Some((2, PropValue::SysTime(time))) = stored(bytes, id) else { panic!("{id:04X}") };
        assert!(!time.is_none());
    }
}

#[test]
fn received_mail_has_the_flags_of_one_and_the_minimum() {
    let sent = FileTime::from_unix(1_700_000_000, 0).unwrap();
    let bytes = made(|message| {
        message.set(PR_CLIENT_SUBMIT_TIME, sent).unwrap();
        message.mark_as_received().unwrap();
    });
    has_the_minimum(&bytes);
    assert_eq!(long(&bytes, 0x0E07), Some(0x1));
    assert_eq!(stored(&bytes, 0x0E06), Some((6, PropValue::SysTime(sent))));
    // With an attachment the flag that says so joins.
    let bytes = made(|message| {
        message.mark_as_received().unwrap();
        message.attach_file("a.txt", b"x").unwrap();
    });
    assert_eq!(long(&bytes, 0x0E07), Some(0x11));
    // Without a submit time it arrives now.
    let Some((6, PropValue::SysTime(arrived))) = stored(&bytes, 0x0E06) else { panic!() };
    let Some((_, PropValue::SysTime(created))) = stored(&bytes, 0x3007) else { panic!() };
    assert!(arrived >= created && stored(&bytes, 0x0039).is_none());
}

#[test]
fn a_draft_has_the_flag_of_one_and_the_minimum() {
    let bytes = made(|message| message.mark_as_draft().unwrap());
    has_the_minimum(&bytes);
    assert_eq!(long(&bytes, 0x0E07), Some(0x8));
    assert_eq!((stored(&bytes, 0x0E06), stored(&bytes, 0x0039)), (None, None));
}

#[test]
fn what_is_set_already_stays() {
    let bytes = made(|message| {
        message.set(PR_MESSAGE_CLASS_W, "IPM.Note.Mine").unwrap();
        message.set(PR_IMPORTANCE, 2).unwrap();
        message.set(PR_SENSITIVITY, 3).unwrap();
        message.set(PR_MESSAGE_FLAGS, 0x2000 | 0x4 | 0x8 | 0x80).unwrap();
        message.set(PR_MESSAGE_DELIVERY_TIME, FileTime::UNIX_EPOCH).unwrap();
        message.mark_as_received().unwrap();
    });
    assert_eq!(stored(&bytes, 0x001A).unwrap().1, PropValue::Unicode("IPM.Note.Mine".into()));
    assert_eq!((long(&bytes, 0x0017), long(&bytes, 0x0036)), (Some(2), Some(3)));
    // It came by Internet mail; it is neither submitted, a draft nor to be sent again.
    assert_eq!(long(&bytes, 0x0E07), Some(0x2001));
    assert_eq!(stored(&bytes, 0x0E06).unwrap().1, PropValue::SysTime(FileTime::UNIX_EPOCH));
}

#[test]
fn one_becomes_the_other() {
    let bytes = made(|message| message.mark_as_received().unwrap());
    let (message, file) = edit(&bytes);
    message.mark_as_draft().unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let draft = file.to_bytes().unwrap();
    assert_eq!(long(&draft, 0x0E07), Some(0x8));
    let (message, file) = edit(&draft);
    message.mark_as_received().unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    assert_eq!(long(&file.to_bytes().unwrap(), 0x0E07), Some(0x1));
}

/// In 8-bit form too, whose mask is not stored.
#[test]
fn an_8_bit_message_is_marked_too() {
    let (bytes, storage) = file();
    let session = SessionOptions::new().open();
    let page = openimsg::CodePage::new(1251).unwrap();
    let message = session.create_ansi_message(storage, page).unwrap();
    message.mark_as_received().unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    session.close();
    let bytes = bytes.to_bytes().unwrap();
    assert_eq!(stored(&bytes, 0x001A).unwrap().1, PropValue::String8(b"IPM.Note".to_vec()));
    assert_eq!((long(&bytes, 0x0E07), stored(&bytes, 0x340D)), (Some(1), None));
    assert_eq!(broken_rules(&bytes), []);
}
