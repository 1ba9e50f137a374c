//! A view that follows the message: rows that changed are looked at again, the others stay where they
//! are. Where cursor and bookmarks went. Spec: imessage-contract 3.4.

use super::Table;
use super::sort::{SortKey, SortOrder};
use super::view::{Look, Place, View};
use crate::error::Result;
use crate::msg::body::Body;
use crate::msg::handle::ObjectId;
use crate::wire::KeyMap;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

impl Table<'_> {
    /// Brings a view up to date, looking at the rows that changed only. `None` if it has to be listed
    /// anew; then nothing changed in it.
    pub(super) fn follow(
        &self,
        view: &mut View,
        body: &mut Body,
        id: ObjectId,
    ) -> Result<Option<Moves>> {
        let (kind, seen) = (self.kind, view.seen);
        let now = kind.now(body, id)?;
        // Every change of any rows must have been noted with its row.
        if !view.follows || now.version - seen.version != now.told - seen.told {
            return Ok(None);
        }
        let Some(changed) = kind.changes(body, id)?.since(seen.changes) else { return Ok(None) };
        let changed: BTreeSet<u32> = changed.collect();
        let order = self.keys();
        let plain = order.is_empty() && self.restriction.is_none();
        let mut look = Look::new(self, &order);
        let mut edits = Vec::with_capacity(changed.len());
        for number in changed {
            let key = match kind.has(body, id, number)? {
                false => None,
                true if plain => Some(SortKey::none()),
                true => look.at(body, id, number)?.map(|(key, _)| key),
            };
            edits.push((number, key));
        }
        view.seen = now;
        Ok(Some(view.edit(edits, &order)))
    }
}

impl View {
    /// The order of two rows: by their keys, then by number.
    fn compare(keys: &KeyMap<u32, SortKey>, a: u32, b: u32, order: &[SortOrder]) -> Ordering {
        let by_key = match (keys.get(&a), keys.get(&b)) {
            (Some(a), Some(b)) => a.compare(b, order),
            _ => Ordering::Equal,
        };
        by_key.then(a.cmp(&b))
    }

    /// Where a row is, or where it would be.
    fn find(&self, number: u32, order: &[SortOrder]) -> Result<usize, usize> {
        self.rows.binary_search_by(|place| View::compare(&self.keys, place.number, number, order))
    }

    /// Gives rows their new keys; those without one leave the view.
    fn edit(&mut self, edits: Vec<(u32, Option<SortKey>)>, order: &[SortOrder]) -> Moves {
        let before = self.rows.len();
        let mut out = Vec::new();
        let mut into = Vec::new();
        for (number, key) in edits {
            let is_there = order.is_empty() || self.keys.contains_key(&number);
            let old = if is_there { self.find(number, order).ok() } else { None };
            match (old, key) {
                (None, None) => {}
                (Some(at), None) => out.push((at, number)),
                (None, Some(key)) => into.push((number, key)),
                (Some(at), Some(key)) => {
                    let same = |old: &SortKey| old.compare(&key, order) == Ordering::Equal;
                    if order.is_empty() || self.keys.get(&number).is_some_and(same) {
                        continue;
                    }
                    out.push((at, number));
                    into.push((number, key));
                }
            }
        }
        out.sort_unstable();
        for (_, number) in &out {
            self.keys.remove(number);
        }
        let mut entered: Vec<u32> = into.iter().map(|(number, _)| *number).collect();
        if !order.is_empty() {
            self.keys.extend(into);
        }
        entered.sort_by(|a, b| View::compare(&self.keys, *a, *b, order));
        let places = match (&out[..], &entered[..]) {
            ([(at, number)], [same]) if number == same => vec![self.shift(*at, order)],
            _ => self.replace(&out, &entered, order),
        };
        let moved: HashMap<u32, usize> = entered.into_iter().zip(places.iter().copied()).collect();
        let out = out.into_iter().map(|(at, number)| (at, moved.get(&number).copied())).collect();
        Moves::Few { before, out, into: places }
    }
}

impl View {
    /// Moves the only row with a new key to its new place; what is not between stays.
    fn shift(&mut self, at: usize, order: &[SortOrder]) -> usize {
        let Some(number) = self.rows.get(at).map(|place| place.number) else { return at };
        let (before, rest) = self.rows.split_at(at);
        let behind = rest.get(1..).unwrap_or_default();
        let is_less = |place: &Place| {
            View::compare(&self.keys, place.number, number, order) == Ordering::Less
        };
        let to = match behind.partition_point(is_less) {
            0 => before.partition_point(is_less),
            later => at + later,
        };
        if let Some(between) = self.rows.get_mut(at.min(to)..=at.max(to)) {
            if to < at { between.rotate_right(1) } else { between.rotate_left(1) }
        }
        to
    }

    /// Takes rows out, from the positions they have, and puts others in; the positions of those.
    fn replace(
        &mut self,
        out: &[(usize, u32)],
        entered: &[u32],
        order: &[SortOrder],
    ) -> Vec<usize> {
        for (at, _) in out.iter().rev() {
            self.rows.remove(*at);
        }
        let mut places = Vec::with_capacity(entered.len());
        for number in entered {
            let at = self.find(*number, order).unwrap_or_else(|at| at);
            self.rows.insert(at, Place { number: *number });
            places.push(at);
        }
        places
    }
}

/// Where the rows of one view are in a later one.
pub(super) enum Moves {
    All {
        /// For each old row: its new position, or that of the next one that is left; whether it is
        /// left.
        to: Vec<(usize, bool)>,
        /// Where the end of the old view is: behind its last row that is left.
        end: usize,
    },
    Few {
        /// How many rows there were.
        before: usize,
        /// The rows that left their place, by old position; the new one of those that are left.
        out: Vec<(usize, Option<usize>)>,
        /// The new positions of all rows that came or moved, in order.
        into: Vec<usize>,
    },
}

impl Moves {
    /// From one list to another.
    pub(super) fn between(old: &[Place], new: &[Place]) -> Moves {
        let found: KeyMap<u32, usize> =
            new.iter().enumerate().map(|(at, place)| (place.number, at)).collect();
        let mut to: Vec<(usize, bool)> = Vec::with_capacity(old.len());
        let last = old.iter().rev().find_map(|place| found.get(&place.number));
        let end = last.map_or(0, |at| at + 1);
        let mut next = end;
        for place in old.iter().rev() {
            let here = found.get(&place.number).copied();
            next = here.unwrap_or(next);
            to.push((next, here.is_some()));
        }
        to.reverse();
        Moves::All { to, end }
    }

    /// The new position, and whether the row is still there.
    pub(super) fn to(&self, old: usize) -> (usize, bool) {
        match self {
            Moves::All { to, end } => to.get(old).copied().unwrap_or((*end, true)),
            Moves::Few { before, .. } => {
                let left = (old..*before).find_map(|at| Some((self.at(at)?, at == old)));
                left.unwrap_or_else(|| (self.end(), old >= *before))
            }
        }
    }

    /// The new position of an old row that is left.
    fn at(&self, old: usize) -> Option<usize> {
        let Moves::Few { out, into, .. } = self else { return None };
        match out.binary_search_by_key(&old, |(at, _)| *at) {
            Ok(found) => out.get(found)?.1,
            Err(gone) => {
                let stayed = old - gone;
                Some(into.iter().fold(stayed, |at, came| at + usize::from(*came <= at)))
            }
        }
    }

    /// Behind the last old row that is left.
    fn end(&self) -> usize {
        let Moves::Few { before, .. } = self else { return 0 };
        (0..*before).rev().find_map(|at| self.at(at)).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msg::table::line::Line;
    use crate::msg::table::view::Seen;
    use crate::prop::{Prop, PropTag, PropType, PropValue};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const NUMBER: PropTag = PropTag::new(0x3000_0003);

    fn key(value: i32, order: &[SortOrder]) -> SortKey {
        let prop = Prop { tag: NUMBER, value: PropValue::Long(value) };
        SortKey::new(&Line::of(vec![prop]), order)
    }

    /// The rows in view: by value, then by number.
    fn sorted(values: &BTreeMap<u32, i32>) -> Vec<Place> {
        let mut rows: Vec<_> = values.iter().map(|(number, value)| (*value, *number)).collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, number)| Place { number }).collect()
    }

    proptest! {
        /// Rows that come, go and change their value are where a fresh list has them, and every old
        /// position leads where it would by comparing the two lists.
        #[test]
        fn edits_lead_to_the_same_view_as_a_fresh_list(
            before in proptest::collection::btree_map(0_u32..40, 0_i32..6, 0..30),
            edits in proptest::collection::btree_map(0_u32..40, proptest::option::of(0_i32..6), 0..6),
        ) {
            assert_eq!(NUMBER.prop_type(), PropType::PT_LONG);
            let order = [SortOrder::by(NUMBER, false)];
            let old = sorted(&before);
            let keys = before.iter().map(|(number, value)| (*number, key(*value, &order)));
            let seen = Seen { version: 0, told: 0, changes: 0 };
            let mut view =
                View { seen, rows: old.clone(), keys: keys.collect(), follows: true };
            let mut after = before.clone();
            for (number, value) in &edits {
                match value {
                    Some(value) => drop(after.insert(*number, *value)),
                    None => drop(after.remove(number)),
                }
            }
            let changed = edits.into_iter();
            let changed = changed.map(|(number, value)| (number, value.map(|v| key(v, &order))));
            let moves = view.edit(changed.collect(), &order);
            let new = sorted(&after);
            let numbers = |rows: &[Place]| rows.iter().map(|row| row.number).collect::<Vec<_>>();
            prop_assert_eq!(numbers(&view.rows), numbers(&new));
            prop_assert_eq!(view.keys.len(), new.len());
            let whole = Moves::between(&old, &new);
            for at in 0..old.len() + 2 {
                prop_assert_eq!(moves.to(at), whole.to(at), "{}", at);
            }
        }
    }
}
