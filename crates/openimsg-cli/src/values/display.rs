//! Values of properties on one line for people; long ones are cut.

use crate::json::sha256;
use crate::text::{cut, one_line};
use openimsg::{Code, FileTime, PropValue, Text};
use std::fmt::{Display, Write as _};

const MAX_CHARS: usize = 160;
const MAX_BYTES: usize = 32;
const MAX_ELEMENTS: usize = 16;

/// A value on one line. `decoded` holds the texts of 8-bit strings; `digest` asks for size and SHA-256
/// of bytes.
pub(crate) fn display(value: &PropValue, decoded: &[String], digest: bool) -> String {
    let bytes = |bytes: &[u8]| match digest {
        true => format!("{}, sha256:{}", crate::text::size(bytes.len() as u64), sha256(bytes)),
        false => hex(bytes),
    };
    match value {
        PropValue::Null => "no value".into(),
        PropValue::I2(v) => v.to_string(),
        PropValue::Long(v) => number(*v),
        PropValue::R4(v) => v.to_string(),
        PropValue::Double(v) | PropValue::AppTime(v) => v.to_string(),
        PropValue::Currency(v) => currency(*v),
        PropValue::Error(v) => error(*v),
        PropValue::Boolean(v) => v.to_string(),
        PropValue::Object => "object".into(),
        PropValue::I8(v) => v.to_string(),
        PropValue::String8(_) => decoded.first().map(|text| quoted(text)).unwrap_or_default(),
        PropValue::Unicode(v) => unicode(v),
        PropValue::SysTime(v) => time(*v),
        PropValue::Clsid(v) => v.to_string(),
        PropValue::Binary(v) | PropValue::Opaque(_, v) => bytes(v),
        PropValue::MvI2(v) => list(v, ToString::to_string),
        PropValue::MvLong(v) => list(v, |v| number(*v)),
        PropValue::MvR4(v) => list(v, ToString::to_string),
        PropValue::MvDouble(v) | PropValue::MvAppTime(v) => list(v, ToString::to_string),
        PropValue::MvCurrency(v) => list(v, |v| currency(*v)),
        PropValue::MvI8(v) => list(v, ToString::to_string),
        PropValue::MvString8(_) => list(decoded, |text| quoted(text)),
        PropValue::MvUnicode(v) => list(v, unicode),
        PropValue::MvSysTime(v) => list(v, |v| time(*v)),
        PropValue::MvClsid(v) => list(v, ToString::to_string),
        PropValue::MvBinary(v) => list(v, |v| bytes(v)),
        other => format!("a value of type {}", other.prop_type()),
    }
}

/// Numbers that may be flags are shown in both forms.
fn number(value: i32) -> String {
    if (0..10).contains(&value) {
        return value.to_string();
    }
    format!("{value} (0x{:X})", value.cast_unsigned())
}

fn currency(units: i64) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let units = units.unsigned_abs();
    format!("{sign}{}.{:04}", units / 10_000, units % 10_000)
}

fn error(code: u32) -> String {
    match Code::from_scode(code) {
        Some(known) => format!("0x{code:08X} {known}"),
        None => format!("0x{code:08X}"),
    }
}

fn time(time: FileTime) -> String {
    time.to_rfc3339().unwrap_or_else(|| format!("none (filetime {})", time.ticks()))
}

fn unicode(text: &Text) -> String {
    let mut shown = quoted(&text.to_string_lossy());
    if text.as_str().is_none() {
        shown.push_str(" (broken UTF-16)");
    }
    shown
}

fn quoted(text: &str) -> String {
    let (shown, length) = cut(text, MAX_CHARS);
    let shown = one_line(shown);
    match length {
        Some(length) => format!("\"{shown}\".. ({length} characters)"),
        None => format!("\"{shown}\""),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::from("hex:");
    for byte in bytes.iter().take(MAX_BYTES) {
        let _ = write!(hex, "{byte:02x}");
    }
    match bytes.len() {
        0 => "no bytes".into(),
        len if len > MAX_BYTES => format!("{hex}.. ({len} bytes)"),
        _ => hex,
    }
}

fn list<T, D: Display>(elements: &[T], show: impl Fn(&T) -> D) -> String {
    let shown: Vec<String> =
        elements.iter().take(MAX_ELEMENTS).map(|element| show(element).to_string()).collect();
    let more = if elements.len() > MAX_ELEMENTS {
        format!(", .. ({} values)", elements.len())
    } else {
        String::new()
    };
    format!("[{}{more}]", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_on_one_line_and_long_ones_are_cut() {
        let cases = [
            (PropValue::Long(7), "7"),
            (PropValue::Long(-1), "-1 (0xFFFFFFFF)"),
            (PropValue::Currency(-123_456), "-12.3456"),
            (PropValue::Error(0x8004_010F), "0x8004010F MAPI_E_NOT_FOUND"),
            (PropValue::Unicode("a\nb\u{1b}".into()), "\"a\\nb\\u{1b}\""),
            (PropValue::Unicode(Text::from_units(&[0xD800])), "\"\u{FFFD}\" (broken UTF-16)"),
            (PropValue::SysTime(FileTime::OUTLOOK_NONE), "none (filetime 915151392000000000)"),
            (PropValue::Binary(vec![0xAB; 2]), "hex:abab"),
            (PropValue::MvUnicode(vec!["a".into(), "b".into()]), "[\"a\", \"b\"]"),
        ];
        for (value, expected) in cases {
            assert_eq!(display(&value, &[], false), expected);
        }
        let long = PropValue::Unicode("x".repeat(1000).as_str().into());
        assert!(display(&long, &[], false).ends_with("x\".. (1000 characters)"));
        assert!(display(&PropValue::Binary(vec![0; 99]), &[], false).ends_with(".. (99 bytes)"));
        assert_eq!(display(&PropValue::String8(vec![0x80]), &["€".into()], true), "\"€\"");
        assert!(display(&PropValue::Binary(vec![]), &[], true).starts_with("0 bytes, sha256:e3b0"));
    }
}
