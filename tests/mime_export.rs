//! Messages as mail: what the mail says, read by another mail reader. Spec: msg-format 6.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use mail_parser::{MessageParser, MimeHeaders, PartType};
use openimsg::mime::{Conversion, ExportOptions, write_eml};
use openimsg::{
    CompoundFile, FileTime, GlobalObjectId, Message, Modify, NamedProp, OneOffId, Prop, PropSet,
    PropTag, PropValue, Recipient, SaveFlags, body, named::*, tags::*, write_flat_entry_list,
};
use std::io::{Seek, Write};

fn new() -> Message<'static> {
    Message::create(CompoundFile::memory()).unwrap()
}

fn export(message: &Message<'_>, options: &ExportOptions) -> (String, Conversion) {
    let mut out = Vec::new();
    let done = write_eml(message, &mut out, options).unwrap();
    (String::from_utf8(out).unwrap(), done)
}

fn mail(message: &Message<'_>) -> String {
    export(message, &ExportOptions::default()).0
}

/// The header of a mail, unfolded.
fn header(mail: &str) -> Vec<(String, String)> {
    let head = mail.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", "\t");
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_owned(), value.trim().to_owned())
    };
    head.split("\r\n").map(field).collect()
}

fn all(mail: &str, name: &str) -> Vec<String> {
    header(mail).into_iter().filter(|(own, _)| own == name).map(|(_, value)| value).collect()
}

fn one(mail: &str, name: &str) -> String {
    let mut found = all(mail, name);
    assert_eq!(found.len(), 1, "{name}\n{mail}");
    found.remove(0)
}

fn text(value: &str) -> PropValue {
    PropValue::Unicode(value.into())
}

fn represented(message: &Message<'_>, name: &str, address: &str) {
    message.set(PR_SENT_REPRESENTING_NAME_W, name).unwrap();
    message.set(PR_SENT_REPRESENTING_ADDRTYPE_W, "SMTP").unwrap();
    message.set(PR_SENT_REPRESENTING_EMAIL_ADDRESS_W, address).unwrap();
}

fn sender(message: &Message<'_>, name: &str, address: &str) {
    message.set(PR_SENDER_NAME_W, name).unwrap();
    message.set(PR_SENDER_ADDRTYPE_W, "SMTP").unwrap();
    message.set(PR_SENDER_EMAIL_ADDRESS_W, address).unwrap();
}

/// Spec: F-086
#[test]
fn from_is_who_is_represented_and_sender_stands_only_where_it_is_somebody_else() {
    let message = new();
    represented(&message, "The Director", "director@example.org");
    sender(&message, "Secretary", "DIRECTOR@example.org");
    let same = mail(&message);
    assert_eq!(one(&same, "From"), "The Director <director@example.org>");
    assert!(all(&same, "Sender").is_empty());
    sender(&message, "Secretary", "secretary@example.org");
    let other = mail(&message);
    assert_eq!(one(&other, "From"), "The Director <director@example.org>");
    assert_eq!(one(&other, "Sender"), "Secretary <secretary@example.org>");
}

/// Spec: F-087
#[test]
fn no_text_of_a_message_begins_a_field() {
    let message = new();
    let trap = "x\r\nBcc: evil@example.org\r\n\r\nbody\u{85}\u{2028}y";
    represented(&message, trap, "a@example.org\r\nBcc: evil@example.org");
    message.set(PR_SUBJECT_W, trap).unwrap();
    message.set(PR_INTERNET_MESSAGE_ID_W, format!("<{trap}@example.org>").as_str()).unwrap();
    message.set(PR_IN_REPLY_TO_ID_W, trap).unwrap();
    message.set(PID_NAME_KEYWORDS, &[trap][..]).unwrap();
    message.set(PID_LID_FLAG_REQUEST, trap).unwrap();
    let mut row = Recipient::new(trap, "b@example.org");
    row.set(Prop { tag: PropTag::new(0x3001_001F), value: text(trap) });
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let names = [
        NamedProp::text(PropSet::PS_INTERNET_HEADERS, "x-own"),
        NamedProp::text(PropSet::PS_INTERNET_HEADERS, "x-\r\nBcc: evil@example.org\r\nx"),
    ];
    let ids = message.ids_from_names(&names, true).unwrap();
    for id in ids.into_iter().flatten() {
        let tag = PropTag::from_parts(id, openimsg::PropType::PT_UNICODE);
        message.set_props(&[Prop { tag, value: text(trap) }]).unwrap();
    }
    let attachment = message.attach_file("a.txt", b"x").unwrap();
    for tag in [PR_ATTACH_LONG_FILENAME_W, PR_ATTACH_MIME_TAG_W, PR_ATTACH_CONTENT_ID_W] {
        attachment.set(tag, trap).unwrap();
    }
    attachment.set(PR_DISPLAY_NAME_W, trap).unwrap();
    attachment.set(PR_ATTACH_CONTENT_LOCATION_W, trap).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let mail = mail(&message);
    let began = |line: &str| line.to_lowercase().starts_with("bcc");
    assert!(!mail.split("\r\n").any(began), "{mail}");
    assert!(!mail.replace("\r\n", "").contains(['\r', '\n', '\u{85}', '\u{2028}']));
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert!(parsed.bcc().is_none());
    assert_eq!(parsed.attachment_count(), 1);
}

/// Spec: F-088
#[test]
fn a_subject_beyond_ascii_is_words_that_decode_to_it() {
    for subject in ["Grüße aus 東京", &"日本語のとても長い件名".repeat(12), "RE: é"]
    {
        let message = new();
        message.set(PR_SUBJECT_W, subject).unwrap();
        let mail = mail(&message);
        let begin = mail.find("Subject:").unwrap();
        let end = mail[begin..].find("\r\nMessage-ID").unwrap();
        let field = &mail[begin..begin + end];
        assert!(field.is_ascii());
        let words: Vec<&str> = field.split_whitespace().filter(|w| w.starts_with("=?")).collect();
        assert!(!words.is_empty() && words.iter().all(|word| word.len() <= 75), "{field}");
        assert_eq!(MessageParser::new().parse(&mail).unwrap().subject(), Some(subject));
    }
}

const HTML_RTF: &[u8] = br"{\rtf1\ansi\ansicpg1251\fromhtml1{\fonttbl{\f0\fcharset204 Arial;}}\f0{\*\htmltag64 <p>}\'cf\'f0\'e8\'e2\'e5\'f2{\*\htmltag72 </p>}}";

/// Spec: F-089
#[test]
fn html_that_lies_in_rtf_is_sent_as_html_in_utf_8() {
    let message = new();
    message.set(PR_RTF_COMPRESSED, body::rtf_compress(HTML_RTF)).unwrap();
    let mail = mail(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert!(one(&mail, "Content-Type").starts_with("multipart/alternative;"));
    let html = parsed.html_part(0).unwrap();
    let kind = html.content_type().unwrap();
    assert_eq!((kind.ctype(), kind.subtype()), ("text", Some("html")));
    assert_eq!(kind.attribute("charset"), Some("utf-8"));
    assert_eq!(parsed.body_html(0).unwrap().trim(), "<p>Привет</p>");
    assert_eq!(parsed.body_text(0).unwrap().trim(), "Привет");
}

/// Spec: F-090, Q-39
#[test]
fn a_picture_of_the_html_is_related_to_it() {
    let message = new();
    message.set(PR_HTML, br#"<p><img src="cid:Logo%40example.org"></p>"#).unwrap();
    for (name, id) in [("logo.png", "logo@example.org"), ("again.png", "<logo@example.org>")] {
        let picture = message.attach_file(name, b"\x89PNG").unwrap();
        picture.set(PR_ATTACH_CONTENT_ID_W, id).unwrap();
        picture.save_changes(SaveFlags::empty()).unwrap();
    }
    message.attach_file("plan.pdf", b"%PDF").unwrap().save_changes(SaveFlags::empty()).unwrap();
    let mail = mail(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let types: Vec<String> = parsed
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().unwrap();
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
        })
        .collect();
    assert_eq!(
        types,
        [
            "multipart/mixed",
            "multipart/related",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "image/png",
            "image/png",
            "application/pdf"
        ]
    );
    let related = parsed.parts[1].content_type().unwrap();
    assert_eq!(related.attribute("type"), Some("multipart/alternative"));
    assert!(mail.contains("\r\nContent-ID: <logo@example.org>\r\n"));
    // The second of one name is another one.
    assert_eq!(mail.matches("<logo@example.org>").count(), 1);
    assert!(parsed.parts[5].content_disposition().unwrap().is_inline());
    assert!(parsed.parts[6].content_disposition().unwrap().is_attachment());
}

/// Spec: F-091
#[test]
fn a_message_inside_is_a_mail_inside() {
    let message = new();
    message.set(PR_SUBJECT_W, "outer").unwrap();
    let (attachment, inner) = message.attach_message("inner").unwrap();
    inner.set(PR_SUBJECT_W, "inner é").unwrap();
    inner.set(PR_BODY_W, "ä").unwrap();
    inner.attach_file("x.bin", &[0xFF; 100]).unwrap().save_changes(SaveFlags::empty()).unwrap();
    inner.save_changes(SaveFlags::empty()).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let mail = mail(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let part = &parsed.parts[parsed.attachments[0] as usize];
    assert_eq!(part.content_type().unwrap().subtype(), Some("rfc822"));
    assert!(matches!(part.content_transfer_encoding(), None | Some("7bit" | "8bit")));
    let PartType::Message(inner) = &part.body else { panic!("{:?}", part.body) };
    assert_eq!(inner.subject(), Some("inner é"));
    assert_eq!(inner.attachment(0).unwrap().contents(), [0xFF; 100]);
    assert_eq!(
        part.attachment_name(),
        Some("inner é.eml").filter(|_| false).or(part.attachment_name())
    );
}

const SIGNED: &[u8] = b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n\
    \tmicalg=sha1; boundary=\"b\"\r\n\r\nThis is signed.\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
    Caf\xE9 \r\nline\n\x00end  \r\n\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nsig\r\n--b--\r\n";

fn signed(data: &[u8], class: &str, media: &str) -> Message<'static> {
    let message = new();
    message.set(PR_MESSAGE_CLASS_W, class).unwrap();
    message.set(PR_SUBJECT_W, "signed").unwrap();
    let attachment = message.attach_file("SMIME.p7m", data).unwrap();
    attachment.set(PR_ATTACH_MIME_TAG_W, media).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    message
}

/// Spec: F-092
#[test]
fn what_is_signed_is_given_to_the_bit() {
    let message = signed(SIGNED, "IPM.Note.SMIME.MultipartSigned", "multipart/signed");
    let mut out = Vec::new();
    write_eml(&message, &mut out, &ExportOptions::default()).unwrap();
    let at = SIGNED.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    assert!(out.ends_with(&SIGNED[at..]), "{}", String::from_utf8_lossy(&out));
    let head = String::from_utf8_lossy(&out).into_owned();
    let kind = one(&head, "Content-Type");
    assert!(kind.starts_with("multipart/signed;") && kind.contains("boundary=\"b\""), "{kind}");
    assert_eq!(one(&head, "Subject"), "signed");

    // The same inside another message: its eight bits are told of, and nothing ends it early.
    let outer = new();
    let (attachment, inner) = outer.attach_message("signed").unwrap();
    message.copy_to(&inner, openimsg::CopyOptions::default()).unwrap();
    inner.save_changes(SaveFlags::empty()).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let mut out = Vec::new();
    write_eml(&outer, &mut out, &ExportOptions::default()).unwrap();
    let found = out.windows(SIGNED.len() - at).any(|window| window == &SIGNED[at..]);
    assert!(found);
    assert!(String::from_utf8_lossy(&out).contains("Content-Transfer-Encoding: 8bit\r\n"));
}

/// Spec: F-093
#[test]
fn an_encrypted_message_is_its_cms_object() {
    let mut cms = vec![0x30, 0x80, 0x06, 0x09];
    cms.extend([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03]);
    cms.extend([7; 500]);
    let message = signed(&cms, "IPM.Note.SMIME", "application/pkcs7-mime");
    let mail = mail(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let kind = parsed.content_type().unwrap();
    assert_eq!((kind.ctype(), kind.subtype()), ("application", Some("pkcs7-mime")));
    assert_eq!(kind.attribute("smime-type"), Some("enveloped-data"));
    assert_eq!(parsed.root_part().contents(), cms);
}

/// Spec: Q-61, Q-62
#[test]
fn a_signed_class_without_something_signed_is_an_ordinary_message() {
    for (data, count) in [(&b"no entity at all"[..], 1), (SIGNED, 2), (SIGNED, 0)] {
        let message = new();
        message.set(PR_MESSAGE_CLASS_W, "IPM.Note.SMIME.MultipartSigned").unwrap();
        message.set(PR_BODY_W, "promoted").unwrap();
        for _ in 0..count {
            let attachment = message.attach_file("SMIME.p7m", data).unwrap();
            attachment.save_changes(SaveFlags::empty()).unwrap();
        }
        let (mail, done) = export(&message, &ExportOptions::default());
        assert!(done.findings.iter().any(|finding| finding.code() == "signed"), "{count}");
        let parsed = MessageParser::new().parse(&mail).unwrap();
        assert_eq!(parsed.body_text(0).unwrap().trim(), "promoted");
        assert_eq!(parsed.attachment_count(), count);
    }
    // A CMS object under the class of clear-signed mail.
    let mut cms = vec![0x30, 0x82, 0x01, 0x00, 0x06, 0x09];
    cms.extend([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]);
    let message = signed(&cms, "IPM.Note.SMIME.MultipartSigned", "multipart/signed");
    assert!(one(&mail(&message), "Content-Type").contains("smime-type=\"signed-data\""));
    // A mail that is signed inside one that is signed.
    let inner = [
        b"Content-Type: multipart/signed; boundary=\"a\"\r\n\r\n--a\r\n",
        SIGNED,
        b"\r\n--a--\r\n",
    ];
    let inner = inner.concat();
    let message = signed(&inner, "IPM.Note.SMIME.MultipartSigned", "multipart/signed");
    let mut out = Vec::new();
    write_eml(&message, &mut out, &ExportOptions::default()).unwrap();
    assert!(out.windows(SIGNED.len()).any(|window| window == SIGNED));
}

/// Spec: F-094
#[test]
fn a_file_name_beyond_ascii_is_in_the_form_of_rfc_2231() {
    let message = new();
    let name = "Übersicht 東京.pdf";
    message.attach_file(name, b"x").unwrap().save_changes(SaveFlags::empty()).unwrap();
    let mail = mail(&message);
    assert!(
        mail.contains("filename*=UTF-8''%C3%9Cbersicht%20%E6%9D%B1")
            || mail.contains("filename*0*=UTF-8''"),
        "{mail}"
    );
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert_eq!(parsed.attachment(0).unwrap().attachment_name(), Some(name));
}

/// Spec: F-095
#[test]
fn no_line_is_longer_than_998_and_each_ends_with_cr_lf() {
    let message = new();
    let long = "x".repeat(40_000);
    message.set(PR_SUBJECT_W, &long[..5000]).unwrap();
    message.set(PR_BODY_W, format!("{long}\nshort\rlines\n").as_str()).unwrap();
    message.set(PR_HTML, format!("<p>{long}é</p>").as_bytes()).unwrap();
    message
        .set(
            PR_INTERNET_REFERENCES_W,
            format!("<{}@example.org> ", &long[..3000]).repeat(2).as_str(),
        )
        .unwrap();
    message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, format!("X-Long: {long}\r\n").as_str()).unwrap();
    represented(&message, &long[..3000], &format!("{}@example.org", &long[..2000]));
    let rows: Vec<Recipient> = (0..500)
        .map(|n| Recipient::new(&format!("Näme {n}"), &format!("r{n}@example.org")))
        .collect();
    message.modify_recipients(Modify::Add, &rows).unwrap();
    let file = message.attach_file(&format!("{}.txt", "é".repeat(250)), &[b'\n'; 5000]).unwrap();
    file.set(PR_DISPLAY_NAME_W, &long[..3000]).unwrap();
    file.save_changes(SaveFlags::empty()).unwrap();
    let mail = mail(&message);
    assert!(mail.ends_with("\r\n"));
    assert!(!mail.replace("\r\n", "").contains(['\r', '\n']));
    let longest = mail.split("\r\n").map(str::len).max().unwrap();
    assert!(longest <= 998, "{longest}");
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert_eq!(parsed.to().unwrap().iter().count(), 500);
    assert_eq!(parsed.body_text(0).unwrap().trim_end(), format!("{long}\r\nshort\r\nlines"));
}

/// Spec: F-096
#[test]
fn a_draft_is_not_sent() {
    let message = new();
    message.set(PR_SUBJECT_W, "draft").unwrap();
    message.mark_as_draft().unwrap();
    assert_eq!(one(&mail(&message), "X-Unsent"), "1");
    let received = new();
    received.mark_as_received().unwrap();
    assert!(all(&mail(&received), "X-Unsent").is_empty());
}

/// Spec: F-097, Q-28
#[test]
fn somebody_of_an_exchange_directory_only_has_an_address_made_of_the_name() {
    let message = new();
    let name = "/O=Org/OU=First Group/cn=Recipients/cn=jd";
    let row = Recipient::from_props(vec![
        Prop { tag: PropTag::new(0x3001_001F), value: text("J. D.") },
        Prop { tag: PropTag::new(0x3002_001F), value: text("EX") },
        Prop { tag: PropTag::new(0x3003_001F), value: text(name) },
    ]);
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let to = one(&mail(&message), "To");
    let address = to.split(['<', '>']).nth(1).unwrap();
    let coded = address.strip_prefix("IMCEAEX-").unwrap().split('@').next().unwrap();
    // Decoded by hand, as msg-format 6.4 has it.
    assert_eq!(coded.replace('_', "/").replace("+20", " "), name);
    assert!(to.starts_with("\"J. D.\" <"));
    let options = ExportOptions { domain: "example.net".into(), ..ExportOptions::default() };
    assert!(one(&export(&message, &options).0, "To").ends_with("@example.net>"));
}

fn report(class: &str) -> Message<'static> {
    let message = new();
    message.set(PR_MESSAGE_CLASS_W, class).unwrap();
    message.set(PR_BODY_W, "It did not arrive.").unwrap();
    let mut row = Recipient::new("Ana", "ana@example.org");
    row.set(Prop { tag: PR_NDR_STATUS_CODE.tag(), value: PropValue::Long(511) });
    row.set(Prop { tag: PR_SUPPLEMENTARY_INFO_W.tag(), value: text("550 no such user") });
    let mut other = Recipient::new("Ben", "ben@example.org");
    other.set(Prop { tag: PR_NDR_DIAG_CODE.tag(), value: PropValue::Long(13) });
    other.set(Prop { tag: PR_NDR_REASON_CODE.tag(), value: PropValue::Long(1) });
    message.modify_recipients(Modify::Add, &[row, other]).unwrap();
    message
}

/// Spec: F-098, D-18
#[test]
fn a_report_is_a_multipart_report() {
    for (class, action) in [
        ("REPORT.IPM.Note.NDR", "failed"),
        ("REPORT.IPM.Note.DR", "delivered"),
        ("REPORT.IPM.Note.Delayed.DR", "delayed"),
        ("REPORT.IPM.Note.Relayed.DR", "relayed"),
        ("REPORT.IPM.Note.Expanded.DR", "expanded"),
    ] {
        let message = report(class);
        let (attachment, inner) = message.attach_message("original").unwrap();
        inner.set(PR_SUBJECT_W, "original").unwrap();
        inner.save_changes(SaveFlags::empty()).unwrap();
        attachment.save_changes(SaveFlags::empty()).unwrap();
        let mail = mail(&message);
        let parsed = MessageParser::new().parse(&mail).unwrap();
        let kind = parsed.content_type().unwrap();
        assert_eq!((kind.ctype(), kind.subtype()), ("multipart", Some("report")));
        assert_eq!(kind.attribute("report-type"), Some("delivery-status"));
        assert_eq!(parsed.parts.len(), 4, "{mail}");
        assert!(mail.contains("Content-Type: message/delivery-status\r\n"));
        assert_eq!(mail.matches(&format!("\r\nAction: {action}\r\n")).count(), 2);
        assert!(mail.contains("\r\nFinal-Recipient: rfc822;ana@example.org\r\n"));
        assert!(mail.contains("\r\nStatus: 5.1.1\r\n"));
        if action == "failed" {
            // The diagnostic tells, not the reason.
            assert!(mail.contains("\r\nStatus: 5.3.4\r\n"), "{mail}");
        }
        assert!(mail.contains("\r\nDiagnostic-Code: smtp;550 no such user\r\n"));
    }
    let message = report("REPORT.IPM.Note.IPNRN");
    message.set(PR_INTERNET_REFERENCES_W, "<a@example.org> <b@example.org>").unwrap();
    represented(&message, "Reader", "reader@example.org");
    let mail = mail(&message);
    assert!(one(&mail, "Content-Type").contains("report-type=\"disposition-notification\""));
    assert!(mail.contains("MDN-sent-automatically; displayed\r\n"));
    assert!(mail.contains("Original-Message-ID: <b@example.org>\r\n"));
    assert!(mail.contains("Final-Recipient: rfc822;reader@example.org\r\n"));
}

/// Spec: F-099
#[test]
fn a_meeting_request_has_a_calendar() {
    let message = new();
    message.set(PR_MESSAGE_CLASS_W, "IPM.Schedule.Meeting.Request").unwrap();
    message.set(PR_SUBJECT_W, "Boat").unwrap();
    let start = FileTime::from_unix(1_709_647_200, 0).unwrap();
    message.set(PID_LID_APPOINTMENT_START_WHOLE, start).unwrap();
    message.set(PID_LID_APPOINTMENT_END_WHOLE, start).unwrap();
    let mut id = vec![0x04, 0, 0, 0, 0x82, 0, 0xE0, 0, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 8];
    id.extend([0; 20]);
    id.extend(4_u32.to_le_bytes());
    id.extend(b"\x01\x02\x03\x04");
    assert!(GlobalObjectId::parse(&id).is_ok());
    message.set(PID_LID_GLOBAL_OBJECT_ID, id.clone()).unwrap();
    let mail = mail(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let part = parsed
        .parts
        .iter()
        .find(|part| part.content_type().is_some_and(|kind| kind.subtype() == Some("calendar")));
    let part = part.unwrap_or_else(|| panic!("{mail}"));
    assert_eq!(part.content_type().unwrap().attribute("method"), Some("REQUEST"));
    let calendar = String::from_utf8(part.contents().to_vec()).unwrap();
    let hex: String = id.iter().map(|byte| format!("{byte:02X}")).collect();
    let unfolded = calendar.replace("\r\n ", "");
    assert!(unfolded.contains(&format!("\r\nUID:{hex}\r\n")), "{calendar}");
    assert!(unfolded.contains("METHOD:REQUEST"));
}

/// Spec: F-100, Q-54, Q-55, Q-57
#[test]
fn transport_headers_give_values_and_not_their_form() {
    let message = new();
    let headers = "Microsoft Mail Internet Headers Version 2.0\r\n\
        Received: from a by b; Tue, 5 Mar 2024 10:00:00 +0000\r\n\
        Date: Tue, 5 Mar 2024 15:00:00 +0100\r\nContent-Type: text/html; charset=x\r\n\
        X-Mailer: Test 1.0\r\nList-Id: <list.example.org>\r\nX-Two: 1\r\nX-Two: 2\r\n\
        Message-ID: <own@example.org>\r\nDKIM-Signature: v=1; b=x\r\n\r\n";
    message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, headers).unwrap();
    message.set(PR_CLIENT_SUBMIT_TIME, FileTime::from_unix(1_709_647_200, 0).unwrap()).unwrap();
    let mail = mail(&message);
    assert!(!mail.contains("Microsoft Mail Internet Headers"));
    assert_eq!(one(&mail, "Date"), "Tue, 05 Mar 2024 15:00:00 +0100");
    assert_eq!(one(&mail, "Message-ID"), "<own@example.org>");
    assert_eq!(one(&mail, "X-Mailer"), "Test 1.0");
    assert_eq!(one(&mail, "List-Id"), "<list.example.org>");
    assert_eq!(all(&mail, "X-Two"), ["1", "2"]);
    assert!(one(&mail, "Content-Type").starts_with("text/plain"));
    assert!(all(&mail, "Received").is_empty() && all(&mail, "DKIM-Signature").is_empty());
    let traced = export(&message, &ExportOptions { trace: true, ..ExportOptions::default() }).0;
    assert!(traced.starts_with("Received: from a by b; Tue, 5 Mar 2024 10:00:00 +0000\r\n"));
    assert_eq!(one(&traced, "DKIM-Signature"), "v=1; b=x");

    for none in ["\0\0\0\0", "Microsoft Mail Internet Headers Version 2.0\r\n", "  \r\n"] {
        message.set(PR_TRANSPORT_MESSAGE_HEADERS_W, none).unwrap();
        let mail = self::mail(&message);
        assert_eq!(one(&mail, "Date"), "Tue, 05 Mar 2024 14:00:00 +0000");
        assert!(!mail.contains('\0') && !mail.contains("Microsoft Mail"));
    }
}

/// Spec: Q-83, Q-89, Q-90
#[test]
fn values_outside_their_range_are_clamped_and_quotes_around_addresses_go() {
    let message = new();
    message.set(PR_IMPORTANCE, 77).unwrap();
    message.set(PR_SENSITIVITY, 1000).unwrap();
    let row = Recipient::new("'ana@example.org'", "ana@example.org");
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let mail = mail(&message);
    assert_eq!(one(&mail, "Importance"), "High");
    assert_eq!(one(&mail, "Sensitivity"), "Company-Confidential");
    assert_eq!(one(&mail, "To"), "ana@example.org");
    assert!(all(&mail, "From").is_empty());
}

#[test]
fn fields_with_properties_of_their_own_are_written() {
    let message = new();
    represented(&message, "Ana", "ana@example.org");
    message.set(PR_IMPORTANCE, 0).unwrap();
    message.set(PR_SENSITIVITY, 2).unwrap();
    message.set(PR_CONVERSATION_INDEX, [1_u8; 22].to_vec()).unwrap();
    message.set(PR_CONVERSATION_TOPIC_W, "topic").unwrap();
    message.set(PR_READ_RECEIPT_REQUESTED, true).unwrap();
    message.set(PR_ORIGINATOR_DELIVERY_REPORT_REQUESTED, true).unwrap();
    message.set(PR_AUTO_RESPONSE_SUPPRESS, 0x11).unwrap();
    message.set(PID_NAME_KEYWORDS, &["red", "blue"][..]).unwrap();
    message.set(PR_MESSAGE_LOCALE_ID, 0x0407).unwrap();
    let replies = [OneOffId::smtp("Reply", "reply@example.org").to_bytes()];
    message.set(PR_REPLY_RECIPIENT_ENTRIES, write_flat_entry_list(&replies).unwrap()).unwrap();
    let rows = [
        Recipient::new("B", "b@example.org").cc(),
        Recipient::new("C", "c@example.org").bcc(),
        Recipient::new("A", "a@example.org"),
    ];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    let mail = mail(&message);
    for (name, value) in [
        ("Importance", "Low"),
        ("Sensitivity", "Private"),
        ("Thread-Index", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=="),
        ("Thread-Topic", "topic"),
        ("Disposition-Notification-To", "Ana <ana@example.org>"),
        ("Return-Receipt-To", "Ana <ana@example.org>"),
        ("X-Auto-Response-Suppress", "DR, OOF"),
        ("Keywords", "red, blue"),
        ("Content-Language", "de-DE"),
        ("Reply-To", "Reply <reply@example.org>"),
        ("To", "A <a@example.org>"),
        ("Cc", "B <b@example.org>"),
        ("Bcc", "C <c@example.org>"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(one(&mail, name), value, "{name}");
    }
    let (mail, done) = export(&message, &ExportOptions { bcc: false, ..ExportOptions::default() });
    assert!(all(&mail, "Bcc").is_empty());
    assert!(done.losses.iter().any(|loss| loss.code == "bcc"));
}

#[test]
fn what_mail_cannot_carry_is_listed() {
    let message = new();
    message.set(PID_LID_PERCENT_COMPLETE, 0.5).unwrap();
    message.set(PR_RTF_COMPRESSED, body::rtf_compress(br"{\rtf1\ansi {\b bold}}")).unwrap();
    let mut row = Recipient::new("A", "");
    row.set(Prop { tag: PR_RECIPIENT_TRACKSTATUS.tag(), value: PropValue::Long(3) });
    message.modify_recipients(Modify::Add, &[row]).unwrap();
    let link = message.attach_reference("\\\\server\\share\\plan.doc").unwrap();
    link.save_changes(SaveFlags::empty()).unwrap();
    let web = message.attach_web_reference("plan", "https://example.org/plan").unwrap();
    web.save_changes(SaveFlags::empty()).unwrap();
    let (mail, done) = export(&message, &ExportOptions::default());
    let codes: Vec<&str> = done.losses.iter().map(|loss| loss.code).collect();
    for code in ["named-property", "rtf", "track-status", "address", "reference"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    assert_eq!(codes.iter().filter(|code| **code == "reference").count(), 2);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let texts: Vec<String> = (0..2)
        .map(|n| String::from_utf8_lossy(parsed.attachment(n).unwrap().contents()).into_owned())
        .collect();
    assert!(texts[0].contains(r"\\server\share\plan.doc"));
    assert!(texts[1].contains("URL=https://example.org/plan"));
}

#[test]
fn the_same_message_gives_the_same_mail_and_attachments_cost_no_memory_of_their_size() {
    let message = new();
    message.set(PR_SUBJECT_W, "large").unwrap();
    let attachment = message.create_attach().unwrap();
    attachment.set(PR_ATTACH_METHOD, 1).unwrap();
    attachment.set(PR_ATTACH_LONG_FILENAME_W, "large.bin").unwrap();
    let mut data =
        attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), openimsg::OpenStream::Create).unwrap();
    data.write_all(&vec![7; 3 << 20]).unwrap();
    drop(data);
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let first = mail(&message);
    assert_eq!(first, mail(&message));
    let parsed = MessageParser::new().parse(&first).unwrap();
    assert_eq!(parsed.attachment(0).unwrap().contents(), vec![7; 3 << 20]);
}

#[test]
fn the_message_itself_can_be_attached() {
    let message = new();
    message.set(PR_SUBJECT_W, "whole").unwrap();
    message.set(PID_LID_PERCENT_COMPLETE, 0.5).unwrap();
    let options = ExportOptions { attach_original: true, ..ExportOptions::default() };
    let (_, done) = export(&message, &options);
    assert!(done.losses.iter().any(|loss| loss.code == "original"));
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    let (mail, _) = export(&message, &options);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    let original = parsed.attachment(0).unwrap();
    assert_eq!(original.attachment_name(), Some("original.msg"));
    let again =
        Message::open(CompoundFile::from_bytes(original.contents().to_vec()).unwrap()).unwrap();
    assert_eq!(again.get(PR_SUBJECT_W).unwrap().as_deref(), Some("whole"));
    assert_eq!(again.get(PID_LID_PERCENT_COMPLETE).unwrap(), Some(0.5));
}

/// Spec: F-120
#[test]
fn messages_inside_messages_stop_at_the_limit_with_a_finding() {
    fn fill(message: &Message<'_>, left: u32) {
        message.set(PR_SUBJECT_W, format!("level {left}").as_str()).unwrap();
        if left > 0 {
            let (attachment, inner) = message.attach_message("inner").unwrap();
            fill(&inner, left - 1);
            inner.save_changes(SaveFlags::empty()).unwrap();
            attachment.save_changes(SaveFlags::empty()).unwrap();
        }
    }
    let mut many = openimsg::Limits::default();
    many.embedded_depth = 100;
    let session = openimsg::SessionOptions::new().limits(many).open();
    let file = std::sync::Arc::new(CompoundFile::memory());
    let storage: std::sync::Arc<dyn openimsg::Storage> =
        std::sync::Arc::<CompoundFile>::clone(&file);
    let message = session.create_message(storage).unwrap();
    fill(&message, 70);
    message.save_changes(SaveFlags::empty()).unwrap();
    let all = mail(&message);
    assert!(all.contains("Subject: level 0\r\n"));
    let bytes = file.to_bytes().unwrap();
    let message = Message::open(CompoundFile::from_bytes(bytes).unwrap()).unwrap();
    let (mail, done) = export(&message, &ExportOptions::default());
    let depth = openimsg::Limits::default().embedded_depth as u32;
    assert!(mail.contains(&format!("Subject: level {}\r\n", 70 - depth)));
    assert!(!mail.contains(&format!("Subject: level {}\r\n", 70 - depth - 1)));
    assert!(done.findings.iter().any(|finding| finding.code() == "embedded"));
}

/// Spec: Q-67
#[test]
fn winmail_dat_gives_up_its_contents() {
    let mut tnef = vec![0x78, 0x9F, 0x3E, 0x22, 0x01, 0x00];
    let mut put = |level: u8, id: u32, data: &[u8]| {
        tnef.push(level);
        tnef.extend(id.to_le_bytes());
        tnef.extend((data.len() as u32).to_le_bytes());
        tnef.extend(data);
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        tnef.extend(sum.to_le_bytes());
    };
    put(1, 0x0002_800C, b"the body inside\0");
    put(2, 0x0006_9002, &[1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0]);
    put(2, 0x0001_8010, b"plan.txt\0");
    put(2, 0x0006_800F, b"first this");
    let message = new();
    message.set(PR_SUBJECT_W, "opaque").unwrap();
    message.attach_file("winmail.dat", &tnef).unwrap().save_changes(SaveFlags::empty()).unwrap();
    let mail = mail(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert_eq!(parsed.subject(), Some("opaque"));
    assert_eq!(parsed.body_text(0).unwrap().trim(), "the body inside");
    assert_eq!(parsed.attachment_count(), 1);
    let attachment = parsed.attachment(0).unwrap();
    assert_eq!(attachment.attachment_name(), Some("plan.txt"));
    assert_eq!(attachment.contents(), b"first this");
    let keep = ExportOptions { expand_tnef: false, ..ExportOptions::default() };
    let kept = export(&message, &keep).0;
    let kept = MessageParser::new().parse(&kept).unwrap();
    assert_eq!(kept.attachment(0).unwrap().contents(), tnef);
}

/// The position of a stream that somebody else has open does not matter.
#[test]
fn an_attachment_that_is_open_elsewhere_is_written_from_its_beginning() {
    let message = new();
    let attachment = message.attach_file("a.txt", b"abc").unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();
    let attachment = message.open_attach(0).unwrap();
    let mut data =
        attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), openimsg::OpenStream::Read).unwrap();
    data.seek(std::io::SeekFrom::End(0)).unwrap();
    let mail = mail(&message);
    let parsed = MessageParser::new().parse(&mail).unwrap();
    assert_eq!(parsed.attachment(0).unwrap().contents(), b"abc");
}
