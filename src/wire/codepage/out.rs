//! Where the codecs write: text with a note of malformed input, bytes with one of lost characters.

use std::borrow::Cow;

use super::{Decoded, Encoded};

/// Text being decoded.
pub(super) struct TextOut {
    text: String,
    malformed: bool,
}

impl TextOut {
    /// Room for the text of `bytes` if most of it is ASCII.
    pub(super) fn for_bytes(bytes: &[u8]) -> TextOut {
        TextOut { text: String::with_capacity(bytes.len()), malformed: false }
    }

    pub(super) fn push(&mut self, c: char) {
        self.text.push(c);
    }

    /// A character, or none where the page has none.
    pub(super) fn push_or_bad(&mut self, c: Option<char>) {
        match c {
            Some(c) => self.text.push(c),
            None => self.bad(),
        }
    }

    /// Bytes without a meaning.
    pub(super) fn bad(&mut self) {
        self.text.push(char::REPLACEMENT_CHARACTER);
        self.malformed = true;
    }

    /// The text itself, for a codec that appends to strings.
    pub(super) fn text_mut(&mut self) -> &mut String {
        &mut self.text
    }

    pub(super) fn finish(self) -> Decoded<'static> {
        Decoded { text: Cow::Owned(self.text), malformed: self.malformed }
    }
}

/// Bytes being encoded.
pub(super) struct ByteOut {
    bytes: Vec<u8>,
    unmappable: bool,
}

impl ByteOut {
    /// Room for `text` if most of it is ASCII, or two bytes for its three of UTF-8.
    pub(super) fn for_text(text: &str) -> ByteOut {
        ByteOut { bytes: Vec::with_capacity(text.len()), unmappable: false }
    }

    pub(super) fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes of one character as a number, first byte highest: 0x41 is one byte, 0x81_40 two.
    pub(super) fn push_code(&mut self, code: u32) {
        let bytes = code.to_be_bytes();
        let skip = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
        self.bytes.extend(bytes.iter().skip(skip));
    }

    /// A character that the page lacks; `question` is the page's question mark.
    pub(super) fn bad(&mut self, question: u8) {
        self.bytes.push(question);
        self.unmappable = true;
    }

    /// The bytes themselves, for a codec that appends to vectors.
    pub(super) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(super) fn finish(self) -> Encoded<'static> {
        Encoded { bytes: Cow::Owned(self.bytes), unmappable: self.unmappable }
    }
}
