use crate::body::rtf::RtfOptions;
use crate::body::rtf::reader::{Mode, Reader};

/// A document that repeats `part` up to `len` bytes.
fn document(part: &str, len: usize) -> Vec<u8> {
    let mut rtf = br"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fcharset0 Arial;}
{\f1\fcharset128 MS Gothic;}}\uc1\f0 "
        .to_vec();
    while rtf.len() < len {
        rtf.extend_from_slice(part.as_bytes());
    }
    rtf
}

/// How often each byte was looked at, times 100.
fn looks(rtf: &[u8]) -> u64 {
    let options = RtfOptions { tokens: u64::MAX, ..RtfOptions::default() };
    let mut reader = Reader::new(rtf, Mode::Html, "test", u64::MAX, &options);
    reader.run(u64::MAX).unwrap();
    reader.work.saturating_mul(100) / u64::try_from(rtf.len()).unwrap()
}

const PARAGRAPH: &str = r"{\*\htmltag64 <p class=MsoNormal>}\htmlrtf {\htmlrtf0 Some text, \'e9\'e8,
{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 {\f1 \'93\'fa\'96\'7b\u26085?} and more of it
{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0
";

/// Spec: F-082
#[test]
fn each_byte_is_read_a_bounded_number_of_times() {
    let looked = looks(&document(PARAGRAPH, 20 << 20));
    assert!(looked >= 100, "counted nothing: {looked}");
    assert!(looked < 400, "{looked}");
}

/// Spec: Q-87
#[test]
fn what_is_hard_for_other_readers_is_not_for_this_one() {
    let hard = [
        "&",
        "&a",
        "&#1;",
        "&amp",
        "<",
        "{",
        "}",
        "{}",
        "{{}",
        "{\\*\\htmltag ",
        "\\'93",
        "{\\f1\\'93",
        "\\f1 \\'93\\'fa\\f0 ",
        "\\u-10179?",
        "{\\upr",
        "}{\\*\\htmltag}",
        "\\",
        "\\'",
        "\\*",
        "\\bin1 ",
        "{\\fonttbl\\f9",
        "\\plain\\f1\\'93",
    ];
    for part in hard {
        let (small, large) = (looks(&document(part, 1 << 14)), looks(&document(part, 1 << 19)));
        assert!(large < 600, "{part}: {large}");
        // The same for each byte, however many there are.
        assert!(large <= small + 50, "{part}: {small}, {large}");
    }
}
