//! RTF that nobody would write: it ends, what it gives is bounded, and damage is told of.
#![allow(clippy::unwrap_used, reason = "a test may panic and say why")]

use openimsg::body::{RtfBody, RtfOptions, html_to_rtf, rtf_to_html, rtf_to_text};
use openimsg::{Code, CodePage, Result, Validation};
use proptest::prelude::*;

type Reading = fn(&[u8], &RtfOptions) -> Result<RtfBody>;

const READINGS: [Reading; 2] = [rtf_to_html, rtf_to_text];

/// What holds for any bytes.
fn stands(rtf: &[u8]) {
    for reading in READINGS {
        let mut options = RtfOptions::default();
        let body = reading(rtf, &options).unwrap();
        assert!(!body.text.contains('\0'));
        assert!(body.findings.len() <= 13, "{:?}", body.findings);
        // A strict reading is the same, or an error where there is something to find.
        options.validation = Validation::Strict;
        match reading(rtf, &options) {
            Ok(strict) => assert_eq!(strict, body),
            Err(error) => {
                assert!(!body.findings.is_empty(), "{error}");
                assert!(matches!(error.code(), Code::CorruptData | Code::TooComplex));
            }
        }
        // A limit is kept, or is an error.
        options = RtfOptions::default();
        options.text_bytes = Some(16);
        match reading(rtf, &options) {
            Ok(short) => assert!(short.text.len() <= 16 && short.text == body.text),
            Err(error) => assert_eq!(error.code(), Code::TooBig),
        }
    }
}

fn rtf_like() -> impl Strategy<Value = Vec<u8>> {
    let part = prop::sample::select(vec![
        "{",
        "}",
        "{",
        "}",
        "\\par ",
        "\\htmlrtf ",
        "\\htmlrtf0 ",
        "{\\*\\htmltag64 ",
        "\\*",
        "\\'93",
        "\\'fa",
        "\\'",
        "\\",
        "\\u26085?",
        "\\u-10179?",
        "\\u-8704?",
        "\\uc0 ",
        "\\uc9 ",
        "\\uc-1 ",
        "{\\fonttbl{\\f1\\fcharset128 x;}{\\f2\\fcharset2 y;}}",
        "\\f1 ",
        "\\f2 ",
        "\\plain ",
        "\\bin3 ",
        "\\bin-1 ",
        "\\bin99999999999 ",
        "\\ansicpg932 ",
        "\\ansicpg65001 ",
        "\\upr",
        "{\\*\\ud ",
        "{\\pict ",
        "\\pngblip 89504e470d0a1a0a",
        "\\dibitmap0 0c000000",
        "\\picwgoal-9 ",
        "\\objattph ",
        "{\\object ",
        "\\li-720\\fi99999999 ",
        "\\v ",
        "\\cell ",
        "\\row ",
        "{\\footnote ",
        "&",
        "amp;",
        "<",
        "x",
        "7",
        " ",
        "\r\n",
        "\\~",
        "\\_",
        "\\\r",
        "{\\*\\mhtmltag0 ",
        "\\tab ",
        "{\\*\\shpinst{\\shptxt ",
        "\\deff1 ",
        "\\deleted ",
        "\u{E9}",
        "\\u0 ",
        "\\u55357 ",
        "\\u1114112 ",
    ]);
    let head = prop::sample::select(vec![
        "{\\rtf1\\ansi\\fromhtml1 ",
        "{\\rtf1\\ansi\\fromtext ",
        "{\\rtf1\\ansi ",
        "",
    ]);
    (head, prop::collection::vec(part, 0..60))
        .prop_map(|(head, parts)| [head, &parts.concat()].concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rtf_is_read(rtf in rtf_like()) {
        stands(&rtf);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        stands(&bytes);
        stands(&[b"{\\rtf1\\fromhtml1 ".as_slice(), bytes.as_slice()].concat());
    }

    #[test]
    fn no_cut_and_no_damaged_byte_breaks_the_reader(at in 0usize..2000, byte: u8) {
        let html = "<p>caf\u{E9} &amp; <b>\u{65E5}\u{672C}</b> \u{1F600}</p><ul><li>x</ul>";
        let mut rtf = html_to_rtf(&html.repeat(3));
        stands(rtf.get(..at.min(rtf.len())).unwrap());
        let at = at % rtf.len();
        *rtf.get_mut(at).unwrap() = byte;
        stands(&rtf);
    }
}

/// Spec: Q-52
#[test]
fn what_writers_forget_or_misuse() {
    let text = |rtf: &[u8], page| {
        let mut options = RtfOptions::default();
        options.code_page = CodePage::new(page);
        let body = rtf_to_text(rtf, &options).unwrap();
        assert_eq!(body.findings, []);
        body.text
    };
    // NULs at the end.
    assert_eq!(text(b"{\\rtf1\\fromtext a}\0\0", 1252), "a");
    assert_eq!(text(b"{\\rtf1\\fromtext a\0b}\r\n\0", 1252), "ab");
    // Bytes above 7F as they are, in the page of the document or of the font.
    assert_eq!(text(b"{\\rtf1\\ansi\\ansicpg1251\\fromtext \xCF\xF0}", 1252), "\u{41F}\u{440}");
    let rtf = b"{\\rtf1\\ansi{\\fonttbl{\\f1\\fcharset128 a;}}\\f1 \x93\xFA\x96{}";
    assert!(rtf_to_text(rtf, &RtfOptions::default()).unwrap().text.starts_with('\u{65E5}'));
    // UTF-8 in bytes and in hexadecimal, a character split between both.
    assert_eq!(text(b"{\\rtf1\\ansi\\ansicpg65001\\fromtext \\'e2\x82\\'ac}", 1252), "\u{20AC}");
    // A code page in the place of a charset.
    let rtf = br"{\rtf1\ansi\ansicpg1253\fromtext{\fonttbl{\f0\fcharset1252 Arial;}}\f0 \'e9}";
    assert_eq!(text(rtf, 1252), "\u{E9}");
    // No font table, and a font that none defines: the document's page.
    assert_eq!(text(br"{\rtf1\ansi\ansicpg1253\fromtext\deff0\f7 \'e1}", 1252), "\u{3B1}");
    // No page at all: the message's.
    assert_eq!(text(br"{\rtf1\fromtext \'e1}", 1253), "\u{3B1}");
}

/// What groups beyond the limit of depth say ends with them, and text behind them is read.
#[test]
fn groups_too_deep_take_nothing_with_them() {
    let mut rtf = b"{\\rtf1 a".to_vec();
    rtf.extend(std::iter::repeat_n(b'{', 1500));
    rtf.extend_from_slice(b"{\\*\\unknown no}b{\\v no}c");
    rtf.extend(std::iter::repeat_n(b'}', 1500));
    rtf.extend_from_slice(b"d}");
    let body = rtf_to_text(&rtf, &RtfOptions::default()).unwrap();
    assert_eq!(body.text, "abcd");
    assert_eq!(body.findings.first().unwrap().code(), "rtf-depth");
}

/// Spec: msg-format 9.1
#[test]
fn more_fonts_than_the_limit_cost_a_finding() {
    let mut rtf = b"{\\rtf1{\\fonttbl".to_vec();
    for font in 0..5000 {
        rtf.extend_from_slice(format!("{{\\f{font}\\fcharset161 x;}}").as_bytes());
    }
    rtf.extend_from_slice(b"}\\f4095 \\'e1\\f4096 \\'e1}");
    let body = rtf_to_text(&rtf, &RtfOptions::default()).unwrap();
    assert_eq!(body.text, "\u{3B1}\u{E1}");
    assert_eq!(body.findings.len(), 1);
    assert_eq!(body.findings.first().unwrap().code(), "rtf-fonts");
    assert!(body.findings.first().unwrap().text().contains("904 times"));
}
