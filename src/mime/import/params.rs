//! Values with parameters: Content-Type and Content-Disposition. Spec: msg-format 6.8 (RFC 2045, RFC
//! 2231).
//!
//! The pieces of a parameter are put together as bytes and decoded once, so that no character is
//! split; every code page of the library is known here. Read liberally: a value without quotes ends
//! at a semicolon, a name stands for itself.

use super::head::decode_untold;
use super::words;
use crate::msg::percent_decoded;
use crate::wire::CodePage;

/// The most of a field that is looked at, in bytes, and the most parameters.
const MAX_VALUE: usize = 64 << 10;
const MAX_PARAMS: usize = 512;

/// A value and its parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Params {
    /// The value, in lower case.
    pub(super) value: String,
    params: Vec<(String, String)>,
}

/// A piece of a parameter.
struct Segment {
    name: String,
    /// `None` for a parameter that is not in pieces.
    index: Option<u32>,
    encoded: bool,
    text: String,
}

impl Params {
    /// Takes a value apart; `None` if it is empty.
    pub(super) fn parse(text: &str) -> Option<Params> {
        let end = (0..=MAX_VALUE.min(text.len())).rev().find(|at| text.is_char_boundary(*at))?;
        let text = text.get(..end)?;
        let (value, mut rest) = text.split_once(';').unwrap_or((text, ""));
        let value = value.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut segments = Vec::new();
        while !rest.is_empty() && segments.len() < MAX_PARAMS {
            let (segment, after) = next(rest);
            segments.extend(segment);
            rest = after;
        }
        let params = joined(segments);
        (!value.is_empty() || !params.is_empty()).then_some(Params { value, params })
    }

    /// A parameter by its name in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The same with encoded words decoded, which do not belong here and are common.
    pub(super) fn decoded(&self, name: &str) -> Option<String> {
        self.get(name).map(words::decoded)
    }
}

/// The next parameter, and what follows it.
fn next(text: &str) -> (Option<Segment>, &str) {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
    let Some(stop) = text.find(['=', ';']) else { return (None, "") };
    let (name, after) = text.split_at_checked(stop).unwrap_or_default();
    let Some(after) = after.strip_prefix('=') else { return (None, after) };
    let mut name = name.trim().to_ascii_lowercase();
    let after = after.trim_start();
    let (value, rest) = match after.strip_prefix('"') {
        Some(quoted) => unquoted(quoted),
        None => {
            let (value, rest) = after.split_once(';').unwrap_or((after, ""));
            let of_file = name.starts_with("name") || name.starts_with("filename");
            let value = match of_file {
                true => value.trim(),
                false => value.split(['(', ' ', '\t']).next().unwrap_or_default(),
            };
            (value.to_owned(), rest)
        }
    };
    let encoded = name.ends_with('*');
    if encoded {
        name.pop();
    }
    let index = match name.rsplit_once('*') {
        Some((base, digits)) => match digits.parse() {
            Ok(index) => {
                let base = base.to_owned();
                name = base;
                Some(index)
            }
            Err(_) => None,
        },
        None => None,
    };
    (Some(Segment { name, index, encoded, text: value }), rest)
}

/// The content of a quoted string. A backslash before what needs none stays: names of files.
fn unquoted(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (out, text.get(at + 1..).unwrap_or_default()),
            '\\' => match chars.clone().next() {
                Some((_, next @ ('"' | '\\'))) => {
                    chars.next();
                    out.push(next);
                }
                _ => out.push(c),
            },
            _ => out.push(c),
        }
    }
    (out, "")
}

/// Pieces put together. A parameter in the form of RFC 2231 goes before a plain one.
fn joined(segments: Vec<Segment>) -> Vec<(String, String)> {
    let mut params: Vec<(String, String)> = Vec::new();
    let (mut pieces, plain): (Vec<Segment>, Vec<Segment>) =
        segments.into_iter().partition(|segment| segment.encoded || segment.index.is_some());
    pieces.sort_by(|a, b| (&a.name, a.index).cmp(&(&b.name, b.index)));
    for group in pieces.chunk_by(|a, b| a.name == b.name) {
        let mut bytes = Vec::new();
        let mut page = None;
        let mut expected = 0;
        for (at, segment) in group.iter().enumerate() {
            let whole = segment.index.is_none();
            if at > 0 && (whole || segment.index != Some(expected)) {
                break;
            }
            expected = segment.index.map_or(1, |index| index.saturating_add(1));
            let mut text = segment.text.as_str();
            if segment.encoded
                && at == 0
                && let Some((label, rest)) = text.split_once('\'')
                && let Some((_, rest)) = rest.split_once('\'')
            {
                page = CodePage::from_charset(label);
                text = rest;
            }
            match segment.encoded {
                true => bytes.extend(percent_decoded(text)),
                false => bytes.extend_from_slice(text.as_bytes()),
            }
            if whole {
                break;
            }
        }
        let text = match page {
            Some(page) => page.decode(&bytes).text.into_owned(),
            None => decode_untold(&bytes, None),
        };
        if let Some(first) = group.first() {
            params.push((first.name.clone(), text));
        }
    }
    params.extend(plain.into_iter().map(|segment| (segment.name, segment.text)));
    params
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(text: &str, name: &str) -> Option<String> {
        Params::parse(text).unwrap().decoded(name)
    }

    #[test]
    fn parameters_are_read_as_programs_write_them() {
        for (text, name, expected) in [
            ("text/plain; charset=utf-8", "charset", "utf-8"),
            ("text/plain; CHARSET = \"utf-8\" ; x=y", "charset", "utf-8"),
            ("text/plain; charset=us-ascii (plain text)", "charset", "us-ascii"),
            ("a/b; name=my file.txt; x=1", "name", "my file.txt"),
            (r#"a/b; name="a \"b\" \\ c""#, "name", r#"a "b" \ c"#),
            (r#"a/b; name="C:\temp\x.doc""#, "name", r"C:\temp\x.doc"),
            ("a/b; flag; name=x", "name", "x"),
            ("a/b; name=\"open", "name", "open"),
            ("attachment; filename*=UTF-8''%e2%82%ac%20x.txt; filename=no", "filename", "€ x.txt"),
            ("attachment; filename=no; filename*=iso-8859-1'en'%A3", "filename", "£"),
            // A character in two pieces, and pieces out of their order.
            (
                "a; filename*1*=%82%AC; filename*0*=utf-8''a%E2; filename*2=\".txt\"",
                "filename",
                "a€.txt",
            ),
            ("a; filename*0=ab; filename*1=cd; filename*3=no", "filename", "abcd"),
            ("a; name=\"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=.txt\"", "name", "日本.txt"),
            ("a; filename*=gbk''%C4%E3%BA%C3", "filename", "你好"),
            ("a; filename*=%zz", "filename", "%zz"),
        ] {
            assert_eq!(param(text, name).as_deref(), Some(expected), "{text}");
        }
        let params = Params::parse("Multipart/MIXED (what); boundary=\"A b\"").unwrap();
        assert_eq!(
            (params.value.as_str(), params.get("boundary")),
            ("multipart/mixed", Some("A b"))
        );
        assert_eq!(Params::parse(" "), None);
        assert_eq!(param("a; =; ==;*=;*0=", "name"), None);
    }
}
