//! Which attachments are part of the body, and why. Spec: msg-format 1.9.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;
#[path = "common/watchdog.rs"]
mod watchdog;

use common::corpus_files;
use common::msg::*;
use openimsg::{
    Attachment, CompoundFile, Disposition, InlineReason, Message, OpenStream, SaveFlags, body,
    tags::*,
};
use std::collections::BTreeMap;
use std::io::Write;

const HTML: &[u8] = br#"<p>x<img src="cid:Logo%40Example.org"></p>"#;

fn inline(reason: InlineReason) -> Disposition {
    Disposition::Inline(reason)
}

fn of(attachment: &Attachment<'_>) -> Disposition {
    attachment.disposition().unwrap()
}

#[test]
fn the_reasons_are_asked_in_their_order() {
    let message = fresh();
    let logo = message.attach_file("logo.png", b"\x89PNG").unwrap();
    assert_eq!(of(&logo), Disposition::Attached);
    // A position counts in a body that was written as RTF.
    logo.set(PR_RENDERING_POSITION, 17).unwrap();
    assert_eq!(of(&logo), Disposition::Attached);
    message.set(PR_RTF_COMPRESSED, body::rtf_compress(br"{\rtf1\ansi native \objattph}")).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Placed));
    // The HTML's word goes before it.
    logo.set(PR_ATTACH_CONTENT_ID_W, "<logo@example.ORG>").unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Placed));
    message.set(PR_HTML, HTML).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Referenced));
    logo.set(PR_ATTACH_FLAGS, 3).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Referenced));
    logo.set(PR_ATTACH_FLAGS, 4).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Rendered));
    logo.set(PR_ATTACHMENT_HIDDEN, false).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Rendered));
    logo.set(PR_ATTACHMENT_HIDDEN, true).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Hidden));
    // Of another one, nothing of this is said.
    let plan = message.attach_file("plan.txt", b"x").unwrap();
    plan.set(PR_ATTACH_CONTENT_ID_W, "plan@example.org").unwrap();
    assert_eq!(of(&plan), Disposition::Attached);
}

#[test]
fn a_position_counts_only_in_a_body_that_was_written_as_rtf() {
    let native: &[u8] = br"{\rtf1\ansi x}";
    for (rtf, html, kind, expected) in [
        (native, None, None, true),
        (native, None, Some(0), true),
        (native, None, Some(2), true),
        (native, None, Some(1), false),
        (native, None, Some(3), false),
        (native, Some(HTML), None, false),
        (native, Some(HTML), Some(2), true),
        (br"{\rtf1\ansi\fromhtml1 x}", None, None, false),
        (br"{\rtf1\ansi\fromhtml1 x}", None, Some(2), false),
        (br"{\rtf1\ansi\fromtext x}", None, None, false),
        (b"no RTF", None, None, false),
    ] {
        let message = fresh();
        message.set(PR_RTF_COMPRESSED, body::rtf_compress(rtf)).unwrap();
        if let Some(html) = html {
            message.set(PR_HTML, html).unwrap();
        }
        if let Some(kind) = kind {
            message.set(PR_NATIVE_BODY_INFO, kind).unwrap();
        }
        let placed = message.attach_file("a.png", b"x").unwrap();
        placed.set(PR_RENDERING_POSITION, 0).unwrap();
        assert_eq!(of(&placed).is_inline(), expected, "{rtf:?} {html:?} {kind:?}");
    }
}

/// Spec: Q-38
#[test]
fn html_inside_rtf_and_html_as_text_name_attachments_too() {
    let in_rtf = fresh();
    let rtf: &[u8] =
        b"{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag84 <img src=\"cid:LOGO@example.org\">}}";
    in_rtf.set(PR_RTF_COMPRESSED, body::rtf_compress(rtf)).unwrap();
    let as_text = fresh();
    as_text.set(PR_BODY_HTML_W, "<img src='cid:logo@example.org'>").unwrap();
    let wide = fresh();
    let utf16 = std::iter::once(0xFEFF).chain("<img src=cid:logo@example.org>".encode_utf16());
    wide.set(PR_HTML, utf16.flat_map(u16::to_le_bytes).collect::<Vec<u8>>()).unwrap();
    for message in [in_rtf, as_text, wide] {
        let logo = message.attach_file("logo.png", b"x").unwrap();
        logo.set(PR_ATTACH_CONTENT_ID_W, "logo@example.org").unwrap();
        assert_eq!(of(&logo), inline(InlineReason::Referenced));
    }
}

#[test]
fn a_change_of_the_body_is_seen_however_it_is_made() {
    let message = fresh();
    let logo = message.attach_file("logo.png", b"x").unwrap();
    logo.set(PR_ATTACH_CONTENT_ID_W, "logo@example.org").unwrap();
    assert_eq!(of(&logo), Disposition::Attached);
    let mut stream = message.open_stream(PR_HTML.tag(), OpenStream::Create).unwrap();
    stream.write_all(HTML).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Referenced));
    stream.set_size(0).unwrap();
    assert_eq!(of(&logo), Disposition::Attached);
    drop(stream);
    message.set(PR_HTML, HTML).unwrap();
    assert_eq!(of(&logo), inline(InlineReason::Referenced));
    message.delete_props(&[PR_HTML.tag()]).unwrap();
    assert_eq!(of(&logo), Disposition::Attached);
}

#[test]
fn each_message_answers_for_its_own_attachments() {
    let bytes = build(|message| {
        message.set(PR_HTML, HTML).unwrap();
        embed(message, |inner| {
            let logo = inner.attach_file("logo.png", b"x").unwrap();
            logo.set(PR_ATTACH_CONTENT_ID_W, "logo@example.org").unwrap();
            logo.save_changes(SaveFlags::empty()).unwrap();
        });
    });
    let message = open(&bytes);
    let attachment = message.open_attach(0).unwrap();
    let logo = attachment.open_message().unwrap().open_attach(0).unwrap();
    assert_eq!(of(&logo), Disposition::Attached);
}

/// Five thousand attachments and an HTML of 16 MB that would be looked through for each: it is not.
#[test]
fn many_attachments_cost_one_look_at_the_body() {
    watchdog::begin(0);
    let mut html = vec![b'x'; 16 << 20];
    html.extend(b"<img src=\"cid:4321@x\">");
    let message = fresh();
    message.set(PR_HTML, html).unwrap();
    for number in 0..5000 {
        let attachment = message.create_attach().unwrap();
        attachment.set(PR_ATTACH_CONTENT_ID_W, format!("{number}@x")).unwrap();
        attachment.save_changes(SaveFlags::empty()).unwrap();
    }
    let mut inline = Vec::new();
    for number in message.attachment_numbers().unwrap() {
        if of(&message.open_attach(number).unwrap()).is_inline() {
            inline.push(number);
        }
    }
    assert_eq!(inline, [4321]);
}

/// References without an end, one in another, and broken bodies end, and name nothing.
#[test]
fn hostile_bodies_end() {
    for (seed, unit) in
        [(1, "\"cid:"), (2, "=cid:a"), (3, "'cid:%3C"), (4, "(cid:<"), (5, ";cid:&#")]
    {
        watchdog::begin(seed);
        let message = fresh();
        message.set(PR_HTML, unit.repeat(2_000_000).into_bytes()).unwrap();
        let attachment = message.attach_file("a", b"x").unwrap();
        attachment.set(PR_ATTACH_CONTENT_ID_W, "nobody@example.org").unwrap();
        assert_eq!(of(&attachment), Disposition::Attached, "{unit}");
    }
    for rtf in [&b""[..], b"short", &[0xFF; 40], b"{\\rtf1 plain, without a header"] {
        let message = fresh();
        message.set(PR_RTF_COMPRESSED, rtf).unwrap();
        let attachment = message.attach_file("a", b"x").unwrap();
        attachment.set(PR_ATTACH_CONTENT_ID_W, "nobody@example.org").unwrap();
        assert_eq!(of(&attachment), Disposition::Attached);
    }
}

/// All attachments of the corpus, against a naive reading of the same rule: the identifier is looked
/// for as it is in the raw bytes of the bodies.
#[test]
fn real_messages_are_read_as_a_naive_reader_reads_them() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let files = corpus_files("real_messages_are_read_as_a_naive_reader_reads_them", "msg");
    for path in &files {
        let message = Message::open(CompoundFile::open(path).unwrap()).unwrap();
        let html = message.get(PR_HTML).ok().flatten();
        let html = html.or_else(|| message.get(PR_BODY_HTML_W).ok()?.map(String::into_bytes));
        let rtf = message.bodies().rtf().unwrap_or_default().unwrap_or_default();
        let head = String::from_utf8_lossy(&rtf[..rtf.len().min(200)]).into_owned();
        let encapsulated = head.contains("\\fromhtml1");
        let text = html.clone().or_else(|| encapsulated.then(|| rtf.clone())).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).to_lowercase().replace(['\r', '\n'], "");
        let native = message.get(PR_NATIVE_BODY_INFO).unwrap();
        let is_rtf = !rtf.is_empty() && !encapsulated && !head.contains("\\fromtext");
        let placed = is_rtf && (native == Some(2) || (html.is_none() && native.unwrap_or(0) == 0));
        for number in message.attachment_numbers().unwrap() {
            let attachment = message.open_attach(number).unwrap();
            let id = attachment.get(PR_ATTACH_CONTENT_ID_W).unwrap().unwrap_or_default();
            let named = format!("cid:{}", id.trim_matches(['<', '>']).to_lowercase());
            let position = attachment.get(PR_RENDERING_POSITION).unwrap().unwrap_or(-1);
            let expected = if attachment.get(PR_ATTACHMENT_HIDDEN).unwrap() == Some(true) {
                inline(InlineReason::Hidden)
            } else if attachment.get(PR_ATTACH_FLAGS).unwrap().unwrap_or(0) & 4 != 0 {
                inline(InlineReason::Rendered)
            } else if !id.is_empty() && text.contains(&named) {
                inline(InlineReason::Referenced)
            } else if position != -1 && placed {
                inline(InlineReason::Placed)
            } else {
                Disposition::Attached
            };
            assert_eq!(of(&attachment), expected, "{} {number}", path.display());
            *counts.entry(format!("{expected:?}")).or_default() += 1;
        }
    }
    if !files.is_empty() {
        println!("{counts:?}");
        assert!(counts.contains_key("Attached") && counts.len() >= 3, "{counts:?}");
    }
}
