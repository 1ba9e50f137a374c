//! Untrusted text on its way to people: nothing in it may steer a terminal or forge a line.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text on one line: control characters, line separators and direction overrides are escaped.
///
/// For names, subjects and all that stands inside a line of ours.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_override(c))
}

/// A body: lines stay lines and tabs stay tabs, other control characters are escaped.
///
/// Direction marks stay, since Arabic and Hebrew letters need them.
pub(crate) fn body(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// The characters that can make a name read backwards.
fn is_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str, steers: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&steers) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            let _ = write!(result, "{}", c.escape_default());
        } else {
            result.push(c);
        }
    }
    Cow::Owned(result)
}

/// The first `limit` characters, and how many there are if that is not all.
pub(crate) fn cut(text: &str, limit: usize) -> (&str, Option<usize>) {
    match text.char_indices().nth(limit) {
        Some((at, _)) => (text.get(..at).unwrap_or_default(), Some(text.chars().count())),
        None => (text, None),
    }
}

/// A size for people: `812 bytes`, `1.2 kB`, `34 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB"];
    if bytes < 1000 {
        return if bytes == 1 { "1 byte".into() } else { format!("{bytes} bytes") };
    }
    let (mut tenths, mut at) = (bytes.saturating_add(50) / 100, 0);
    while tenths >= 10_000 && at + 1 < units.len() {
        (tenths, at) = ((tenths + 500) / 1000, at + 1);
    }
    let unit = units.get(at).copied().unwrap_or("GB");
    match tenths {
        0..100 => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", (tenths + 5) / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_escaped_and_the_rest_is_left_alone() {
        assert_eq!(one_line("a\u{1b}[2J\nb\u{9b}\u{202E}"), "a\\u{1b}[2J\\nb\\u{9b}\\u{202e}");
        assert_eq!(one_line("مرحبا\u{200F} 日本"), "مرحبا\u{200F} 日本");
        assert_eq!(body("a\n\tb\u{7}\u{202B}"), "a\n\tb\\u{7}\u{202B}");
        assert!(matches!(body("plain\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn sizes_read_well() {
        let sizes = [0, 1, 999, 1000, 1234, 12_345, 999_949, 1_000_000, 34_000_000, 1 << 40];
        let expected = [
            "0 bytes",
            "1 byte",
            "999 bytes",
            "1.0 kB",
            "1.2 kB",
            "12 kB",
            "1000 kB",
            "1.0 MB",
            "34 MB",
            "1100 GB",
        ];
        assert_eq!(sizes.map(size), expected);
    }

    #[test]
    fn a_cut_keeps_whole_characters() {
        assert_eq!(cut("äöü", 2), ("äö", Some(3)));
        assert_eq!(cut("äöü", 3), ("äöü", None));
    }
}
