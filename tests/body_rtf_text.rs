//! Plain text out of RTF and into it.

#![allow(clippy::unwrap_used, reason = "a test may panic and say why")]

use openimsg::body::{RtfKind, RtfOptions, rtf_kind, rtf_to_html, rtf_to_text, text_to_rtf};
use openimsg::{Code, Validation};
use proptest::prelude::*;

fn text(rtf: &str) -> String {
    let body = rtf_to_text(rtf.as_bytes(), &RtfOptions::default()).unwrap();
    assert_eq!(body.findings, [], "{rtf}");
    body.text
}

/// Spec: F-080
#[test]
fn text_inside_rtf_comes_out_as_text_with_its_blank_lines() {
    let rtf = r"{\rtf1\ansi\ansicpg1252\fromtext \fbidis \deff0{\fonttbl
{\f0\fswiss Arial;}{\f1\fmodern Courier New;}}
{\colortbl\red0\green0\blue0;}
\uc1\pard\plain\deftab360 \f0\fs20 <p> &amp; \{x\}\par
\par
\par
 two  spaces\tab tab\line nbsp\~shy\_opt\-ional \'80 \lquote q\rquote\par
{\*\unknown no}{\pntext no}end}";
    let expected = "<p> &amp; {x}\r\n\r\n\r\n two  spaces\ttab\r\n\
        nbsp\u{A0}shy\u{AD}optional \u{20AC} \u{2018}q\u{2019}\r\nend";
    assert_eq!(text(rtf), expected);
    assert_eq!(rtf_kind(rtf.as_bytes()), RtfKind::Text);
    // As HTML it is text that is shown, not markup of its own.
    let html = rtf_to_html(rtf.as_bytes(), &RtfOptions::default()).unwrap();
    assert_eq!(html.kind, RtfKind::Text);
    assert!(html.text.contains("&lt;p&gt; &amp;amp; {x}<br>\r\n<br>\r\n<br>\r\n&nbsp;two &nbsp;"));
}

/// Spec: msg-format 5.9
#[test]
fn rtf_of_its_own_reads_as_it_is_shown() {
    assert_eq!(
        text(r"{\rtf1\ansi {\b bold} plain\par\pard next\line line}"),
        "bold plain\r\nnext\r\nline"
    );
    let table =
        r"{\rtf1\trowd\cellx1 a\cell b\cell\row\trowd\pard\intbl c\cell \cell\row\pard end}";
    assert_eq!(text(table), "a\tb\r\nc\t\r\nend");
    let list = r"{\rtf1{\pntext\f2\'b7\tab}{\*\pn\pnlvlblt}one\par{\listtext 2.\tab}two}";
    assert_eq!(text(list), "\u{B7}\tone\r\n2.\ttwo");
    let field = r#"see {\field{\*\fldinst HYPERLINK "http://x"}{\fldrslt{\ul there}}}."#;
    assert_eq!(text(&format!(r"{{\rtf1 {field}}}")), "see there.");
    assert_eq!(
        text(r"{\rtf1 a{\v hidden}\deleted gone\deleted0 b{\footnote {\i note}}c}"),
        "ab [note]c"
    );
    assert_eq!(text(r"{\rtf1{\header no}{\*\shpinst{\sp no}{\shptxt box\par}}a}"), "box\r\na");
    assert_eq!(text("{\\rtf1 non\\_break\\\r\nnext}"), "non\u{2011}break\r\nnext");
    assert_eq!(
        text(r"{\rtf1{\fonttbl{\f2\fcharset2 Symbol;}}\f2\u-3913 ?\u61623\'b7x}"),
        "\u{B7}\u{B7}x"
    );
}

/// Spec: msg-format 5.4, 5.9
#[test]
fn the_text_of_html_inside_rtf_is_what_the_rtf_shows() {
    let rtf = r"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 a{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 b{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0 c}";
    assert_eq!(text(rtf), "a\u{A0}b\r\nc");
}

#[test]
fn html_that_is_all_in_tags_has_a_text_too() {
    let rtf =
        r"{\rtf1\ansicpg1251\fromhtml1{\*\htmltag64}{\*\htmltag <p>\'cf&amp;<b>b</b></p><br/>c}}";
    assert_eq!(text(rtf), "\u{41F}&b\r\n\r\nc");
}

/// Spec: msg-format 5.7 (13)
#[test]
fn what_is_no_rtf_is_the_text() {
    let options = RtfOptions::default();
    let body = rtf_to_text(b"caf\xC3\xA9\n2", &options).unwrap();
    assert_eq!((body.text.as_str(), body.kind), ("caf\u{E9}\r\n2", RtfKind::NotRtf));
    assert_eq!(body.findings[0].code(), "rtf-none");
    assert_eq!(rtf_to_text(b"", &options).unwrap().text, "");
    let html = rtf_to_html(b"a < b", &options).unwrap();
    assert!(html.text.contains("a &lt; b"));
}

/// Spec: F-081
#[test]
fn groups_nested_deeply_cost_no_stack() {
    let mut deep = b"{\\rtf1\\fromhtml1 a".to_vec();
    deep.extend(std::iter::repeat_n(b'{', 100_000));
    deep.push(b'b');
    for closed in [false, true] {
        if closed {
            deep.extend(std::iter::repeat_n(b'}', 100_000));
            deep.extend_from_slice(b"c}");
        }
        let body = rtf_to_html(&deep, &RtfOptions::default()).unwrap();
        assert_eq!(body.text, if closed { "abc" } else { "ab" });
        assert_eq!(body.findings[0].code(), "rtf-depth");
        assert_eq!(rtf_to_text(&deep, &RtfOptions::default()).unwrap().text, body.text);
        let mut strict = RtfOptions::default();
        strict.validation = Validation::Strict;
        assert_eq!(rtf_to_html(&deep, &strict).unwrap_err().code(), Code::TooComplex);
    }
}

#[test]
fn limits_are_errors() {
    let mut options = RtfOptions::default();
    options.text_bytes = Some(3);
    assert_eq!(rtf_to_text(b"{\\rtf1 abc}", &options).unwrap().text, "abc");
    assert_eq!(rtf_to_text(b"{\\rtf1 abcd}", &options).unwrap_err().code(), Code::TooBig);
    assert_eq!(rtf_to_html(b"{\\rtf1\\fromhtml1 <}", &options).unwrap_err().code(), Code::TooBig);
    assert_eq!(rtf_to_html(b"{\\rtf1 a}", &options).unwrap_err().code(), Code::TooBig);
    assert_eq!(rtf_to_text(b"abcd", &options).unwrap_err().code(), Code::TooBig);
    let mut options = RtfOptions::default();
    options.tokens = 4;
    assert_eq!(rtf_to_text(b"{\\rtf1 abc}", &options).unwrap().text, "abc");
    assert_eq!(rtf_to_text(b"{\\rtf1\\b\\b0 c}", &options).unwrap_err().code(), Code::TooBig);
}

#[test]
fn bytes_without_a_code_page_are_in_that_of_the_message() {
    let mut options = RtfOptions::default();
    options.code_page = openimsg::CodePage::new(932);
    let rtf = b"{\\rtf1\\ansicpg0 \\'93\\'fa}";
    assert_eq!(rtf_to_text(rtf, &options).unwrap().text, "\u{65E5}");
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n").replace('\0', "")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_survives_rtf(given in "([ -~\\PC\r\n\t\u{A0}\u{AD}\u{F0B7}]|\r\n|\\\\|\\{|\\}){0,60}") {
        let rtf = text_to_rtf(&given);
        prop_assert!(rtf.is_ascii());
        let mut strict = RtfOptions::default();
        strict.validation = Validation::Strict;
        let body = rtf_to_text(&rtf, &strict).unwrap();
        prop_assert_eq!(body.kind, RtfKind::Text);
        prop_assert_eq!(body.text, crlf(&given));
    }

    #[test]
    fn any_character_survives_rtf(given: String) {
        let body = rtf_to_text(&text_to_rtf(&given), &RtfOptions::default()).unwrap();
        prop_assert_eq!(body.text, crlf(&given));
    }
}
