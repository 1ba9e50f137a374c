//! Tests of compressed RTF as a whole; `reference` holds the literal algorithms to compare with.

mod reading;
mod reference;
mod streaming;
mod writing;

use super::*;
use crate::error::{Code, Place};
use crate::finding::Severity;

/// The two values of the specification, header fields first, with their texts.
pub(super) fn vectors() -> [(Vec<u8>, &'static [u8]); 2] {
    let plain = value(
        [0x2D, 0x2B, LZFU, 0xA7C7_C5F1],
        &[
            0x03, 0x00, 0x0A, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, //
            0x42, 0x32, 0x0A, 0xF3, 0x20, 0x68, 0x65, 0x6C, 0x09, 0x00, 0x20, 0x62, 0x77, //
            0x05, 0xB0, 0x6C, 0x64, 0x7D, 0x0A, 0x80, 0x0F, 0xA0,
        ],
    );
    let overlapping = value(
        [0x1A, 0x1C, LZFU, 0x514B_D4E2],
        &[0x41, 0x00, 0x04, 0x20, 0x57, 0x58, 0x59, 0x5A, 0x0D, 0x6E, 0x7D, 0x01, 0x0E, 0xB0],
    );
    [
        (plain, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"),
        (overlapping, b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ]
}

/// A value with these header fields: COMPSIZE, RAWSIZE, COMPTYPE, CRC.
pub(super) fn value(fields: [u32; 4], contents: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
    bytes.extend_from_slice(contents);
    bytes
}

/// A value whose header is right for these contents, with the given RAWSIZE.
pub(super) fn tokens(raw_size: u32, contents: &[u8]) -> Vec<u8> {
    value(
        [u32::try_from(contents.len()).unwrap() + 12, raw_size, LZFU, crc32(0, contents)],
        contents,
    )
}

/// Numbers that look random and are the same in every run.
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    /// Bytes of an alphabet of `letters`; few letters make many and long runs.
    pub(super) fn bytes(&mut self, len: usize, letters: usize) -> Vec<u8> {
        (0..len).map(|_| u8::try_from(self.below(letters)).unwrap()).collect()
    }

    /// Bytes that repeat with a period, which changes now and then, and with a slip here and
    /// there.
    pub(super) fn rhythm(&mut self, len: usize, letters: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let period = 1 + self.below(24);
            let pattern = self.bytes(period, letters);
            for n in 0..1 + self.below(60) {
                let slip = self.below(16) == 0;
                bytes.push(if slip { 1 } else { pattern[n % period] });
            }
        }
        bytes.truncate(len);
        bytes
    }

    /// Words of two letters each, the same two every 4095 bytes: there, just ahead of the write
    /// offset, the reference encoder overwrites what it has yet to compare.
    pub(super) fn echo(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let letter = bytes.len() % 4095 / 15 % 120;
            bytes.extend((0..9).map(|_| u8::try_from(letter * 2 + self.below(2)).unwrap()));
            bytes.extend(self.bytes(6, 256));
        }
        bytes
    }

    /// Something with the texture of RTF.
    pub(super) fn rtf(&mut self, len: usize) -> Vec<u8> {
        const WORDS: [&str; 16] = [
            "\\par ",
            "\\pard\\plain",
            "\\f0\\fs20 ",
            "{\\*\\htmltag84 <td>}",
            "\\htmlrtf ",
            "\\htmlrtf0 ",
            "\r\n",
            "\\'e4",
            "\\u8364?",
            "the ",
            "meeting ",
            "is at ",
            "Times New Roman",
            "}",
            "{",
            "\\cf1 ",
        ];
        let mut text = b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0".to_vec();
        while text.len() < len {
            match self.below(20) {
                n @ 0..16 => text.extend_from_slice(WORDS[n].as_bytes()),
                16 => text.extend_from_slice(self.below(100_000).to_string().as_bytes()),
                _ => {
                    let n = 1 + self.below(9);
                    text.extend(self.bytes(n, 26).iter().map(|b| b + b'a'));
                }
            }
        }
        text.truncate(len);
        text
    }
}

pub(super) fn lenient(value: &[u8]) -> Rtf {
    rtf_decompress(value, Validation::Lenient, 1 << 30).unwrap()
}

pub(super) fn strict(value: &[u8]) -> Result<Rtf> {
    rtf_decompress(value, Validation::Strict, 1 << 30)
}
