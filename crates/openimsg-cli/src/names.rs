//! The names of one folder, kept apart. What makes a name safe is the library's.
//!
//! Spec: F-119 (msg-format 9.3).

use openimsg::numbered_file_name;
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// The names that are in use in one folder.
#[derive(Debug, Default)]
pub(crate) struct Taken(HashSet<String>);

impl Taken {
    /// The name itself if it is free, else the first free one of `a (2).txt`, `a (3).txt`, ..;
    /// it is in use from now on.
    ///
    /// Names that differ only in case or in composed characters are one.
    pub(crate) fn claim(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut number = 2_u64;
        while !self.0.insert(key(&candidate)) {
            candidate = numbered_file_name(name, number);
            number += 1;
        }
        candidate
    }
}

/// What names that are one have in common.
pub(crate) fn key(name: &str) -> String {
    let composed: String = name.nfc().collect();
    composed.to_uppercase().to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: F-119
    #[test]
    fn names_that_one_system_takes_for_the_same_get_numbers() {
        let mut taken = Taken::default();
        assert_eq!(taken.claim("A.txt"), "A.txt");
        assert_eq!(taken.claim("a.TXT"), "a (2).TXT");
        assert_eq!(taken.claim("a (2).txt"), "a (2) (2).txt");
        assert_eq!(taken.claim("a.txt"), "a (3).txt");
        assert_eq!(taken.claim("Gr\u{fc}\u{df}e"), "Gr\u{fc}\u{df}e");
        assert_eq!(taken.claim("GRu\u{308}\u{df}E"), "GRu\u{308}\u{df}E (2)");
        let long = format!("{}.txt", "y".repeat(251));
        assert_eq!(taken.claim(&long), long);
        let second = taken.claim(&long);
        assert!(second.len() == 255 && second.ends_with(" (2).txt"));
    }
}
