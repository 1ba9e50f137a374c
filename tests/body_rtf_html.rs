//! HTML out of RTF: what MS-OXRTFEX says of tags, suppressed runs and characters.

#![allow(clippy::unwrap_used, reason = "a test may panic and say why")]

use openimsg::body::{RtfKind, RtfOptions, rtf_kind, rtf_to_html, rtf_to_text};
use openimsg::{Code, Finding, Validation};

const HEAD: &str = r"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0
{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fmodern Courier New;}{\f2\fnil\fcharset2 Symbol;}
{\f3\fnil\fcharset128 MS Gothic;}{\f4\fswiss\fcharset177 Arial;}{\f5\fswiss\fcharset161 Arial;}}
{\colortbl\red0\green0\blue0;\red0\green0\blue255;}
\uc1\pard\plain\deftab360 \f0\fs24 ";

/// The HTML of a document with this body, which must be without findings.
fn html(body: &str) -> String {
    let (text, codes) = both(body);
    assert_eq!(codes, Vec::<&str>::new(), "{body}");
    text
}

fn both(body: &str) -> (String, Vec<&'static str>) {
    whole(format!("{HEAD}{body}}}").as_bytes())
}

fn whole(rtf: &[u8]) -> (String, Vec<&'static str>) {
    let html = rtf_to_html(rtf, &RtfOptions::default()).unwrap();
    (html.text, html.findings.iter().map(Finding::code).collect())
}

/// Spec: F-069
#[test]
fn html_is_recognised_by_one_of_the_first_words_only() {
    // Third and sixth control word.
    assert_eq!(rtf_kind(br"{\rtf1\ansi\fromhtml1 \deff0 x}"), RtfKind::Html);
    assert_eq!(rtf_kind(br"{\rtf1\ansi\fbidis\ansicpg1252\deff0\fromhtml1 x}"), RtfKind::Html);
    assert_eq!(
        rtf_kind(br"{\rtf1\ansi\fbidis\ansicpg1252\deff0\deftab720\fromtext x}"),
        RtfKind::Text
    );
    assert_eq!(rtf_kind(b"\0\xEF\xBB\xBF\r\n {\\rtf1\\fromhtml1 x}"), RtfKind::Html);
    // In text: after text began, and too far behind.
    assert_eq!(rtf_kind(br"{\rtf1\ansi he wrote \fromhtml1 x}"), RtfKind::Native);
    assert_eq!(rtf_kind(br"{\rtf1\ansi\b\b0\b\b0\b\b0\b\fromhtml1 x}"), RtfKind::Native);
    assert_eq!(rtf_kind(br"{\rtf1\ansi\fromhtml0 x}"), RtfKind::Native);
    // Another number is HTML all the same, with a warning.
    let (text, codes) = whole(br"{\rtf1\fromhtml2 {\*\htmltag64 <p>}x}");
    assert_eq!((text.as_str(), codes), ("<p>x", vec!["rtf-fromhtml"]));
}

/// Spec: F-070, F-071, D-10
#[test]
fn what_only_rtf_shows_is_no_html_and_ends_with_its_group() {
    assert_eq!(html(r"a\htmlrtf {\b no \'e9\u8364 ?\par\~\htmlrtf0}\htmlrtf0 b"), "ab");
    assert_eq!(html(r"a{\htmlrtf b}c"), "ac");
    assert_eq!(html(r"a\htmlrtf x{\htmlrtf0 b}y\htmlrtf0 c"), "abc");
    assert_eq!(html(r"a\htmlrtf1 x\htmlrtf0 c"), "ac");
    assert_eq!(html(r"a\htmlrtf {\*\htmltag64 <p>}\htmlrtf0 c"), "ac");
    // What Outlook writes for a paragraph: the group closes inside the run.
    let outlook = r"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 text{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0
\htmlrtf\par\htmlrtf0 end";
    assert_eq!(html(outlook), "<p>text</p>end");
    // Fonts chosen in a run that is not shown hold for what follows.
    assert_eq!(html(r"\htmlrtf \f4\htmlrtf0 \'f9"), "\u{5E9}");
}

/// Spec: F-072
#[test]
fn a_rewritten_url_contributes_nothing() {
    let body = r#"{\*\htmltag340 <img src="cid:a@b">}{\*\mhtmltag340 <img src="mid:1{\*\htmltag84 no}">}x"#;
    assert_eq!(html(body), "<img src=\"cid:a@b\">x");
}

/// Spec: F-073
#[test]
fn characters_of_two_bytes_may_be_written_in_any_way() {
    assert_eq!(html(r"\f3 \'83A"), "\u{30A2}");
    assert_eq!(html(r"\f3 \'83\'41"), "\u{30A2}");
    assert_eq!(html("\\f3 \\'83\r\n\\'41"), "\u{30A2}");
    // The second byte may be one that RTF escapes: 83 5C, 83 7B.
    assert_eq!(html(r"\f3 \'83\\\'83\{"), "\u{30BD}\u{30DC}");
    // The first byte of a character that does not go on is none.
    let (text, codes) = both(r"\f3 a\'93\'fa\'96{\b\'93\'fa}");
    assert_eq!((text.as_str(), codes), ("a\u{65E5}\u{FFFD}\u{65E5}", vec!["rtf-characters"]));
}

/// Spec: F-074
#[test]
fn surrogate_pairs_are_one_character() {
    assert_eq!(html(r"\uc1\u-10179?\u-8704?"), "\u{1F600}");
    assert_eq!(html(r"\uc1\u55357?\u56832?"), "\u{1F600}");
    assert_eq!(html(r"\u128512?"), "\u{1F600}");
    let (text, codes) = both(r"a\u-10179?b\u-8704?c");
    assert_eq!((text.as_str(), codes), ("a\u{FFFD}b\u{FFFD}c", vec!["rtf-surrogate"]));
}

/// Spec: F-075
#[test]
fn fallback_is_skipped_by_units_up_to_a_brace() {
    assert_eq!(html(r"\uc2\u12450 \'83\'41b"), "\u{30A2}b");
    assert_eq!(html(r"\uc2\u12450 ??b"), "\u{30A2}b");
    assert_eq!(html(r"\uc2\u12450 \lquote\'41b"), "\u{30A2}b");
    assert_eq!(html(r"\uc0\u12450 ?b"), "\u{30A2}?b");
    assert_eq!(html(r"{\uc2\u12450 ?}bc"), "\u{30A2}bc");
    assert_eq!(html(r"\uc2\u12450 ?{b}c"), "\u{30A2}bc");
    // \uc ends with its group.
    assert_eq!(html(r"{\uc0 x}\u12450 ?b"), "x\u{30A2}b");
}

/// Spec: F-076
#[test]
fn utf_8_is_a_code_page_like_others() {
    let (text, codes) =
        whole(br"{\rtf1\ansi\ansicpg65001\fromhtml1 {\fonttbl{\f0\fcharset0 A;}}\f0 \'c3\'a9}");
    assert_eq!((text.as_str(), codes), ("\u{E9}", vec![]));
    let (text, codes) = whole(b"{\\rtf1\\ansi\\ansicpg65001\\fromhtml1 \xC3\xA9}");
    assert_eq!((text.as_str(), codes), ("\u{E9}", vec![]));
}

/// Spec: F-077, D-8
#[test]
fn bytes_are_in_the_page_of_their_font() {
    assert_eq!(html(r"\'f9{\f4 \'f9\'ec}\'f9\f5 \'e1"), "\u{F9}\u{5E9}\u{5DC}\u{F9}\u{3B1}");
    // In a tag they are in the document's, unless the tag itself chooses a font.
    assert_eq!(html(r"\f4 {\*\htmltag64 \'f9\f4\'f9}\'f9"), "\u{F9}\u{5E9}\u{5E9}");
}

/// Spec: F-078
#[test]
fn a_no_break_space_right_after_a_word_is_kept() {
    assert_eq!(html(r"\f0\~{\*\htmltag64 <b>}"), "&nbsp;<b>");
    assert_eq!(
        html(r"a\~b\_c{\*\htmltag64 <i title=x\~y\_>}"),
        "a&nbsp;b&shy;c<i title=x&nbsp;y&shy;>"
    );
}

/// Spec: F-079
#[test]
fn markup_is_copied_with_its_line_ends_and_tabs() {
    let body = r"{\*\htmltag241 <!--\par\tab p \{ color: red \}\line /\* \\ \*/\par -->}";
    assert_eq!(html(body), "<!--\r\n\tp { color: red }\r\n/ \\ /\r\n-->");
    assert_eq!(html("{\\*\r\n\\htmltag64 <p>}"), "<p>");
    assert_eq!(
        html(r"{\*\htmltag <p\b0  class='x'\lquote\bullet\emdash>&amp;}"),
        "<p class='x'\u{2018}\u{2022}\u{2014}>&amp;"
    );
    assert_eq!(html(r"{\*\htmltag4 2}{\*\htmltag4 \par }"), "2\r\n");
}

/// Spec: D-9
#[test]
fn shared_text_is_escaped_but_references_are_kept() {
    assert_eq!(html(r"1 < 2 > 0 & 3"), "1 &lt; 2 &gt; 0 &amp; 3");
    assert_eq!(html(r"&lt; &#38; &#x26; &"), "&lt; &#38; &#x26; &amp;");
    assert_eq!(html("&l{t};&x{\\*\\htmltag64 <b>}&#;&;AT&T"), "&lt;&amp;x<b>&amp;#;&amp;;AT&amp;T");
    assert_eq!(
        html(r"\lquote\rquote\ldblquote\rdblquote\bullet\endash\emdash"),
        "&lsquo;&rsquo;&ldquo;&rdquo;&bull;&ndash;&mdash;"
    );
    assert_eq!(html(r"a\par b\line c\tab d"), "a\r\nb\r\nc\td");
}

/// Spec: msg-format 5.4 (6), 5.2
#[test]
fn bullets_pictures_and_unknown_destinations_are_left_out() {
    assert_eq!(
        html(r"{\pntext\f2\'b7\tab}{\*\unknown{\b x}}{\pict 0011{\x}}{\info{\title t}}a"),
        "a"
    );
    assert_eq!(html(r"{\pict\bin5 }}{{\}a{\*\bkmkstart x}b"), "ab");
    assert_eq!(html(r"{\upr{ansi}{\*\ud{unicode \u12450 ?}}}"), "unicode \u{30A2}");
}

/// Spec: F-085
#[test]
fn nuls_after_the_last_brace_are_nothing() {
    for head in ["\\fromhtml1", "\\fromtext", ""] {
        let sound = format!("{{\\rtf1\\ansi{head} a{{b}}}}");
        for nuls in ["\0", "\0\0\0", "\0\r\n\0"] {
            let rtf = [&sound, nuls].concat();
            for read in [rtf_to_html, rtf_to_text] {
                let body = read(rtf.as_bytes(), &RtfOptions::default()).unwrap();
                assert_eq!(body, read(sound.as_bytes(), &RtfOptions::default()).unwrap());
                assert_eq!(body.findings, []);
            }
        }
    }
}

/// Spec: msg-format 5.4 (8), 5.7
#[test]
fn damage_costs_findings_and_not_the_text() {
    let (text, codes) = whole(br"{\rtf1\fromhtml1 {\*\htmltag64 <p>}a{b");
    assert_eq!((text.as_str(), codes), ("<p>ab", vec!["rtf-unclosed"]));
    let (text, codes) = whole(br"{\rtf1\fromhtml1 a}}{\*\htmltag64 <p>}b");
    assert_eq!((text.as_str(), codes), ("a<p>b", vec!["rtf-after-end", "rtf-extra-close"]));
    let (text, codes) = whole(b"{\\rtf1\\fromhtml1 a}\0\0\r\n");
    assert_eq!((text.as_str(), codes), ("a", vec![]));
    let (text, codes) = whole(br"{\rtf1\fromhtml1 a}b");
    assert_eq!((text.as_str(), codes), ("a", vec!["rtf-after-end"]));
    let (text, codes) = whole(br"{\rtf1\ansicpg4711\fromhtml1 \'e9\'zz}");
    assert_eq!((text.as_str(), codes), ("\u{E9}zz", vec!["rtf-code-page", "rtf-hex"]));
    let (text, codes) = whole(b"<html>caf\xE9");
    assert_eq!((text.as_str(), codes), ("<html>caf\u{E9}", vec!["rtf-none"]));
    let mut strict = RtfOptions::default();
    strict.validation = Validation::Strict;
    let error = rtf_to_html(br"{\rtf1\fromhtml1 a", &strict).unwrap_err();
    assert_eq!(error.code(), Code::CorruptData);
}
