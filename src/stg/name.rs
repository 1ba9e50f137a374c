//! Element names: their rules and their order.

use crate::error::{Code, Error, Result};
use std::cmp::Ordering;
use std::fmt;

#[path = "upcase_table.rs"]
mod upcase_table;

/// The longest name, in UTF-16 units.
pub(crate) const MAX_UNITS: usize = 31;

/// What no new name may hold: NUL and `! / : \`.
const FORBIDDEN: [u8; 5] = [0, 0x21, 0x2F, 0x3A, 0x5C];

/// The name of a storage or stream: at most 31 UTF-16 units, compared as the file format does.
///
/// Shorter names come first; names of one length compare unit by unit in upper case, so `abc` and
/// `ABC` are the same name. Unpaired surrogates are kept. Spec: S-153, S-154, S-155, S-156
/// (structured-storage 1.7).
///
/// # Example
/// ```
/// use openimsg::ElementName;
///
/// let a = ElementName::new("CONTENTS")?;
/// assert_eq!(a, ElementName::new("contents")?);
/// assert!(a < ElementName::new("ABCDEFGHI")?);
/// assert!(ElementName::new("a/b").is_err());
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ElementName {
    len: u8,
    units: [u16; MAX_UNITS],
}

impl ElementName {
    /// A name that may be created.
    ///
    /// # Errors
    /// [`Code::StgInvalidName`] if it is empty, longer than 31 units, or holds `/ \ : !` or NUL.
    pub fn new(name: &str) -> Result<ElementName> {
        let bytes = name.as_bytes();
        let is_plain = |byte: &u8| byte.is_ascii() && !FORBIDDEN.contains(byte);
        if (1..=MAX_UNITS).contains(&bytes.len()) && bytes.iter().all(is_plain) {
            return Ok(ElementName::ascii(bytes));
        }
        ElementName::checked(name.encode_utf16()).map_err(|why| invalid(&format!("{name:?} {why}")))
    }

    /// The same from UTF-16 units, which may hold unpaired surrogates.
    ///
    /// # Errors
    /// As [`ElementName::new`].
    pub fn from_units(units: &[u16]) -> Result<ElementName> {
        ElementName::checked(units.iter().copied()).map_err(|why| {
            let shown = String::from_utf16_lossy(units.get(..=MAX_UNITS).unwrap_or(units));
            invalid(&format!("{shown:?} {why}"))
        })
    }

    fn checked(units: impl Iterator<Item = u16>) -> Result<ElementName, &'static str> {
        let mut result = ElementName { len: 0, units: [0; MAX_UNITS] };
        for unit in units {
            if u8::try_from(unit).is_ok_and(|unit| FORBIDDEN.contains(&unit)) {
                return Err("holds one of / \\ : ! or NUL");
            }
            if !result.push(unit) {
                return Err("is longer than 31 UTF-16 units");
            }
        }
        if result.len == 0 { Err("is no name: it is empty") } else { Ok(result) }
    }

    /// A name as it was found in a file: anything of at most 31 units is accepted.
    pub(crate) fn found(units: impl IntoIterator<Item = u16>) -> ElementName {
        let mut result = ElementName { len: 0, units: [0; MAX_UNITS] };
        for (slot, unit) in result.units.iter_mut().zip(units) {
            *slot = unit;
            result.len += 1;
        }
        result
    }

    /// The same from `len` units, of the little-endian ones that a directory entry begins with.
    #[inline]
    pub(crate) fn found_among(units: &[[u8; 2]], len: usize) -> ElementName {
        let len = len.min(MAX_UNITS);
        let mut result = ElementName { len: 0, units: [0; MAX_UNITS] };
        // All slots, whatever the length: a loop of fixed length is a few instructions.
        for (at, (slot, unit)) in result.units.iter_mut().zip(units).enumerate() {
            *slot = if at < len { u16::from_le_bytes(*unit) } else { 0 };
        }
        result.len = u8::try_from(len.min(units.len())).unwrap_or(0);
        result
    }

    /// An ASCII name whose length is known to be legal, such as those of a message.
    pub(crate) fn ascii(name: &[u8]) -> ElementName {
        ElementName::found(name.iter().map(|b| u16::from(*b)))
    }

    fn push(&mut self, unit: u16) -> bool {
        let slot = self.units.get_mut(usize::from(self.len));
        slot.is_some_and(|slot| {
            *slot = unit;
            self.len += 1;
            true
        })
    }

    /// The UTF-16 units.
    #[must_use]
    pub fn units(&self) -> &[u16] {
        self.units.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether both names have exactly the same units, letter case included.
    #[must_use]
    pub fn is_identical(&self, other: &ElementName) -> bool {
        self.units() == other.units()
    }

    /// The number that the last eight characters are, in hexadecimal, behind a `#`.
    pub(crate) fn number(&self) -> Option<usize> {
        let (head, digits) = self.units().split_last_chunk::<8>()?;
        if head.last() != Some(&0x23) {
            return None;
        }
        let digit = |unit: &u16| char::from_u32(u32::from(*unit))?.to_digit(16);
        let number = digits.iter().try_fold(0_u32, |sum, unit| Some(sum << 4 | digit(unit)?));
        number.and_then(|number| usize::try_from(number).ok())
    }

    /// The units as bytes, if all are ASCII.
    pub(crate) fn as_ascii<'a>(&self, buffer: &'a mut [u8; MAX_UNITS]) -> Option<&'a [u8]> {
        for (slot, unit) in buffer.iter_mut().zip(self.units()) {
            *slot = u8::try_from(*unit).ok().filter(u8::is_ascii)?;
        }
        buffer.get(..usize::from(self.len))
    }
}

fn invalid(why: &str) -> Error {
    Error::new(Code::StgInvalidName, "name element").note(why)
}

/// One unit in upper case, by the mapping that orders names.
#[inline]
pub(crate) fn upcase(unit: u16) -> u16 {
    if unit < 0x80 {
        return if (0x61..=0x7A).contains(&unit) { unit - 0x20 } else { unit };
    }
    let runs = upcase_table::RUNS;
    let at = runs.partition_point(|(first, ..)| *first <= unit);
    let Some((first, last, step, delta)) = at.checked_sub(1).and_then(|at| runs.get(at)) else {
        return unit;
    };
    if unit > *last || !(unit - first).is_multiple_of(*step) {
        return unit;
    }
    u16::try_from(i32::from(unit) + delta).unwrap_or(unit)
}

/// Compares two names given as units.
#[inline]
pub(crate) fn compare_units(
    a: impl ExactSizeIterator<Item = u16>,
    b: impl ExactSizeIterator<Item = u16>,
) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| {
        let differing = a.zip(b).find(|(a, b)| a != b && upcase(*a) != upcase(*b));
        differing.map_or(Ordering::Equal, |(a, b)| upcase(a).cmp(&upcase(b)))
    })
}

impl Ord for ElementName {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.units(), other.units());
        if a.len() != b.len() {
            return a.len().cmp(&b.len());
        }
        // Names in one storage begin alike: what is the same bit for bit is skipped by fours.
        let fours = a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0);
        let same = 4 * fours.take_while(|(a, b)| a == b).count();
        let a = a.get(same..).unwrap_or_default().iter().copied();
        compare_units(a, b.get(same..).unwrap_or_default().iter().copied())
    }
}

impl PartialOrd for ElementName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ElementName {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ElementName {}

/// Unpaired surrogates print as U+FFFD.
impl fmt::Display for ElementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        char::decode_utf16(self.units().iter().copied())
            .try_for_each(|c| fmt::Write::write_char(f, c.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

impl fmt::Debug for ElementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl std::str::FromStr for ElementName {
    type Err = Error;

    fn from_str(name: &str) -> Result<ElementName> {
        ElementName::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: S-153, F-113
    #[test]
    fn siblings_compare_by_length_before_letters() {
        let order = ["CONTENTS", "ABCDEFGHI", "ABCDEFGHIJ"].map(|n| ElementName::new(n).unwrap());
        assert!(order.is_sorted());
        assert!(ElementName::new("_").unwrap() > ElementName::new("Z").unwrap());
        assert!(ElementName::new("_").unwrap() > ElementName::new("z").unwrap());
    }

    /// Spec: S-154
    #[test]
    fn letter_case_does_not_distinguish_in_latin_greek_or_cyrillic() {
        for (a, b) in [("abc", "ABC"), ("éÿ", "ÉŸ"), ("αω", "ΑΩ"), ("жщ", "ЖЩ")] {
            assert_eq!(ElementName::new(a).unwrap(), ElementName::new(b).unwrap(), "{a}");
        }
        for (a, b) in [("ı", "I"), ("ſ", "S"), ("µ", "Μ"), ("ß", "ẞ")] {
            assert_ne!(ElementName::new(a).unwrap(), ElementName::new(b).unwrap(), "{a}");
        }
    }

    /// Spec: S-051, S-155
    #[test]
    fn forbidden_and_long_names_are_refused() {
        assert!(ElementName::new(&"x".repeat(31)).is_ok());
        for bad in ["", "a/b", "a\\b", "a:b", "a!b", "a\0", &"x".repeat(32)] {
            assert_eq!(ElementName::new(bad).unwrap_err().code(), Code::StgInvalidName);
        }
        assert!(ElementName::new("\u{5}SummaryInformation").is_ok());
    }

    /// Spec: S-156
    #[test]
    fn names_are_made_of_units_as_of_text_and_keep_broken_ones() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        for good in ["x", "Grüße", &"x".repeat(31)] {
            let name = ElementName::from_units(&units(good)).unwrap();
            assert!(name.is_identical(&ElementName::new(good).unwrap()));
        }
        for bad in ["", "a/b", "a\0b", &"x".repeat(32), &"x".repeat(3000)] {
            let error = ElementName::from_units(&units(bad)).unwrap_err();
            assert_eq!(error.code(), Code::StgInvalidName);
        }
        assert_eq!(ElementName::from_units(&[0xD800, 0x41]).unwrap().units(), [0xD800, 0x41]);
    }
}
