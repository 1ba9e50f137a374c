//! RTF as tokens: braces, control words and symbols, bytes in hex, text.
//!
//! ```text
//!  {     }     \word-12_   \x       \'9f   \bin3 abc   text
//!  Open  Close Word        Symbol   Hex    Binary      Text
//! ```
//!
//! The space after a control word belongs to it. CR, LF and NUL between tokens are nothing. Every
//! byte belongs to one token, and each call moves forward: a reading takes linear time, whatever
//! the bytes are. Not here: what a word means.
//!
//! Spec: msg-format 5.2.

/// One token; slices point into the RTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    Open,
    /// `}`
    Close,
    /// A backslash and letters, with a number if one follows; clamped to 32 bits.
    Word(&'a [u8], Option<i32>),
    /// A backslash and one other character. Before a line end it is the line end's first byte.
    Symbol(u8),
    /// `\'hh`
    Hex(u8),
    /// `\'` without two hexadecimal digits, or a backslash at the end of the bytes.
    Broken,
    /// The bytes of a `\bin`, and whether as many were there as it said.
    Binary(&'a [u8], bool),
    /// Bytes that stand for themselves; at least one.
    Text(&'a [u8]),
}

/// Reads tokens from the front of RTF.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Tokens { bytes, at: 0 }
    }

    /// How many bytes are read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The bytes that are not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Moves forward without reading.
    pub(super) fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.bytes.len());
    }

    /// Takes the bytes at the front that `wanted` accepts.
    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let len = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        self.advance(len);
        rest.get(..len).unwrap_or_default()
    }

    /// What follows a backslash.
    fn control(&mut self) -> Token<'a> {
        match *self.rest() {
            [] => Token::Broken,
            [b'\'', ref digits @ ..] => {
                self.advance(1);
                match *digits {
                    [high, low, ..] => match (hex(high), hex(low)) {
                        (Some(high), Some(low)) => {
                            self.advance(2);
                            Token::Hex(high << 4 | low)
                        }
                        _ => Token::Broken,
                    },
                    _ => Token::Broken,
                }
            }
            [byte, ..] if byte.is_ascii_alphabetic() => self.word(),
            [b'\r', b'\n', ..] => {
                self.advance(2);
                Token::Symbol(b'\r')
            }
            [byte, ..] => {
                self.advance(1);
                Token::Symbol(byte)
            }
        }
    }

    fn word(&mut self) -> Token<'a> {
        let name = self.take_while(|byte| byte.is_ascii_alphabetic());
        let negative = matches!(*self.rest(), [b'-', digit, ..] if digit.is_ascii_digit());
        if negative {
            self.advance(1);
        }
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if self.rest().first() == Some(&b' ') {
            self.advance(1);
        }
        let number = (!digits.is_empty()).then(|| number(digits, negative));
        match (name, number) {
            (b"bin", Some(len)) if len > 0 => {
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                let rest = self.rest();
                self.advance(len);
                Token::Binary(rest.get(..len).unwrap_or(rest), len <= rest.len())
            }
            _ => Token::Word(name, number),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            match *self.rest().first()? {
                b'\r' | b'\n' | 0 => self.advance(1),
                b'{' => {
                    self.advance(1);
                    return Some(Token::Open);
                }
                b'}' => {
                    self.advance(1);
                    return Some(Token::Close);
                }
                b'\\' => {
                    self.advance(1);
                    return Some(self.control());
                }
                _ => {
                    let text = |byte| !matches!(byte, b'\\' | b'{' | b'}' | b'\r' | b'\n' | 0);
                    return Some(Token::Text(self.take_while(text)));
                }
            }
        }
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

fn number(digits: &[u8], negative: bool) -> i32 {
    digits.iter().fold(0i32, |value, digit| {
        let digit = i32::from(digit.saturating_sub(b'0'));
        let value = value.saturating_mul(10);
        if negative { value.saturating_sub(digit) } else { value.saturating_add(digit) }
    })
}
