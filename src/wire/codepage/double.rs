//! Pages of one and two bytes that `encoding_rs` does not have as Windows has them.
//!
//! ASCII is itself; a byte from 80 up is a character of its own or the first of two.

use super::{ByteOut, Decoded, Encoded, TextOut};

/// One such page.
pub(super) struct Codec {
    /// The character of one byte from 80 up; `None` if two bytes are needed.
    pub(super) single: fn(u8) -> Option<char>,
    /// The character of two bytes.
    pub(super) pair: fn(u8, u8) -> Option<char>,
    /// The bytes of a character that is not ASCII, as a number, first byte highest.
    pub(super) code: fn(char) -> Option<u32>,
}

pub(super) fn decode(codec: &Codec, mut bytes: &[u8]) -> Decoded<'static> {
    let mut out = TextOut::for_bytes(bytes);
    while let [first, rest @ ..] = bytes {
        bytes = rest;
        if first.is_ascii() {
            out.push(char::from(*first));
        } else if let Some(c) = (codec.single)(*first) {
            out.push(c);
        } else {
            let [second, rest @ ..] = bytes else {
                out.bad();
                break;
            };
            let c = (codec.pair)(*first, *second);
            out.push_or_bad(c);
            // A stray first byte must not swallow ASCII, which may be a delimiter.
            if c.is_some() || !second.is_ascii() {
                bytes = rest;
            }
        }
    }
    out.finish()
}

pub(super) fn encode(codec: &Codec, text: &str) -> Encoded<'static> {
    let mut out = ByteOut::for_text(text);
    for c in text.chars() {
        match u8::try_from(c).ok().filter(u8::is_ascii) {
            Some(byte) => out.push(byte),
            None => match (codec.code)(c) {
                Some(code) => out.push_code(code),
                None => out.bad(b'?'),
            },
        }
    }
    out.finish()
}
