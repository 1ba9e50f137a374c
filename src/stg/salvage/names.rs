//! Names for the new file: legal ones, none twice in a storage.

use super::super::name::ElementName;
use std::collections::BTreeSet;

const MAX_UNITS: usize = 31;

/// The same name without what names must not hold.
pub(super) fn legal(name: &ElementName) -> ElementName {
    if name.units().is_empty() {
        return ElementName::ascii(b"unnamed");
    }
    let is_bad = |unit: u16| [0, 0x21, 0x2F, 0x3A, 0x5C].contains(&unit);
    ElementName::found(name.units().iter().map(|unit| if is_bad(*unit) { 0x5F } else { *unit }))
}

/// Whether two names are the same to the unit, not only to the comparison.
pub(super) fn is_same(a: &ElementName, b: &ElementName) -> bool {
    a.units() == b.units()
}

/// The names of one storage.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<ElementName>,
    counter: u64,
}

impl Names {
    /// True if the name was free.
    pub(super) fn take(&mut self, name: ElementName) -> bool {
        self.taken.insert(name)
    }

    /// A free name that begins like this one. No number is tried twice, so that many clashes cost no
    /// more than one each.
    pub(super) fn free(&mut self, name: &ElementName) -> ElementName {
        if self.take(*name) {
            return *name;
        }
        loop {
            self.counter += 1;
            let suffix = format!("~{}", self.counter + 1);
            let room = MAX_UNITS.saturating_sub(suffix.len());
            let begin = name.units().iter().copied().take(room);
            let free = ElementName::found(begin.chain(suffix.bytes().map(u16::from)));
            if self.take(free) {
                return free;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_a_number_and_stays_short_enough() {
        let mut names = Names::default();
        let long = ElementName::ascii(&[b'x'; 31]);
        assert!(is_same(&names.free(&long), &long));
        let second = names.free(&long);
        assert_eq!((second.units().len(), second.to_string().ends_with("~2")), (31, true));
        assert!(names.take(ElementName::ascii(b"a")));
        assert!(names.take(ElementName::ascii(b"A~3")));
        assert_eq!(names.free(&ElementName::ascii(b"A")).to_string(), "A~4");
    }

    #[test]
    fn what_names_must_not_hold_is_replaced() {
        let name = |text: &[u8]| legal(&ElementName::ascii(text)).to_string();
        assert_eq!(name(b"a/b\\c:d!\0"), "a_b_c_d__");
        assert_eq!(name(b""), "unnamed");
        assert_eq!(name(b"\x05plain"), "\x05plain");
    }
}
