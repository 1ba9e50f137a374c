//! The order of values. Spec: imessage-contract 3.5, Ordering.

use crate::prop::{PropType, PropValue};
use crate::wire::Text;
use std::cmp::Ordering;

/// A value ready to be compared.
pub(super) struct Key {
    value: PropValue,
    folded: String,
}

impl Key {
    pub(super) fn new(value: &PropValue) -> Key {
        let folded = match value {
            PropValue::Unicode(text) => fold_text(text),
            _ => String::new(),
        };
        Key { value: value.clone(), folded }
    }

    /// A number in the order of the values, as far as one can tell that early: the beginning of a
    /// text; below all texts or above them for types that come before or after those.
    pub(super) fn hint(&self) -> u64 {
        let text = PropType::PT_UNICODE.value();
        match &self.value {
            PropValue::Unicode(_) => {
                let mut start = [1, 0, 0, 0, 0, 0, 0, 0];
                let bytes = self.folded.bytes();
                start.iter_mut().skip(1).zip(bytes).for_each(|(place, byte)| *place = byte);
                u64::from_be_bytes(start)
            }
            other if other.prop_type().value() < text => 0,
            _ => u64::MAX,
        }
    }

    pub(super) fn compare(&self, other: &Key) -> Ordering {
        match (&self.value, &other.value) {
            (PropValue::Unicode(a), PropValue::Unicode(b)) => {
                self.folded.cmp(&other.folded).then_with(|| exact(a, b))
            }
            (a, b) => compare(a, b),
        }
    }
}

/// One letter for both cases: simple case folding, one character for one.
pub(super) fn fold(c: char) -> char {
    // The dotless and the dotted i fold to themselves outside Turkish.
    if matches!(c, '\u{130}' | '\u{131}') {
        return c;
    }
    let upper = single(c.to_uppercase(), c);
    single(upper.to_lowercase(), upper)
}

/// The character that a case mapping gives, if it gives one only.
fn single(mut mapped: impl Iterator<Item = char>, c: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn fold_text(text: &Text) -> String {
    text.to_string_lossy().chars().map(fold).collect()
}

fn exact(a: &Text, b: &Text) -> Ordering {
    a.to_string_lossy().cmp(&b.to_string_lossy())
}

/// By folded letters, then by the letters as they are.
fn texts(a: &Text, b: &Text) -> Ordering {
    fold_text(a).cmp(&fold_text(b)).then_with(|| exact(a, b))
}

/// Whether two values are equal to a property restriction: texts in any case.
pub(super) fn equal(a: &PropValue, b: &PropValue) -> bool {
    match (a, b) {
        (PropValue::Unicode(a), PropValue::Unicode(b)) => fold_text(a) == fold_text(b),
        (PropValue::MvUnicode(a), PropValue::MvUnicode(b)) => {
            a.iter().map(fold_text).eq(b.iter().map(fold_text))
        }
        (a, b) => compare(a, b) == Ordering::Equal,
    }
}

/// The order of two values of one type; arrays element by element, the shorter first.
pub(super) fn compare(a: &PropValue, b: &PropValue) -> Ordering {
    use PropValue as V;
    match (a, b) {
        (V::Unicode(a), V::Unicode(b)) => texts(a, b),
        (V::I2(a), V::I2(b)) => a.cmp(b),
        (V::Long(a), V::Long(b)) => a.cmp(b),
        (V::Error(a), V::Error(b)) => a.cmp(b),
        (V::R4(a), V::R4(b)) => float(f64::from(*a), f64::from(*b)),
        (V::Double(a), V::Double(b)) | (V::AppTime(a), V::AppTime(b)) => float(*a, *b),
        (V::Currency(a), V::Currency(b)) | (V::I8(a), V::I8(b)) => a.cmp(b),
        (V::Boolean(a), V::Boolean(b)) => a.cmp(b),
        (V::SysTime(a), V::SysTime(b)) => a.cmp(b),
        (V::Clsid(a), V::Clsid(b)) => a.to_bytes().cmp(&b.to_bytes()),
        (V::Binary(a) | V::String8(a), V::Binary(b) | V::String8(b)) => a.cmp(b),
        (V::Opaque(_, a), V::Opaque(_, b)) => a.cmp(b),
        (V::MvI2(a), V::MvI2(b)) => a.cmp(b),
        (V::MvLong(a), V::MvLong(b)) => a.cmp(b),
        (V::MvR4(a), V::MvR4(b)) => by(a, b, |a, b| float(f64::from(*a), f64::from(*b))),
        (V::MvDouble(a), V::MvDouble(b)) | (V::MvAppTime(a), V::MvAppTime(b)) => {
            by(a, b, |a, b| float(*a, *b))
        }
        (V::MvCurrency(a), V::MvCurrency(b)) | (V::MvI8(a), V::MvI8(b)) => a.cmp(b),
        (V::MvSysTime(a), V::MvSysTime(b)) => a.cmp(b),
        (V::MvClsid(a), V::MvClsid(b)) => by(a, b, |a, b| a.to_bytes().cmp(&b.to_bytes())),
        (V::MvBinary(a) | V::MvString8(a), V::MvBinary(b) | V::MvString8(b)) => a.cmp(b),
        (V::MvUnicode(a), V::MvUnicode(b)) => by(a, b, texts),
        (a, b) => a.prop_type().value().cmp(&b.prop_type().value()),
    }
}

fn by<T>(a: &[T], b: &[T], order: impl Fn(&T, &T) -> Ordering) -> Ordering {
    let differing = a.iter().zip(b).map(|(a, b)| order(a, b)).find(|found| found.is_ne());
    differing.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// NaN comes first.
fn float(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}
