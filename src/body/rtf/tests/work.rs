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
    looks_as(rtf, Mode::Html)
}

fn looks_as(rtf: &[u8], mode: Mode) -> u64 {
    let options = RtfOptions { tokens: u64::MAX, ..RtfOptions::default() };
    let mut reader = Reader::new(rtf, mode, "test", u64::MAX, &options);
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

#[test]
fn what_html_of_rtf_shows_takes_linear_time_too() {
    let hard = [
        "{\\pict\\pngblip 89504e470d0a1a0a0",
        "{\\pict\\pngblip 89504e470d0a1a0a}",
        "{\\pict\\dibitmap0 28000000}",
        "{\\pict\\bin3 abc}",
        "{\\object\\objattph",
        "\\objattph",
        "{\\fonttbl{\\f7 name;;}}\\f7 x",
        "{\\fonttbl name",
        "\\li9\\fi-9 x\\par",
        "\\intbl\\nestcell\\nestrow",
        "\\intbl\\cell\\row",
    ];
    for part in hard {
        let of = |len| looks_as(&document(part, len), Mode::Rich);
        let (small, large) = (of(1 << 14), of(1 << 19));
        assert!(large < 600, "{part}: {large}");
        assert!(large <= small + 50, "{part}: {small}, {large}");
    }
    // One picture of many tokens, and one of a single token.
    for (start, part) in
        [("{\\pict\\jpegblip ffd8ff", "00\r\n"), ("{\\pict\\jpegblip ffd8ff", "00")]
    {
        let mut rtf = b"{\\rtf1 ".to_vec();
        rtf.extend_from_slice(start.as_bytes());
        rtf.extend_from_slice(part.repeat(1 << 18).as_bytes());
        assert!(looks_as(&rtf, Mode::Rich) < 300);
    }
}
