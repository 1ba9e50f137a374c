//! Writing JSON: one object on one line.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::Formatter;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Bytes as `{"base64":".."}`, or as `{"size":n,"sha256":".."}` where a digest is wanted.
pub(crate) struct Bytes<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) digest: bool,
}

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.digest {
            map.serialize_entry("size", &self.bytes.len())?;
            map.serialize_entry("sha256", &sha256(self.bytes))?;
        } else {
            map.serialize_entry("base64", &Base64(self.bytes))?;
        }
        map.end()
    }
}

/// Bytes as one base64 string, written piece by piece.
pub(crate) struct Base64<'a>(pub(crate) &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

/// The SHA-256 of bytes in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Writes a value and ends the line.
pub(crate) fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Plain);
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Compact JSON in which nothing can steer a terminal: U+007F to U+009F, line separators and direction
/// overrides are escaped too.
struct Plain;

impl Formatter for Plain {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let steers = |c: char| matches!(c, '\u{7F}'..='\u{9F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        let mut rest = fragment;
        while let Some(at) = rest.find(steers) {
            let (sound, tail) = rest.split_at(at);
            let mut chars = tail.chars();
            let code = chars.next().map_or(0, u32::from);
            write!(writer, "{sound}\\u{code:04x}")?;
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: &impl Serialize) -> String {
        let mut out = Vec::new();
        write_line(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bytes_are_base64_or_a_digest() {
        assert_eq!(line(&Bytes { bytes: b"\0\xFF", digest: false }), "{\"base64\":\"AP8=\"}\n");
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            line(&Bytes { bytes: b"abc", digest: true }),
            format!("{{\"size\":3,\"sha256\":\"{digest}\"}}\n")
        );
    }

    #[test]
    fn no_character_can_steer_a_terminal_or_break_the_line() {
        let text = "a\u{1b}[2J\u{9b}1m\u{2028}\u{7f}é\n";
        let json = line(&text);
        assert_eq!(json, "\"a\\u001b[2J\\u009b1m\\u2028\\u007fé\\n\"\n");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
