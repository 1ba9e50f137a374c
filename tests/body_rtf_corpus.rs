//! RTF bodies of real messages: what they say, held against other readers and the stored bodies.
//!
//! Two witnesses. RTFDE is a reader of its own; the corpus records the digest of what it made of
//! each body. `PR_BODY` is what Outlook made of RTF and plain text itself. Where ours differs from
//! RTFDE, [`EXPLAINED`] has the reason, and the test shows that it is the whole difference.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::{corpus, corpus_files, sha256};
use openimsg::body::{
    RtfBody, RtfDecompressor, RtfKind, RtfOptions, rtf_decompress, rtf_kind, rtf_to_html,
    rtf_to_text, text_to_rtf,
};
use openimsg::{CompoundFile, Finding, Message, Validation, tags::PR_RTF_COMPRESSED};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

/// A real message's RTF, the digest of what RTFDE made of it, and the stored plain body.
struct Sample {
    name: String,
    rtf: Vec<u8>,
    rtfde: Option<String>,
    plain: Option<String>,
}

/// Every message of the corpus with RTF, the messages attached to it included.
fn samples(test: &str) -> Option<Vec<Sample>> {
    let folder = corpus(test)?;
    let mut digests = BTreeMap::new();
    for entry in std::fs::read_dir(folder.join("truth/msg")).unwrap() {
        let json = std::fs::read(entry.unwrap().path()).unwrap();
        let truth: Value = serde_json::from_slice(&json).unwrap();
        if let Some(digest) = truth["rtf_opinions"]["rtfde"]["sha256"].as_str() {
            digests.insert(truth["file"].as_str().unwrap().to_owned(), digest.to_owned());
        }
    }
    let mut samples = Vec::new();
    for path in corpus_files(test, "msg") {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let name = file.strip_suffix(".msg").unwrap_or(&file).to_owned();
        let Ok(storage) = CompoundFile::open(&path) else { continue };
        let Ok(message) = Message::open(storage) else { continue };
        let mut waiting = vec![(name, message, digests.get(&format!("msg/{file}")).cloned())];
        while let Some((name, message, rtfde)) = waiting.pop() {
            for number in message.attachment_numbers().unwrap_or_default() {
                let attached = message.open_attach(number).and_then(|att| att.open_message());
                if let Ok(attached) = attached {
                    waiting.push((format!("{name}/{number}"), attached, None));
                }
            }
            let bodies = message.bodies();
            if let Ok(Some(rtf)) = bodies.rtf() {
                let plain = bodies.plain().ok().flatten();
                samples.push(Sample { name, rtf, rtfde, plain });
            }
        }
    }
    Some(samples)
}

fn html(rtf: &[u8]) -> RtfBody {
    rtf_to_html(rtf, &RtfOptions::default()).unwrap()
}

fn text(rtf: &[u8]) -> RtfBody {
    rtf_to_text(rtf, &RtfOptions::default()).unwrap()
}

/// At once and piece by piece, every value is what the readers before us agreed on.
#[test]
fn every_compressed_value_decompresses_to_the_agreed_digest() {
    let test = "every_compressed_value_decompresses_to_the_agreed_digest";
    let Some(folder) = corpus(test) else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("truth/msg")).unwrap() {
        let json = std::fs::read(entry.unwrap().path()).unwrap();
        let truth: Value = serde_json::from_slice(&json).unwrap();
        let opinion = &truth["rtf_opinions"];
        let Some(agreed) = opinion["decompressed"]["sha256"].as_str() else { continue };
        let file = truth["file"].as_str().unwrap();
        if !file.starts_with("msg/") {
            // A damaged file has the stream, but its list of properties lacks it: no body.
            continue;
        }
        let message = Message::open(CompoundFile::open(folder.join(file)).unwrap()).unwrap();
        let value = message.get(PR_RTF_COMPRESSED).unwrap().expect(file);
        assert_eq!(sha256(&value), opinion["stored_sha256"].as_str().unwrap(), "{file}");
        let whole = rtf_decompress(&value, Validation::Lenient, 256 << 20).unwrap();
        assert_eq!(sha256(&whole.bytes), agreed, "{file}");
        let mut pieces = RtfDecompressor::new(&value[..], Validation::Lenient, 256 << 20);
        let mut bytes = Vec::new();
        pieces.read_to_end(&mut bytes).unwrap();
        assert!(bytes == whole.bytes, "{file}");
        assert_eq!(pieces.findings(), whole.findings, "{file}");
        count += 1;
    }
    assert!(count >= 147, "{count}");
}

/// The one message whose RTF is damaged: a group is closed twice, and HTML goes on behind it.
const DAMAGED: &str = "aspose__New-Draft-4f1d99";

/// Spec: Q-49
#[test]
fn every_body_is_read_and_damage_is_told_of() {
    let Some(samples) = samples("every_body_is_read_and_damage_is_told_of") else { return };
    let mut kinds = [0; 3];
    for Sample { name, rtf, .. } in &samples {
        let (html, text) = (html(rtf), text(rtf));
        let codes: Vec<_> = html.findings.iter().map(Finding::code).collect();
        match name.as_str() {
            DAMAGED => assert_eq!(codes, ["rtf-after-end", "rtf-extra-close"]),
            _ => assert!(codes.is_empty(), "{name}: {codes:?}"),
        }
        assert!(!html.text.contains(['\u{FFFD}', '\0']), "{name}");
        match html.kind {
            RtfKind::Html => {
                kinds[0] += 1;
                assert!(!html.text.trim().is_empty(), "{name}");
            }
            RtfKind::Text => kinds[1] += 1,
            RtfKind::Native => kinds[2] += 1,
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(text.kind, html.kind);
        // What is text has no remains of RTF.
        for word in ["\\par", "\\htmlrtf", "\\fonttbl", "{\\*"] {
            assert!(!text.text.contains(word), "{name}: {word}");
        }
    }
    let [html, text, native] = kinds;
    eprintln!("{html} bodies of HTML, {text} of text, {native} of their own");
    assert!(html >= 101 && text >= 29 && native >= 18, "{kinds:?}");
}

/// Why a body differs from RTFDE's reading of it, and what makes ours theirs.
enum Reason {
    /// `{\pntext *\tab}` is for viewers that know no lists. RTFDE leaves the star and the tab in
    /// the HTML, beside the list's own bullet: so many of them.
    Bullets(usize),
    /// The document says `\ansicpg65001`, its bytes are UTF-8. RTFDE reads them as 1252.
    NotUtf8,
}

const EXPLAINED: &[(&str, Reason)] = &[
    ("bbottema__chinese_message_garbled", Reason::Bullets(5)),
    ("bbottema__simple_reply_with_CC", Reason::Bullets(2)),
    ("bbottema__tst_unicode", Reason::NotUtf8),
];

/// RTFDE ends lines with LF and writes no-break spaces of HTML by name.
fn as_rtfde_writes(body: &RtfBody) -> String {
    let text = body.text.replace("\r\n", "\n");
    if body.kind == RtfKind::Html { text.replace('\u{A0}', "&nbsp;") } else { text }
}

/// Bullets that RTFDE leaves where a list item begins.
fn with_bullets(html: &str, count: usize) -> String {
    let mut parts: Vec<_> = html.split("<li").map(str::to_owned).collect();
    assert_eq!(parts.len(), count + 1);
    for part in &mut parts[1..] {
        let end = part.find('>').unwrap() + 1;
        part.insert_str(end, "*\t");
    }
    parts.join("<li")
}

#[test]
fn bodies_agree_with_another_reader() {
    let Some(samples) = samples("bodies_agree_with_another_reader") else { return };
    let (mut same, mut explained) = (0, 0);
    for Sample { name, rtf, rtfde, .. } in &samples {
        let Some(theirs) = rtfde else { continue };
        let body = if rtf_kind(rtf) == RtfKind::Html { html(rtf) } else { text(rtf) };
        let mut ours = as_rtfde_writes(&body);
        match EXPLAINED.iter().find(|(explained, _)| explained == name) {
            None => same += 1,
            Some((_, reason)) => {
                explained += 1;
                assert_ne!(sha256(ours.as_bytes()), *theirs, "{name} is the same by now");
                ours = match reason {
                    Reason::Bullets(count) => with_bullets(&ours, *count),
                    Reason::NotUtf8 => {
                        let page = openimsg::CodePage::WINDOWS_1252;
                        page.decode(ours.as_bytes()).text.into_owned()
                    }
                };
            }
        }
        assert_eq!(sha256(ours.as_bytes()), *theirs, "{name}");
    }
    eprintln!("{same} bodies are the same, {explained} differ for known reasons");
    assert!(same >= 114, "{same}");
    assert_eq!(explained, EXPLAINED.len());
}

/// The lines of a text without white space at their ends and at the end of the text.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// Spec: F-080
#[test]
fn text_agrees_with_the_body_that_outlook_stored() {
    let Some(samples) = samples("text_agrees_with_the_body_that_outlook_stored") else { return };
    let mut compared = 0;
    for Sample { name, rtf, plain, .. } in &samples {
        let body = text(rtf);
        let Some(plain) = plain.as_ref().filter(|_| body.kind != RtfKind::Html) else { continue };
        compared += 1;
        assert_eq!(lines(&body.text), lines(plain), "{name}");
    }
    eprintln!("{compared} texts compared");
    assert!(compared >= 47, "{compared}");
}

/// Spec: F-080
#[test]
fn stored_texts_survive_rtf() {
    let Some(samples) = samples("stored_texts_survive_rtf") else { return };
    for Sample { name, plain, .. } in &samples {
        let Some(plain) = plain else { continue };
        let lines = plain.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        assert!(text(&text_to_rtf(plain)).text == lines, "{name}");
    }
}
