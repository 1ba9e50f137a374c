//! Pages of one byte a character.

use super::{ByteOut, Decoded, Encoded, TextOut};

/// An entry of a table without a character.
const NONE: u16 = 0xFFFD;

/// The character of a table entry.
fn character(unit: Option<u16>) -> Option<char> {
    unit.filter(|unit| *unit != NONE).and_then(|unit| char::from_u32(u32::from(unit)))
}

/// Where a table has a character. The first place counts: a few tables have it twice.
fn position(table: &[u16], c: char) -> Option<u8> {
    let unit = u16::try_from(u32::from(c)).ok().filter(|unit| *unit != NONE)?;
    table.iter().position(|entry| *entry == unit).and_then(|at| u8::try_from(at).ok())
}

pub(super) fn decode_ascii(bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    for byte in bytes {
        out.push_or_bad(byte.is_ascii().then(|| char::from(*byte)));
    }
    out.finish()
}

pub(super) fn encode_ascii(text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    for c in text.chars() {
        match u8::try_from(c).ok().filter(u8::is_ascii) {
            Some(byte) => out.push(byte),
            None => out.bad(b'?'),
        }
    }
    out.finish()
}

/// Decodes a page whose lower half is ASCII.
pub(super) fn decode_upper(table: &[u16; 128], bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    for byte in bytes {
        match byte.checked_sub(0x80) {
            None => out.push(char::from(*byte)),
            Some(at) => out.push_or_bad(character(table.get(usize::from(at)).copied())),
        }
    }
    out.finish()
}

/// Encodes into a page whose lower half is ASCII.
pub(super) fn encode_upper(table: &[u16; 128], text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    for c in text.chars() {
        match u8::try_from(c).ok().filter(u8::is_ascii) {
            Some(byte) => out.push(byte),
            None => match position(table, c) {
                Some(at) => out.push(at | 0x80),
                None => out.bad(b'?'),
            },
        }
    }
    out.finish()
}

/// Decodes a page that shares nothing with ASCII. `euro`: the page has the euro sign in the place
/// of its model's currency sign, as 1140 has of 37.
pub(super) fn decode_full(table: &[u16; 256], euro: bool, bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    for byte in bytes {
        out.push_or_bad(match character(table.get(usize::from(*byte)).copied()) {
            Some('¤') if euro => Some('€'),
            c => c,
        });
    }
    out.finish()
}

/// Encodes into a page that shares nothing with ASCII.
pub(super) fn encode_full(table: &[u16; 256], euro: bool, text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    let question = position(table, '?').unwrap_or(b'?');
    for c in text.chars() {
        let at = match c {
            '€' if euro => position(table, '¤'),
            '¤' if euro => None,
            c => position(table, c),
        };
        match at {
            Some(byte) => out.push(byte),
            None => out.bad(question),
        }
    }
    out.finish()
}
