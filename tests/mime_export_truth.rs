//! Every message of the corpus as mail, parsed by another mail reader, held against what several
//! readers of messages agree on: subject, sender, date, recipients, names and bytes of attachments.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{corpus, sha256};
use mail_parser::{Address, Message as Mail, MessageParser, MimeHeaders, PartType};
use openimsg::mime::{ExportOptions, write_eml};
use openimsg::{CompoundFile, Message};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const TWICE: &str =
    "the stored address is `test@gmail.com <test@gmail.com`: one person, so one address";
const DIRECTORY: &str = "only an X.500 name is stored: the mail has the address made of it (F-097)";

/// File, field, why the mail says something else.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("aspose__appointment-draft", "sender", TWICE),
    ("aspose__appointment-draft-0f907d", "sender", TWICE),
    ("aspose__appointment-draft-220205", "sender", TWICE),
    ("aspose__appointment-draft-ba69fb", "sender", TWICE),
    ("aspose__appointment-draft-bf9cb7", "sender", TWICE),
    ("aspose__appointment-draft-ddaa95", "sender", TWICE),
    ("poi__quick", "sender", DIRECTORY),
];
/// How many messages there are.
const MESSAGES: usize = 183;

fn words(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn addresses(list: Option<&Address<'_>>) -> Vec<String> {
    let all = list.into_iter().flat_map(|list| list.iter());
    all.filter_map(|one| Some(one.address()?.to_lowercase())).collect()
}

/// The digests and the names of all parts, also of mails inside.
fn contents(mail: &Mail<'_>, digests: &mut BTreeSet<String>, names: &mut BTreeSet<String>) {
    for part in &mail.parts {
        if let Some(name) = part.attachment_name() {
            names.insert(words(name));
        }
        match &part.body {
            PartType::Message(inner) => contents(inner, digests, names),
            PartType::Multipart(_) => {}
            _ => {
                digests.insert(sha256(part.contents()));
            }
        }
    }
}

struct Told<'a> {
    truth: &'a Value,
    name: &'a str,
    differences: Vec<(String, &'static str, String)>,
    compared: usize,
}

impl Told<'_> {
    /// The values of a field that are right, if the readers agree.
    fn right(&self, field: &str) -> Option<Vec<Value>> {
        let found = &self.truth["summary"][field];
        if found["agreed"] != true {
            return None;
        }
        let mut right = vec![found["value"].clone()];
        right.extend(found["acceptable"].as_array().cloned().unwrap_or_default());
        Some(right)
    }

    fn check(&mut self, field: &'static str, good: bool, what: impl FnOnce() -> String) {
        self.compared += 1;
        if !good {
            self.differences.push((self.name.to_owned(), field, what()));
        }
    }

    fn compare(&mut self, mail: &Mail<'_>) {
        if let Some(right) = self.right("subject") {
            let own = words(mail.subject().unwrap_or_default());
            let good = right.iter().any(|one| words(one.as_str().unwrap_or_default()) == own);
            self.check("subject", good, || format!("{own:?}, not {right:?}"));
        }
        if let Some(right) = self.right("sender_email") {
            let mut own = addresses(mail.from());
            own.extend(addresses(mail.sender()));
            let right: Vec<String> =
                right.iter().filter_map(|one| Some(one.as_str()?.to_lowercase())).collect();
            let known = right.first().is_some_and(|one| one.contains('@'));
            let good = !known || right.iter().any(|one| own.contains(one));
            self.check("sender", good, || format!("{own:?}, not {right:?}"));
        }
        if let Some(right) = self.right("date")
            && right[0].is_string()
        {
            let own = mail.date().map(|date| date.to_timestamp());
            let own = own.and_then(|own| openimsg::FileTime::from_unix(own, 0)?.to_rfc3339());
            let good = right.iter().any(|one| one.as_str() == own.as_deref());
            self.check("date", good, || format!("{own:?}, not {right:?}"));
        }
        if let Some(right) = self.right("recipient_addresses") {
            let lists = [("to", mail.to()), ("cc", mail.cc()), ("bcc", mail.bcc())];
            for one in right[0].as_array().unwrap() {
                let (kind, address) = (one[0].as_str().unwrap(), one[1].as_str().unwrap_or(""));
                if !address.contains('@') {
                    continue;
                }
                let list = lists.iter().find(|(own, _)| *own == kind).and_then(|(_, list)| *list);
                let own = addresses(list);
                let good = own.contains(&address.to_lowercase());
                self.check("recipient", good, || format!("{own:?} without {address}"));
            }
        }
        let class = self.truth["summary"]["message_class"]["value"].as_str().unwrap_or_default();
        if class.to_uppercase().contains("SMIME") {
            // Its one attachment is the mail.
            return;
        }
        let (mut digests, mut names) = (BTreeSet::new(), BTreeSet::new());
        contents(mail, &mut digests, &mut names);
        let all = self.truth["summary_detail"]["attachments_in_order"].as_array();
        for one in all.cloned().unwrap_or_default() {
            if one["kind"] != "data" {
                continue;
            }
            let digest = one["sha256"].as_str().unwrap();
            self.check("content", digests.contains(digest), || one.to_string());
            if let Some(name) = one["name"].as_str().map(words).filter(|name| !name.is_empty()) {
                self.check("name", names.contains(&name), || format!("{name} not in {names:?}"));
            }
        }
    }
}

#[test]
fn every_message_of_the_corpus_is_a_mail_that_says_the_same() {
    let Some(corpus) = corpus("every_message_of_the_corpus_is_a_mail_that_says_the_same") else {
        return;
    };
    let (mut messages, mut compared) = (0, 0);
    let mut differences = Vec::new();
    let mut truths: Vec<_> =
        std::fs::read_dir(corpus.join("truth/msg")).unwrap().map(|e| e.unwrap().path()).collect();
    truths.sort();
    for path in truths {
        let truth: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let file = truth["file"].as_str().unwrap();
        if !file.starts_with("msg/") {
            continue;
        }
        let file = corpus.join(file);
        let name = Path::new(&file).file_stem().unwrap().to_str().unwrap().to_owned();
        let message = CompoundFile::open(&file).and_then(Message::open).unwrap();
        messages += 1;
        let mut out = Vec::new();
        write_eml(&message, &mut out, &ExportOptions::default()).unwrap();
        for line in out.split_inclusive(|byte| *byte == b'\n') {
            let long = line.len() > 1000 || (line.ends_with(b"\n") && !line.ends_with(b"\r\n"));
            assert!(!long, "{name}: {}", String::from_utf8_lossy(line));
        }
        let mail = MessageParser::new().parse(&out).unwrap();
        let mut told = Told { truth: &truth, name: &name, differences: Vec::new(), compared: 0 };
        told.compare(&mail);
        compared += told.compared;
        differences.extend(told.differences);
    }
    let own: BTreeSet<(&str, &str)> =
        differences.iter().map(|(name, field, _)| (name.as_str(), *field)).collect();
    let explained: BTreeSet<(&str, &str)> =
        EXPLAINED.iter().map(|(name, field, _)| (*name, *field)).collect();
    let new: Vec<_> = differences
        .iter()
        .filter(|(name, field, _)| !explained.contains(&(name.as_str(), *field)))
        .collect();
    let gone: Vec<_> = explained.difference(&own).collect();
    println!("{messages} messages, {compared} values compared, {} explained", own.len());
    assert!(new.is_empty(), "new differences: {new:#?}");
    assert!(gone.is_empty(), "differences that are none any more: {gone:#?}");
    assert_eq!(messages, MESSAGES);
}
