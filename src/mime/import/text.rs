//! Texts: bytes and what their type says -> characters. Spec: msg-format 2.4.2, 6.8 (RFC 3676).

use super::head::decode_untold;
use super::params::Params;
use crate::wire::CodePage;

/// Where HTML tells its charset. Spec: msg-format 2.4.2.
const META: usize = 4096;

/// A decoded text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    /// Whether bytes without a meaning became U+FFFD.
    pub(super) malformed: bool,
    /// A charset that is told and not known.
    pub(super) unknown: Option<String>,
}

/// Decodes a text: a byte order mark, the charset of its type, for HTML the one it tells itself, UTF-8
/// if it is that, else `page` or 1252. US-ASCII with other bytes tells nothing.
pub(super) fn decode(
    bytes: &[u8],
    label: Option<&str>,
    html: bool,
    page: Option<CodePage>,
) -> Text {
    let sound = |text| Text { text, malformed: false, unknown: None };
    if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF])
        && let Ok(text) = std::str::from_utf8(rest)
    {
        return sound(text.to_owned());
    }
    if let Some(text) = utf_16(bytes, label) {
        return text;
    }
    let label = label.map(str::trim).filter(|label| !label.is_empty());
    let mut unknown = None;
    let mut told = label.and_then(|label| {
        let page = CodePage::from_charset(label);
        if page.is_none() {
            unknown = Some(label.to_owned());
        }
        page
    });
    let ascii = label.is_some_and(|label| {
        ["us-ascii", "ascii", "ansi_x3.4-1968"].iter().any(|own| own.eq_ignore_ascii_case(label))
    });
    if ascii && !bytes.is_ascii() {
        told = None;
    }
    if told.is_none() && html {
        told = meta(bytes).and_then(CodePage::from_charset);
    }
    match told {
        Some(page) => {
            let decoded = page.decode(bytes);
            Text { text: decoded.text.into_owned(), malformed: decoded.malformed, unknown: None }
        }
        None => {
            let text = decode_untold(bytes, page);
            let malformed = text.contains('\u{FFFD}') && std::str::from_utf8(bytes).is_err();
            Text { text, malformed, unknown }
        }
    }
}

/// UTF-16, which is no 8-bit page: by its label, or by the mark at its beginning.
pub(super) fn utf_16(bytes: &[u8], label: Option<&str>) -> Option<Text> {
    let label = label.unwrap_or_default().trim().to_ascii_lowercase();
    let (rest, big) = match (bytes, label.as_str()) {
        ([0xFE, 0xFF, rest @ ..], _) => (rest, true),
        ([0xFF, 0xFE, rest @ ..], _) => (rest, false),
        (_, "utf-16be" | "utf-16" | "unicodebig" | "ucs-2" | "iso-10646-ucs-2") => (bytes, true),
        (_, "utf-16le" | "unicode" | "unicodelittle") => (bytes, false),
        _ => return None,
    };
    let (pairs, odd) = rest.as_chunks::<2>();
    let unit =
        |pair: &[u8; 2]| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
    let units = pairs.iter().map(unit);
    let mut malformed = !odd.is_empty();
    let text = char::decode_utf16(units).map(|c| {
        c.unwrap_or_else(|_| {
            malformed = true;
            char::REPLACEMENT_CHARACTER
        })
    });
    let text = text.collect();
    Some(Text { text, malformed, unknown: None })
}

/// The charset that HTML tells of itself.
fn meta(bytes: &[u8]) -> Option<&str> {
    const KEY: &[u8] = b"charset=";
    let head = bytes.get(..META.min(bytes.len()))?;
    let at = head.windows(KEY.len()).position(|part| part.eq_ignore_ascii_case(KEY))?;
    let rest = head.get(at + KEY.len()..)?;
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let ends =
        |byte: &u8| matches!(byte, b'"' | b'\'' | b';' | b'>' | b'/') || byte.is_ascii_whitespace();
    let len = rest.iter().position(ends)?;
    std::str::from_utf8(rest.get(..len)?).ok()
}

/// Text with CR LF at the end of each line, whatever stood there, and without NULs.
pub(super) fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut rest = text;
    while let Some(stop) = rest.find(['\r', '\n', '\0']) {
        let (line, after) = rest.split_at_checked(stop).unwrap_or_default();
        out.push_str(line);
        let len = if after.starts_with("\r\n") { 2 } else { 1 };
        if !after.starts_with('\0') {
            out.push_str("\r\n");
        }
        rest = after.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Whether the type says that lines flow, and whether a flowing line loses its space.
pub(super) fn flow(content: Option<&Params>) -> Option<bool> {
    let content = content?;
    let flowed = content.get("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
    let delsp = content.get("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes"));
    flowed.then_some(delsp)
}

/// Text whose lines flow, with each paragraph in one line. Its lines end with CR LF.
pub(super) fn unflowed(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The depth of quoting of a paragraph that goes on.
    let mut open: Option<usize> = None;
    let ends = text.ends_with("\r\n");
    let body = if ends { text.get(..text.len() - 2).unwrap_or_default() } else { text };
    let mut first = true;
    for line in body.split("\r\n") {
        let unquoted = line.trim_start_matches('>');
        let depth = line.len() - unquoted.len();
        let content = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        let joins = open == Some(depth) && content != "-- ";
        if !joins {
            if !first {
                out.push_str("\r\n");
            }
            for _ in 0..depth {
                out.push('>');
            }
            if depth > 0 && !content.is_empty() {
                out.push(' ');
            }
        }
        first = false;
        let flows = content.ends_with(' ') && content != "-- ";
        out.push_str(match flows && delsp {
            true => content.strip_suffix(' ').unwrap_or(content),
            false => content,
        });
        open = flows.then_some(depth);
    }
    if ends {
        out.push_str("\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], label: Option<&str>, html: bool) -> String {
        decode(bytes, label, html, None).text
    }

    #[test]
    fn texts_are_decoded_by_what_is_told_first() {
        assert_eq!(decoded(b"caf\xE9", Some("iso-8859-1"), false), "café");
        assert_eq!(decoded(b"caf\xC3\xA9", None, false), "café");
        assert_eq!(decoded(b"caf\xE9", None, false), "café");
        assert_eq!(decoded(b"caf\xC3\xA9", Some("us-ascii"), false), "café");
        assert_eq!(decoded(b"\xEF\xBB\xBFcaf\xC3\xA9", Some("iso-8859-1"), false), "café");
        assert_eq!(decoded(b"\xFF\xFEa\0\xE9\0", None, false), "aé");
        assert_eq!(decoded(b"\0a\0\xE9", Some("UTF-16BE"), false), "aé");
        let html = b"<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>\xE1";
        assert!(decoded(html, None, true).ends_with('б'));
        assert!(decoded(html, Some("utf-8"), true).ends_with('\u{FFFD}'));
        let text = decode(b"\xE1", Some("no-such"), false, CodePage::new(1251));
        assert_eq!((text.text.as_str(), text.unknown.as_deref()), ("б", Some("no-such")));
        assert!(decode(b"\xFFa", Some("utf-8"), false, None).malformed);
    }

    #[test]
    fn lines_end_with_cr_lf() {
        assert_eq!(with_crlf("a\nb\r\nc\rd\0\n\n"), "a\r\nb\r\nc\r\nd\r\n\r\n");
    }

    /// RFC 3676: a line with a space at its end goes on; one space after the quote marks is stuffing.
    #[test]
    fn flowing_lines_become_paragraphs() {
        for (text, delsp, expected) in [
            ("a \r\nb \r\nc\r\nd\r\n", false, "a b c\r\nd\r\n"),
            ("a \r\nb", true, "ab"),
            ("> q \r\n> r\r\nx", false, "> q r\r\nx"),
            ("> q \r\n>> r", false, "> q \r\n>> r"),
            (" From here\r\n >x", false, "From here\r\n>x"),
            ("text \r\n-- \r\nAna", false, "text \r\n-- \r\nAna"),
            ("", false, ""),
            ("\r\n\r\n", false, "\r\n\r\n"),
        ] {
            assert_eq!(unflowed(text, delsp), expected, "{text:?}");
        }
    }
}
