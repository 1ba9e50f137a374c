//! Encoded words, read liberally. Spec: msg-format 6.4 (RFC 2047).
//!
//! The reader of the message layer knows every code page of the library. What it does not know is
//! brought to UTF-8 here first: UTF-16, and charsets that nobody knows, which are UTF-8 if they look like
//! it, else 1252.

use super::decode;
use super::head::{decode_untold, plain};
use super::text::utf_16;
use crate::mime::fields::words::base64;
use crate::msg::decoded_words;
use crate::wire::CodePage;

/// The longest word; a longer one is none.
const MAX: usize = 4096;

/// The text with its encoded words decoded.
pub(super) fn decoded(text: &str) -> String {
    if text.contains("=?") { decoded_words(&utf_8(text)) } else { text.to_owned() }
}

/// The text with its encoded words in UTF-8; words that follow each other become one.
pub(super) fn utf_8(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at_checked(start).unwrap_or_default();
        out.push_str(before);
        let Some(first) = Word::at(from) else {
            out.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        // Words of charsets that are known are decoded together: a character may lie in two of them.
        let mut len = first.len;
        let text = if first.is_known() {
            while let Some((space, word)) = next(from, len).filter(|(_, word)| word.is_known()) {
                len += space + word.len;
            }
            decoded_words(from.get(..len).unwrap_or_default())
        } else {
            first.unknown()
        };
        // White space between words goes.
        let space = next(from, len).map_or(0, |(space, _)| space);
        out.push_str("=?UTF-8?B?");
        out.push_str(&base64(plain_inside(&text).as_bytes()));
        out.push_str("?=");
        if space > 0 {
            out.push(' ');
        }
        rest = from.get(len + space..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Without controls; white space at the ends stays.
fn plain_inside(text: &str) -> String {
    let kept = plain(&format!("|{text}|"));
    kept.get(1..kept.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// The word after white space that begins at `at`, with the length of that.
fn next(text: &str, at: usize) -> Option<(usize, Word<'_>)> {
    let after = text.get(at..)?;
    let rest = after.trim_start();
    Word::at(rest).map(|word| (after.len() - rest.len(), word))
}

/// An encoded word.
struct Word<'t> {
    charset: &'t str,
    by_letters: bool,
    text: &'t str,
    len: usize,
}

impl<'t> Word<'t> {
    fn at(text: &'t str) -> Option<Word<'t>> {
        let end = (0..=MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at))?;
        let near = text.get(..end)?;
        let (charset, rest) = near.strip_prefix("=?")?.split_once('?')?;
        let (encoding, rest) = rest.split_once('?')?;
        let charset = charset.split('*').next().filter(|charset| !charset.is_empty())?;
        let by_letters = match encoding {
            "Q" | "q" => true,
            "B" | "b" => false,
            _ => return None,
        };
        let (text, after) = rest.split_once("?=")?;
        Some(Word { charset, by_letters, text, len: near.len() - after.len() })
    }

    fn is_known(&self) -> bool {
        CodePage::from_charset(self.charset).is_some()
    }

    fn unknown(&self) -> String {
        let bytes = match self.by_letters {
            true => decode::quoted(&self.text.replace('_', " ")),
            false => decode::base64(self.text),
        };
        match utf_16(&bytes, Some(self.charset)) {
            Some(text) => text.text,
            None => decode_untold(&bytes, None),
        }
    }
}

/// A value in which bytes beyond ASCII that stand in encoded words are escaped: they are of the charset
/// of the word, not of the field.
pub(super) fn escaped(value: Vec<u8>) -> Vec<u8> {
    if value.is_ascii() || !value.windows(2).any(|pair| pair == b"=?") {
        return value;
    }
    let mut out = Vec::with_capacity(value.len());
    // How many question marks of a word are behind: after the third its text begins.
    let mut marks = 0_u8;
    let mut before = 0;
    for byte in value {
        match (marks, before, byte) {
            (0, b'=', b'?') => marks = 1,
            (1 | 2, _, b'?') => marks += 1,
            (3, b'?', b'=') => marks = 0,
            (1 | 2, _, b' ' | b'\t') => marks = 0,
            _ => {}
        }
        if marks == 3 && !byte.is_ascii() {
            out.extend_from_slice(format!("={byte:02X}").as_bytes());
        } else {
            out.push(byte);
        }
        before = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_whatever_their_charset() {
        for (text, expected) in [
            ("=?utf-8?Q?J=C3=A9?= =?iso-8859-1?Q?=E9?= x", "Jéé x"),
            ("=?utf-8?Q?=E6=97?=  =?utf-8?Q?=A5?=", "日"),
            ("a =?unicodebig?B?JjoAIAB4?= b", "a ☺ x b"),
            ("=?no-such?Q?caf=E9_=3D?= =?no-such?Q?caf=C3=A9?=", "café =café"),
            ("=?utf-8?X?a?= =?", "=?utf-8?X?a?= =?"),
            ("=?utf-8?q?a?=b", "ab"),
            ("=?iso-8859-1?Q?_a_?= =?no?Q?b?=", " a b"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }

    #[test]
    fn bytes_in_words_are_of_the_words_charset() {
        let value = b"=?iso-8859-1?Q?J\xFCrgen?= \xFC".to_vec();
        assert_eq!(escaped(value), b"=?iso-8859-1?Q?J=FCrgen?= \xFC");
        assert_eq!(escaped(b"a =? b \xFC".to_vec()), b"a =? b \xFC");
    }
}
