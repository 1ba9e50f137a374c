//! HTML made of RTF that has none inside. Spec: msg-format 5.9.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic and say why")]

mod common;

use common::corpus_files;
use openimsg::body::{
    RtfKind, RtfOptions, html_to_text, rtf_kind, rtf_to_html, rtf_to_text, text_to_rtf,
};
use openimsg::{CompoundFile, Message};
use proptest::prelude::*;

fn html(rtf: &[u8]) -> String {
    rtf_to_html(rtf, &RtfOptions::default()).unwrap().text
}

/// What stands in the body of the HTML of a document with this text.
fn body(text: &str) -> String {
    let fonts = r"{\fonttbl{\f0\fcharset0 Arial;}}{\colortbl;\red255\green0\blue16;}";
    let html = html(format!(r"{{\rtf1\ansi\ansicpg1252{fonts}{text}}}").as_bytes());
    assert_balanced(&html);
    let (_, after) = html.split_once("<body>\r\n").unwrap();
    after.strip_suffix("</body>\r\n</html>\r\n").unwrap().to_owned()
}

/// Every tag is closed, in order.
fn assert_balanced(html: &str) {
    let mut open = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{html}"),
            None if ["br", "meta", "img"].iter().any(|void| tag.starts_with(void)) => {}
            None => open.push(tag.split(' ').next().unwrap()),
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "{html}");
}

#[test]
fn paragraphs_and_lines() {
    assert_eq!(
        body(r"one\par\par two\line three"),
        "<p>one</p>\r\n<p><br></p>\r\n<p>two<br>\r\nthree</p>\r\n"
    );
    assert_eq!(
        body(r"\pard\qc c\par\pard l"),
        "<p style=\"text-align:center;\">c</p>\r\n<p>l</p>\r\n"
    );
    assert_eq!(body(""), "");
}

#[test]
fn text_is_never_markup() {
    assert_eq!(body(r"<b>&lt;\'e9\emdash\~"), "<p>&lt;b&gt;&amp;lt;\u{E9}&mdash;&nbsp;</p>\r\n");
}

#[test]
fn letters_end_with_their_group() {
    assert_eq!(
        body(r"a{\b b\i c}d"),
        "<p>a<span style=\"font-weight:bold;\">b</span>\
        <span style=\"font-weight:bold;font-style:italic;\">c</span>d</p>\r\n"
    );
    assert_eq!(
        body(r"\fs21\cf1 x\plain y"),
        "<p><span style=\"font-size:10.5pt;color:#ff0010;\">x</span>y</p>\r\n"
    );
    assert_eq!(
        body(r"\ul\strike x\ulnone y\strike0\super 2\nosupersub\cf0\cf9 z"),
        "<p><span style=\"text-decoration:underline line-through;\">x</span>\
        <span style=\"text-decoration:line-through;\">y</span>\
        <span style=\"vertical-align:super;\">2</span>z</p>\r\n"
    );
    // A paragraph ends them in HTML, and begins them anew.
    assert_eq!(
        body(r"\b x\par y"),
        "<p><span style=\"font-weight:bold;\">x</span></p>\r\n\
        <p><span style=\"font-weight:bold;\">y</span></p>\r\n"
    );
    assert_eq!(body(r"\b\i\b0\i0 x{\v\b no}"), "<p>x</p>\r\n");
}

#[test]
fn links_lead_to_places_that_a_message_may_lead_to() {
    let link = |target: &str| {
        body(&format!(
            r#"see {{\field{{\*\fldinst {{ HYPERLINK "{target}" }}}}{{\fldrslt {{\ul there}}}}}}."#
        ))
    };
    let there = "<span style=\"text-decoration:underline;\">there</span>";
    assert_eq!(
        link("http://a.example/?x=1&y='2"),
        format!("<p>see <a href=\"http://a.example/?x=1&amp;y='2\">{there}</a>.</p>\r\n")
    );
    assert_eq!(link("MAILTO:a@b"), format!("<p>see <a href=\"MAILTO:a@b\">{there}</a>.</p>\r\n"));
    for bad in ["javascript:alert(1)", "\\\\\\\\host\\\\share", "file:///c:/x", "data:x", ""] {
        assert_eq!(link(bad), format!("<p>see {there}.</p>\r\n"), "{bad}");
    }
    let page = r"{\field{\*\fldinst PAGE}{\fldrslt 3}}";
    assert_eq!(body(page), "<p>3</p>\r\n");
}

#[test]
fn tables_have_rows_and_cells() {
    let table =
        r"a\par\trowd\cellx1\pard\intbl 1\par 2\cell\cell\row\trowd\pard\intbl 3\cell\row\pard b";
    assert_eq!(
        body(table),
        "<p>a</p>\r\n<table style=\"border-collapse:collapse\">\r\n<tr><td><p>1</p>\r\n\
        <p>2</p>\r\n</td><td></td></tr>\r\n<tr><td><p>3</p>\r\n</td></tr>\r\n</table>\r\n<p>b</p>\r\n"
    );
}

/// The text of HTML without the places that links lead to.
fn shown(html: &str) -> String {
    html_to_text(&html.replace("<a href=", "<a name="))
}

/// The words of a text.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// The HTML and the text of real messages have the same words, and each line of the text is one
/// of the HTML's.
#[test]
fn real_messages_read_the_same_as_html_and_as_text() {
    let mut count = 0;
    for path in corpus_files("real_messages_read_the_same_as_html_and_as_text", "msg") {
        let Ok(message) = CompoundFile::open(&path).and_then(Message::open) else { continue };
        let Ok(Some(rtf)) = message.bodies().rtf() else { continue };
        if rtf_kind(&rtf) == RtfKind::Html {
            continue;
        }
        count += 1;
        let html = html(&rtf);
        assert_balanced(&html);
        let text = rtf_to_text(&rtf, &RtfOptions::default()).unwrap().text;
        assert_eq!(words(&shown(&html)), words(&text), "{}", path.display());
    }
    eprintln!("{count} bodies of RTF and of text");
    assert!(count == 0 || count >= 47, "{count}");
}

fn rtf_like() -> impl Strategy<Value = String> {
    let parts = vec![
        "{",
        "}",
        "{\\b ",
        "{\\i ",
        "\\b ",
        "\\b0 ",
        "\\par ",
        "\\line ",
        "\\pard ",
        "\\intbl ",
        "\\cell ",
        "\\row ",
        "\\nestcell ",
        "\\nestrow ",
        "\\qc ",
        "\\cf1 ",
        "\\fs20 ",
        "\\plain ",
        "x",
        " y ",
        "<",
        "&amp;",
        "{\\field{\\*\\fldinst HYPERLINK \"http://x\"}{\\fldrslt ",
        "}}",
        "\\v ",
        "{\\footnote ",
        "\\tab ",
        "\\u-10179?",
        "\\page ",
        "{\\colortbl;\\red1;}",
        "\\super ",
        "{\\pict\\jpegblip ffd8ff00",
        "{\\pict\\wmetafile8\\picwgoal20 ",
        "{\\object\\objattph ",
        "\\objattph ",
        "{\\pntext 1.\\tab}",
        "{\\fonttbl{\\f1 A'b<\"c;}{\\f2 x",
        "\\f1 ",
        "\\f2 ",
        "\\li720\\fi-360 ",
        "\\ri-9 ",
        "\\trowd\\clvmgf\\clbrdrt\\brdrs\\cellx5\\clmrg\\cellx99 ",
        "\\trowd\\clvmrg\\cellx5\\clmgf\\clcbpat1\\cellx99\\clmrg\\cellx200 ",
        "\\trowd\\clvmrg\\clmgf\\cellx5\\clvmrg\\clmrg\\cellx99\\trbrdrt\\brdrdb ",
        "{\\*\\nesttableprops\\trowd\\cellx7",
    ];
    prop::collection::vec(prop::sample::select(parts), 0..60)
        .prop_map(|parts| ["{\\rtf1 ", &parts.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_rtf_the_html_is_well_made(rtf in rtf_like()) {
        let html = html(rtf.as_bytes());
        assert_balanced(&html);
        let text = rtf_to_text(rtf.as_bytes(), &RtfOptions::default()).unwrap().text;
        let squeeze = |text: &str| text.replace(char::is_whitespace, "");
        prop_assert_eq!(squeeze(&shown(&html)), squeeze(&text));
    }

    #[test]
    fn text_shown_by_html_is_the_text(text: String) {
        let html = html(&text_to_rtf(&text));
        assert_balanced(&html);
        let (shown, text) = (html_to_text(&html), text.replace('\0', ""));
        prop_assert_eq!(words(&shown), words(&text));
    }
}
