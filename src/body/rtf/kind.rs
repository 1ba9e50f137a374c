//! What kind of body RTF carries: the first words say it.
//!
//! Spec: F-069 (msg-format 5.1).

use super::token::{Token, Tokens};

/// What RTF was made from, and what it is therefore read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RtfKind {
    /// HTML inside RTF: `\fromhtml1`.
    Html,
    /// Plain text inside RTF: `\fromtext`.
    Text,
    /// RTF of its own, written by an RTF editor.
    Native,
    /// No RTF: it does not begin with `{\rtf`.
    NotRtf,
}

/// How many tokens are looked at.
const TOKENS: usize = 10;

/// Tells what kind of body RTF carries.
///
/// Looks at the first ten tokens only, so that a quoted `\fromhtml1` deeper in the text is none.
///
/// Spec: F-069 (msg-format 5.1; MS-OXRTFEX).
///
/// # Example
/// ```
/// use openimsg::body::{RtfKind, rtf_kind};
///
/// assert_eq!(rtf_kind(b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0 .."), RtfKind::Html);
/// assert_eq!(rtf_kind(b"{\\rtf1\\ansi\\fromtext .."), RtfKind::Text);
/// assert_eq!(rtf_kind(b"{\\rtf1 by hand: \\fromhtml1}"), RtfKind::Native);
/// assert_eq!(rtf_kind(b"<html>"), RtfKind::NotRtf);
/// ```
#[must_use]
pub fn rtf_kind(rtf: &[u8]) -> RtfKind {
    kind(rtf).0
}

/// The kind, and whether it was said in the usual way.
pub(super) fn kind(rtf: &[u8]) -> (RtfKind, bool) {
    let rtf = rtf.get(start_of(rtf)..).unwrap_or_default();
    if !rtf.starts_with(b"{\\rtf") {
        return (RtfKind::NotRtf, true);
    }
    for token in Tokens::new(rtf).take(TOKENS) {
        match token {
            Token::Word(b"fromhtml", number) if number != Some(0) => {
                return (RtfKind::Html, number == Some(1));
            }
            Token::Word(b"fromtext", _) => return (RtfKind::Text, true),
            Token::Open | Token::Close | Token::Word(..) | Token::Symbol(_) => {}
            _ => break,
        }
    }
    (RtfKind::Native, true)
}

/// Where the RTF begins: after NULs, a byte order mark and white space.
pub(super) fn start_of(bytes: &[u8]) -> usize {
    let blank = |byte: &u8| matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n' | 0xEF | 0xBB | 0xBF);
    bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len())
}
