//! Real mails, held against what another reader says of them.
//!
//! `data/eml_by_python.json` has the answers of the module `email` of Python 3.11 (policy `default`):
//! Subject, the addresses of From, To, Cc and Bcc, the date in seconds of 1970, and of every part without
//! parts (not those of attached mails) its type, its file name, the size and SHA-256 of its decoded
//! content, for texts the SHA-256 of the text with LF between its lines and no white space around it,
//! for attached mails their subject. Where the two differ, [`DIFFERENT`] says why.
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
use openimsg::mime::{ImportOptions, read_eml};
use openimsg::{
    AttachContent, CompoundFile, Message, RecipientType, SaveFlags, Severity, Storage, check_bytes,
    check_message, tags::*,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// File, what differs, and why. What is not here is the same.
const DIFFERENT: &[(&str, &str, &str)] = &[
    ("aspose__HtmlWithUrlSample.eml", "text", FLOWED),
    ("unstructured__email-no-utf8-2014-03-17.111517.eml", "text", FLOWED),
    ("kopano__big5.eml", "subject", RAW),
    ("kopano__big5.eml", "from", RAW),
    ("kopano__big5.eml", "to", RAW),
    ("stalwart__010.eml", "subject", RAW),
    ("stalwart__010.eml", "to", RAW),
    ("stalwart__017.eml", "to", RAW),
    ("stalwart__023.eml", "names", RAW),
    ("kopano__zcp-13449-na.eml", "text", RAW),
    ("kopano__zcp-11699-p.eml", "subject", "the charset unicodebig is UTF-16"),
    ("kopano__zcp-11699-p.eml", "text", "the charset unicodebig is UTF-16"),
    ("kopano__zcp-11699-ub.eml", "subject", "the charset unicodebig is UTF-16"),
    ("kopano__zcp-11699-ub.eml", "text", "the charset unicodebig is UTF-16"),
    ("kopano__zcp-13449-meca.eml", "subject", "of a charset that nobody knows; it looks like 1252"),
    ("kopano__zcp-11713.eml", "attachments", "what a report says is in properties, not attached"),
    ("mimekit__delivery-status.anonymized.eml", "to", "a group without members is a name"),
    ("mvz-perl__gpg_signed.eml", "bytes", "signed mail is one attachment"),
    ("stalwart__001-8aaf87.eml", "from", "a word without @ is a name"),
    ("stalwart__001-8aaf87.eml", "to", "a word without @ is a name"),
    ("stalwart__001-8aaf87.eml", "names", PATH),
    ("stalwart__035.eml", "names", PATH),
    ("stalwart__002-ec3224.eml", "attachments", "parts that cannot be told apart are text"),
    ("stalwart__003.eml", "bytes", "spaces after quoted-printable do not make it unknown"),
    ("stalwart__013.eml", "bytes", NESTED),
    ("stalwart__013.eml", "attachments", NESTED),
];
const FLOWED: &str = "lines that flow are joined";
const RAW: &str = "8-bit bytes without a charset are UTF-8 or 1252, not replaced";
const PATH: &str = "of a path the last part is the name";
const NESTED: &str = "a boundary that two levels have belongs to the inner one until that ends";

fn table() -> Value {
    serde_json::from_str(include_str!("data/eml_by_python.json")).unwrap()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read(path: &PathBuf) -> (Arc<CompoundFile>, Message<'static>) {
    let file = Arc::new(CompoundFile::memory());
    let message = Message::create(Arc::clone(&file) as Arc<dyn Storage>).unwrap();
    let options = ImportOptions { expand_tnef: false, ..ImportOptions::default() };
    read_eml(File::open(path).unwrap(), &message, &options).unwrap();
    message.save_changes(SaveFlags::KEEP_OPEN_READWRITE).unwrap();
    (file, message)
}

fn mails(test: &str) -> Vec<PathBuf> {
    let mut paths = corpus_files(test, "eml");
    paths.retain(|path| path.extension().is_some_and(|end| end == "eml"));
    paths
}

/// The text of a body as the table has it.
fn text_hash(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    sha256(lines.join("\n").trim().as_bytes())
}

/// What of one mail is not as the table has it.
fn differences(message: &Message<'_>, row: &Value) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut same = |what, ours: String, theirs: String| {
        if ours != theirs {
            found.push((what, format!("\n  ours   {ours}\n  theirs {theirs}")));
        }
    };
    let subject = message.get(PR_SUBJECT_W).unwrap();
    same(
        "subject",
        spaced(&subject.unwrap_or_default()),
        row["subject"].as_str().unwrap_or("").into(),
    );
    let people = |field: &str| -> Vec<String> {
        let list = row[field].as_array().cloned().unwrap_or_default();
        list.iter()
            .map(|pair| {
                format!("{} <{}>", pair[0].as_str().unwrap_or(""), pair[1].as_str().unwrap_or(""))
            })
            .collect()
    };
    let shown = |name: Option<String>, address: Option<String>| {
        let (name, address) = (name.unwrap_or_default(), address.unwrap_or_default());
        let name = if name == address { String::new() } else { spaced(&name) };
        format!("{name} <{address}>")
    };
    let normal = |list: Vec<String>| -> String {
        let one = |text: &String| {
            let (name, address) = text.rsplit_once(" <").unwrap();
            let address = address.trim_end_matches('>');
            if name == address { format!(" <{address}>") } else { text.clone() }
        };
        list.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let from = message
        .get(PR_SENT_REPRESENTING_NAME_W)
        .unwrap()
        .map(|name| shown(Some(name), message.get(PR_SENT_REPRESENTING_EMAIL_ADDRESS_W).unwrap()));
    same("from", normal(from.into_iter().collect()), normal(people("from")));
    for (field, kind) in
        [("to", RecipientType::To), ("cc", RecipientType::Cc), ("bcc", RecipientType::Bcc)]
    {
        let ours = message.recipients().unwrap();
        let ours = ours.iter().filter(|row| row.kind() == kind);
        let ours = ours.map(|row| shown(row.display_name(), row.address())).collect();
        same(field, normal(ours), normal(people(field)));
    }
    let date = message.get(PR_CLIENT_SUBMIT_TIME).unwrap().and_then(|time| time.unix_seconds());
    same("date", format!("{date:?}"), format!("{:?}", row["date"].as_i64()));

    // Their parts are our attachments, but for at most one text of each kind, which is a body.
    let mut numbers = message.attachment_numbers().unwrap().into_iter().peekable();
    let mut bodies = BTreeSet::new();
    for leaf in row["leaves"].as_array().unwrap() {
        let media = leaf["type"].as_str().unwrap();
        let body = match media {
            "text/plain" => message.get(PR_BODY_W).unwrap(),
            "text/html" => {
                message.get(PR_HTML).unwrap().map(|html| String::from_utf8(html).unwrap())
            }
            _ => None,
        };
        if let Some(body) = body.filter(|_| !bodies.contains(media)) {
            bodies.insert(media.to_owned());
            if media == "text/plain" {
                same("text", text_hash(&body), leaf["text"].as_str().unwrap_or("").into());
            }
            continue;
        }
        let Some(number) = numbers.next() else {
            same("attachments", "none".into(), leaf.to_string());
            continue;
        };
        let attachment = message.open_attach(number).unwrap();
        if media == "message/rfc822" {
            let AttachContent::Message(inner) = attachment.content().unwrap() else {
                same("attachments", "no message".into(), leaf.to_string());
                continue;
            };
            let subject = spaced(&inner.get(PR_SUBJECT_W).unwrap().unwrap_or_default());
            same("attachments", subject, leaf["subject"].as_str().unwrap_or("").into());
            continue;
        }
        if leaf["parts"] == true {
            // Python takes other kinds of message/* apart.
            continue;
        }
        let data = attachment.get(PR_ATTACH_DATA_BIN).unwrap().unwrap_or_default();
        let name = attachment.file_name().unwrap().unwrap_or_default();
        let theirs = leaf["name"].as_str();
        let name = match theirs {
            Some(_) => name,
            None if name.starts_with("ATT0") => String::new(),
            None => name,
        };
        same("names", name, theirs.unwrap_or_default().into());
        let ours = format!("{} {}", data.len(), sha256(&data));
        same("bytes", ours, format!("{} {}", leaf["size"], leaf["sha256"].as_str().unwrap_or("")));
    }
    if let Some(number) = numbers.next() {
        let name = message.open_attach(number).unwrap().file_name();
        same("attachments", format!("{name:?}"), "none".into());
    }
    found
}

/// Every mail of the corpus reads, and says what Python says.
#[test]
fn the_mails_of_the_corpus_are_read_as_python_reads_them() {
    let table = table();
    let (mut explained, mut wrong) = (BTreeSet::new(), Vec::new());
    for path in mails("the_mails_of_the_corpus_are_read_as_python_reads_them") {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let (_, message) = read(&path);
        for (what, how) in differences(&message, &table[&name]) {
            let known = DIFFERENT.iter().position(|row| row.0 == name && row.1 == what);
            match known {
                Some(at) => drop(explained.insert(at)),
                None => wrong.push(format!("{name}: {what}{how}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    for (at, (name, what, why)) in DIFFERENT.iter().enumerate() {
        assert!(explained.is_empty() || explained.contains(&at), "{name}: {what} is alike: {why}");
    }
}

#[test]
fn what_is_made_of_the_mails_of_the_corpus_has_nothing_to_complain_of() {
    for path in mails("what_is_made_of_the_mails_of_the_corpus_has_nothing_to_complain_of") {
        let (file, message) = read(&path);
        drop(message);
        let bytes = file.to_bytes().unwrap();
        let mut findings = check_bytes(bytes.clone()).unwrap();
        let storage: Arc<dyn Storage> = Arc::new(CompoundFile::from_bytes(bytes).unwrap());
        findings.extend(check_message(&storage).unwrap());
        findings.retain(|finding| finding.severity() > Severity::Note);
        assert!(findings.is_empty(), "{}: {findings:?}", path.display());
    }
}
