//! `SRestriction`: what the numbers and pointers of a caller's structures come to.
//! Spec: imessage-contract 3.5.

use super::given::{GivenProp, GivenValue};
use crate::error::{Code, Error, Result};
use crate::msg::table::{BitMask, FuzzyLevel, Relop, Restriction};
use crate::prop::{PropTag, PropValue};

const DOING: &str = "read restriction";

fn null<T>() -> Result<T> {
    Err(Error::new(Code::InvalidParameter, DOING).note("a pointer in the restriction is null"))
}

fn too_complex<T>(note: &str) -> Result<T> {
    Err(Error::new(Code::TooComplex, DOING).note(note))
}

/// `RELOP_*`.
///
/// # Errors
/// [`Code::TooComplex`] for other numbers.
pub fn relop(number: u32) -> Result<Relop> {
    Ok(match number {
        0 => Relop::Lt,
        1 => Relop::Le,
        2 => Relop::Gt,
        3 => Relop::Ge,
        4 => Relop::Eq,
        5 => Relop::Ne,
        6 => Relop::Re,
        _ => return too_complex("an unknown relation"),
    })
}

fn value(prop: Option<&GivenProp>) -> Result<PropValue> {
    match prop.map(|prop| &prop.value) {
        None | Some(GivenValue::NullPointer) => null(),
        Some(GivenValue::Untyped) => too_complex("a value without a type"),
        Some(GivenValue::Value(value)) => Ok(value.clone()),
    }
}

/// `RES_AND`: `count` is `cRes`, `parts` is `lpRes`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a count without parts.
pub fn and(count: u32, parts: Option<Vec<Restriction>>) -> Result<Restriction> {
    match (count, parts) {
        (0, _) => Ok(Restriction::and([])),
        (_, Some(parts)) => Ok(Restriction::and(parts)),
        (_, None) => null(),
    }
}

/// `RES_OR`.
///
/// # Errors
/// As [`and`].
pub fn or(count: u32, parts: Option<Vec<Restriction>>) -> Result<Restriction> {
    match (count, parts) {
        (0, _) => Ok(Restriction::or([])),
        (_, Some(parts)) => Ok(Restriction::or(parts)),
        (_, None) => null(),
    }
}

/// `RES_NOT`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null part.
pub fn not(part: Option<Restriction>) -> Result<Restriction> {
    part.map_or_else(null, |part| Ok(Restriction::not(part)))
}

/// `RES_CONTENT`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null value.
pub fn content(level: u32, tag: u32, prop: Option<&GivenProp>) -> Result<Restriction> {
    let level = FuzzyLevel::from_bits_retain(level);
    Ok(Restriction::content_value(level, PropTag::new(tag), value(prop)?))
}

/// `RES_PROPERTY`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null value, [`Code::TooComplex`] for an unknown relation.
pub fn property(relation: u32, tag: u32, prop: Option<&GivenProp>) -> Result<Restriction> {
    let value = value(prop)?;
    Ok(Restriction::property_value(relop(relation)?, PropTag::new(tag), value))
}

/// `RES_COMPAREPROPS`.
///
/// # Errors
/// [`Code::TooComplex`] for an unknown relation.
pub fn compare_props(relation: u32, one: u32, other: u32) -> Result<Restriction> {
    Ok(Restriction::compare_props(relop(relation)?, PropTag::new(one), PropTag::new(other)))
}

/// `RES_BITMASK`.
///
/// # Errors
/// [`Code::TooComplex`] for an unknown relation.
pub fn bit_mask(relation: u32, tag: u32, mask: u32) -> Result<Restriction> {
    let bits = match relation {
        0 => BitMask::EqualZero,
        1 => BitMask::NotEqualZero,
        _ => return too_complex("an unknown relation of bits"),
    };
    Ok(Restriction::bit_mask(bits, PropTag::new(tag), mask))
}

/// `RES_SIZE`.
///
/// # Errors
/// [`Code::TooComplex`] for an unknown relation.
pub fn size(relation: u32, tag: u32, bytes: u32) -> Result<Restriction> {
    Ok(Restriction::size(relop(relation)?, PropTag::new(tag), bytes))
}

/// `RES_COUNT`.
///
/// # Errors
/// [`Code::InvalidParameter`] for a null part.
pub fn count(rows: u32, part: Option<Restriction>) -> Result<Restriction> {
    part.map_or_else(null, |part| Ok(Restriction::count(rows, part)))
}
