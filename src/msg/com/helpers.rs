//! Utility functions of MAPI that its callers link with. Spec: imessage-contract 1.12.

use super::given::GivenProp;
use super::props::{get_props, set_props};
use crate::error::{Code, Error, Result};
use crate::msg::message::Message;
use crate::msg::object::MapiProp;
use crate::msg::rtf_sync::RtfSync;
use crate::msg::table::{FuzzyLevel, value_contains, values_compare, values_relate};
use crate::prop::{NamedProp, Prop, PropTag, PropType, PropValue};
use std::cmp::Ordering;

/// `HrGetOneProp`: one value, or the error of its entry.
///
/// # Errors
/// That of the entry, [`Code::NotFound`] for an absent property; those of
/// [`get_props`](super::props::get_props).
pub fn get_one_prop(object: &MapiProp<'_>, tag: u32) -> Result<Prop> {
    const DOING: &str = "get property";
    let (mut count, mut values) = (0, None);
    get_props(object, Some(&[tag]), 0, Some(&mut count), Some(&mut values))?;
    let Some(prop) = values.into_iter().flatten().next() else {
        return Err(Error::new(Code::NotFound, DOING));
    };
    match prop.value {
        PropValue::Error(scode) if prop.tag.prop_type() == PropType::PT_ERROR => {
            Err(Error::new(Code::from_scode(scode).unwrap_or(Code::CallFailed), DOING))
        }
        _ => Ok(prop),
    }
}

/// `HrSetOneProp`: one value; a problem is the result.
///
/// # Errors
/// The problem's code; those of [`set_props`](super::props::set_props).
pub fn set_one_prop(object: &MapiProp<'_>, prop: &GivenProp) -> Result<()> {
    let mut problems = None;
    set_props(object, Some(std::slice::from_ref(prop)), Some(&mut problems))?;
    match problems.into_iter().flatten().next() {
        Some(problem) => Err(Error::new(problem.code, "set property")),
        None => Ok(()),
    }
}

/// `FPropExists`: whether there is such a property, of any type for `PT_UNSPECIFIED`. No value is read.
#[must_use]
pub fn prop_exists(object: &MapiProp<'_>, tag: u32) -> bool {
    let tag = PropTag::new(tag);
    let any = tag.prop_type() == PropType::PT_UNSPECIFIED;
    let Ok(tags) = object.prop_list() else { return false };
    tags.iter().any(|listed| if any { listed.id() == tag.id() } else { *listed == tag })
}

/// `PpropFindProp`: the place of a property in an array; any type for `PT_UNSPECIFIED`.
#[must_use]
pub fn find_prop(props: &[Prop], tag: u32) -> Option<usize> {
    let tag = PropTag::new(tag);
    let any = tag.prop_type() == PropType::PT_UNSPECIFIED;
    props.iter().position(|prop| if any { prop.tag.id() == tag.id() } else { prop.tag == tag })
}

/// `LpValFindProp`: the place of a property in an array; only identifiers count.
#[must_use]
pub fn find_value(tag: u32, props: &[Prop]) -> Option<usize> {
    props.iter().position(|prop| prop.tag.id() == PropTag::new(tag).id())
}

/// `RTFSync`: makes one body from the other, and says whether anything was set.
///
/// # Errors
/// [`Code::InvalidParameter`] for null pointers, [`Code::ObjectDeleted`], [`Code::UnknownFlags`];
/// those of [`Message::rtf_sync`].
pub fn rtf_sync(
    message: Option<&Message<'_>>,
    flags: u32,
    updated: Option<&mut bool>,
) -> Result<()> {
    const DOING: &str = "synchronise bodies";
    let Some(updated) = updated else { return super::null(DOING) };
    *updated = false;
    let message = super::given(message, DOING)?;
    message.check_open(DOING)?;
    super::check_flags(flags, RtfSync::all().bits(), DOING)?;
    *updated = message.rtf_sync(RtfSync::from_bits_truncate(flags))?;
    Ok(())
}

/// `FEqualNames`.
#[must_use]
pub fn equal_names(one: &NamedProp, other: &NamedProp) -> bool {
    one == other
}

/// `FPropContainsProp`: whether the first value contains the second, by a fuzzy level.
#[must_use]
pub fn contains(value: &PropValue, part: &PropValue, level: u32) -> bool {
    value_contains(value, part, FuzzyLevel::from_bits_retain(level))
}

/// `FPropCompareProp`: whether two values relate as `RELOP_*` says; not for unknown relations.
#[must_use]
pub fn relates(one: &PropValue, relation: u32, other: &PropValue) -> bool {
    super::restrictions::relop(relation).is_ok_and(|relop| values_relate(relop, one, other))
}

/// `LPropCompareProp`: the order of two values.
#[must_use]
pub fn compare(one: &PropValue, other: &PropValue) -> Ordering {
    values_compare(one, other)
}

/// `UlPropSize`: the bytes of a value as callers have it, text with its end, without pointers.
#[must_use]
pub fn value_size(value: &PropValue) -> usize {
    let text = |text: &crate::wire::Text| 2 * text.units().count() + 2;
    match value {
        PropValue::Null | PropValue::Object => 0,
        PropValue::I2(_) | PropValue::Boolean(_) => 2,
        PropValue::Long(_) | PropValue::R4(_) | PropValue::Error(_) => 4,
        PropValue::Double(_) | PropValue::AppTime(_) | PropValue::Currency(_) => 8,
        PropValue::I8(_) | PropValue::SysTime(_) => 8,
        PropValue::Clsid(_) => 16,
        PropValue::String8(bytes) => bytes.len() + 1,
        PropValue::Unicode(value) => text(value),
        PropValue::Binary(bytes) | PropValue::Opaque(_, bytes) => bytes.len(),
        PropValue::MvI2(all) => 2 * all.len(),
        PropValue::MvLong(all) => 4 * all.len(),
        PropValue::MvR4(all) => 4 * all.len(),
        PropValue::MvDouble(all) | PropValue::MvAppTime(all) => 8 * all.len(),
        PropValue::MvCurrency(all) | PropValue::MvI8(all) => 8 * all.len(),
        PropValue::MvSysTime(all) => 8 * all.len(),
        PropValue::MvClsid(all) => 16 * all.len(),
        PropValue::MvString8(all) => all.iter().map(|bytes| bytes.len() + 1).sum(),
        PropValue::MvUnicode(all) => all.iter().map(text).sum(),
        PropValue::MvBinary(all) => all.iter().map(Vec::len).sum(),
    }
}

/// `HexFromBin`: two upper-case digits a byte.
#[must_use]
pub fn hex_from_bin(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// `FBinFromHex`: the bytes of hexadecimal text; `None` if it is none.
#[must_use]
pub fn bin_from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
