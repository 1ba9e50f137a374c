//! What real messages and mails do wrong, on their way between each other. Spec: msg-format 8.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

use mail_parser::{MessageParser, MimeHeaders};
use openimsg::mime::{Conversion, ExportOptions, ImportOptions, read_eml, write_eml};
use openimsg::{
    CompoundFile, DateSource, FileTime, Message, Modify, Prop, PropTag, PropValue, Recipient,
    SaveFlags, tags::*,
};
use std::io::Cursor;

fn new() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

fn export(message: &Message<'_>) -> (String, Conversion) {
    let mut out = Vec::new();
    let done = write_eml(message, &mut out, &ExportOptions::default()).unwrap();
    (String::from_utf8(out).unwrap(), done)
}

fn import(mail: &[u8]) -> Message<'static> {
    let message = new();
    read_eml(Cursor::new(mail), &message, &ImportOptions::default()).unwrap();
    message
}

fn at(seconds: i64) -> FileTime {
    FileTime::from_unix(seconds, 0).unwrap()
}

/// Spec: Q-08
#[test]
fn nuls_and_controls_are_dropped_from_names_and_headers() {
    let message = new();
    message.set(PR_SUBJECT_W, "Plan\u{0}\u{1F} B").unwrap();
    let attachment = message.attach_file("x", b"x").unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "pl\u{0}an.txt").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let (mail, _) = export(&message);
    assert!(!mail.contains(['\0', '\u{1F}']));
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let words: Vec<&str> = parsed.subject().unwrap().split_whitespace().collect();
    assert_eq!(words, ["Plan", "B"]);
    assert_eq!(parsed.attachment(0).unwrap().attachment_name(), Some("plan.txt"));
}

/// Spec: Q-56
#[test]
fn headers_of_eight_bits_are_utf_8_or_else_1252_and_bare_line_feeds_end_lines() {
    let utf_8 = "Subject: Grüße\nX-Own: é\n\nbody\n".as_bytes().to_vec();
    let latin = b"Subject: Gr\xFC\xDFe\nX-Own: \xE9\n\nbody\n".to_vec();
    for mail in [utf_8, latin] {
        let message = import(&mail);
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Grüße"));
        let headers = message.get(PR_TRANSPORT_MESSAGE_HEADERS_W).unwrap().unwrap();
        assert!(headers.contains("Subject: Grüße") && headers.contains("X-Own: é"), "{headers}");
    }
    let message = new();
    message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, "X-One: é\nX-Two: a\n b\n").unwrap();
    let (mail, _) = export(&message);
    assert!(mail.contains("\r\nX-Two: a b\r\n") && mail.is_ascii(), "{mail}");
    // The two bytes of the letter in UTF-8, in base64.
    assert!(mail.contains("\r\nX-One: =?UTF-8?B?w6k=?=\r\n"), "{mail}");
}

/// Spec: Q-58
#[test]
fn times_that_mean_none_are_no_dates() {
    for none in [FileTime::OUTLOOK_NONE, FileTime::from_ticks(0), FileTime::from_ticks(u64::MAX)] {
        let message = new();
        message.set(PR_CLIENT_SUBMIT_TIME, none).unwrap();
        message.set(PR_MESSAGE_DELIVERY_TIME, none).unwrap();
        message.set(PR_CREATION_TIME, at(1_709_647_402)).unwrap();
        assert_eq!(message.date().unwrap().unwrap().source, DateSource::Created);
        let (mail, _) = export(&message);
        assert!(
            mail.contains("\r\nDate: Tue, 05 Mar 2024 14:03:22 +0000\r\n")
                || mail.starts_with("Date: Tue, 05 Mar 2024 14:03:22"),
            "{mail}"
        );
        assert!(!mail.contains("4501"));
    }
}

/// Spec: Q-59
#[test]
fn dates_of_headers_have_any_zone_and_impossible_days_are_none() {
    for (date, seconds) in [
        ("Mon, 09 Aug 2010 08:09:08 +0900", Some(1_281_308_948)),
        ("Mon, 09 Aug 2010 08:09:08 -0830", Some(1_281_371_948)),
        ("Sun, 8 Aug 10 23:09:08 GMT", Some(1_281_308_948)),
        ("Sun, 8 Aug 2010 19:09:08 EDT", Some(1_281_308_948)),
        ("Wed, 31 Feb 2010 08:09:08 +0000", None),
        ("Mon, 09 Aug 2010 28:09:08 +0000", None),
        ("yesterday", None),
    ] {
        let message = import(format!("Date: {date}\r\nSubject: x\r\n\r\nbody\r\n").as_bytes());
        let found = message.get(PR_CLIENT_SUBMIT_TIME).unwrap();
        assert_eq!(found.map(|time| time.unix_seconds().unwrap()), seconds, "{date}");
    }
}

/// Spec: Q-60
#[test]
fn classes_in_any_case_with_nuls_or_unknown_parts_are_known() {
    let kind = |class: &str| {
        let message = new();
        if !class.is_empty() {
            message.set(PR_MESSAGE_CLASS_W, class).unwrap();
        }
        message.set(PR_BODY_W, "x").unwrap();
        let (mail, _) = export(&message);
        let parsed = MessageParser::new().parse(&mail).unwrap();
        let kind = parsed.content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
    };
    assert_eq!(kind("report.IPM.NOTE.ndr"), "multipart/report");
    assert_eq!(kind("REPORT.IPM.Note.NDR\0"), "multipart/report");
    assert_eq!(kind("IPM.NOTE.Unknown.Form"), "text/plain");
    assert_eq!(kind(""), "text/plain");
}

/// Spec: Q-63
#[test]
fn what_is_protected_or_encrypted_is_flagged_and_kept() {
    let protected = [0x76, 0xE8, 0x04, 0x60, 0xC4, 0x11, 0xE3, 0x86, 1, 2, 3];
    let message = new();
    message.set(PR_BODY_W, "This message is protected.").unwrap();
    let attachment = message.attach_file("message.rpmsg", &protected).unwrap();
    attachment.set(PR_ATTACH_MIME_TAG_W, "application/x-microsoft-rpmsg-message").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let (mail, done) = export(&message);
    assert!(done.findings.iter().any(|finding| finding.code() == "protected"));
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert_eq!(parsed.attachment(0).unwrap().contents(), protected);
    assert_eq!(parsed.body_text(0).unwrap().trim(), "This message is protected.");

    let mut cms = vec![0x30, 0x80, 0x06, 0x09];
    cms.extend([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03, 9, 9]);
    let message = new();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Note.SMIME").unwrap();
    message.attach_file("smime.p7m", &cms).unwrap().save_changes(SaveFlags::empty()).unwrap();
    let (mail, done) = export(&message);
    assert!(done.findings.iter().any(|finding| finding.code() == "encrypted"));
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert_eq!(parsed.root_part().contents(), cms);
}

/// Spec: Q-92
#[test]
fn what_a_message_inside_is_called_is_told_beside_it() {
    let message = new();
    let (attachment, inner) = message.attach_message("The Plan").unwrap();
    inner.set(PR_SUBJECT_W, "another subject").unwrap();
    inner.save_changes(SaveFlags::empty()).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "plan.msg").unwrap();
    attachment.set(PR_ATTACH_CONTENT_ID_W, "plan@example.org").unwrap();
    attachment.set(PR_ATTACH_MIME_TAG_W, "message/rfc822").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let attachment = message.open_attach(0).unwrap();
    assert_eq!(attachment.file_name().unwrap().as_deref(), Some("plan.msg"));
    assert_eq!(attachment.content_id().unwrap(), "plan@example.org");
    let media = attachment.get(PR_ATTACH_MIME_TAG_W).unwrap();
    assert_eq!(media.as_deref(), Some("message/rfc822"));
    let inner = attachment.open_message().unwrap();
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("another subject"));
    let (mail, _) = export(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let part = parsed.attachment(0).unwrap();
    assert_eq!(part.attachment_name(), Some("plan.eml"));
    assert_eq!(part.content_id(), Some("plan@example.org"));
}

/// Spec: Q-95
#[test]
fn recipients_are_those_of_the_rows_whatever_the_lists_of_names_say() {
    let message = new();
    let mut copy = Recipient::new("Ana", "ana@example.org");
    copy.set(Prop { tag: PropTag::new(0x0C15_0003), value: PropValue::Long(2) });
    let rows = [copy, Recipient::new("Ana", "another.ana@example.org")];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    message
        .set_props_forced(&[Prop {
            tag: PR_DISPLAY_TO_W.tag(),
            value: PropValue::Unicode("Somebody Else; Ana".into()),
        }])
        .unwrap();
    let (mail, _) = export(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let addresses = |list: Option<&mail_parser::Address<'_>>| -> Vec<String> {
        list.into_iter()
            .flat_map(|list| list.iter())
            .map(|one| one.address().unwrap().to_owned())
            .collect()
    };
    assert_eq!(addresses(parsed.to()), ["another.ana@example.org"]);
    assert_eq!(addresses(parsed.cc()), ["ana@example.org"]);
}
