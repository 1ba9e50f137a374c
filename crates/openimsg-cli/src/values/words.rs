//! Values from words: what a command line or a specification says, read by the type of the property.

use super::element_type;
use openimsg::{FileTime, Guid, PropType, PropValue, Text};
use std::path::Path;
use std::str::FromStr;

/// The value that a word gives to a property of this type, or to one element of an array.
///
/// Numbers are decimal or `0x`, truths `true` or `false`, times RFC 3339 or `filetime:N`, GUIDs with
/// or without braces, bytes `hex:..` or `@PATH`; text is the word itself, and `@PATH` the text of a
/// file where `file_text` allows that. Paths start at `folder`; without one there are none.
pub(crate) fn parse(
    word: &str,
    prop_type: PropType,
    folder: Option<&Path>,
    file_text: bool,
) -> Result<PropValue, String> {
    Ok(match element_type(prop_type) {
        PropType::PT_NULL => PropValue::Null,
        PropType::PT_I2 => PropValue::I2(int(word, |bits: u16| bits.cast_signed())?),
        PropType::PT_LONG => PropValue::Long(int(word, |bits: u32| bits.cast_signed())?),
        PropType::PT_I8 => PropValue::I8(int(word, |bits: u64| bits.cast_signed())?),
        PropType::PT_CURRENCY => PropValue::Currency(int(word, |bits: u64| bits.cast_signed())?),
        PropType::PT_ERROR => {
            PropValue::Error(int(word, u32::cast_signed).map(i32::cast_unsigned)?)
        }
        PropType::PT_R4 => PropValue::R4(real(word)?),
        PropType::PT_DOUBLE => PropValue::Double(real(word)?),
        PropType::PT_APPTIME => PropValue::AppTime(real(word)?),
        PropType::PT_BOOLEAN => PropValue::Boolean(truth(word)?),
        PropType::PT_SYSTIME => PropValue::SysTime(time(word)?),
        PropType::PT_CLSID => {
            PropValue::Clsid(word.parse::<Guid>().map_err(|error| error.to_string())?)
        }
        PropType::PT_UNICODE | PropType::PT_STRING8 => {
            PropValue::Unicode(if file_text { text(word, folder)? } else { Text::from(word) })
        }
        PropType::PT_BINARY => PropValue::Binary(bytes(word, folder)?),
        PropType::PT_OBJECT => return Err("an object cannot be given as a value".into()),
        other if super::is_opaque(other) => PropValue::Opaque(other, bytes(word, folder)?),
        other => return Err(format!("values of type {other} cannot be given")),
    })
}

/// A whole number: decimal with a sign, or the bits in hexadecimal.
fn int<T: FromStr, Bits: TryFrom<u64>>(word: &str, signed: fn(Bits) -> T) -> Result<T, String> {
    let bad = || format!("expected a whole number that fits, found \"{word}\"");
    match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
            let bits = u64::from_str_radix(digits, 16).map_err(|_| bad())?;
            Bits::try_from(bits).map(signed).map_err(|_| bad())
        }
        _ => word.parse().map_err(|_| bad()),
    }
}

fn real<T: FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("expected a number, found \"{word}\""))
}

fn truth(word: &str) -> Result<bool, String> {
    match word {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("expected true or false, found \"{word}\"")),
    }
}

/// A time: RFC 3339 such as `2026-03-02T09:15:00+01:00`, or `filetime:N` for the stored number.
pub(crate) fn time(word: &str) -> Result<FileTime, String> {
    if let Some(ticks) = word.strip_prefix("filetime:") {
        return ticks
            .parse()
            .map(FileTime::from_ticks)
            .map_err(|_| format!("expected a whole number after filetime:, found \"{ticks}\""));
    }
    let bad = || format!("expected a time such as 2026-03-02T09:15:00Z, found \"{word}\"");
    let time: jiff::Timestamp = word.parse().map_err(|_| bad())?;
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    // Times before 1970 have negative nanoseconds; whole seconds are rounded down.
    let (seconds, nanos) = match u32::try_from(nanos) {
        Ok(nanos) => (seconds, nanos),
        Err(_) => (seconds - 1, u32::try_from(nanos + 1_000_000_000).unwrap_or(0)),
    };
    FileTime::from_unix(seconds, nanos)
        .ok_or_else(|| format!("{word} cannot be stored; times start at 1601-01-01T00:00:00Z"))
}

fn text(word: &str, folder: Option<&Path>) -> Result<Text, String> {
    match (word.strip_prefix('@'), folder) {
        (Some(literal), _) if literal.starts_with('@') => Ok(Text::from(literal)),
        (Some(path), Some(folder)) => {
            let bytes = read(path, folder)?;
            let text = String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8 text"))?;
            Ok(Text::from(text.strip_prefix('\u{FEFF}').unwrap_or(&text)))
        }
        _ => Ok(Text::from(word)),
    }
}

fn bytes(word: &str, folder: Option<&Path>) -> Result<Vec<u8>, String> {
    match (word.strip_prefix("hex:"), word.strip_prefix('@'), folder) {
        (Some(digits), _, _) => hex(digits),
        (None, Some(path), Some(folder)) => read(path, folder),
        (None, Some(_), None) => Err("@PATH is not possible here".into()),
        _ => Err(format!("expected hex:.. or @PATH for bytes, found \"{word}\"")),
    }
}

fn read(path: &str, folder: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(folder.join(path)).map_err(|error| format!("{path}: {error}"))
}

fn hex(digits: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<u8> = digits.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    let bad = || "expected an even number of hexadecimal digits after hex:".to_owned();
    if !rest.is_empty() {
        return Err(bad());
    }
    let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    pairs.iter().map(byte).collect::<Option<_>>().ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(word: &str, prop_type: PropType) -> Result<PropValue, String> {
        parse(word, prop_type, None, true)
    }

    #[test]
    fn words_are_read_by_the_type_of_the_property() {
        let cases = [
            ("-7", PropType::PT_LONG, PropValue::Long(-7)),
            ("0xFFFFFFFF", PropType::PT_LONG, PropValue::Long(-1)),
            ("0x7fff", PropType::PT_I2, PropValue::I2(0x7FFF)),
            ("0x8004010F", PropType::PT_ERROR, PropValue::Error(0x8004_010F)),
            ("-2147221233", PropType::PT_ERROR, PropValue::Error(0x8004_010F)),
            ("9223372036854775807", PropType::PT_I8, PropValue::I8(i64::MAX)),
            ("123456", PropType::PT_CURRENCY, PropValue::Currency(123_456)),
            ("1.5", PropType::PT_DOUBLE, PropValue::Double(1.5)),
            ("-Infinity", PropType::PT_R4, PropValue::R4(f32::NEG_INFINITY)),
            ("true", PropType::PT_BOOLEAN, PropValue::Boolean(true)),
            ("hex:00 fF", PropType::PT_BINARY, PropValue::Binary(vec![0, 255])),
            ("hex:", PropType::PT_BINARY, PropValue::Binary(vec![])),
            ("hex:01", PropType::PT_SVREID, PropValue::Opaque(PropType::PT_SVREID, vec![1])),
            ("a=b", PropType::PT_UNICODE, PropValue::Unicode("a=b".into())),
            ("@@home", PropType::PT_UNICODE, PropValue::Unicode("@home".into())),
            ("filetime:0", PropType::PT_SYSTIME, PropValue::SysTime(FileTime::from_ticks(0))),
            ("7", PropType::PT_MV_LONG, PropValue::Long(7)),
        ];
        for (word, prop_type, expected) in cases {
            assert_eq!(value(word, prop_type), Ok(expected), "{word}");
        }
        let wrong = [
            ("40000", PropType::PT_I2),
            ("0x100000000", PropType::PT_LONG),
            ("0x+1", PropType::PT_LONG),
            ("yes", PropType::PT_BOOLEAN),
            ("2026-03-02", PropType::PT_SYSTIME),
            ("2026-03-02T09:15:00", PropType::PT_SYSTIME),
            ("1500-01-01T00:00:00Z", PropType::PT_SYSTIME),
            ("hex:0", PropType::PT_BINARY),
            ("hex:0g", PropType::PT_BINARY),
            ("@x", PropType::PT_BINARY),
            ("x", PropType::PT_OBJECT),
        ];
        for (word, prop_type) in wrong {
            assert!(value(word, prop_type).is_err(), "{word}");
        }
    }

    #[test]
    fn times_keep_their_moment_to_100_ns() {
        let utc = |word| time(word).unwrap().to_rfc3339().unwrap();
        assert_eq!(utc("2026-03-02T09:15:00+01:00"), "2026-03-02T08:15:00Z");
        assert_eq!(utc("2023-11-14 22:13:20.12z"), "2023-11-14T22:13:20.12Z");
        assert_eq!(utc("1969-12-31T23:59:59.25Z"), "1969-12-31T23:59:59.25Z");
    }
}
