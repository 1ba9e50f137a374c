//! Texts as real programs store them wrongly, and what is read all the same. Spec: msg-format 8, 2.4.1,
//! 2.5.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may panic and say why"
)]

mod common;

use common::corpus_files;
use common::msg::{KEEP, edit, open, put, tag, tamper};
use openimsg::{
    CodePage, CompoundFile, Guid, Message, PropTag, PropValue, RawMessage, RawProp, SessionOptions,
    Storage, Text, restore, tags::*,
};
use std::sync::Arc;

const SUBJECT_8: u32 = 0x0037_001E;
const SUBJECT_16: u32 = 0x0037_001F;
const BODY_8: u32 = 0x1000_001E;
const BODY_16: u32 = 0x1000_001F;
const MASK: u32 = 0x340D_0003;
const MESSAGE_PAGE: u32 = 0x3FFD_0003;
const INTERNET_PAGE: u32 = 0x3FDE_0003;
const LOCALE: u32 = 0x3FF1_0003;
const HEADERS_8: u32 = 0x007D_001E;
const RUSSIAN: i32 = 0x0419;
const CHINESE: i32 = 0x0804;

fn long(value: i32) -> PropValue {
    PropValue::Long(value)
}

fn eight(bytes: &[u8]) -> PropValue {
    PropValue::String8(bytes.to_vec())
}

fn wide(text: &str) -> PropValue {
    PropValue::Unicode(Text::from(text))
}

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
    storage.commit(openimsg::CommitFlags::empty()).unwrap();
    file.to_bytes().unwrap()
}

fn message(props: &[(u32, PropValue)]) -> Message<'static> {
    open(&raw(props))
}

/// Subject and plain body, which must be told the same way by every door to them.
#[track_caller]
fn texts(message: &Message<'_>) -> [String; 2] {
    let [subject, body] =
        [PR_SUBJECT_W, PR_BODY_W].map(|tag| message.get(tag).unwrap().unwrap_or_default());
    assert_eq!(message.bodies().plain().unwrap().unwrap_or_default(), body);
    [subject, body]
}

/// Spec: Q-40
#[test]
fn wide_strings_are_believed_where_the_mask_does_not_say_unicode() {
    let strings = [(SUBJECT_16, wide("Grüße")), (BODY_16, wide("日本"))];
    for mask in [None, Some(0), Some(0x0003_0000)] {
        let mask: Vec<_> = mask.map(|mask| (MASK, long(mask))).into_iter().collect();
        let bytes = raw(&[&strings[..], &mask].concat());
        let read = open(&bytes);
        assert!(read.is_unicode().unwrap());
        assert_eq!(texts(&read), ["Grüße", "日本"]);
        // What is written joins them.
        let (message, file) = edit(&bytes);
        message.set(PR_SUBJECT_W, "中文").unwrap();
        message.save_changes(KEEP).unwrap();
        let again = open(&file.to_bytes().unwrap());
        assert!(again.is_unicode().unwrap());
        assert_eq!(texts(&again), ["中文", "日本"]);
        let entries = again.stored_entries().unwrap();
        assert!(entries.iter().any(|(entry, _)| *entry == tag(SUBJECT_16)));
        assert!(!entries.iter().any(|(entry, _)| *entry == tag(SUBJECT_8)));
    }
}

/// Spec: Q-41
#[test]
fn an_internet_page_of_utf_8_is_tried_on_each_string() {
    let utf8 = (INTERNET_PAGE, long(65001));
    let mixed = message(&[
        (SUBJECT_8, eight("Grüße".as_bytes())),
        (BODY_8, eight(b"Gr\xFC\xDFe")),
        utf8.clone(),
    ]);
    assert_eq!(texts(&mixed), ["Grüße", "Grüße"]);
    // GBK: the locale is a candidate that comes before.
    let gbk = [(SUBJECT_8, eight(b"\xD6\xD0\xCE\xC4")), (BODY_8, eight(b"\xC4\xE3\xBA\xC3"))];
    let chinese = message(&[&gbk[..], &[utf8.clone(), (LOCALE, long(CHINESE))]].concat());
    assert_eq!(texts(&chinese), ["中文", "你好"]);
    // Without a locale 1252 is the next one, and a caller who knows better says so.
    let bytes = raw(&[&gbk[..], &[utf8]].concat());
    assert_eq!(texts(&open(&bytes)), ["ÖÐÎÄ", "ÄãºÃ"]);
    let session = SessionOptions::new().code_page(CodePage::new(936).unwrap()).open();
    let told = session.open_message(CompoundFile::from_bytes(bytes).unwrap()).unwrap();
    assert_eq!(texts(&told), ["中文", "你好"]);
}

/// Spec: Q-42
#[test]
fn pages_that_cannot_be_those_of_strings_are_skipped() {
    let strings = [(SUBJECT_8, eight(b"\xCC\xE8\xF0")), (BODY_8, eight(b"\xEC\xE8\xF0"))];
    let of = |more: &[(u32, PropValue)]| texts(&message(&[&strings[..], more].concat()));
    let headers = b"Subject: x\r\nContent-Type: text/plain;\r\n\tcharset=windows-1251\r\n\r\n";
    for nonsense in [0, 1200, 1201, 20127, 4711, 50229, -1, i32::MIN] {
        let page = (MESSAGE_PAGE, long(nonsense));
        // The next candidate is the locale, then the Internet page.
        assert_eq!(of(&[page.clone(), (LOCALE, long(RUSSIAN))]), ["Мир", "мир"], "{nonsense}");
        assert_eq!(of(&[page, (INTERNET_PAGE, long(1251))]), ["Мир", "мир"], "{nonsense}");
        let page = (INTERNET_PAGE, long(nonsense));
        assert_eq!(of(&[page.clone(), (LOCALE, long(RUSSIAN))]), ["Мир", "мир"], "{nonsense}");
        assert_eq!(of(std::slice::from_ref(&page)), ["Ìèð", "ìèð"], "{nonsense}");
        // US-ASCII counts as 1252 there; after the others come the headers.
        let told = of(&[page, (HEADERS_8, eight(headers))]);
        let due = if nonsense == 20127 { ["Ìèð", "ìèð"] } else { ["Мир", "мир"] };
        assert_eq!(told, due, "{nonsense}");
    }
}

/// Spec: Q-43
#[test]
fn without_a_page_the_locale_says_it_or_it_is_1252() {
    let strings = [(SUBJECT_8, eight(b"\xCC\xE8\xF0")), (BODY_8, eight(b"\xEC\xE8\xF0"))];
    let of = |more: &[(u32, PropValue)]| texts(&message(&[&strings[..], more].concat()));
    assert_eq!(of(&[]), ["Ìèð", "ìèð"]);
    assert_eq!(of(&[(LOCALE, long(RUSSIAN))]), ["Мир", "мир"]);
    // Only the low 16 bits say the language; one that has no ANSI page says nothing.
    assert_eq!(of(&[(LOCALE, long(0x0001_0000 | RUSSIAN))]), ["Мир", "мир"]);
    assert_eq!(of(&[(LOCALE, long(0x0439))]), ["Ìèð", "ìèð"]);
}

/// Spec: Q-45
#[test]
fn an_odd_last_byte_of_a_wide_string_is_dropped() {
    let bytes = raw(&[(MASK, long(0x0004_0000)), (SUBJECT_16, wide("x")), (BODY_16, wide("y"))]);
    let bytes = tamper(&bytes, |root| {
        put(root, "__substg1.0_0037001F", b"H\0i\0!");
        put(root, "__substg1.0_1000001F", b"\xE5");
    });
    assert_eq!(texts(&open(&bytes)), ["Hi", ""]);
    // An edit of something else leaves it as it is.
    let (message, file) = edit(&bytes);
    message.set(PR_SENDER_NAME_W, "Ana").unwrap();
    message.save_changes(KEEP).unwrap();
    assert_eq!(texts(&open(&file.to_bytes().unwrap())), ["Hi", ""]);
}

/// Spec: Q-46
#[test]
fn half_a_surrogate_pair_is_kept_and_shown_as_a_replacement() {
    let units = b"a\0\x3D\xD8b\0\0\xDE";
    let broken = PropValue::Unicode(Text::from_utf16le(units));
    let bytes =
        raw(&[(MASK, long(0x0004_0000)), (SUBJECT_16, broken.clone()), (BODY_16, broken.clone())]);
    let message = open(&bytes);
    assert_eq!(texts(&message), ["a\u{FFFD}b\u{FFFD}", "a\u{FFFD}b\u{FFFD}"]);
    let found = message.get_props(&[tag(SUBJECT_16), tag(BODY_16)]).unwrap();
    for found in found {
        assert_eq!(found.unwrap(), broken);
    }
    // Written again, the units are those that were read.
    let (message, file) = edit(&bytes);
    message.set_props(&[openimsg::Prop { tag: tag(BODY_16), value: broken }]).unwrap();
    message.set(PR_SENDER_NAME_W, "Ana").unwrap();
    message.save_changes(KEEP).unwrap();
    let all = common::listing(CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap().into());
    for stream in ["/__substg1.0_0037001F", "/__substg1.0_1000001F"] {
        let Some(common::Item::Stream(Ok(stored))) = all.get(stream) else { panic!("{stream}") };
        assert_eq!(stored, units);
    }
}

/// Spec: Q-44
#[test]
fn wide_text_in_an_8_bit_body_is_told_by_its_zero_bytes() {
    let plain =
        |bytes: &[u8]| message(&[(BODY_8, eight(bytes))]).bodies().plain().unwrap().unwrap();
    assert_eq!(plain(b"A\0b\0c\0\n"), "Abc\n");
    // Of ten odd bytes three are zero, and two are too few.
    let wide: Vec<u8> = "abc日本語日本語日".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(plain(&wide), "abc日本語日本語日");
    assert_eq!(plain(b"ababababababababa\0a\0x"), "ababababababababa\0a\0x");
    let body = message(&[(BODY_8, eight(b"A\0b\0c\0d\0"))]).body_text().unwrap().unwrap();
    assert_eq!(body.text, "Abcd");
}

/// The texts of 8-bit messages of the corpus are in the page that is found for them.
#[test]
fn eight_bit_texts_of_the_corpus_have_no_replaced_character() {
    const TEST: &str = "eight_bit_texts_of_the_corpus_have_no_replaced_character";
    let mut eight_bit = 0;
    for path in corpus_files(TEST, "msg") {
        let Ok(file) = CompoundFile::open(&path) else { continue };
        let Ok(message) = Message::open(file) else { continue };
        if message.is_unicode().unwrap() {
            continue;
        }
        eight_bit += 1;
        let subject = message.get(PR_SUBJECT_W).unwrap();
        let body = message.bodies().plain().unwrap();
        for text in [subject, body].into_iter().flatten() {
            assert!(!text.contains(['\u{FFFD}', '\0']), "{}: {text}", path.display());
        }
    }
    if common::corpus(TEST).is_some() {
        assert!(eight_bit > 5, "{eight_bit} messages with 8-bit texts");
    }
}
