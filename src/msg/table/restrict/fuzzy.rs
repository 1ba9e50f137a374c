//! Content restrictions: whole values, beginnings and parts, with or without case and accents.

use super::super::compare::fold;
use bitflags::bitflags;

bitflags! {
    /// How content is compared: MAPI's `FL_..`. One of the first three, and any of the others.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct FuzzyLevel: u32 {
        /// `FL_FULLSTRING`, 0: the whole value.
        const FULL_STRING = 0;
        /// `FL_SUBSTRING`: the value holds it.
        const SUBSTRING = 1;
        /// `FL_PREFIX`: the value begins with it.
        const PREFIX = 2;
        /// `FL_IGNORECASE`.
        const IGNORE_CASE = 0x1_0000;
        /// `FL_IGNORENONSPACE`: combining marks over and under letters do not matter.
        const IGNORE_NONSPACE = 0x2_0000;
        /// `FL_LOOSE`: neither case nor marks matter.
        const LOOSE = 0x4_0000;
    }
}

impl FuzzyLevel {
    /// Whether the low half is none of the three.
    pub(super) fn is_unknown(self) -> bool {
        self.bits() & 0xFFFF > 2
    }

    /// Whether bytes or characters match.
    pub(super) fn matches<T: PartialEq>(self, value: &[T], needle: &[T]) -> bool {
        match self.bits() & 0xFFFF {
            0 => value == needle,
            1 => contains(value, needle),
            _ => value.starts_with(needle),
        }
    }

    /// The characters that count.
    pub(super) fn characters(self, text: &str) -> Vec<char> {
        let case = self.intersects(FuzzyLevel::IGNORE_CASE | FuzzyLevel::LOOSE);
        let marks = self.intersects(FuzzyLevel::IGNORE_NONSPACE | FuzzyLevel::LOOSE);
        let fold = |c: char| if case { fold(c) } else { c };
        let chars = text.chars().filter(|c| !(marks && is_mark(*c)));
        chars.map(fold).collect()
    }
}

/// Whether a part is in the whole, in linear time (Knuth, Morris and Pratt).
fn contains<T: PartialEq>(value: &[T], needle: &[T]) -> bool {
    let same = |at: usize, other: &T| needle.get(at).is_some_and(|one| one == other);
    // For each beginning of the needle: the longest shorter one that it ends with.
    let mut back = vec![0_usize];
    let step = |back: &[usize], mut at: usize, next: &T| {
        while at > 0 && !same(at, next) {
            at = back.get(at - 1).copied().unwrap_or(0);
        }
        if same(at, next) { at + 1 } else { at }
    };
    for next in needle.iter().skip(1) {
        let last = back.last().copied().unwrap_or(0);
        back.push(step(&back, last, next));
    }
    let mut at = 0;
    for next in value {
        if at == needle.len() {
            break;
        }
        at = step(&back, at, next);
    }
    at == needle.len()
}

/// Marks that combine with the letter before.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5BD}'
        | '\u{64B}'..='\u{65F}' | '\u{1AB0}'..='\u{1ACE}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20F0}' | '\u{FE20}'..='\u{FE2F}')
}
