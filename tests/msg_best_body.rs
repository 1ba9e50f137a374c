//! The one answer to "the body": which form is asked, what is made of which, and setting one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::corpus_files;
use openimsg::{
    BodySource, Code, CodePage, CompoundFile, Message, MessageOptions, NativeBody, SaveFlags,
    Session, body, tags::*,
};

const HTML_RTF: &[u8] = br"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}in RTF{\*\htmltag72 </p>}}";
const TEXT_RTF: &[u8] = br"{\rtf1\ansi\fromtext in RTF}";
const RTF: &[u8] = br"{\rtf1\ansi {\b in RTF}}";

/// A message with these bodies.
fn message(
    plain: Option<&str>,
    html: Option<&str>,
    rtf: Option<&[u8]>,
    native: Option<i32>,
    in_sync: Option<bool>,
) -> Message<'static> {
    let message = Message::create(CompoundFile::memory()).unwrap();
    if let Some(plain) = plain {
        message.set(PR_BODY_W, plain).unwrap();
    }
    if let Some(html) = html {
        message.set(PR_HTML, html.as_bytes().to_vec()).unwrap();
    }
    if let Some(rtf) = rtf {
        message.set(PR_RTF_COMPRESSED, body::rtf_compress(rtf)).unwrap();
    }
    if let Some(native) = native {
        message.set(PR_NATIVE_BODY_INFO, native).unwrap();
    }
    if let Some(in_sync) = in_sync {
        message.set(PR_RTF_IN_SYNC, in_sync).unwrap();
    }
    message
}

fn text(message: &Message<'_>) -> (String, BodySource) {
    let body = message.body_text().unwrap().unwrap();
    (body.text.trim().to_owned(), body.source)
}

fn html(message: &Message<'_>) -> (String, BodySource) {
    let body = message.body_html().unwrap().unwrap();
    (body.text, body.source)
}

#[test]
fn the_native_body_is_what_the_message_says_or_what_is_there() {
    let (plain, html, rtf) = (Some("plain"), Some("<p>html</p>"), Some(HTML_RTF));
    let best = |message: Message<'_>| message.best_body().unwrap();
    // By presence: the rows of the table in their order.
    assert_eq!(best(message(plain, None, None, None, None)), Some(NativeBody::Plain));
    for in_sync in [None, Some(true), Some(false)] {
        assert_eq!(best(message(plain, None, rtf, None, in_sync)), Some(NativeBody::Rtf));
        assert_eq!(best(message(plain, html, None, None, in_sync)), Some(NativeBody::Html));
    }
    assert_eq!(best(message(plain, html, rtf, None, Some(true))), Some(NativeBody::Rtf));
    assert_eq!(best(message(plain, html, rtf, None, Some(false))), Some(NativeBody::Html));
    assert_eq!(best(message(plain, html, rtf, None, None)), Some(NativeBody::Html));
    assert_eq!(best(message(None, None, None, None, Some(true))), None);
    // What is said comes first, if that body is there.
    assert_eq!(best(message(plain, html, rtf, Some(1), Some(true))), Some(NativeBody::Plain));
    assert_eq!(best(message(plain, html, rtf, Some(2), None)), Some(NativeBody::Rtf));
    assert_eq!(best(message(plain, html, rtf, Some(3), Some(true))), Some(NativeBody::Html));
    assert_eq!(best(message(plain, None, rtf, Some(3), None)), Some(NativeBody::Rtf));
    assert_eq!(best(message(plain, html, None, Some(4), None)), Some(NativeBody::Html));
}

#[test]
fn text_is_the_stored_one_or_made_of_what_is_there() {
    let stored = message(Some("plain"), Some("<p>html</p>"), Some(HTML_RTF), None, None);
    assert_eq!(text(&stored), ("plain".into(), BodySource::Plain));
    let of_html = message(None, Some("<p>ht<b>ml</b></p>"), None, None, None);
    assert_eq!(text(&of_html), ("html".into(), BodySource::Html));
    let of = |rtf| text(&message(None, None, Some(rtf), None, None));
    assert_eq!(of(HTML_RTF), ("in RTF".into(), BodySource::HtmlInRtf));
    assert_eq!(of(TEXT_RTF), ("in RTF".into(), BodySource::TextInRtf));
    assert_eq!(of(RTF), ("in RTF".into(), BodySource::Rtf));
    // An empty text beside another body is none; alone it is the text.
    let blank = message(Some(" \r\n"), None, Some(RTF), None, None);
    assert_eq!(text(&blank), ("in RTF".into(), BodySource::Rtf));
    let alone = message(Some(""), None, None, None, None);
    assert_eq!(text(&alone), (String::new(), BodySource::Plain));
    let none = message(None, None, None, None, None);
    assert_eq!(none.body_text().unwrap(), None);
    assert_eq!(none.body_html().unwrap(), None);
    assert_eq!(none.body_rtf().unwrap(), None);
}

#[test]
fn html_is_the_stored_one_unless_the_rtf_is_newer() {
    let both = |native, in_sync| {
        html(&message(None, Some("<p>html</p>"), Some(HTML_RTF), native, in_sync))
    };
    assert_eq!(both(None, None), ("<p>html</p>".into(), BodySource::Html));
    assert_eq!(both(None, Some(true)).1, BodySource::HtmlInRtf);
    assert_eq!(both(Some(3), Some(true)).1, BodySource::Html);
    assert_eq!(both(Some(2), None).1, BodySource::HtmlInRtf);
    let rich = message(None, Some("<p>html</p>"), Some(RTF), Some(2), None);
    assert_eq!(html(&rich).1, BodySource::Html);
    let only = html(&message(None, None, Some(HTML_RTF), None, None));
    assert_eq!((only.0.trim(), only.1), ("<p>in RTF</p>", BodySource::HtmlInRtf));
    let rich = html(&message(None, None, Some(RTF), None, None));
    assert_eq!(rich.1, BodySource::Rtf);
    assert!(rich.0.contains("in RTF") && rich.0.contains("<b"), "{}", rich.0);
    let lines = html(&message(Some("1 < 2\r\n& more"), None, None, None, None));
    assert_eq!(lines.1, BodySource::Plain);
    assert!(lines.0.contains("1 &lt; 2") && lines.0.contains("&amp; more"), "{}", lines.0);
}

#[test]
fn a_damaged_body_is_passed_over_and_told_of() {
    let damaged = message(Some("plain"), None, None, None, None);
    damaged.set(PR_RTF_COMPRESSED, &b"no"[..]).unwrap();
    let found = damaged.body_html().unwrap().unwrap();
    assert_eq!(found.source, BodySource::Plain);
    assert_eq!(found.findings.len(), 1);
    assert_eq!(found.findings[0].code(), "body-rtf");
    let alone = message(None, None, None, None, None);
    alone.set(PR_RTF_COMPRESSED, &b"no"[..]).unwrap();
    assert_eq!(alone.body_text().unwrap(), None);
}

#[test]
fn a_body_that_is_set_is_every_body() {
    let message = message(Some("old"), Some("<p>old</p>"), Some(RTF), Some(2), None);
    let rtf_of = |message: &Message<'_>| {
        let rtf = message.body_rtf().unwrap().unwrap().bytes;
        body::rtf_to_text(&rtf, &body::RtfOptions::default()).unwrap().text.trim().to_owned()
    };
    message.set_body_html("<html><body><p>Café &amp; more</p></body></html>").unwrap();
    assert_eq!(text(&message).0, "Café & more");
    assert_eq!(message.get(PR_BODY_W).unwrap().unwrap().trim(), "Café & more");
    assert_eq!(rtf_of(&message), "Café & more");
    assert_eq!(message.best_body().unwrap(), Some(NativeBody::Html));
    assert_eq!(message.get(PR_INTERNET_CPID).unwrap(), Some(65001));
    assert_eq!(message.get(PR_RTF_IN_SYNC).unwrap(), Some(true));

    message.set_body_text("Only text: 5 €").unwrap();
    assert_eq!(message.get(PR_HTML).unwrap(), None);
    assert_eq!(rtf_of(&message), "Only text: 5 €");
    assert_eq!(message.best_body().unwrap(), Some(NativeBody::Plain));

    message.set_body_rtf(RTF).unwrap();
    assert_eq!(message.get(PR_BODY_W).unwrap().unwrap().trim(), "in RTF");
    assert_eq!(message.body_rtf().unwrap().unwrap().bytes, RTF);
    assert_eq!(message.best_body().unwrap(), Some(NativeBody::Rtf));
    message.set_body_rtf(HTML_RTF).unwrap();
    // What is kept as UTF-8 says so.
    assert_eq!(
        message.bodies().html().unwrap().unwrap().trim(),
        "<meta charset=\"utf-8\"><p>in RTF</p>"
    );
    assert_eq!(message.body_rtf().unwrap().unwrap().bytes, HTML_RTF);
}

#[test]
fn html_in_an_ansi_message_keeps_its_page() {
    let options = MessageOptions::new().ansi(CodePage::new(1250).unwrap());
    let message = Message::create_with(CompoundFile::memory(), options).unwrap();
    message.set(PR_SUBJECT_W, "Łódź").unwrap();
    message.set_body_html("<p>Łódź €</p>").unwrap();
    let stored = message.get(PR_HTML).unwrap().unwrap();
    assert!(stored.is_ascii());
    assert_eq!(text(&message).0, "Łódź €");
    assert_eq!(message.get(PR_SUBJECT_W).unwrap().as_deref(), Some("Łódź"));
    assert_eq!(message.get(PR_INTERNET_CPID).unwrap(), None);
}

#[test]
fn read_only_and_closed_messages_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("read.msg");
    let made = Message::create(CompoundFile::create(&path).unwrap()).unwrap();
    made.set_body_text("text").unwrap();
    made.save_changes(SaveFlags::empty()).unwrap();
    drop(made);
    let message = Message::open(CompoundFile::open(&path).unwrap()).unwrap();
    assert_eq!(text(&message).0, "text");
    let refused = [
        message.set_body_text("x"),
        message.set_body_html("x"),
        message.set_body_rtf(b"{\\rtf1 x}"),
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().code(), Code::NoAccess);
    }
}

/// Spec: Q-49
#[test]
fn every_message_of_the_corpus_that_has_a_body_gives_it_in_every_form() {
    let files = corpus_files("best bodies", "msg");
    if files.is_empty() {
        return;
    }
    let session = Session::new();
    let (mut with_body, mut only_rtf) = (0, 0);
    for path in files {
        let name = path.display();
        let Ok(file) = CompoundFile::open(&path) else { continue };
        let Ok(message) = session.open_message(file) else { continue };
        let bodies = message.bodies();
        let stored = [
            bodies.plain().unwrap().is_some(),
            bodies.html().unwrap().is_some(),
            bodies.rtf().unwrap().is_some(),
        ];
        if stored == [false; 3] {
            assert_eq!(message.body_text().unwrap(), None, "{name}");
            continue;
        }
        with_body += 1;
        let text = message.body_text().unwrap().unwrap();
        let html = message.body_html().unwrap().unwrap();
        let rtf = message.body_rtf().unwrap().unwrap();
        assert!(rtf.bytes.starts_with(b"{\\rtf"), "{name}");
        only_rtf += usize::from(!stored[1] && stored[2]);
        // What one form says the others say.
        let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let said = words(&text.text);
        if said > 0 {
            assert!(words(&html.text) > 0, "{name}: HTML is empty");
            assert!(words(&String::from_utf8_lossy(&rtf.bytes)) > 0, "{name}: RTF is empty");
        }
    }
    assert!(with_body > 150 && only_rtf > 50, "{with_body} bodies, {only_rtf} only in RTF");
}
