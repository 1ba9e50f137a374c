//! Text as RTF: escapes, characters by number, and documents made of plain text.
//!
//! Spec: msg-format 5.8.

/// What every document that we write begins with, before and after the word that tells its kind.
const HEAD: &str = "{\\rtf1\\ansi\\ansicpg1252";
const FONTS: &str = " \\deff0{\\fonttbl\r\n{\\f0\\fswiss\\fcharset0 Arial;}\r\n\
    {\\f1\\fmodern\\fcharset0 Courier New;}\r\n{\\f2\\fnil\\fcharset2 Symbol;}}\r\n\
    {\\colortbl\\red0\\green0\\blue0;\\red0\\green0\\blue255;}\r\n\\uc1\\pard\\plain\\deftab360 ";

/// Makes RTF of plain text, as Outlook does: [`rtf_to_text`](super::rtf_to_text) gives it back.
///
/// Line ends of any kind become paragraphs and come back as CR LF; NULs are left out. The RTF is
/// ASCII, whatever the text is.
///
/// Spec: F-080 (msg-format 5.8; MS-OXRTFEX).
///
/// # Example
/// ```
/// use openimsg::body::{RtfKind, RtfOptions, rtf_kind, rtf_to_text, text_to_rtf};
///
/// let rtf = text_to_rtf("Grüße\r\n\r\n{ 10 € }");
/// assert_eq!(rtf_kind(&rtf), RtfKind::Text);
/// let text = rtf_to_text(&rtf, &RtfOptions::default())?.text;
/// assert_eq!(text, "Grüße\r\n\r\n{ 10 € }");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[must_use]
pub fn text_to_rtf(text: &str) -> Vec<u8> {
    let mut rtf = begin("\\fromtext");
    rtf.extend_from_slice(b"\\f0\\fs20 ");
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        let (line, end) = rest.split_at_checked(at).unwrap_or((rest, ""));
        push_text(&mut rtf, line, NBSP);
        rtf.extend_from_slice(b"\\par\r\n");
        let taken = if end.starts_with("\r\n") { 2 } else { 1 };
        rest = end.get(taken..).unwrap_or_default();
    }
    push_text(&mut rtf, rest, NBSP);
    rtf.push(b'}');
    rtf
}

/// The beginning of a document up to its first font; `kind` is the word that tells its kind.
pub(super) fn begin(kind: &str) -> Vec<u8> {
    [HEAD, kind, FONTS].concat().into_bytes()
}

/// How plain text writes a no-break space. In HTML that would come back by name.
const NBSP: &str = "\\~";

/// Appends text within a line; `nbsp` is how a no-break space is written.
pub(super) fn push_text(rtf: &mut Vec<u8>, text: &str, nbsp: &str) {
    let mut rest = text;
    let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '\\' | '{' | '}');
    while let Some(at) = rest.find(|c| !plain(c)) {
        let (run, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        rtf.extend_from_slice(run.as_bytes());
        let mut chars = after.chars();
        if let Some(c) = chars.next() {
            push_char(rtf, c, nbsp);
        }
        rest = chars.as_str();
    }
    rtf.extend_from_slice(rest.as_bytes());
}

/// Appends a character that cannot stand for itself.
fn push_char(rtf: &mut Vec<u8>, c: char, nbsp: &str) {
    match c {
        '\0' => {}
        '\\' => rtf.extend_from_slice(b"\\\\"),
        '{' => rtf.extend_from_slice(b"\\{"),
        '}' => rtf.extend_from_slice(b"\\}"),
        '\t' => rtf.extend_from_slice(b"\\tab "),
        '\u{A0}' => rtf.extend_from_slice(nbsp.as_bytes()),
        '\u{1}'..='\u{7F}' => {
            rtf.extend_from_slice(format!("\\'{:02x}", u32::from(c)).as_bytes());
        }
        c => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                rtf.extend_from_slice(format!("\\u{}?", unit.cast_signed()).as_bytes());
            }
        }
    }
}
