//! Which rows of a list changed, so that a live table looks at those again and at no others.

use std::collections::VecDeque;

/// The newest changes of a list of rows, by number. What is older, or changed as a whole, is
/// forgotten: who has not seen it looks at all rows.
#[derive(Default)]
pub(crate) struct Changes {
    /// How many changes are forgotten.
    forgotten: u64,
    numbers: VecDeque<u32>,
}

impl Changes {
    /// The row of this number came, went or became another; the list has `rows` rows.
    pub(crate) fn note(&mut self, number: u32, rows: usize) {
        // A table that missed more than some part of the rows reads them all in any case.
        if self.numbers.len() >= (rows / 8).max(64) {
            self.numbers.pop_front();
            self.forgotten += 1;
        }
        self.numbers.push_back(number);
    }

    /// Everything changed.
    pub(crate) fn note_all(&mut self) {
        self.forgotten = self.end() + 1;
        self.numbers.clear();
    }

    /// How many changes there were.
    pub(crate) fn end(&self) -> u64 {
        self.forgotten + self.numbers.len() as u64
    }

    /// The numbers of the rows that changed since there were `seen` changes, in no useful order and
    /// some of them twice. `None` if that is not known any more.
    pub(crate) fn since(&self, seen: u64) -> Option<impl Iterator<Item = u32> + '_> {
        let known = usize::try_from(seen.checked_sub(self.forgotten)?).ok()?;
        (known <= self.numbers.len()).then(|| self.numbers.range(known..).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(changes: &Changes, seen: u64) -> Option<Vec<u32>> {
        changes.since(seen).map(Iterator::collect)
    }

    #[test]
    fn what_was_seen_is_not_told_again() {
        let mut changes = Changes::default();
        assert_eq!(since(&changes, 0), Some(vec![]));
        changes.note(7, 10);
        let seen = changes.end();
        changes.note(3, 10);
        changes.note(7, 10);
        assert_eq!(since(&changes, seen), Some(vec![3, 7]));
        assert_eq!(since(&changes, 0), Some(vec![7, 3, 7]));
        assert_eq!(since(&changes, changes.end() + 1), None, "nobody saw that yet");
    }

    #[test]
    fn what_changed_as_a_whole_has_no_list() {
        let mut changes = Changes::default();
        changes.note(7, 10);
        let seen = changes.end();
        changes.note_all();
        assert_eq!(since(&changes, seen), None);
        assert_eq!(since(&changes, changes.end()), Some(vec![]));
    }

    #[test]
    fn the_list_stays_short() {
        let mut changes = Changes::default();
        (0..10_000).for_each(|number| changes.note(number, 800));
        assert_eq!((changes.end(), changes.numbers.len()), (10_000, 100));
        assert_eq!(since(&changes, 9_899), None);
        assert_eq!(since(&changes, 9_900).unwrap().len(), 100);
    }
}
