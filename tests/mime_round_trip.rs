//! There and back: a message as mail as a message, and a mail as a message as a mail. Both mails are
//! read by another mail reader. Spec: msg-format 6.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{corpus_files, sha256};
use mail_parser::{Address, Message as Mail, MessageParser, PartType};
use openimsg::mime::{ExportOptions, ImportOptions, read_eml, write_eml};
use openimsg::{
    CompoundFile, FileTime, Message, Modify, Recipient, RecipientType, SaveFlags, Severity,
    Storage, check_file, named::*, tags::*,
};
use std::io::{Cursor, Read};
use std::sync::Arc;

fn export(message: &Message<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write_eml(message, &mut out, &ExportOptions::default()).unwrap();
    out
}

/// The mail as a message in a file in memory, saved.
fn import(mail: &[u8]) -> Arc<CompoundFile> {
    let file = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&file);
    let message = Message::create(storage).unwrap();
    read_eml(Cursor::new(mail), &message, &ImportOptions::default()).unwrap();
    message.save_changes(SaveFlags::empty()).unwrap();
    file
}

fn open(file: &CompoundFile) -> Message<'static> {
    Message::open(CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap()).unwrap()
}

/// Spec: F-109
#[test]
fn a_message_comes_back_from_mail() {
    let message = Message::create(CompoundFile::memory()).unwrap();
    let sent = FileTime::from_unix(1_709_647_402, 0).unwrap();
    message.set(PR_SUBJECT_W, "RE: Grüße aus 東京").unwrap();
    message.set(PR_CLIENT_SUBMIT_TIME, sent).unwrap();
    message.set(PR_MESSAGE_DELIVERY_TIME, sent).unwrap();
    message.set(PR_INTERNET_MESSAGE_ID_W, "<one@example.org>").unwrap();
    message.set(PR_IN_REPLY_TO_ID_W, "<zero@example.org>").unwrap();
    message.set(PR_INTERNET_REFERENCES_W, "<root@example.org> <zero@example.org>").unwrap();
    message.set(PR_IMPORTANCE, 2).unwrap();
    message.set(PR_SENSITIVITY, 3).unwrap();
    message.set(PID_NAME_KEYWORDS, &["red", "blue sky"][..]).unwrap();
    message.set(PR_SENT_REPRESENTING_NAME_W, "Ana Silva").unwrap();
    message.set(PR_SENT_REPRESENTING_ADDRTYPE_W, "SMTP").unwrap();
    message.set(PR_SENT_REPRESENTING_EMAIL_ADDRESS_W, "ana@example.org").unwrap();
    message.set(PR_BODY_W, "Olá,\r\n\r\nwe sail at noon.\r\n").unwrap();
    let html = "<html><head><meta charset=\"utf-8\"></head><body><p>Olá, <img src=\"cid:pic@example.org\"></p></body></html>";
    message.set(PR_INTERNET_CPID, 65001).unwrap();
    message.set(PR_HTML, html.as_bytes()).unwrap();
    message.set(PR_NATIVE_BODY_INFO, 3).unwrap();
    let rows = [
        Recipient::new("Ben, the Cook", "ben@example.org"),
        Recipient::new("Cleo", "cleo@example.org").cc(),
        Recipient::new("Dão", "dao@example.org").bcc(),
    ];
    message.modify_recipients(Modify::Add, &rows).unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let file = message.attach_file("Übersicht.bin", &bytes).unwrap();
    file.save_changes(SaveFlags::empty()).unwrap();
    let picture = message.attach_file("pic.png", b"\x89PNG\r\n").unwrap();
    picture.set(PR_ATTACH_CONTENT_ID_W, "pic@example.org").unwrap();
    picture.save_changes(SaveFlags::empty()).unwrap();
    let (attachment, inner) = message.attach_message("inside").unwrap();
    inner.set(PR_SUBJECT_W, "inside").unwrap();
    inner.set(PR_BODY_W, "deep\r\n").unwrap();
    inner.save_changes(SaveFlags::empty()).unwrap();
    attachment.save_changes(SaveFlags::empty()).unwrap();

    let again = open(&import(&export(&message)));
    for tag in [
        PR_SUBJECT_W,
        PR_SUBJECT_PREFIX_W,
        PR_NORMALIZED_SUBJECT_W,
        PR_INTERNET_MESSAGE_ID_W,
        PR_IN_REPLY_TO_ID_W,
        PR_INTERNET_REFERENCES_W,
        PR_SENT_REPRESENTING_NAME_W,
        PR_SENT_REPRESENTING_EMAIL_ADDRESS_W,
        PR_BODY_W,
        PR_DISPLAY_TO_W,
        PR_DISPLAY_CC_W,
    ] {
        assert_eq!(again.get(tag).unwrap(), message.get(tag).unwrap(), "{tag:?}");
    }
    for tag in [PR_IMPORTANCE, PR_SENSITIVITY, PR_NATIVE_BODY_INFO] {
        assert_eq!(again.get(tag).unwrap(), message.get(tag).unwrap(), "{tag:?}");
    }
    assert_eq!(again.get(PR_CLIENT_SUBMIT_TIME).unwrap(), Some(sent));
    assert_eq!(again.get(PID_NAME_KEYWORDS).unwrap(), message.get(PID_NAME_KEYWORDS).unwrap());
    assert_eq!(again.bodies().html().unwrap().as_deref(), Some(html));
    let people = |message: &Message<'_>| -> Vec<(RecipientType, String, String)> {
        let rows = message.recipients().unwrap();
        let one =
            |row: &Recipient| (row.kind(), row.display_name().unwrap(), row.address().unwrap());
        rows.iter().map(one).collect()
    };
    assert_eq!(people(&again), people(&message));
    let mut found = Vec::new();
    for number in again.attachment_numbers().unwrap() {
        let attachment = again.open_attach(number).unwrap();
        if attachment.has_message().unwrap() {
            let inner = attachment.open_message().unwrap();
            assert_eq!(inner.get(PR_SUBJECT_W).unwrap().as_deref(), Some("inside"));
            assert_eq!(inner.get(PR_BODY_W).unwrap().as_deref(), Some("deep\r\n"));
            continue;
        }
        let data = attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap();
        let id = attachment.get(PR_ATTACH_CONTENT_ID_W).unwrap();
        found.push((attachment.file_name().unwrap().unwrap(), id, data));
    }
    found.sort();
    let expected = [
        ("pic.png".to_owned(), Some("pic@example.org".to_owned()), b"\x89PNG\r\n".to_vec()),
        ("Übersicht.bin".to_owned(), None, bytes),
    ];
    assert_eq!(found, expected);
}

const WITH_WINMAIL: &str = "From: Ana <ana@example.org>\r\nTo: ben@example.org\r\nSubject: Plan\r\n\
    Date: Tue, 5 Mar 2024 14:03:22 +0000\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee it\r\n\
    --b\r\nContent-Type: application/ms-tnef; name=\"winmail.dat\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\n";

/// Spec: F-106
#[test]
fn winmail_dat_is_expanded_into_properties_and_attachments() {
    use base64::Engine as _;
    let mut tnef = vec![0x78, 0x9F, 0x3E, 0x22, 0x01, 0x00];
    let mut put = |level: u8, id: u32, data: &[u8]| {
        tnef.push(level);
        tnef.extend(id.to_le_bytes());
        tnef.extend((data.len() as u32).to_le_bytes());
        tnef.extend(data);
        let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        tnef.extend(sum.to_le_bytes());
    };
    // One property: PR_IMPORTANCE, high.
    let mut list = 1_u32.to_le_bytes().to_vec();
    list.extend([0x03, 0x00, 0x17, 0x00, 2, 0, 0, 0]);
    put(1, 0x0006_9003, &list);
    put(2, 0x0006_9002, &[1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0]);
    put(2, 0x0001_8010, b"plan.txt\0");
    put(2, 0x0006_800F, b"first this");
    let coded = base64::engine::general_purpose::STANDARD.encode(&tnef);
    let mail = format!("{WITH_WINMAIL}{coded}\r\n--b--\r\n");
    let message = open(&import(mail.as_bytes()));
    assert_eq!(message.get(PR_IMPORTANCE).unwrap(), Some(2));
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Plan"));
    assert_eq!(message.recipients().unwrap()[0].address().as_deref(), Some("ben@example.org"));
    let numbers = message.attachment_numbers().unwrap();
    assert_eq!(numbers.len(), 1);
    let attachment = message.open_attach(numbers[0]).unwrap();
    assert_eq!(attachment.file_name().unwrap().as_deref(), Some("plan.txt"));
    assert_eq!(attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap(), b"first this");
}

/// What of a mail means something, as another reader sees it.
#[derive(Debug, PartialEq)]
struct Seen {
    fields: Vec<(&'static str, String)>,
    texts: Vec<String>,
    parts: Vec<String>,
}

fn people(list: Option<&Address<'_>>) -> String {
    let all = list.into_iter().flat_map(|list| list.iter());
    let one = |one: &mail_parser::Addr<'_>| {
        let name = words(one.name().unwrap_or_default());
        let address = one.address().unwrap_or_default().to_owned();
        if name.eq_ignore_ascii_case(&address) { address } else { format!("{name} <{address}>") }
    };
    all.map(one).collect::<Vec<_>>().join(", ")
}

fn words(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn seen(mail: &[u8]) -> Seen {
    let mail = MessageParser::new().parse(mail).unwrap();
    let ids =
        |value: &mail_parser::HeaderValue<'_>| value.as_text_list().unwrap_or_default().join(" ");
    let fields = vec![
        ("subject", words(mail.subject().unwrap_or_default())),
        ("from", people(mail.from())),
        ("to", people(mail.to())),
        ("cc", people(mail.cc())),
        ("bcc", people(mail.bcc())),
        ("reply-to", people(mail.reply_to())),
        ("date", mail.date().map(|date| date.to_timestamp().to_string()).unwrap_or_default()),
        ("message-id", mail.message_id().unwrap_or_default().to_owned()),
        ("references", ids(mail.references())),
        ("in-reply-to", ids(mail.in_reply_to())),
    ];
    let mut parts = Vec::new();
    contents(&mail, &mut parts);
    parts.sort();
    // Only text that is text in the mail: of HTML, each reader makes what it likes.
    let plain = mail.text_body.first().and_then(|at| match &mail.parts[*at as usize].body {
        PartType::Text(text) => Some(words(text)),
        _ => None,
    });
    let texts = plain.into_iter().filter(|text| !text.is_empty()).collect();
    Seen { fields, texts, parts }
}

/// The digest of each attachment, the words of those that are texts, also of those in mails inside.
fn contents(mail: &Mail<'_>, parts: &mut Vec<String>) {
    for part in mail.attachments() {
        match &part.body {
            PartType::Message(inner) => {
                parts.push(format!("mail {}", words(inner.subject().unwrap_or_default())));
                contents(inner, parts);
            }
            PartType::Multipart(_) => {}
            // In which charset a text is sent does not matter.
            PartType::Text(text) | PartType::Html(text) => parts.push(words(text)),
            _ => parts.push(sha256(part.contents())),
        }
    }
}

const WINMAIL: &str = "winmail.dat is replaced by what is in it";
const NAMED: &str = "winmail.dat names the recipient, the header does not";
const CHARSET: &str =
    "the reader of this test does not know the charset, or the raw eight bits; ours does";
const ORGANIZER: &str = "the mail names nobody; its calendar has an organizer and attendees";
const CALENDAR: &str = "the calendar is read into properties and written of them again";
const REPORT: &str =
    "a report on reading is a message class with properties, and written of them again";
const NOBODY: &str = "a name with the address <>: written as a group without members";
const DECODED: &str =
    "the reader of this test leaves this encoding undecoded; Python's email decodes as ours";
const BODY: &str = "what this reader calls an attachment is the body, or a mail, by its type";
const BOUNDARY: &str = "a boundary without its end: this reader takes the other form into the text";

/// File, what differs, why.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("aspose__tnefWithMsgInside.eml", "parts", WINMAIL),
    ("aspose__tnefWithMsgInside.eml", "to", NAMED),
    ("kopano__big5.eml", "from", CHARSET),
    ("kopano__big5.eml", "subject", CHARSET),
    ("kopano__big5.eml", "to", CHARSET),
    ("kopano__kc-138-2.eml", "cc", ORGANIZER),
    ("kopano__kc-138-2.eml", "from", ORGANIZER),
    ("kopano__kc-138-2.eml", "parts", CALENDAR),
    ("kopano__zcp-11699-p.eml", "subject", CHARSET),
    ("kopano__zcp-11699-p.eml", "text", CHARSET),
    ("kopano__zcp-11699-ub.eml", "subject", CHARSET),
    ("kopano__zcp-11699-ub.eml", "text", CHARSET),
    ("kopano__zcp-11713.eml", "parts", REPORT),
    ("kopano__zcp-11713.eml", "references", REPORT),
    ("kopano__zcp-11713.eml", "subject", CHARSET),
    ("kopano__zcp-11713.eml", "text", CHARSET),
    ("kopano__zcp-13449-meca.eml", "subject", CHARSET),
    ("mimekit__delivery-status.anonymized.eml", "to", NOBODY),
    ("mimekit__rich-text.eml", "parts", WINMAIL),
    ("mimekit__ukr.eml", "parts", WINMAIL),
    ("stalwart__001-8aaf87.eml", "from", NOBODY),
    ("stalwart__001-8aaf87.eml", "to", NOBODY),
    ("stalwart__002-3ebc62.eml", "parts", DECODED),
    ("stalwart__002-ec3224.eml", "parts", BODY),
    ("stalwart__010.eml", "subject", CHARSET),
    ("stalwart__010.eml", "to", CHARSET),
    ("stalwart__017.eml", "parts", DECODED),
    ("stalwart__017.eml", "to", CHARSET),
    ("stalwart__021.eml", "text", BOUNDARY),
    ("stalwart__022.eml", "parts", BODY),
    ("tika__testEML_embedded_xhtml_and_img.eml", "parts", DECODED),
    ("unstructured__mime-no-body.eml", "parts", DECODED),
];

/// Spec: F-110
#[test]
fn mails_of_the_corpus_come_back_from_messages() {
    let mut differences = Vec::new();
    let files = corpus_files("mails_of_the_corpus_come_back_from_messages", "eml");
    let mut checked = 0;
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut mail = Vec::new();
        std::fs::File::open(&path).unwrap().read_to_end(&mut mail).unwrap();
        let file = import(&mail);
        let place =
            std::env::temp_dir().join(format!("openimsg-trip-{}-{name}.msg", std::process::id()));
        std::fs::write(&place, file.to_bytes().unwrap()).unwrap();
        let findings = check_file(&place).unwrap();
        let bad: Vec<_> = findings.iter().filter(|f| f.severity() > Severity::Note).collect();
        std::fs::remove_file(&place).unwrap();
        assert!(bad.is_empty(), "{name}: {bad:?}");
        let back = export(&open(&file));
        let (before, after) = (seen(&mail), seen(&back));
        for ((field, one), (_, other)) in before.fields.iter().zip(&after.fields) {
            // What the mail does not say, a message says all the same: when it was made, what it is called.
            let made = one.is_empty() && matches!(*field, "date" | "message-id");
            if one != other && !made {
                differences.push((name.clone(), *field, format!("{one:?} -> {other:?}")));
            }
        }
        if !before.texts.is_empty() && before.texts != after.texts {
            differences.push((
                name.clone(),
                "text",
                format!("{:.300?} -> {:.300?}", before.texts, after.texts),
            ));
        }
        let mut left = after.parts.clone();
        let missing = |part: &&String| match left.iter().position(|own| own == *part) {
            Some(at) => {
                left.swap_remove(at);
                false
            }
            None => true,
        };
        let missing: Vec<&String> = before.parts.iter().filter(missing).collect();
        if !missing.is_empty() {
            let what = format!("{missing:.300?} not in {:.300?}", after.parts);
            differences.push((name.clone(), "parts", what));
        }
        checked += 1;
    }
    println!("{checked} mails, {} differences", differences.len());
    let explained = |(name, field, _): &&(String, &str, String)| {
        EXPLAINED.iter().any(|(own, of, _)| own == name && of == field)
    };
    let new: Vec<_> = differences.iter().filter(|one| !explained(one)).collect();
    for (name, field, what) in &new {
        println!("{name} {field}: {what}");
    }
    let gone = EXPLAINED.iter().filter(|(name, field, _)| {
        checked > 0 && !differences.iter().any(|(own, of, _)| own == name && of == field)
    });
    let gone: Vec<_> = gone.collect();
    assert!(new.is_empty() && gone.is_empty(), "{} new differences, gone: {gone:?}", new.len());
}
