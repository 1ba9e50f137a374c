//! What people want to know of a message, held against what several other readers agree on.
//!
//! The truth files of the corpus were made from the raw streams by other readers. For each field they
//! hold the value that most of them give, whether they agree, and where several values are right, all of
//! them. What this test compares: all 183 messages, every field, every agreed value. Where ours differs,
//! the difference stands in [`EXPLAINED`] with its reason; one that is new, or gone, fails the test.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{corpus, sha256};
use openimsg::{
    AttachContent, CompoundFile, DateSource, FileTime, Mailbox, Message, RecipientType,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// Why our answer is another one than the readers agree on.
const FROM_HEADER: &str = "no time is stored; the field Date of the transport headers is the time";
const REPRESENTED: &str = "no sender is stored: who is represented sent it, and has this name";
const ONE_OFF: &str =
    "who is represented has an empty address and a one-off entry identifier with one";
const BY_HEADER: &str =
    "only an X.500 name is stored; the header From has the same name and an SMTP address";
const ORG_ADDRESS: &str =
    "only an X.500 name is stored; PR_ORG_EMAIL_ADDR (403E) of the row has the SMTP address";
const NAME_IS_ADDRESS: &str = "no address is stored; the display name is one (msg-format 2.6.5)";

/// File, field, our answer, the reason.
const EXPLAINED: &[(&str, &str, &str, &str)] = &[
    ("aspose__MSG_file_with_RTF_Formatting", "sender_name", r#""sender@sender.com""#, REPRESENTED),
    ("aspose__Message", "date", r#""2015-06-29T20:56:01Z""#, FROM_HEADER),
    ("aspose__Message-544eda", "date", r#""2015-06-29T20:56:42Z""#, FROM_HEADER),
    ("aspose__Message-dac74b", "date", r#""2016-11-18T10:49:18Z""#, FROM_HEADER),
    ("aspose__message3", "sender_name", r#""sender@sender.com""#, REPRESENTED),
    ("aspose__messageWithEmbeddedEML", "sender_name", r#""sender@sender.com""#, REPRESENTED),
    (
        "bbottema__tst_unicode",
        "recipient_rows",
        r#"[["to","doesnotexist@doesnt.com","doesnotexist@doesnt.com"]]"#,
        NAME_IS_ADDRESS,
    ),
    (
        "bbottema__tst_unicode",
        "recipients",
        r#"[["to","doesnotexist@doesnt.com","doesnotexist@doesnt.com"]]"#,
        NAME_IS_ADDRESS,
    ),
    ("bbottema__tst_unicode", "sender_name", r#""m.kalejs@outlook.com""#, REPRESENTED),
    (
        "lolo-msgviewer__Newsletter_fu_r_UCI_KINOWELT_Annenhof_(Graz)",
        "recipient_addresses",
        r#"[["to","martin.oberzalek@salomon.at"]]"#,
        ORG_ADDRESS,
    ),
    (
        "lolo-msgviewer__Newsletter_fu_r_UCI_KINOWELT_Annenhof_(Graz)",
        "recipient_rows",
        r#"[["to","Oberzalek Martin","martin.oberzalek@salomon.at"]]"#,
        ORG_ADDRESS,
    ),
    (
        "lolo-msgviewer__Newsletter_fu_r_UCI_KINOWELT_Annenhof_(Graz)",
        "recipients",
        r#"[["to","Oberzalek Martin","martin.oberzalek@salomon.at"]]"#,
        ORG_ADDRESS,
    ),
    ("lolo-msgviewer__test_out", "date", r#""2010-11-30T18:04:06Z""#, FROM_HEADER),
    ("marirs-rs__test_email", "sender_name", r#""marirs@outlook.com""#, REPRESENTED),
    ("mvz-perl__rtf_uc_unsent", "sender_email", r#""test@example.com""#, ONE_OFF),
    ("mvz-perl__rtf_uc_unsent", "sender_name", r#""Test User""#, REPRESENTED),
    ("mvz-perl__rtf_unsent", "sender_email", r#""test@example.com""#, ONE_OFF),
    ("mvz-perl__rtf_unsent", "sender_name", r#""Test User""#, REPRESENTED),
    ("poi__outlook_30_msg", "sender_email", r#""nick.cramer@pnl.gov""#, BY_HEADER),
];

/// How many messages there are.
const MESSAGES: usize = 183;
/// Fields that the readers do not agree on: two texts of two ANSI files and a body of one.
const NOT_AGREED: usize = 3;

/// The truth's addresses are in lower case, without brackets.
fn bare(address: Option<String>) -> String {
    address.unwrap_or_default().trim_matches(['<', '>', ' ']).to_lowercase()
}

/// The time of the truth is in whole seconds.
fn seconds(time: FileTime) -> Option<String> {
    FileTime::from_unix(time.unix_seconds()?, 0)?.to_rfc3339()
}

/// The truth has the times at which a message went from one to the other; contacts and notes have
/// none, and [`DateSource`] tells so.
fn date(message: &Message<'_>) -> Option<String> {
    let date = message.date().unwrap()?;
    if !date.source.is_of_mail() {
        assert!(matches!(date.source, DateSource::Created | DateSource::Modified));
        return None;
    }
    seconds(date.time)
}

fn digest(bytes: &[u8]) -> Value {
    json!([bytes.len(), sha256(bytes)])
}

/// Name, kind, and bytes where it is bytes.
fn attachments(message: &Message<'_>) -> Vec<(Option<String>, &'static str, Value)> {
    let mut all = Vec::new();
    for number in message.attachment_numbers().unwrap() {
        let attachment = message.open_attach(number).unwrap();
        let (kind, content) = match attachment.content().unwrap() {
            AttachContent::Bytes(mut data) => {
                let mut bytes = Vec::new();
                data.read_to_end(&mut bytes).unwrap();
                // What is written is what is stored.
                let mut written = Vec::new();
                attachment.as_file().unwrap().unwrap().write_to(&mut written).unwrap();
                assert_eq!(bytes, written);
                ("data", digest(&bytes))
            }
            AttachContent::Message(_) => ("message", Value::Null),
            AttachContent::Storage(_) => ("storage", Value::Null),
            other => panic!("{other:?}"),
        };
        all.push((attachment.file_name().unwrap(), kind, content));
    }
    all
}

/// Our answers, field by field, in the form of the truth.
fn answers(message: &Message<'_>) -> Vec<(&'static str, Value)> {
    use openimsg::tags::{PR_MESSAGE_CLASS_W, PR_SUBJECT_W};
    let text = |value: Option<String>| json!(value.unwrap_or_default());
    let sender: Mailbox = message.sender().unwrap().unwrap_or_default();
    let subject = message.get(PR_SUBJECT_W).unwrap().map(|text| text.trim().to_owned());
    let email = bare(sender.address);

    let mut rows = Vec::new();
    for row in message.recipients().unwrap() {
        let kind = match row.kind() {
            RecipientType::To => "to",
            RecipientType::Cc => "cc",
            RecipientType::Bcc => "bcc",
            other => panic!("{other:?}"),
        };
        rows.push((kind, row.display_name().unwrap_or_default(), bare(row.address())));
    }
    let in_order = json!(rows);
    rows.sort();
    // Where there is no address, the truth has the name.
    let or_name = |(kind, name, address): &(&'static str, String, String)| {
        (*kind, if address.is_empty() { name.clone() } else { address.clone() })
    };
    let mut addresses: Vec<_> = rows.iter().map(or_name).collect();
    addresses.sort();

    let attachments = attachments(message);
    let data = || attachments.iter().filter(|(_, kind, _)| *kind == "data");
    let mut names: Vec<_> = data().map(|(name, _, _)| name.clone().unwrap_or_default()).collect();
    names.sort();
    let mut contents: Vec<_> = data().map(|(_, _, content)| content.clone()).collect();
    contents.sort_by_key(|content| (content[0].as_u64(), content[1].as_str().map(str::to_owned)));
    let listed: Vec<_> = attachments.iter().map(|(name, kind, _)| json!([name, kind])).collect();

    let bodies = message.bodies();
    let plain = bodies.plain().unwrap().and_then(|text| {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim_matches(python_space);
        (!text.is_empty()).then(|| json!(sha256(text.as_bytes())))
    });
    // NULs at the end belong to no text; we keep what is stored.
    let rtf = bodies.rtf().unwrap().map(|rtf| digest(without_nuls(&rtf)));
    vec![
        ("message_class", text(message.get(PR_MESSAGE_CLASS_W).unwrap())),
        ("subject", text(subject)),
        ("sender_name", text(sender.name)),
        ("sender_email", if email.is_empty() { Value::Null } else { json!(email) }),
        ("date", json!(date(message))),
        ("recipients", json!(rows)),
        ("recipient_rows", in_order),
        ("recipient_addresses", json!(addresses)),
        ("attachment_count", json!(attachments.len())),
        ("attachment_names", json!(names)),
        ("attachment_contents", json!(contents)),
        ("attachment_rows", json!(listed)),
        ("body", json!(plain)),
        ("rtf", json!(rtf)),
    ]
}

fn without_nuls(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &bytes[..end]
}

/// White space as the truth was trimmed: with the separators U+001C to U+001F.
fn python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1C}'..='\u{1F}').contains(&c)
}

/// The values of the truth that are right; `None` where the readers do not agree.
fn right(truth: &Value, field: &str) -> Option<Vec<Value>> {
    let detail = &truth["summary_detail"];
    let rows = |list: &str, row: fn(&Value) -> Value| {
        Some(vec![detail[list].as_array().unwrap().iter().map(row).collect()])
    };
    match field {
        "recipient_rows" => {
            return rows("recipients_in_order", |row| {
                let name = row["name"].as_str().unwrap_or_default();
                json!([row["type"], name, bare(row["email"].as_str().map(str::to_owned))])
            });
        }
        "attachment_rows" => {
            return rows("attachments_in_order", |row| json!([row["name"], row["kind"]]));
        }
        _ => {}
    }
    let summary = &truth["summary"][field];
    if summary["agreed"] != json!(true) {
        return None;
    }
    let value = summary["value"].clone();
    let value = match field {
        "body" => value.get("sha256_norm").cloned().unwrap_or_default(),
        "rtf" if !value.is_null() => json!([value["len"], value["sha256"]]),
        _ => value,
    };
    let mut right: Vec<Value> = summary["acceptable"].as_array().cloned().unwrap_or_default();
    right.push(value);
    Some(right)
}

fn messages(folder: &Path) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder.join("truth/msg")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let truth: Value = serde_json::from_slice(&bytes).unwrap();
        let file = truth["file"].as_str().unwrap().to_owned();
        // Two of the files are broken on purpose; other tests have them.
        if file.starts_with("msg/") {
            all.push((file, truth));
        }
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

#[test]
fn our_answers_are_those_that_other_readers_agree_on() {
    let Some(folder) = corpus("our_answers_are_those_that_other_readers_agree_on") else { return };
    let messages = messages(&folder);
    assert_eq!(messages.len(), MESSAGES);
    let mut differences = BTreeSet::new();
    let (mut compared, mut not_agreed) = (0, 0);
    for (file, truth) in &messages {
        let message = Message::open(CompoundFile::open(folder.join(file)).unwrap()).unwrap();
        let name = file.trim_start_matches("msg/").trim_end_matches(".msg");
        for (field, ours) in answers(&message) {
            let Some(right) = right(truth, field) else {
                not_agreed += 1;
                continue;
            };
            compared += 1;
            let empty = |value: &Value| value.is_null() || *value == json!("");
            if !right.iter().any(|right| *right == ours || (empty(right) && empty(&ours))) {
                differences.insert((name.to_owned(), field.to_owned(), ours.to_string()));
            }
        }
    }
    let known: BTreeSet<_> = EXPLAINED
        .iter()
        .map(|(name, field, ours, _)| ((*name).to_owned(), (*field).to_owned(), (*ours).to_owned()))
        .collect();
    let new: Vec<_> = differences.difference(&known).collect();
    let gone: Vec<_> = known.difference(&differences).collect();
    assert!(new.is_empty() && gone.is_empty(), "new: {new:#?}\ngone: {gone:#?}");
    assert_eq!(not_agreed, NOT_AGREED);
    assert_eq!(compared, MESSAGES * 14 - NOT_AGREED);
}
