//! Text with unpaired surrogates in JSON: an escape on the way out, the unit on the way in.

use openimsg::Text;
use serde::de::{Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::fmt::{self, Write as _};

/// A [`Text`] as a JSON string.
pub(crate) struct TextJson<'a>(pub(crate) &'a Text);

impl Serialize for TextJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(text) = self.0.as_str() {
            return serializer.serialize_str(text);
        }
        let units: Vec<u16> = self.0.units().collect();
        let raw = RawValue::from_string(literal(&units)).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// The string literal of these units: unpaired surrogates and controls as escapes.
fn literal(units: &[u16]) -> String {
    let mut result = String::from("\"");
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok(c @ ('"' | '\\')) => result.extend(['\\', c]),
            Ok(c) if (c as u32) < 0x20 => push_escape(&mut result, c as u32),
            Ok(c) => result.push(c),
            Err(alone) => push_escape(&mut result, u32::from(alone.unpaired_surrogate())),
        }
    }
    result.push('"');
    result
}

fn push_escape(result: &mut String, unit: u32) {
    let _ = write!(result, "\\u{unit:04x}");
}

/// The text of a JSON string literal.
pub(super) fn parse(literal: &str) -> serde_json::Result<Text> {
    let mut deserializer = serde_json::Deserializer::from_str(literal);
    deserializer.deserialize_bytes(Wtf8)
}

/// Strings arrive as UTF-8 in which an unpaired surrogate is its three bytes.
struct Wtf8;

impl Visitor<'_> for Wtf8 {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text::from(text))
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Text, E> {
        from_wtf8(bytes).ok_or_else(|| E::custom("not UTF-8"))
    }
}

fn from_wtf8(bytes: &[u8]) -> Option<Text> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Text::from(text));
    }
    let (mut units, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        if let [0xED, high @ 0xA0..=0xBF, low @ 0x80..=0xBF, tail @ ..] = rest {
            let bits = (u16::from(high & 0x3F) << 6) | u16::from(low & 0x3F);
            units.push(0xD000 | bits);
            rest = tail;
            continue;
        }
        let next = rest.windows(2).position(|pair| matches!(pair, [0xED, 0xA0..=0xBF]));
        let (sound, tail) = rest.split_at(next.unwrap_or(rest.len()));
        if sound.is_empty() {
            return None;
        }
        units.extend(std::str::from_utf8(sound).ok()?.encode_utf16());
        rest = tail;
    }
    Some(Text::from_units(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(text: &Text) -> String {
        serde_json::to_string(&TextJson(text)).unwrap()
    }

    #[test]
    fn unpaired_surrogates_are_escapes_both_ways() {
        let cases: [(&[u16], &str); 6] = [
            (&[0xD800], r#""\ud800""#),
            (&[0xDC00, 0x41], r#""\udc00A""#),
            (&[0x41, 0xDBFF, 0xD83D, 0xDE00], "\"A\\udbff\u{1F600}\""),
            (&[0xDFFF, 0xD800], r#""\udfff\ud800""#),
            (&[0xD800, 0x22, 0x5C, 0x0A], "\"\\ud800\\\"\\\\\\u000a\""),
            (&[0xE9, 0xD7FF, 0xE000, 0xD900], "\"\u{e9}\u{d7ff}\u{e000}\\ud900\""),
        ];
        for (units, json) in cases {
            let text = Text::from_units(units);
            assert_eq!(out(&text), json);
            assert_eq!(parse(json).unwrap(), text);
        }
    }

    #[test]
    fn sound_text_is_plain_json() {
        for text in ["", "Grüße 日本 \u{1F600}", "a\"b\\c\n\t\0"] {
            let text = Text::from(text);
            assert_eq!(parse(&out(&text)).unwrap(), text);
        }
        assert_eq!(parse(r#""\ud83d\ude00""#).unwrap(), Text::from("\u{1F600}"));
        assert!(parse("7").is_err());
    }

    #[test]
    fn bytes_that_are_no_text_at_all_are_refused() {
        assert_eq!(from_wtf8(b"a\xFF"), None);
        assert_eq!(from_wtf8(b"\xED\xA0"), None);
    }
}
