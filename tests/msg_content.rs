//! Attachments of all seven methods: made, opened, replaced, deleted, and as files. Spec: msg-format
//! 1.9, 9.3.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::msg::*;
use common::{RW, name, stream_bytes};
use openimsg::{
    AttachContent, Attachment, Code, CommitFlags, CompoundFile, Message, PropValue, SaveFlags,
    Storage, StoredProp, named::*, tags::*,
};
use std::io::Read;
use std::sync::Arc;

/// What is stored of an attachment, read without any of the views.
fn stored(attachment: &Attachment<'_>, id: u16) -> Option<(u32, PropValue)> {
    let found = |prop: &StoredProp| prop.tag.id().value() == id;
    let prop = attachment.stored_props().unwrap().into_iter().find(found)?;
    Some((prop.flags, prop.value.unwrap()?))
}

fn string(attachment: &Attachment<'_>, id: u16) -> Option<String> {
    match stored(attachment, id)?.1 {
        PropValue::Unicode(text) => Some(text.into_string_lossy()),
        other => panic!("{other:?}"),
    }
}

/// The bytes that the attachment is as a file, under their name.
fn file(attachment: &Attachment<'_>) -> (String, Vec<u8>) {
    let mut file = attachment.as_file().unwrap().unwrap();
    let mut bytes = Vec::new();
    let written = file.write_to(&mut bytes).unwrap();
    assert_eq!(written, bytes.len() as u64);
    assert_eq!(file.name(), attachment.suggested_file_name().unwrap());
    (file.name().to_owned(), bytes)
}

/// Saves the message, and opens what was saved.
fn reopened(message: Message<'_>, file: &Arc<CompoundFile>) -> Message<'static> {
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    let bytes = file.to_bytes().unwrap();
    assert_eq!(broken_rules(&bytes), []);
    open(&bytes)
}

#[test]
fn a_file_that_is_attached_has_all_that_readers_expect() {
    let (bytes, storage) = common::msg::file();
    let message = Message::create(storage).unwrap();
    message.attach_file("first.txt", b"1").unwrap();
    message.attach_file(r"C:\in\Holiday photographs.jpeg", b"\xFF\xD8").unwrap();
    let message = reopened(message, &bytes);
    assert_eq!(message.get(PR_HASATTACH).unwrap(), Some(true));
    let photo = message.open_attach(1).unwrap();
    let long = |id, flags, value| assert_eq!(stored(&photo, id), Some((flags, value)), "{id:04X}");
    // Spec: msg-format 1.9, "Minimum to write".
    long(0x0E21, 2, PropValue::Long(1));
    long(0x3705, 7, PropValue::Long(1));
    long(0x370B, 7, PropValue::Long(-1));
    long(0x0FFE, 2, PropValue::Long(7));
    long(0x0FF9, 2, PropValue::Binary(vec![1, 0, 0, 0]));
    long(0x3701, 6, PropValue::Binary(b"\xFF\xD8".to_vec()));
    for (id, text) in [
        (0x3707, "Holiday photographs.jpeg"),
        (0x3704, "HOLIDA~1.JPE"),
        (0x3703, ".jpeg"),
        (0x3001, "Holiday photographs.jpeg"),
        (0x370E, "image/jpeg"),
    ] {
        assert_eq!(string(&photo, id).as_deref(), Some(text), "{id:04X}");
    }
    assert_eq!(file(&photo), ("Holiday photographs.jpeg".into(), b"\xFF\xD8".to_vec()));
}

#[test]
fn bytes_are_replaced_and_deleted() {
    let (bytes, storage) = common::msg::file();
    let message = Message::create(storage).unwrap();
    let plan = message.attach_file("plan.txt", b"first this").unwrap();
    plan.set(PR_ATTACH_DATA_BIN, b"then that").unwrap();
    plan.set_file_name("new plan").unwrap();
    plan.save_changes(SaveFlags::empty()).unwrap();
    message.attach_file("gone.txt", b"x").unwrap();
    message.delete_attach(1).unwrap();
    let message = reopened(message, &bytes);
    assert_eq!(message.attachment_numbers().unwrap(), [0]);
    let plan = message.open_attach(0).unwrap();
    assert_eq!(file(&plan), ("new plan".into(), b"then that".to_vec()));
    // What belonged to the old name is gone with it.
    assert_eq!((string(&plan, 0x3703), string(&plan, 0x370E)), (None, None));
    let AttachContent::Bytes(mut data) = plan.content().unwrap() else { panic!() };
    let mut text = String::new();
    data.read_to_string(&mut text).unwrap();
    assert_eq!(text, "then that");
    // Reading it does not move it for the next reader.
    assert_eq!(file(&plan).1, b"then that");
    assert_eq!(file(&plan).1, b"then that");
}

#[test]
fn links_are_made_opened_replaced_deleted_and_never_followed() {
    let (bytes, storage) = common::msg::file();
    let message = Message::create(storage).unwrap();
    message.attach_reference(r"\\server\share\Annual report.docx").unwrap();
    let web = message.attach_web_reference("budget.xlsx", "https://a.example/budget").unwrap();
    web.set(PID_NAME_ATTACHMENT_PROVIDER_TYPE, "OneDrivePro").unwrap();
    web.set(PID_NAME_ATTACHMENT_PERMISSION_TYPE, 2).unwrap();
    web.save_changes(KEEP).unwrap();
    for method in [3, 4] {
        let other = message.attach_reference("/home/ana/x.txt").unwrap();
        other.set(PR_ATTACH_METHOD, method).unwrap();
        other.save_changes(KEEP).unwrap();
    }
    message.attach_reference("gone").unwrap();
    message.delete_attach(4).unwrap();
    let message = reopened(message, &bytes);
    assert_eq!(message.attachment_numbers().unwrap(), [0, 1, 2, 3]);
    let report = message.open_attach(0).unwrap();
    assert_eq!(stored(&report, 0x3705), Some((7, PropValue::Long(2))));
    assert_eq!(string(&report, 0x370D).as_deref(), Some(r"\\server\share\Annual report.docx"));
    assert_eq!(string(&report, 0x3707).as_deref(), Some("Annual report.docx"));
    assert_eq!(report.suggested_file_name().unwrap(), "Annual report.docx");
    for (number, path) in
        [(0, r"\\server\share\Annual report.docx"), (2, "/home/ana/x.txt"), (3, "/home/ana/x.txt")]
    {
        let link = message.open_attach(number).unwrap();
        assert!(matches!(link.content().unwrap(), AttachContent::Reference(p) if p == path));
        assert!(link.as_file().unwrap().is_none());
    }
    let web = message.open_attach(1).unwrap();
    let AttachContent::Web(found) = web.content().unwrap() else { panic!() };
    assert_eq!(found.url, "https://a.example/budget");
    assert_eq!((found.provider.as_deref(), found.permission), (Some("OneDrivePro"), Some(2)));
    assert_eq!(found.original_permission, None);
    assert!(web.as_file().unwrap().is_none());

    let (message, bytes) = edit(&bytes.to_bytes().unwrap());
    let link = message.open_attach(0).unwrap();
    link.set(PR_ATTACH_METHOD, 1).unwrap();
    link.set(PR_ATTACH_DATA_BIN, b"the report itself").unwrap();
    link.save_changes(SaveFlags::empty()).unwrap();
    drop(link);
    let message = reopened(message, &bytes);
    let report = message.open_attach(0).unwrap();
    assert_eq!(file(&report), ("Annual report.docx".into(), b"the report itself".to_vec()));
}

#[test]
fn a_message_is_made_opened_replaced_deleted_and_comes_out_as_a_file() {
    let (bytes, storage) = common::msg::file();
    let message = Message::create(storage).unwrap();
    let (attachment, inner) = message.attach_message("Minutes of May").unwrap();
    inner.set(PR_SUBJECT_W, "Minutes: May").unwrap();
    inner.set(PID_LID_LOCATION, "Pier").unwrap();
    inner.attach_file("inner.txt", b"deep").unwrap();
    inner.save_changes(SaveFlags::empty()).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    drop((inner, attachment));
    let message = reopened(message, &bytes);
    let attachment = message.open_attach(0).unwrap();
    assert_eq!(stored(&attachment, 0x3705), Some((7, PropValue::Long(5))));
    let AttachContent::Message(inner) = attachment.content().unwrap() else { panic!() };
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Minutes: May"));
    drop(inner);
    let (name, alone) = file(&attachment);
    assert_eq!(name, "Minutes of May.msg");
    let alone = open(&alone);
    assert_eq!(alone.get(PID_LID_LOCATION).unwrap().as_deref(), Some("Pier"));
    assert_eq!(file(&alone.open_attach(0).unwrap()), ("inner.txt".into(), b"deep".to_vec()));

    // Replaced by another one; its name comes from the subject where there is no other.
    let (message, bytes) = edit(&bytes.to_bytes().unwrap());
    let attachment = message.open_attach(0).unwrap();
    let inner = attachment.create_message().unwrap();
    inner.set(PR_SUBJECT_W, "June?").unwrap();
    inner.save_changes(SaveFlags::empty()).unwrap();
    attachment.delete_props(&[PR_DISPLAY_NAME_W.tag()]).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    drop((inner, attachment));
    let message = reopened(message, &bytes);
    assert_eq!(message.open_attach(0).unwrap().suggested_file_name().unwrap(), "June.msg");
    let (message, bytes) = edit(&bytes.to_bytes().unwrap());
    message.delete_attach(0).unwrap();
    assert_eq!(reopened(message, &bytes).attachment_numbers().unwrap(), []);
}

#[test]
fn objects_of_other_programs_are_made_opened_replaced_and_looked_into() {
    let (bytes, storage) = common::msg::file();
    let message = Message::create(storage).unwrap();
    for (stream, data) in [("CONTENTS", &b"BM picture"[..]), ("Package", b"PK"), ("Unknown", b"?")]
    {
        let attachment = message.create_attach().unwrap();
        ole(&attachment, stream, data);
        attachment.save_changes(SaveFlags::empty()).unwrap();
    }
    let message = reopened(message, &bytes);
    let at = |number| message.open_attach(number).unwrap();
    assert!(matches!(at(0).content().unwrap(), AttachContent::Storage(_)));
    assert_eq!(file(&at(0)), ("attachment-0.bmp".into(), b"BM picture".to_vec()));
    assert_eq!(file(&at(1)), ("attachment-1".into(), b"PK".to_vec()));
    let (whole, copy) = file(&at(2));
    assert_eq!(whole, "attachment-2.ole");
    let copy = CompoundFile::from_bytes(copy).unwrap();
    assert_eq!(stream_bytes(&copy, &name("Unknown")).unwrap(), b"?");

    let (message, bytes) = edit(&bytes.to_bytes().unwrap());
    let attachment = message.open_attach(0).unwrap();
    ole(&attachment, "Package", b"another");
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "sheet.xls").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    message.delete_attach(2).unwrap();
    drop(attachment);
    let message = reopened(message, &bytes);
    assert_eq!(message.attachment_numbers().unwrap(), [0, 1]);
    let replaced = message.open_attach(0).unwrap();
    assert_eq!(file(&replaced), ("sheet.xls".into(), b"another".to_vec()));
}

/// OLE 1 keeps its object in a stream: version, kind, three counted texts, the counted data.
#[test]
fn objects_of_ole_1_come_out_of_their_stream() {
    let mut object = vec![1, 5, 0, 0, 2, 0, 0, 0];
    for part in [&b"PBrush\0"[..], b"", b"", b"BM picture"] {
        object.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        object.extend(part);
    }
    let compound = CompoundFile::memory();
    let stream = compound.create_stream(&name("Package"), RW).unwrap();
    stream.write_at(0, b"PK").unwrap();
    drop(stream);
    compound.commit(CommitFlags::empty()).unwrap();
    let message = fresh();
    for (data, expected) in [
        (object, ("attachment-0.bmp", &b"BM picture"[..])),
        (compound.to_bytes().unwrap(), ("attachment-1", b"PK")),
        (b"something else".to_vec(), ("attachment-2", b"something else")),
    ] {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_ATTACH_METHOD, 6).unwrap();
        attachment.set(PR_ATTACH_DATA_BIN, data).unwrap();
        assert!(matches!(attachment.content().unwrap(), AttachContent::Bytes(_)));
        let (name, bytes) = file(&attachment);
        assert_eq!((name.as_str(), bytes.as_slice()), expected);
        attachment.save_changes(SaveFlags::empty()).unwrap();
    }
}

/// Spec: Q-31, Q-32
#[test]
fn where_the_method_is_missing_the_data_say_what_there_is() {
    let message = fresh();
    let attachment = message.create_attach().unwrap();
    assert!(matches!(attachment.content().unwrap(), AttachContent::None));
    assert!(attachment.as_file().unwrap().is_none());
    attachment.set(PR_ATTACH_DATA_BIN, b"x").unwrap();
    assert_eq!(attachment.get(PR_ATTACH_METHOD).unwrap(), Some(0));
    assert!(matches!(attachment.content().unwrap(), AttachContent::Bytes(_)));
    // By value without data: it is listed, and has nothing.
    let bytes = build(|message| {
        let empty = message.create_attach().unwrap();
        empty.set(PR_ATTACH_METHOD, 1).unwrap();
        empty.set(PR_ATTACH_LONG_FILENAME_W, "logo.png").unwrap();
        empty.save_changes(SaveFlags::empty()).unwrap();
    });
    let message = open(&bytes);
    assert_eq!(message.attachment_numbers().unwrap(), [0]);
    let empty = message.open_attach(0).unwrap();
    assert!(matches!(empty.content().unwrap(), AttachContent::None));
    assert_eq!(empty.suggested_file_name().unwrap(), "logo.png");
}

/// Spec: F-118, Q-36, Q-37, Q-88
#[test]
fn names_come_from_the_chain_and_are_safe() {
    let message = fresh();
    let suggested = |long: &str, short: &str, display: &str, extension: &str, media: &str| {
        let attachment = message.create_attach().unwrap();
        for (tag, text) in [
            (PR_ATTACH_LONG_FILENAME_W, long),
            (PR_ATTACH_FILENAME_W, short),
            (PR_DISPLAY_NAME_W, display),
            (PR_ATTACH_EXTENSION_W, extension),
            (PR_ATTACH_MIME_TAG_W, media),
        ] {
            if !text.is_empty() {
                attachment.set(tag, text).unwrap();
            }
        }
        attachment.set(PR_ATTACH_DATA_BIN, b"x").unwrap();
        let name = attachment.suggested_file_name().unwrap();
        name.replace(&attachment.number().to_string(), "N")
    };
    for (parts, expected) in [
        (["long.txt", "LONG~1.TXT", "shown.txt", "", ""], "long.txt"),
        (["", "SHORT.TXT", "shown.txt", "", ""], "SHORT.TXT"),
        (["", "", "shown", ".pdf", ""], "shown.pdf"),
        (["", "", "shown", "", "Image/PNG; name=x"], "shown.png"),
        (["", "", "shown", ".docx", "image/png"], "shown.docx"),
        (["a.exe", "", "", ".txt", "text/plain"], "a.exe"),
        (["", "", "", "", "application/pdf"], "attachment-N.pdf"),
        ([r"..\..\x", "", "", "", ""], "x"),
        (["/etc/x", "", "", "", ""], "x"),
        (["C:x", "", "", "", ""], "Cx"),
        (["CON.txt", "", "", "", ""], "_CON.txt"),
        (["a\0b", "", "", "", ""], "ab"),
        (["invoice\u{202E}fdp.exe", "", "", "", ""], "invoicefdp.exe"),
        (["x", "", "", "./../../sh", ""], "x.sh"),
        (["x", "", "", ".a.b", ""], "x"),
        (["..", "", "", "", ""], "attachment-N"),
    ] {
        let [long, short, display, extension, media] = parts;
        assert_eq!(suggested(long, short, display, extension, media), expected, "{parts:?}");
    }
}

#[test]
fn attachments_are_not_made_in_a_message_open_for_reading() {
    let message = open(&build(|_| {}));
    assert_eq!(code(message.attach_file("a", b"b")), Code::NoAccess);
    assert_eq!(code(message.attach_message("a")), Code::NoAccess);
    assert_eq!(code(message.attach_reference("a")), Code::NoAccess);
    assert_eq!(code(message.attach_web_reference("a", "b")), Code::NoAccess);
    assert_eq!(code(message.mark_as_received()), Code::NoAccess);
    assert_eq!(code(message.mark_as_draft()), Code::NoAccess);
}
