//! Values of properties in JSON: the column V of the dump's schema, and the freer words of a
//! specification. Spec: msg-format 12.

use super::{array, element_type, is_opaque, words};
use crate::errors::Failure;
use crate::json::{Bytes, Node, TextJson};
use openimsg::{FileTime, PropType, PropValue};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::path::Path;

/// A value as the dump writes it.
pub(crate) struct ValueJson<'a> {
    pub(crate) value: &'a PropValue,
    /// The decoded form of 8-bit text: one, or one for each element.
    pub(crate) decoded: &'a [String],
    /// Size and digest in place of bytes.
    pub(crate) digest: bool,
}

struct Time(FileTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("filetime", &self.0.ticks().to_string())?;
        map.serialize_entry("utc", &self.0.to_rfc3339())?;
        map.end()
    }
}

/// A number, or the name of what JSON has no number for.
struct Real(f64);

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_finite() => serializer.serialize_f64(x),
            x => serializer.serialize_str(not_finite(x)),
        }
    }
}

/// As [`Real`], with the digits of the short type.
struct ShortReal(f32);

impl Serialize for ShortReal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_finite() => serializer.serialize_f32(x),
            x => serializer.serialize_str(not_finite(x.into())),
        }
    }
}

fn not_finite(x: f64) -> &'static str {
    match (x.is_nan(), x.is_sign_negative()) {
        (true, _) => "NaN",
        (false, false) => "Infinity",
        (false, true) => "-Infinity",
    }
}

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let bytes = |bytes| Bytes { bytes, digest: self.digest };
        match self.value {
            PropValue::I2(v) => v.serialize(s),
            PropValue::Long(v) => v.serialize(s),
            PropValue::R4(v) => ShortReal(*v).serialize(s),
            PropValue::Double(v) | PropValue::AppTime(v) => Real(*v).serialize(s),
            PropValue::I8(v) | PropValue::Currency(v) => s.collect_str(v),
            PropValue::Error(v) => v.cast_signed().serialize(s),
            PropValue::Boolean(v) => v.serialize(s),
            PropValue::String8(_) => self.decoded.first().serialize(s),
            PropValue::Unicode(v) => TextJson(v).serialize(s),
            PropValue::SysTime(v) => Time(*v).serialize(s),
            PropValue::Clsid(v) => s.collect_str(v),
            PropValue::Binary(v) | PropValue::Opaque(_, v) => bytes(v).serialize(s),
            PropValue::MvI2(v) => s.collect_seq(v),
            PropValue::MvLong(v) => s.collect_seq(v),
            PropValue::MvR4(v) => s.collect_seq(v.iter().copied().map(ShortReal)),
            PropValue::MvDouble(v) | PropValue::MvAppTime(v) => {
                s.collect_seq(v.iter().copied().map(Real))
            }
            PropValue::MvI8(v) | PropValue::MvCurrency(v) => {
                s.collect_seq(v.iter().map(ToString::to_string))
            }
            PropValue::MvString8(_) => s.collect_seq(self.decoded),
            PropValue::MvUnicode(v) => s.collect_seq(v.iter().map(TextJson)),
            PropValue::MvSysTime(v) => s.collect_seq(v.iter().copied().map(Time)),
            PropValue::MvClsid(v) => s.collect_seq(v.iter().map(ToString::to_string)),
            PropValue::MvBinary(v) => s.collect_seq(v.iter().map(|v| bytes(v))),
            // Null, objects, and kinds that are not there yet.
            _ => s.serialize_none(),
        }
    }
}

/// The value of a property in a dump. 8-bit text comes as [`PropValue::Unicode`] of its decoded form.
pub(crate) fn from_dump(node: &Node<'_>, prop_type: PropType) -> Result<PropValue, Failure> {
    read(node, prop_type, None)
}

/// The value of a property in a specification: the dump's forms, and words as on a command line.
///
/// Text stays text; for bytes there are also the words `hex:..` and `@PATH`.
pub(crate) fn from_specification(
    node: &Node<'_>,
    prop_type: PropType,
    folder: &Path,
) -> Result<PropValue, Failure> {
    read(node, prop_type, Some(folder))
}

fn read(node: &Node<'_>, prop_type: PropType, folder: Option<&Path>) -> Result<PropValue, Failure> {
    if !prop_type.is_multivalue() || is_opaque(prop_type) {
        return one(node, prop_type, folder);
    }
    let element = element_type(prop_type);
    let elements = node.array()?;
    let elements = elements.iter().map(|node| one(node, element, folder));
    let elements = elements.collect::<Result<Vec<_>, _>>()?;
    let texts = prop_type == PropType::PT_MV_STRING8;
    let as_type = if texts { PropType::PT_MV_UNICODE } else { prop_type };
    array(as_type, elements)
        .ok_or_else(|| node.complain(format!("values of type {prop_type} cannot be given")))
}

fn one(node: &Node<'_>, prop_type: PropType, folder: Option<&Path>) -> Result<PropValue, Failure> {
    let word = |word: &str| {
        words::parse(word, prop_type, folder, false).map_err(|reason| node.complain(reason))
    };
    match prop_type {
        PropType::PT_NULL | PropType::PT_OBJECT if node.is_null() => {
            let object = prop_type == PropType::PT_OBJECT;
            Ok(if object { PropValue::Object } else { PropValue::Null })
        }
        PropType::PT_UNICODE | PropType::PT_STRING8 => Ok(PropValue::Unicode(node.text()?)),
        PropType::PT_BOOLEAN => Ok(PropValue::Boolean(node.bool()?)),
        PropType::PT_SYSTIME if node.is_object() => {
            let mut fields = node.object()?;
            let ticks = fields.require("filetime")?;
            let _ = fields.take("utc");
            fields.finish()?;
            let ticks = ticks.parsed(str::parse)?;
            Ok(PropValue::SysTime(FileTime::from_ticks(ticks)))
        }
        PropType::PT_BINARY if node.is_object() => Ok(PropValue::Binary(bytes(node)?)),
        other if is_opaque(other) && node.is_object() => Ok(PropValue::Opaque(other, bytes(node)?)),
        _ if node.is_string() => word(&node.string()?),
        PropType::PT_SYSTIME | PropType::PT_CLSID | PropType::PT_BINARY => word(&node.string()?),
        _ => word(node.number()?),
    }
}

/// The bytes of `{"base64":".."}`.
pub(crate) fn bytes(node: &Node<'_>) -> Result<Vec<u8>, Failure> {
    let mut fields = node.object()?;
    if fields.has("sha256") {
        let reason = "this is a digest, the bytes are not here; dump without --digest";
        return Err(node.complain(reason));
    }
    let bytes = fields.require("base64")?.base64()?;
    fields.finish()?;
    Ok(bytes)
}

/// The type that a value of a specification suggests, for properties that nothing is known about.
pub(crate) fn suggested_type(node: &Node<'_>) -> Option<PropType> {
    if node.bool().is_ok() {
        return Some(PropType::PT_BOOLEAN);
    }
    if node.is_string() {
        return Some(PropType::PT_UNICODE);
    }
    if let Ok(digits) = node.number() {
        let whole = digits.parse::<i64>().ok();
        return Some(match whole.map(i32::try_from) {
            Some(Ok(_)) => PropType::PT_LONG,
            Some(Err(_)) => PropType::PT_I8,
            None => PropType::PT_DOUBLE,
        });
    }
    if let Ok(fields) = node.object() {
        let time = fields.has("filetime");
        return Some(if time { PropType::PT_SYSTIME } else { PropType::PT_BINARY });
    }
    let types: Option<Vec<PropType>> = node.array().ok()?.iter().map(suggested_type).collect();
    match types?.as_slice() {
        [first, rest @ ..] if !first.is_multivalue() && rest.iter().all(|t| t == first) => {
            let many = PropType::new(first.value() | PropType::MV_FLAG);
            many.name().map(|_| many)
        }
        _ => None,
    }
}

/// Only for tests and callers that hold values already.
impl<'a> From<&'a PropValue> for ValueJson<'a> {
    fn from(value: &'a PropValue) -> Self {
        ValueJson { value, decoded: &[], digest: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::documents;
    use openimsg::{Guid, Text};

    fn json(value: &PropValue) -> String {
        serde_json::to_string(&ValueJson::from(value)).unwrap()
    }

    fn back(json: &str, prop_type: PropType) -> Result<PropValue, Failure> {
        from_dump(&documents(json).unwrap().remove(0), prop_type)
    }

    #[test]
    fn every_kind_of_value_survives_json() {
        let guid: Guid = "{96357f7f-59e1-47d0-99a7-46515c183b54}".parse().unwrap();
        let time = FileTime::from_ticks(133_000_000_000_000_001);
        let broken = Text::from_units(&[0x41, 0xDC00]);
        let values = [
            (PropValue::Null, "null"),
            (PropValue::I2(-2), "-2"),
            (PropValue::Long(i32::MIN), "-2147483648"),
            (PropValue::R4(0.1), "0.1"),
            (PropValue::Double(0.1), "0.1"),
            (PropValue::Double(f64::NEG_INFINITY), "\"-Infinity\""),
            (PropValue::AppTime(-1.25), "-1.25"),
            (PropValue::Currency(i64::MIN), "\"-9223372036854775808\""),
            (PropValue::Error(0x8004_010F), "-2147221233"),
            (PropValue::Boolean(true), "true"),
            (PropValue::Object, "null"),
            (PropValue::I8(7), "\"7\""),
            (PropValue::Unicode(broken.clone()), "\"A\\udc00\""),
            (PropValue::Clsid(guid), "\"{96357f7f-59e1-47d0-99a7-46515c183b54}\""),
            (PropValue::Binary(vec![1]), "{\"base64\":\"AQ==\"}"),
            (PropValue::Opaque(PropType::new(0x1234), vec![1]), "{\"base64\":\"AQ==\"}"),
            (PropValue::Opaque(PropType::PT_UNSPECIFIED, vec![]), "{\"base64\":\"\"}"),
            (PropValue::SysTime(FileTime::from_ticks(0)), "{\"filetime\":\"0\",\"utc\":null}"),
            (PropValue::MvI2(vec![1, -1]), "[1,-1]"),
            (PropValue::MvLong(vec![]), "[]"),
            (PropValue::MvR4(vec![f32::INFINITY]), "[\"Infinity\"]"),
            (PropValue::MvDouble(vec![1.0]), "[1.0]"),
            (PropValue::MvAppTime(vec![2.5]), "[2.5]"),
            (PropValue::MvCurrency(vec![1]), "[\"1\"]"),
            (PropValue::MvI8(vec![i64::MAX]), "[\"9223372036854775807\"]"),
            (PropValue::MvUnicode(vec![broken]), "[\"A\\udc00\"]"),
            (
                PropValue::MvSysTime(vec![time]),
                "[{\"filetime\":\"133000000000000001\",\"utc\":\"2022-06-18T04:26:40.0000001Z\"}]",
            ),
            (PropValue::MvClsid(vec![Guid::NULL]), "[\"{00000000-0000-0000-0000-000000000000}\"]"),
            (
                PropValue::MvBinary(vec![vec![], vec![2]]),
                "[{\"base64\":\"\"},{\"base64\":\"Ag==\"}]",
            ),
        ];
        for (value, expected) in values {
            assert_eq!(json(&value), expected);
            assert_eq!(back(expected, value.prop_type()).unwrap(), value);
        }
        assert_eq!(json(&PropValue::Double(f64::NAN)), "\"NaN\"");
        let nan = back("\"NaN\"", PropType::PT_DOUBLE).unwrap();
        assert!(matches!(nan, PropValue::Double(x) if x.is_nan()));
    }

    #[test]
    fn digests_cannot_be_restored() {
        let json = "{\"size\":1,\"sha256\":\"00\"}";
        assert!(back(json, PropType::PT_BINARY).unwrap_err().to_string().contains("--digest"));
    }

    #[test]
    fn values_of_another_type_are_refused() {
        for (json, prop_type) in [
            ("7", PropType::PT_UNICODE),
            ("\"x\"", PropType::PT_LONG),
            ("1.5", PropType::PT_LONG),
            ("1", PropType::PT_BOOLEAN),
            ("\"@/etc/hosts\"", PropType::PT_BINARY),
            ("[\"a\",1]", PropType::PT_MV_UNICODE),
            ("\"a\"", PropType::PT_MV_UNICODE),
            ("{\"filetime\":1}", PropType::PT_SYSTIME),
        ] {
            assert!(back(json, prop_type).is_err(), "{json}");
        }
    }

    #[test]
    fn an_unknown_property_gets_the_type_that_its_value_suggests() {
        let suggested = |json| suggested_type(&documents(json).unwrap().remove(0));
        assert_eq!(suggested("true"), Some(PropType::PT_BOOLEAN));
        assert_eq!(suggested("7"), Some(PropType::PT_LONG));
        assert_eq!(suggested("-3000000000"), Some(PropType::PT_I8));
        assert_eq!(suggested("1e3"), Some(PropType::PT_DOUBLE));
        assert_eq!(suggested("\"x\""), Some(PropType::PT_UNICODE));
        assert_eq!(suggested("[\"x\",\"y\"]"), Some(PropType::PT_MV_UNICODE));
        assert_eq!(suggested("[true]"), None);
        assert_eq!(suggested("[1,\"x\"]"), None);
        assert_eq!(suggested("[]"), None);
        assert_eq!(suggested("{\"base64\":\"\"}"), Some(PropType::PT_BINARY));
    }
}
