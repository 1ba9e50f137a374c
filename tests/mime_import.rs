//! Mails read into messages: what the specification says of each field and each part.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{Item, listing};
use openimsg::mime::{Conversion, ImportOptions, read_eml};
use openimsg::{
    AttachContent, Attachment, CodePage, CompoundFile, EntryId, FileTime, Message, NamedProp,
    PropSet, PropTag, PropType, PropValue, SaveFlags, Severity, Storage, check_bytes,
    check_message, named, read_flat_entry_list, tags::*,
};
use std::io::Cursor;
use std::sync::Arc;

fn import_with(mail: &[u8], options: &ImportOptions) -> (Message<'static>, Conversion) {
    let message = Message::create(CompoundFile::memory()).unwrap();
    let conversion = read_eml(Cursor::new(mail), &message, options).unwrap();
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    (message, conversion)
}

/// A mail that is read without anything to tell of it.
fn import(mail: &str) -> Message<'static> {
    let (message, conversion) = import_with(mail.as_bytes(), &ImportOptions::default());
    assert_eq!(conversion, Conversion::default());
    message
}

fn stored(mail: &str) -> Vec<u8> {
    let file = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    read_eml(Cursor::new(mail), &message, &ImportOptions::default()).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    drop(message);
    file.to_bytes().unwrap()
}

fn attachments<'s>(message: &Message<'s>) -> Vec<Attachment<'s>> {
    let numbers = message.attachment_numbers().unwrap();
    numbers.into_iter().map(|number| message.open_attach(number).unwrap()).collect()
}

fn text(message: &Message<'_>, tag: PropTag) -> Option<String> {
    match message.get_prop(tag).unwrap()? {
        PropValue::Unicode(text) => Some(text.to_string_lossy().into_owned()),
        other => panic!("{other:?}"),
    }
}

fn internet_header(message: &Message<'_>, name: &str) -> Option<String> {
    let name = NamedProp::text(PropSet::PS_INTERNET_HEADERS, name);
    let id = message.ids_from_names(&[name], false).unwrap()[0]?;
    text(message, PropTag::from_parts(id, PropType::PT_UNICODE))
}

/// Everything of a mail at once: alternatives, a picture of the HTML, a file, a mail inside.
const RICH: &str = "\
Received: from b by c; Tue, 05 Mar 2024 14:03:30 +0000\r\n\
Received: from a by b; Tue, 05 Mar 2024 14:03:25 +0000\r\n\
From: \"Silva, Ana\" <ana@example.org>\r\n\
Sender: office@example.org\r\n\
To: Bo <bo@example.org>, Team: c@example.org, D <d@example.org>;\r\n\
Cc: =?utf-8?Q?J=C3=A9?= <j@example.org>\r\n\
Bcc: hidden@example.org\r\n\
Reply-To: Desk <desk@example.org>, other@example.org\r\n\
Date: Tue, 05 Mar 2024 15:03:22 +0100\r\n\
Subject: RE: Minutes =?iso-8859-1?Q?f=FCr?=\r\n Mai\r\n\
Message-ID: <1@example.org>\r\n\
In-Reply-To: <0@example.org>\r\n\
References: <a@example.org>\r\n\t<0@example.org>\r\n\
Thread-Index: AQHaaaaaaaaaaaaaaaaaaaaaaaaaaA==\r\n\
Importance: high\r\n\
Sensitivity: Company-Confidential\r\n\
Keywords: boat, harbour; sea\r\n\
X-Mailer: Tester 1.0\r\n\
X-Own: =?utf-8?Q?=C3=A9?=\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=mixed\r\n\
\r\n\
This is a multi-part message in MIME format.\r\n\
--mixed\r\n\
Content-Type: multipart/related; boundary=related; type=\"multipart/alternative\"\r\n\
\r\n\
--related\r\n\
Content-Type: multipart/alternative; boundary=alternative\r\n\
\r\n\
--alternative\r\n\
Content-Type: text/plain; charset=iso-8859-1\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
Gr=FC=DFe\r\n\
--alternative\r\n\
Content-Type: text/html; charset=utf-8\r\n\
\r\n\
<html><body><p>Grüße</p><img src=\"cid:logo@example.org\"></body></html>\r\n\
--alternative--\r\n\
--related\r\n\
Content-Type: IMAGE/PNG; name=logo.png\r\n\
Content-ID: <logo@example.org>\r\n\
Content-Disposition: inline; filename=logo.png\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
iVBORw0KGgo=\r\n\
--related\r\n\
Content-Type: image/gif\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
R0lG\r\n\
--related--\r\n\
--mixed\r\n\
Content-Type: application/pdf\r\n\
Content-Disposition: attachment; filename*=utf-8''a%20pl%C3%A4n.pdf; \r\n\
\tmodification-date=\"Mon, 04 Mar 2024 10:00:00 +0000\"\r\n\
Content-Description: the plan\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
JVBERi0=\r\n\
--mixed\r\n\
Content-Type: message/rfc822\r\n\
\r\n\
From: inner@example.org\r\n\
To: ana@example.org\r\n\
Subject: Inside\r\n\
\r\n\
inner text\r\n\
--mixed\r\n\
Content-Type: application/octet-stream\r\n\
\r\n\
\x01\x02\r\n\
--mixed--\r\n";

/// Spec: F-101, Q-91
#[test]
fn recipients_are_whole_rows() {
    let message = import(RICH);
    let rows = message.recipients().unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            let Some(PropValue::Long(kind)) = row.get(PR_RECIPIENT_TYPE.tag()) else { panic!() };
            (*kind, row.display_name().unwrap(), row.address().unwrap())
        })
        .collect();
    let expected = [
        (1, "Bo", "bo@example.org"),
        (1, "c@example.org", "c@example.org"),
        (1, "D", "d@example.org"),
        (2, "Jé", "j@example.org"),
        (3, "hidden@example.org", "hidden@example.org"),
    ];
    assert_eq!(found, expected.map(|(kind, n, a)| (kind, n.to_owned(), a.to_owned())));
    for (row, (_, name, address)) in rows.iter().zip(expected) {
        let wide = |text: &str| Some(PropValue::Unicode(text.into()));
        for (tag, value) in [
            (0x3001_001F, wide(name)),
            (0x3002_001F, wide("SMTP")),
            (0x3003_001F, wide(address)),
            (0x39FE_001F, wide(address)),
            (0x3A20_001F, wide(name)),
            (0x5FF6_001F, wide(name)),
            (0x0FFE_0003, Some(PropValue::Long(6))),
            (0x3900_0003, Some(PropValue::Long(0))),
            (0x5FFD_0003, Some(PropValue::Long(1))),
            (0x0E0F_000B, Some(PropValue::Boolean(true))),
        ] {
            assert_eq!(row.get(PropTag::new(tag)), value.as_ref(), "{tag:08X} of {address}");
        }
        let key = [b"SMTP:", address.to_uppercase().as_bytes(), b"\0"].concat();
        assert_eq!(row.get(PropTag::new(0x300B_0102)), Some(&PropValue::Binary(key)));
        for tag in [0x0FFF_0102, 0x5FF7_0102] {
            let Some(PropValue::Binary(id)) = row.get(PropTag::new(tag)) else { panic!() };
            let EntryId::OneOff(id) = EntryId::parse(id).unwrap() else { panic!() };
            assert_eq!((id.name.as_str(), id.address.as_str()), (name, address));
            assert_eq!((id.address_type.as_str(), id.options), ("SMTP", 0x9001));
        }
    }
    let shown = [PR_DISPLAY_TO_W, PR_DISPLAY_CC_W, PR_DISPLAY_BCC_W];
    let shown = shown.map(|tag| message.get(tag).unwrap().unwrap());
    assert_eq!(shown, ["Bo; c@example.org; D", "Jé", "hidden@example.org"]);
}

/// Spec: F-102
#[test]
fn the_header_is_kept_as_it_stands() {
    let header = RICH.split_once("\r\n\r\n").unwrap().0;
    let message = import(RICH);
    let kept = message.get(PR_TRANSPORT_MESSAGE_HEADERS_W).unwrap().unwrap();
    assert_eq!(kept, format!("{header}\r\n"));
    // 8-bit bytes are UTF-8, else 1252.
    let (message, _) =
        import_with(b"Subject: \xFCber\n\tx\nX: 1\n\ntext", &ImportOptions::default());
    let kept = message.get(PR_TRANSPORT_MESSAGE_HEADERS_W).unwrap().unwrap();
    assert_eq!(kept, "Subject: über\n\tx\nX: 1\n");
}

/// Spec: F-103
#[test]
fn a_subject_has_a_prefix_and_a_rest() {
    let message = import("Subject: RE: x\r\n\r\n");
    assert_eq!(message.get(PR_SUBJECT_PREFIX_W).unwrap().as_deref(), Some("RE: "));
    assert_eq!(message.get(PR_NORMALIZED_SUBJECT_W).unwrap().as_deref(), Some("x"));
    assert_eq!(message.get(PR_CONVERSATION_TOPIC_W).unwrap().as_deref(), Some("x"));
    let message = import("Subject: RE: x\r\nThread-Topic: y\r\n\r\n");
    assert_eq!(message.get(PR_CONVERSATION_TOPIC_W).unwrap().as_deref(), Some("y"));
    assert_eq!(import("From: a@example.org\r\n\r\n").get(PR_SUBJECT_W).unwrap(), None);
}

/// Spec: F-104
#[test]
fn importance_goes_before_what_other_programs_call_it() {
    for (fields, expected) in [
        ("X-Priority: 1", 2),
        ("X-Priority: 1 (Highest)\r\nImportance: low", 0),
        ("X-Priority: 5", 0),
        ("X-Priority: 3", 1),
        ("Priority: urgent\r\nX-Priority: 5", 2),
        ("Priority: non-urgent", 0),
        ("X-MSMail-Priority: High", 2),
        ("Importance: HIGH", 2),
        ("X-Other: 1", 1),
    ] {
        let message = import(&format!("{fields}\r\n\r\n"));
        assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(expected), "{fields}");
    }
}

/// Spec: F-105
#[test]
fn pictures_of_the_html_are_marked_and_hidden() {
    let message = import(RICH);
    let attached = attachments(&message);
    let logo = &attached[0];
    assert_eq!(logo.get(PR_ATTACH_CONTENT_ID_W).unwrap().as_deref(), Some("logo@example.org"));
    assert_eq!(logo.get(PR_ATTACH_MIME_TAG_W).unwrap().as_deref(), Some("image/png"));
    // The second one has no name and so is nothing but a part of the body.
    for picture in &attached[..2] {
        assert_eq!(picture.get(PR_ATTACH_FLAGS).unwrap(), Some(4));
        assert_eq!(picture.get(PR_ATTACHMENT_HIDDEN).unwrap(), Some(true));
    }
    for file in &attached[2..] {
        assert_eq!(file.get(PR_ATTACH_FLAGS).unwrap().unwrap_or(0) & 4, 0);
        assert_ne!(file.get(PR_ATTACHMENT_HIDDEN).unwrap(), Some(true));
    }
}

/// Spec: F-108
#[test]
fn what_has_no_name_gets_a_number_and_the_extension_of_its_type() {
    let message = import(RICH);
    let names: Vec<_> =
        attachments(&message).iter().map(|a| a.file_name().unwrap().unwrap()).collect();
    let expected = ["logo.png", "ATT00001.gif", "a plän.pdf", "Inside", "ATT00002.dat"];
    assert_eq!(names, expected);
}

#[test]
fn attachments_have_what_their_parts_tell() {
    let message = import(RICH);
    let attached = attachments(&message);
    let plan = &attached[2];
    assert_eq!(plan.get(PR_ATTACH_METHOD).unwrap(), Some(1));
    assert_eq!(plan.get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"%PDF-"[..]));
    assert_eq!(plan.get(PR_ATTACH_LONG_FILENAME_W).unwrap().as_deref(), Some("a plän.pdf"));
    assert_eq!(plan.get(PR_ATTACH_FILENAME_W).unwrap().as_deref(), Some("APLN~1.PDF"));
    assert_eq!(plan.get(PR_ATTACH_EXTENSION_W).unwrap().as_deref(), Some(".pdf"));
    assert_eq!(plan.get(PR_DISPLAY_NAME_W).unwrap().as_deref(), Some("the plan"));
    assert_eq!(plan.get(PR_RENDERING_POSITION).unwrap(), Some(-1));
    let modified = plan.get(PR_LAST_MODIFICATION_TIME).unwrap().unwrap();
    assert_eq!(modified.to_rfc3339().as_deref(), Some("2024-03-04T10:00:00Z"));
    let AttachContent::Message(inner) = attached[3].content().unwrap() else { panic!() };
    assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Inside"));
    assert_eq!(inner.get(PR_BODY_W).unwrap().as_deref(), Some("inner text"));
    assert_eq!(inner.recipients().unwrap()[0].address().as_deref(), Some("ana@example.org"));
    let headers = inner.get(PR_TRANSPORT_MESSAGE_HEADERS_W).unwrap().unwrap();
    assert!(headers.starts_with("From: inner@example.org\r\n"));
    assert_eq!(attached[3].get(PR_DISPLAY_NAME_W).unwrap().as_deref(), Some("Inside"));
    assert_eq!(attached[3].get(PR_ATTACH_LONG_FILENAME_W).unwrap(), None);
    assert_eq!(attached[4].get(PR_ATTACH_DATA_BIN).unwrap().as_deref(), Some(&b"\x01\x02"[..]));
}

/// Spec: F-107
#[test]
fn a_mail_inside_is_a_message_inside() {
    let file: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(stored(RICH)).unwrap());
    let message = Message::open(Arc::clone(&file)).unwrap();
    assert_eq!(attachments(&message)[3].get(PR_ATTACH_METHOD).unwrap(), Some(5));
    drop(message);
    let inner = "/__attach_version1.0_#00000003/__substg1.0_3701000D";
    let items = listing(file);
    let Item::Stream(Ok(props)) = &items[&format!("{inner}/__properties_version1.0")] else {
        panic!()
    };
    assert_eq!((props.len() - 24) % 16, 0);
    assert!(items.contains_key("/__nameid_version1.0"));
    assert!(!items.keys().any(|path| path.starts_with(inner) && path.contains("__nameid")));
}

/// What the writer makes breaks no rule, and nothing that the checks warn of.
#[test]
fn what_is_made_has_nothing_to_complain_of() {
    for mail in [RICH, "", "\r\n", "no header at all", "Subject: x\r\n\r\nonly text\r\n"] {
        let bytes = stored(mail);
        let mut findings = check_bytes(bytes.clone()).unwrap();
        let file: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(bytes).unwrap());
        findings.extend(check_message(&file).unwrap());
        findings.retain(|finding| finding.severity() > Severity::Note);
        assert!(findings.is_empty(), "{mail:?}: {findings:?}");
    }
}

#[test]
fn people_dates_and_fields_are_properties() {
    let message = import(RICH);
    let get = |tag| message.get(tag).unwrap().unwrap_or_default();
    assert_eq!(get(PR_SUBJECT_W), "RE: Minutes für Mai");
    assert_eq!(get(PR_SENT_REPRESENTING_NAME_W), "Silva, Ana");
    assert_eq!(get(PR_SENT_REPRESENTING_ADDRTYPE_W), "SMTP");
    assert_eq!(get(PR_SENT_REPRESENTING_EMAIL_ADDRESS_W), "ana@example.org");
    assert_eq!(get(PR_SENT_REPRESENTING_SMTP_ADDRESS_W), "ana@example.org");
    assert_eq!(get(PR_SENDER_NAME_W), "office@example.org");
    assert_eq!(get(PR_SENDER_SMTP_ADDRESS_W), "office@example.org");
    let key = message.get(PR_SENT_REPRESENTING_SEARCH_KEY).unwrap().unwrap();
    assert_eq!(key, b"SMTP:ANA@EXAMPLE.ORG\0");
    assert!(message.get(PR_SENDER_ENTRYID).unwrap().is_some());
    assert_eq!(get(PR_REPLY_RECIPIENT_NAMES_W), "Desk; other@example.org");
    let entries = message.get(PR_REPLY_RECIPIENT_ENTRIES).unwrap().unwrap();
    let entries = read_flat_entry_list(&entries).unwrap();
    let entries: Vec<_> = entries
        .iter()
        .map(|id| match EntryId::parse(id).unwrap() {
            EntryId::OneOff(id) => id.address,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(entries, ["desk@example.org", "other@example.org"]);
    let time = |tag| message.get(tag).unwrap().and_then(FileTime::to_rfc3339).unwrap();
    assert_eq!(time(PR_CLIENT_SUBMIT_TIME), "2024-03-05T14:03:22Z");
    assert_eq!(time(PR_MESSAGE_DELIVERY_TIME), "2024-03-05T14:03:30Z");
    assert_eq!(get(PR_INTERNET_MESSAGE_ID_W), "<1@example.org>");
    assert_eq!(get(PR_IN_REPLY_TO_ID_W), "<0@example.org>");
    assert_eq!(get(PR_INTERNET_REFERENCES_W), "<a@example.org> <0@example.org>");
    assert_eq!(message.get(PR_CONVERSATION_INDEX).unwrap().unwrap().len(), 22);
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
    assert_eq!(message.get(PR_SENSITIVITY).unwrap(), Some(3));
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap().map(|flags| flags & 0x9), Some(1));
    assert_eq!(get(PR_MESSAGE_CLASS_W), "IPM.Note");
    let keywords = message.get(named::PID_NAME_KEYWORDS).unwrap().unwrap();
    assert_eq!(keywords, ["boat", "harbour", "sea"]);
    assert_eq!(internet_header(&message, "x-mailer").as_deref(), Some("Tester 1.0"));
    assert_eq!(internet_header(&message, "x-own").as_deref(), Some("é"));
    assert_eq!(internet_header(&message, "received"), None);
    assert_eq!(internet_header(&message, "importance"), None);
}

#[test]
fn requests_flags_and_lists_are_read() {
    let message = import(
        "From: a@example.org\r\nReturn-Receipt-To: a@example.org\r\n\
         Disposition-Notification-To: Ana <ana@example.org>\r\nX-Message-Flag: Call back\r\n\
         Reply-By: Tue, 05 Mar 2024 14:00:00 +0000\r\nExpiry-Date: 6 Mar 24 14:00 EST\r\n\
         List-Unsubscribe: <mailto:x@example.org>\r\nPrecedence: bulk\r\n\
         Auto-Submitted: auto-replied\r\nX-MS-Exchange-Organization-SCL: 5\r\n\
         Content-Language: de-DE\r\nContent-Class: voice\r\nContent-ID: <top@example.org>\r\n\
         X-Unsent: 1\r\n\r\n",
    );
    assert_eq!(message.get(PR_ORIGINATOR_DELIVERY_REPORT_REQUESTED).unwrap(), Some(true));
    assert_eq!(message.get(PR_READ_RECEIPT_REQUESTED).unwrap(), Some(true));
    assert_eq!(message.get(PR_NON_RECEIPT_NOTIFICATION_REQUESTED).unwrap(), Some(true));
    let to = message.get(PID_TAG_READ_RECEIPT_SMTP_ADDRESS).unwrap();
    assert_eq!(to.as_deref(), Some("ana@example.org"));
    assert!(message.get(PR_READ_RECEIPT_ENTRYID).unwrap().is_some());
    let request = message.get(named::PID_LID_FLAG_REQUEST).unwrap();
    assert_eq!(request.as_deref(), Some("Call back"));
    assert_eq!(message.get(PR_FLAG_STATUS).unwrap(), Some(2));
    let time = |tag| message.get(tag).unwrap().and_then(FileTime::to_rfc3339).unwrap();
    assert_eq!(time(PR_REPLY_TIME), "2024-03-05T14:00:00Z");
    assert_eq!(time(PR_EXPIRY_TIME), "2024-03-06T19:00:00Z");
    let list = message.get(PR_LIST_UNSUBSCRIBE_W).unwrap();
    assert_eq!(list.as_deref(), Some("<mailto:x@example.org>"));
    assert_eq!(message.get(PR_INTERNET_PRECEDENCE_W).unwrap().as_deref(), Some("bulk"));
    assert_eq!(message.get(PR_AUTO_RESPONSE_SUPPRESS).unwrap(), Some(-1));
    assert_eq!(message.get(PR_CONTENT_FILTER_SCL).unwrap(), Some(5));
    assert_eq!(message.get(PR_MESSAGE_LOCALE_ID).unwrap(), Some(0x0407));
    let class = message.get(PR_MESSAGE_CLASS_W).unwrap();
    assert_eq!(class.as_deref(), Some("IPM.Note.Microsoft.Voicemail.UM"));
    assert_eq!(message.get(PR_BODY_CONTENT_ID_W).unwrap().as_deref(), Some("top@example.org"));
    // A draft: not sent, not read.
    assert_eq!(message.get(PR_MESSAGE_FLAGS).unwrap().map(|flags| flags & 0x9), Some(8));
}

#[test]
fn bodies_are_stored_as_they_are_and_told_apart() {
    let message = import(RICH);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("Grüße"));
    let html = String::from_utf8(message.get(PR_HTML).unwrap().unwrap()).unwrap();
    assert!(html.contains("<p>Grüße</p>"));
    assert_eq!(message.get(PR_INTERNET_CPID).unwrap(), Some(65001));
    assert_eq!(message.get(PR_NATIVE_BODY_INFO).unwrap(), Some(3));
    assert_eq!(message.get(PR_RTF_COMPRESSED).unwrap(), None);
    assert_eq!(message.get(PR_RTF_IN_SYNC).unwrap(), None);
    let options = ImportOptions { rtf: true, ..ImportOptions::default() };
    let (message, _) = import_with(RICH.as_bytes(), &options);
    assert!(message.get(PR_RTF_COMPRESSED).unwrap().is_some());
    assert_eq!(message.get(PR_RTF_IN_SYNC).unwrap(), Some(true));
    let message = import("Content-Type: text/plain; format=flowed\n\na \nb\n> c \n> d\n");
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("a b\r\n> c d\r\n"));
    assert_eq!(message.get(PR_NATIVE_BODY_INFO).unwrap(), Some(1));
    assert_eq!(message.get(PR_HTML).unwrap(), None);
}

fn part(fields: &str, body: &str) -> String {
    format!("--x\r\n{fields}\r\n\r\n{body}\r\n")
}

fn multi(kind: &str, parts: &[String]) -> String {
    format!("Content-Type: multipart/{kind}; boundary=x\r\n\r\n{}--x--\r\n", parts.concat())
}

/// The first text on the way to the body is the body; every other one is an attachment.
#[test]
fn texts_beside_the_body_are_attachments() {
    let plain = |text: &str| part("Content-Type: text/plain", text);
    let named = |text: &str| {
        part("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt", text)
    };
    let html = part("Content-Type: text/html", "<p>h</p>");
    let picture = part("Content-Type: image/png; name=p.png", "x");
    for (mail, body, has_html, attached) in [
        (multi("mixed", &[plain("one"), plain("two")]), Some("one"), false, vec!["ATT00001.txt"]),
        (multi("mixed", &[named("one"), plain("two")]), Some("two"), false, vec!["a.txt"]),
        (multi("mixed", &[picture.clone(), plain("t")]), Some("t"), false, vec!["p.png"]),
        (multi("mixed", &[plain("t"), html.clone()]), Some("t"), false, vec!["ATT00001.html"]),
        (multi("alternative", &[plain("t"), html.clone()]), Some("t"), true, vec![]),
        (multi("alternative", &[html.clone(), plain("t")]), Some("t"), true, vec![]),
        (multi("related", &[html.clone(), picture]), None, true, vec!["p.png"]),
        (multi("mixed", &[named("only")]), None, false, vec!["a.txt"]),
        (multi("unheard-of", &[plain("t")]), Some("t"), false, vec![]),
    ] {
        let message = import(&mail);
        assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), body, "{mail}");
        assert_eq!(message.get(PR_HTML).unwrap().is_some(), has_html, "{mail}");
        let names: Vec<_> =
            attachments(&message).iter().map(|a| a.file_name().unwrap().unwrap()).collect();
        assert_eq!(names, attached, "{mail}");
    }
}

/// Whatever ends a line, it is the same mail.
#[test]
fn the_ends_of_lines_do_not_matter() {
    let expected = import(RICH);
    for end in ["\n", "\r", "\r\r\n"] {
        let (message, conversion) =
            import_with(RICH.replace("\r\n", end).as_bytes(), &ImportOptions::default());
        assert_eq!(conversion, Conversion::default(), "{end:?}");
        for tag in [PR_SUBJECT_W, PR_BODY_W, PR_DISPLAY_TO_W, PR_INTERNET_REFERENCES_W] {
            assert_eq!(message.get(tag).unwrap(), expected.get(tag).unwrap(), "{end:?}");
        }
        for (one, other) in attachments(&message).iter().zip(attachments(&expected)) {
            assert_eq!(one.file_name().unwrap(), other.file_name().unwrap());
            let data = |a: &Attachment<'_>| a.get(PR_ATTACH_DATA_BIN).unwrap_or_default();
            assert_eq!(data(one), data(&other), "{end:?}");
        }
        assert_eq!(attachments(&message).len(), 5);
    }
}

/// Damage costs what is damaged, and is told.
#[test]
fn broken_mail_is_read_as_far_as_it_goes() {
    let read = |mail: &str| import_with(mail.as_bytes(), &ImportOptions::default());
    let codes = |conversion: &Conversion| -> Vec<_> {
        conversion.findings.iter().map(|finding| finding.code()).collect()
    };
    // The last boundary is missing.
    let (message, conversion) = read(RICH.strip_suffix("--mixed--\r\n").unwrap());
    assert_eq!(codes(&conversion), ["mail-boundary"]);
    assert_eq!(attachments(&message).len(), 5);
    // Those of the inner levels are missing.
    let mail = RICH.replace("--alternative--\r\n", "").replace("--related--\r\n", "");
    let (message, conversion) = read(&mail);
    assert_eq!(codes(&conversion), ["mail-boundary"; 2]);
    assert_eq!(attachments(&message).len(), 5);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("Grüße"));
    // No empty line after the header.
    let (message, conversion) = read("Subject: x\r\nThis is text\r\nand more\r\n");
    assert_eq!(codes(&conversion), ["mail-header"]);
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"));
    let body = message.get(PR_BODY_W).unwrap();
    assert_eq!(body.as_deref(), Some("This is text\r\nand more\r\n"));
    // What programs put before a mail.
    for before in ["From ana@example.org Tue Mar  5 14:03:22 2024\r\n", "\u{FEFF}", "\r\n\r\n"] {
        let (message, conversion) = read(&format!("{before}Subject: x\r\n\r\ntext"));
        assert_eq!(codes(&conversion), Vec::<&str>::new());
        assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("x"), "{before:?}");
        assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("text"));
    }
    // A date that is none; a charset that nobody knows; bytes that are no characters.
    let (message, conversion) = read("Date: yesterday\r\n\r\n");
    assert_eq!(
        (codes(&conversion), message.get(PR_CLIENT_SUBMIT_TIME).unwrap()),
        (vec!["mail-date"], None)
    );
    let (message, conversion) = import_with(
        b"Content-Type: text/plain; charset=no-such\r\n\r\n\xE9",
        &ImportOptions { code_page: CodePage::new(1251), ..ImportOptions::default() },
    );
    assert_eq!(codes(&conversion), ["mail-charset"]);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("й"));
    let (message, conversion) = import_with(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xFFa",
        &ImportOptions::default(),
    );
    assert_eq!(codes(&conversion), ["mail-characters"]);
    assert_eq!(message.get(PR_BODY_W).unwrap().as_deref(), Some("\u{FFFD}a"));
}

/// A mail in a transfer encoding, which no mail may have, is a mail all the same; one that is nested
/// too deeply stays a file.
#[test]
fn mails_inside_are_read_to_the_depth_that_is_allowed() {
    let inner = "Subject: Inside\r\n\r\ntext\r\n";
    let quoted = inner.replace('\n', "=0A").replace('\r', "=0D");
    let mail = multi(
        "mixed",
        &[
            part("Content-Type: text/plain", "t"),
            part(
                "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable",
                &quoted,
            ),
        ],
    );
    let message = import(&mail);
    let AttachContent::Message(inside) = attachments(&message)[0].content().unwrap() else {
        panic!()
    };
    assert_eq!(inside.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Inside"));
    assert_eq!(inside.get(PR_BODY_W).unwrap().as_deref(), Some("text\r\n"));
    let mut nested = "Subject: level 0\r\n\r\ntext".to_owned();
    for level in 1..=4 {
        nested = format!("Subject: level {level}\r\nContent-Type: message/rfc822\r\n\r\n{nested}");
    }
    let mut options = ImportOptions::default();
    options.limits.embedded_depth = 2;
    let (message, conversion) = import_with(nested.as_bytes(), &options);
    assert_eq!(conversion.losses.len(), 1);
    assert_eq!(conversion.losses[0].code, "embedded-depth");
    let mut at = message;
    for level in [4, 3, 2] {
        let subject = at.get(PR_SUBJECT_W).unwrap();
        assert_eq!(subject, Some(format!("level {level}")));
        let attachment = attachments(&at).remove(0);
        match attachment.content().unwrap() {
            AttachContent::Message(inner) => at = inner,
            _ => {
                let data = attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap();
                assert!(data.starts_with(b"Subject: level 1\r\n"));
                assert_eq!(level, 2);
            }
        }
    }
}
