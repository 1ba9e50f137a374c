//! Bodies as real programs store them wrongly, and what is read all the same; characters that are lost
//! are told of. Spec: msg-format 8, 2.4.2, 4.4, 5.6.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::corpus_files;
use common::msg::{open, tag};
use openimsg::{
    BodySource, BodyText, CodePage, CommitFlags, CompoundFile, Guid, Message, PropTag, PropValue,
    RawMessage, RawProp, Session, SessionOptions, Severity, Storage, Text, body, restore,
};
use std::sync::Arc;

const BODY_8: u32 = 0x1000_001E;
const BODY_16: u32 = 0x1000_001F;
const RTF: u32 = 0x1009_0102;
const HTML: u32 = 0x1013_0102;
const HTML_8: u32 = 0x1013_001E;
const HTML_16: u32 = 0x1013_001F;
const INTERNET_PAGE: u32 = 0x3FDE_0003;
const LOCALE: u32 = 0x3FF1_0003;
const RUSSIAN: PropValue = PropValue::Long(0x0419);

/// The file of a message with exactly these properties.
fn raw(props: &[(u32, PropValue)]) -> Vec<u8> {
    let prop = |(tag, value): &(u32, PropValue)| RawProp {
        tag: PropTag::new(*tag),
        flags: 6,
        value: value.clone(),
    };
    let message = RawMessage { props: props.iter().map(prop).collect(), ..RawMessage::default() };
    let file = Arc::new(CompoundFile::memory());
    let storage: Arc<dyn Storage> = Arc::clone(&file) as Arc<dyn Storage>;
    restore(&message, Guid::CLSID_MAIL_MESSAGE, &[], &storage).unwrap();
    storage.commit(CommitFlags::empty()).unwrap();
    file.to_bytes().unwrap()
}

fn message(props: &[(u32, PropValue)]) -> Message<'static> {
    open(&raw(props))
}

fn binary(bytes: &[u8]) -> PropValue {
    PropValue::Binary(bytes.to_vec())
}

fn eight(bytes: &[u8]) -> PropValue {
    PropValue::String8(bytes.to_vec())
}

/// The codes of what was found.
fn codes(found: &BodyText) -> Vec<&'static str> {
    found.findings.iter().map(openimsg::Finding::code).collect()
}

/// The HTML of a message, which both ways to it tell alike, without a finding.
#[track_caller]
fn html(message: &Message<'_>) -> String {
    let found = message.body_html().unwrap().unwrap();
    assert_eq!((found.source, codes(&found)), (BodySource::Html, vec![]));
    assert_eq!(message.bodies().html().unwrap().as_deref(), Some(&*found.text));
    found.text
}

/// The text of a message that has RTF only, and the codes of what was found.
#[track_caller]
fn text_of_rtf(value: &[u8]) -> (String, Vec<&'static str>) {
    let found = message(&[(RTF, binary(value))]).body_text().unwrap().unwrap();
    let codes = codes(&found);
    (found.text, codes)
}

/// A value of `PR_RTF_COMPRESSED` with any header.
fn header(comp_size: usize, raw_size: usize, kind: &[u8; 4], crc: u32, contents: &[u8]) -> Vec<u8> {
    let sizes = [comp_size as u32, raw_size as u32].map(u32::to_le_bytes).concat();
    [&sizes, &kind[..], &crc.to_le_bytes(), contents].concat()
}

/// Spec: Q-47
#[test]
fn html_is_read_as_bytes_and_as_text_of_both_widths() {
    let page = (INTERNET_PAGE, PropValue::Long(1251));
    let all = [
        (HTML, binary(b"<p>\xCC\xE8\xF0</p>")),
        (HTML_8, eight(b"<p>\xCC\xE8\xF0</p>")),
        (HTML_16, PropValue::Unicode("<p>Мир</p>".into())),
    ];
    for form in all {
        let message = message(&[form, page.clone()]);
        assert_eq!(html(&message), "<p>Мир</p>");
        let text = message.body_text().unwrap().unwrap();
        assert_eq!((text.text.trim(), text.source), ("Мир", BodySource::Html));
        assert!(message.best_body().unwrap() == Some(openimsg::NativeBody::Html));
    }
    // The corpus has such files; HTML that is text there is told as that text.
    const TEST: &str = "html_is_read_as_bytes_and_as_text_of_both_widths";
    let mut as_text = 0;
    for path in corpus_files(TEST, "msg") {
        let Ok(message) = Message::open(CompoundFile::open(&path).unwrap()) else { continue };
        let Ok(Some(PropValue::Unicode(stored))) = message.get_prop(tag(HTML_16)) else { continue };
        as_text += 1;
        assert_eq!(
            message.bodies().html().unwrap().unwrap(),
            stored.to_string_lossy().trim_end_matches('\0'),
            "{}",
            path.display()
        );
    }
    eprintln!("{as_text} messages of the corpus have HTML as text");
}

/// Spec: Q-48
#[test]
fn the_charset_of_html_is_the_first_that_fits() {
    let of = |bytes: &[u8], more: &[(u32, PropValue)]| {
        html(&message(&[&[(HTML, binary(bytes))][..], more].concat()))
    };
    let internet = |page| (INTERNET_PAGE, PropValue::Long(page));
    let russian = (LOCALE, RUSSIAN);
    // 1: a byte order mark, against all others.
    let koi = "<meta charset=koi8-r>";
    let marked = [b"\xEF\xBB\xBF", format!("{koi}Мир").as_bytes()].concat();
    assert_eq!(of(&marked, &[internet(1251)]), format!("{koi}Мир"));
    let wide: Vec<u8> =
        format!("\u{FEFF}{koi}Мир").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(of(&wide, &[internet(1251)]), format!("{koi}Мир"));
    // 2: the Internet page, against what the HTML says of itself.
    let bytes = [koi.as_bytes(), b"\xCC\xE8\xF0"].concat();
    assert_eq!(of(&bytes, &[internet(1251)]), format!("{koi}Мир"));
    // 3: what the HTML says, if the bytes are none of that page, or the page is none.
    let bytes = [koi.as_bytes(), b"\xED\xC9\xD2"].concat();
    for other in [65001, 20127, 0, 1200, 1201, 4711] {
        assert_eq!(of(&bytes, &[internet(other), russian.clone()]), format!("{koi}Мир"), "{other}");
    }
    let http = "<META http-equiv=Content-Type content='text/html; charset=windows-1251'>";
    let bytes = [http.as_bytes(), b"\xCC\xE8\xF0"].concat();
    assert_eq!(of(&bytes, &[internet(65001)]), format!("{http}Мир"));
    // .. in its first 4096 bytes.
    let late = [&[b' '; 4096], &bytes[..]].concat();
    assert!(of(&late, &[]).ends_with("Ìèð"));
    // 4: UTF-8, if it is; 5: the page of the texts.
    assert_eq!(of("<p>Мир".as_bytes(), std::slice::from_ref(&russian)), "<p>Мир");
    assert_eq!(of(b"<p>\xCC\xE8\xF0", &[russian]), "<p>Мир");
    assert_eq!(of(b"<p>\xCC\xE8\xF0", &[]), "<p>Ìèð");
}

/// Spec: Q-50
#[test]
fn stored_rtf_that_counts_its_header_is_read_to_its_end() {
    let rtf = br"{\rtf1\ansi\fromtext all of it}";
    let value = header(rtf.len() + 12, rtf.len() + 12, b"MELA", 0, rtf);
    assert_eq!(text_of_rtf(&value).0, "all of it");
    let kept = message(&[(RTF, binary(&value))]).bodies().rtf().unwrap().unwrap();
    assert_eq!(kept, rtf);
}

/// Spec: Q-51
#[test]
fn damaged_compressed_rtf_gives_what_is_there_and_says_so() {
    let rtf = br"{\rtf1\ansi\fromtext one two three four five}";
    let sound = body::rtf_compress(rtf);
    let changed = |at: usize, by: u8| {
        let mut value = sound.clone();
        value[at] = value[at].wrapping_add(by);
        value
    };
    let whole = |code| ("one two three four five".to_owned(), vec![code]);
    assert_eq!(text_of_rtf(&sound), (whole("").0, vec![]));
    // A size that is not the length, another size of the text, another checksum.
    assert_eq!(text_of_rtf(&changed(0, 7)), whole("lzfu-comp-size"));
    assert_eq!(text_of_rtf(&changed(4, 7)), whole("lzfu-raw-size"));
    assert_eq!(text_of_rtf(&changed(12, 1)), whole("lzfu-crc"));
    // RTF without a header, or behind one of no known kind.
    assert_eq!(text_of_rtf(rtf), whole("lzfu-no-header"));
    let unknown = header(rtf.len() + 12, rtf.len(), b"none", 0, rtf);
    assert_eq!(text_of_rtf(&unknown), whole("lzfu-type"));
    // Cut: the beginning.
    let (text, told) = text_of_rtf(&sound[..sound.len() - 12]);
    assert!(text.starts_with("one two") && !text.contains("five"), "{text}");
    assert!(told.contains(&"lzfu-comp-size") && told.contains(&"lzfu-crc"), "{told:?}");
    // What is none of this is no body, and that is told of.
    let none = header(17, 5, b"none", 0, b"hello");
    for none in [&b"short"[..], &none] {
        let message = message(&[(RTF, binary(none)), (BODY_16, PropValue::Unicode("x".into()))]);
        let found = message.body_text().unwrap().unwrap();
        assert_eq!((found.text.as_str(), codes(&found)), ("x", vec!["body-rtf"]));
    }
}

/// The rows of Q-52 by way of a message; that of the RTF alone is in `body_rtf_hostile`.
#[test]
fn bytes_of_rtf_are_in_the_page_of_the_rtf_else_in_that_of_the_message() {
    let of = |rtf: &[u8], more: &[(u32, PropValue)]| {
        let props = [&[(RTF, binary(&body::rtf_compress(rtf)))][..], more].concat();
        let found = message(&props).body_text().unwrap().unwrap();
        assert_eq!(codes(&found), Vec::<&str>::new());
        found.text
    };
    let russian = (LOCALE, RUSSIAN);
    let greek = (INTERNET_PAGE, PropValue::Long(1253));
    assert_eq!(of(b"{\\rtf1\\fromtext \\'cc\xE8\\'f0}\0", std::slice::from_ref(&russian)), "Мир");
    assert_eq!(of(b"{\\rtf1\\fromtext \\'e1\xE2}", std::slice::from_ref(&greek)), "αβ");
    assert_eq!(of(b"{\\rtf1\\ansi\\ansicpg1251\\fromtext \\'cc\xE8\xF0}", &[greek]), "Мир");
    assert_eq!(of("{\\rtf1\\ansi\\ansicpg65001\\fromtext Мир}".as_bytes(), &[russian]), "Мир");
}

/// RTF that names no page: `\ansi` is that of a system, which the message tells. Spec: msg-format 5.6.
#[test]
fn rtf_that_only_says_ansi_is_in_the_page_of_the_message() {
    #[track_caller]
    fn of(bytes: &str, more: &[(u32, PropValue)], expected: &str) {
        for head in ["", "\\ansi", "\\ansi\\deff0{\\fonttbl{\\f0\\fnil Arial;}}\\f0"] {
            let rtf = body::rtf_compress(format!("{{\\rtf1{head} {bytes}}}").as_bytes());
            let message = message(&[&[(RTF, binary(&rtf))][..], more].concat());
            let text = message.body_text().unwrap().unwrap();
            assert_eq!((text.text.as_str(), codes(&text)), (expected, vec![]), "{head}");
            let html = message.body_html().unwrap().unwrap();
            assert!(html.text.contains(expected) && codes(&html).is_empty(), "{}", html.text);
        }
    }
    let long = |tag: u32, value: i32| (tag, PropValue::Long(value));
    const MIR: &str = "\\'cc\\'e8\\'f0";
    const NIHONGO: &str = "\\'93\\'fa\\'96\\'7b\\'8c\\'ea";
    let (american, message_page) = (long(LOCALE, 0x0409), 0x3FFD_0003);
    of(MIR, &[(LOCALE, RUSSIAN)], "Мир");
    of(MIR, &[long(message_page, 1251), american.clone()], "Мир");
    of(MIR, &[long(INTERNET_PAGE, 1251)], "Мир");
    of(NIHONGO, &[long(LOCALE, 0x0411)], "日本語");
    // The Internet page is tried where the characters of the other one take a byte each.
    of(NIHONGO, &[long(INTERNET_PAGE, 932), american.clone()], "日本語");
    of(NIHONGO, &[long(INTERNET_PAGE, 50220)], "日本語");
    of("\\'d6\\'d0\\'ce\\'c4", &[long(INTERNET_PAGE, 52936), american.clone()], "中文");
    of("caf\\'e9 x", &[long(INTERNET_PAGE, 932), american], "café x");
    of(MIR, &[long(INTERNET_PAGE, 932), (LOCALE, RUSSIAN)], "Мир");
    // UTF-8, as long as it is; and what nobody says anything of.
    of("caf\\'c3\\'a9 x", &[long(INTERNET_PAGE, 65001)], "café x");
    of("caf\\'e9 x", &[long(INTERNET_PAGE, 65001)], "café x");
    of("caf\\'e9 x", &[], "café x");
    // What names a page is in it.
    let mac = (RTF, binary(&body::rtf_compress(b"{\\rtf1\\mac caf\\'8e}")));
    assert_eq!(message(&[mac, (LOCALE, RUSSIAN)]).body_text().unwrap().unwrap().text, "café");
}

#[test]
fn a_page_that_is_insisted_on_reaches_every_body() {
    let session = SessionOptions::new().code_page(CodePage::new(936).unwrap()).open();
    let told = |props: &[(u32, PropValue)]| -> Message<'_> {
        session.open_message(CompoundFile::from_bytes(raw(props)).unwrap()).unwrap()
    };
    let lies = [(INTERNET_PAGE, PropValue::Long(1252)), (LOCALE, RUSSIAN)];
    let with = |form: (u32, PropValue)| told(&[&[form][..], &lies].concat());
    let text = |message: &Message<'_>| message.body_text().unwrap().unwrap();
    // 中文 in GBK, as plain text, as HTML of both kinds of bytes, and in RTF that names no page.
    let plain = with((BODY_8, eight(b"\xD6\xD0\xCE\xC4")));
    assert_eq!(text(&plain).text, "中文");
    for form in
        [(HTML, binary(b"<p>\xD6\xD0\xCE\xC4</p>")), (HTML_8, eight(b"<p>\xD6\xD0\xCE\xC4</p>"))]
    {
        let message = with(form);
        assert_eq!(html(&message), "<p>中文</p>");
        assert_eq!(text(&message).text.trim(), "中文");
    }
    let rtf = with((RTF, binary(&body::rtf_compress(b"{\\rtf1\\fromtext \\'d6\\'d0\xCE\xC4}"))));
    assert_eq!(text(&rtf).text, "中文");
    // HTML that is UTF-8, marked or not, and RTF that names its page, are what they are.
    for bytes in [&b"\xEF\xBB\xBF<p>\xE4\xB8\xAD"[..], b"<p>\xE4\xB8\xAD"] {
        assert_eq!(html(&with((HTML, binary(bytes)))), "<p>中");
    }
    let named = body::rtf_compress(b"{\\rtf1\\ansi\\ansicpg1251\\fromtext \\'cc\\'e8\\'f0}");
    assert_eq!(text(&with((RTF, binary(&named)))).text, "Мир");
    // HTML with bytes that the page lacks goes the usual way.
    let other = with((HTML, binary(b"<meta charset=windows-1252><p>\xFF!")));
    assert!(html(&other).ends_with("<p>ÿ!"));
}

#[test]
fn no_character_of_a_body_is_replaced_in_silence() {
    #[track_caller]
    fn lost(found: BodyText, source: BodySource) {
        assert_eq!(found.source, source);
        assert!(found.text.contains('\u{FFFD}'), "{}", found.text);
        let told: Vec<_> =
            found.findings.iter().filter(|found| found.code() == "body-charset").collect();
        assert_eq!(told.len(), 1, "{:?}", found.findings);
        assert_eq!(told[0].severity(), Severity::Error);
    }
    let utf8 = (0x3FFD_0003, PropValue::Long(65001));
    let text = |props: &[(u32, PropValue)]| message(props).body_text().unwrap().unwrap();
    let html = |props: &[(u32, PropValue)]| message(props).body_html().unwrap().unwrap();
    // Plain text: 8-bit, with half a pair, and the HTML and RTF that show it.
    let plain = [(BODY_8, eight(b"caf\xE9")), utf8.clone()];
    lost(text(&plain), BodySource::Plain);
    lost(html(&plain), BodySource::Plain);
    let rtf = message(&plain).body_rtf().unwrap().unwrap();
    assert!(rtf.findings.iter().any(|found| found.code() == "body-charset"));
    let half = PropValue::Unicode(Text::from_utf16le(b"a\0\x3D\xD8"));
    lost(text(&[(BODY_16, half.clone())]), BodySource::Plain);
    // HTML in each form and for each reason.
    for form in [
        vec![(HTML, binary(b"<p>caf\xE9")), utf8.clone()],
        vec![(HTML, binary(b"<meta charset=utf-8><p>caf\xE9"))],
        vec![(HTML, binary(b"\xEF\xBB\xBF<p>caf\xE9"))],
        vec![(HTML, binary(b"\xFF\xFE<\0p\0>\0\x3D\xD8"))],
        vec![(HTML, binary(b"\xFE\xFF\0<\0p\0>\xD8\x3D"))],
        vec![(HTML_8, eight(b"<p>caf\xE9")), utf8.clone()],
        vec![(HTML_16, half)],
    ] {
        lost(html(&form), BodySource::Html);
        lost(text(&form), BodySource::Html);
    }
    // RTF of each kind: bytes without a character, and half a pair.
    for (head, source) in [
        ("\\fromhtml1", BodySource::HtmlInRtf),
        ("\\fromtext", BodySource::TextInRtf),
        ("", BodySource::Rtf),
    ] {
        for tail in ["\\'e9", "\\u-10179?"] {
            let rtf = format!("{{\\rtf1\\ansi\\ansicpg65001{head} caf{tail} x}}");
            let form = [(RTF, binary(&body::rtf_compress(rtf.as_bytes())))];
            lost(text(&form), source);
            lost(html(&form), source);
        }
    }
    // The finding names what was read, and a body that was not read is not told of.
    let found = text(&plain);
    assert_eq!(found.findings[0].place().to_string(), "__substg1.0_1000001E");
    let beside = [&plain[..], &[(HTML, binary(b"<p>fine"))]].concat();
    assert_eq!(codes(&html(&beside)), Vec::<&str>::new());
    // U+FFFD that its author wrote is no loss.
    let author = [(BODY_16, PropValue::Unicode("\u{FFFD}".into()))];
    assert_eq!(codes(&text(&author)), Vec::<&str>::new());
    let author = [(HTML, binary("<p>\u{FFFD}".as_bytes()))];
    assert_eq!(codes(&html(&author)), Vec::<&str>::new());
}

/// What is said of the corpus is true: U+FFFD without a finding is in the stored body itself.
#[test]
fn no_body_of_the_corpus_is_damaged_in_silence() {
    let session = Session::new();
    for path in corpus_files("no_body_of_the_corpus_is_damaged_in_silence", "msg") {
        let Ok(file) = CompoundFile::open(&path) else { continue };
        let Ok(message) = session.open_message(file) else { continue };
        for found in [message.body_text(), message.body_html()] {
            let Some(found) = found.unwrap() else { continue };
            let told = codes(&found).contains(&"body-charset");
            let shown = found.text.contains('\u{FFFD}');
            assert_eq!(told, shown, "{}: {:?}", path.display(), found.findings);
        }
    }
}
