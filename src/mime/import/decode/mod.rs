//! Transfer encodings, undone in pieces with bounded memory. Spec: msg-format 6.8 (RFC 2045).

mod base64;
mod quoted;
mod uu;

use super::source::{PIECE, Part, Source};
use std::io::{self, Read};

/// How a content is encoded for transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Not at all: 7bit, 8bit, binary, none.
    Plain,
    Base64,
    Quoted,
    Uu,
    /// In a way that is not known; taken as it is.
    Unknown,
}

impl Encoding {
    /// What the value of Content-Transfer-Encoding means.
    pub(super) fn of(value: Option<&str>) -> Encoding {
        let value = value.unwrap_or_default();
        let word = value.split([';', '(', ' ', '\t']).next().unwrap_or_default();
        match word.trim_matches('"').to_ascii_lowercase().as_str() {
            "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" | "none" => Encoding::Plain,
            "base64" => Encoding::Base64,
            "quoted-printable" => Encoding::Quoted,
            "x-uuencode" | "uuencode" | "x-uue" | "uue" => Encoding::Uu,
            _ => Encoding::Unknown,
        }
    }
}

/// The content of a part, decoded.
pub(super) fn content<'s>(source: &'s Source<'_>, part: &Part) -> Box<dyn Read + 's> {
    let piece = source.piece(part.body.clone());
    match part.encoding {
        Encoding::Plain | Encoding::Unknown => Box::new(piece),
        Encoding::Base64 => Box::new(Decoded::new(piece, base64::Base64::default())),
        Encoding::Quoted => Box::new(Decoded::new(piece, quoted::Quoted::default())),
        Encoding::Uu => Box::new(Decoded::new(piece, uu::Uu::default())),
    }
}

/// The bytes of a short value in base64.
pub(super) fn base64(text: &str) -> Vec<u8> {
    short(text, base64::Base64::default())
}

/// The bytes of a short value in quoted-printable.
pub(super) fn quoted(text: &str) -> Vec<u8> {
    short(text, quoted::Quoted::default())
}

fn short(text: &str, mut decoder: impl Decoder) -> Vec<u8> {
    let mut out = Vec::new();
    decoder.take(text.as_bytes(), &mut out);
    decoder.end(&mut out);
    out
}

/// What undoes an encoding.
trait Decoder {
    /// Takes some bytes and appends what they mean.
    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>);
    /// Appends what is left at the end.
    fn end(&mut self, out: &mut Vec<u8>);
}

/// A reader that decodes what another one gives.
struct Decoded<R, D> {
    inner: R,
    decoder: D,
    buffer: Vec<u8>,
    out: Vec<u8>,
    given: usize,
    over: bool,
}

impl<R: Read, D: Decoder> Decoded<R, D> {
    fn new(inner: R, decoder: D) -> Decoded<R, D> {
        let buffer = vec![0; PIECE];
        Decoded { inner, decoder, buffer, out: Vec::new(), given: 0, over: false }
    }
}

impl<R: Read, D: Decoder> Read for Decoded<R, D> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.given >= self.out.len() && !self.over && !target.is_empty() {
            self.out.clear();
            self.given = 0;
            match self.inner.read(&mut self.buffer)? {
                0 => {
                    self.over = true;
                    self.decoder.end(&mut self.out);
                }
                read => {
                    let bytes = self.buffer.get(..read).unwrap_or_default();
                    self.decoder.take(bytes, &mut self.out);
                }
            }
        }
        let rest = self.out.get(self.given..).unwrap_or_default();
        let len = rest.len().min(target.len());
        if let (Some(to), Some(from)) = (target.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        self.given += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in pieces of this size.
    pub(super) fn in_pieces(mut decoder: impl Decoder, bytes: &[u8], size: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in bytes.chunks(size) {
            decoder.take(piece, &mut out);
        }
        decoder.end(&mut out);
        out
    }

    #[test]
    fn names_of_encodings_are_read_liberally() {
        for (value, expected) in [
            (None, Encoding::Plain),
            (Some("7BIT"), Encoding::Plain),
            (Some("Base64 (comment)"), Encoding::Base64),
            (Some("quoted-printable;"), Encoding::Quoted),
            (Some("\"x-uuencode\""), Encoding::Uu),
            (Some("rot13"), Encoding::Unknown),
        ] {
            assert_eq!(Encoding::of(value), expected);
        }
    }
}
