//! What people want to know of a message, held against what several other readers agree on.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{corpus, sha256};
use openimsg::{CompoundFile, Mailbox, Message, RecipientType, tags::*};
use serde_json::{Value, json};

fn lower(text: &str) -> String {
    text.trim().trim_matches(['<', '>', '\'']).to_lowercase()
}

fn address(mailbox: &Mailbox) -> String {
    mailbox.address.as_deref().map(lower).unwrap_or_default()
}

fn answers(message: &Message<'_>) -> Vec<(&'static str, Value)> {
    let text = |value: Option<String>| json!(value.unwrap_or_default());
    let sender = message.sender().unwrap().unwrap_or_default();
    let date = message.date().unwrap().filter(|date| date.source.is_of_mail());
    let seconds = date.map(|date| {
        let whole = date.time.unix_seconds().unwrap();
        openimsg::FileTime::from_unix(whole, 0).unwrap().to_rfc3339().unwrap()
    });
    let mut recipients = Vec::new();
    for row in message.recipients().unwrap() {
        let kind = match row.kind() {
            RecipientType::To => "to",
            RecipientType::Cc => "cc",
            RecipientType::Bcc => "bcc",
            _ => "?",
        };
        let name = row.display_name().unwrap_or_default();
        recipients.push((kind, name, address(&row.mailbox())));
    }
    recipients.sort();
    let mut addresses: Vec<(&str, &str)> =
        recipients.iter().map(|(kind, _, address)| (*kind, address.as_str())).collect();
    addresses.sort();
    vec![
        ("message_class", text(message.get(PR_MESSAGE_CLASS_W).unwrap())),
        ("subject", text(message.get(PR_SUBJECT_W).unwrap())),
        ("sender_name", text(sender.name.clone())),
        ("sender_email", json!(address(&sender))),
        ("date", json!(seconds)),
        ("recipients", json!(recipients)),
        ("recipient_addresses", json!(addresses)),
    ]
}

#[test]
fn probe() {
    let Some(folder) = corpus("probe") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(folder.join("truth/msg")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in files {
        let truth: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let file = truth["file"].as_str().unwrap();
        if !file.starts_with("msg/") {
            continue;
        }
        let message = Message::open(CompoundFile::open(folder.join(file)).unwrap()).unwrap();
        for (field, ours) in answers(&message) {
            let theirs = &truth["summary"][field];
            if theirs["agreed"] != json!(true) {
                println!("NOTAGREED {file} {field} {ours}");
                continue;
            }
            let ok = theirs["value"] == ours
                || (theirs["value"].is_null() && ours == json!(""))
                || theirs["acceptable"].as_array().is_some_and(|a| a.contains(&ours));
            if !ok {
                println!("DIFF {file} {field}\n   ours   {ours}\n   theirs {}", theirs["value"]);
            }
        }
    }
    let _ = sha256(b"");
}
