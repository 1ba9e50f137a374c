//! A map by name, in pieces: sorted lists of bounded length, one after the other.
//!
//! Elements are mostly made in order, and mostly all of them are asked for: both cost no more than
//! with a plain list. Anywhere else an element costs two binary searches and a move of at most a
//! piece.

use super::super::name::ElementName;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The longest piece. Half of it moves when an element comes between others.
const PIECE: usize = 64;

type Piece<T> = Vec<(ElementName, T)>;

/// Values by name, sorted by it. No piece is empty.
pub(crate) struct Sorted<T> {
    pieces: Vec<Piece<T>>,
    len: usize,
    /// The piece that was last looked into: who goes through all of them finds the next one there.
    last: AtomicUsize,
}

/// Names and values in order.
pub(crate) type Iter<'a, T> = std::iter::Map<
    std::iter::Flatten<std::slice::Iter<'a, Piece<T>>>,
    fn(&'a (ElementName, T)) -> (&'a ElementName, &'a T),
>;

/// The same, taken out.
pub(crate) type IntoIter<T> = std::iter::Flatten<std::vec::IntoIter<Piece<T>>>;

impl<T> Default for Sorted<T> {
    fn default() -> Sorted<T> {
        Sorted { pieces: Vec::new(), len: 0, last: AtomicUsize::new(0) }
    }
}

impl<T> Sorted<T> {
    /// Where a name is, or would be: its piece and its place there.
    fn find(&self, name: &ElementName) -> Result<(usize, usize), (usize, usize)> {
        let Some((last, before)) = self.pieces.split_last() else { return Err((0, 0)) };
        // Many are made in order.
        if last.last().is_none_or(|(last, _)| last < name) {
            return Err((before.len(), last.len()));
        }
        let behind = |piece: &Piece<T>| piece.first().is_some_and(|(first, _)| first <= name);
        let hint = self.last.load(Ordering::Relaxed);
        let is_there = self.pieces.get(hint).is_some_and(behind)
            && self.pieces.get(hint.saturating_add(1)).is_none_or(|next| !behind(next));
        let at = match is_there {
            true => hint,
            false => self.pieces.partition_point(behind).saturating_sub(1),
        };
        self.last.store(at, Ordering::Relaxed);
        let piece = self.pieces.get(at).map(Vec::as_slice).unwrap_or_default();
        match piece.binary_search_by(|(other, _)| other.cmp(name)) {
            Ok(within) => Ok((at, within)),
            Err(within) => Err((at, within)),
        }
    }

    fn at(&self, (piece, within): (usize, usize)) -> Option<&(ElementName, T)> {
        self.pieces.get(piece)?.get(within)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get_key_value(&self, name: &ElementName) -> Option<(&ElementName, &T)> {
        self.find(name).ok().and_then(|place| self.at(place)).map(|(name, value)| (name, value))
    }

    pub(crate) fn get(&self, name: &ElementName) -> Option<&T> {
        self.get_key_value(name).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, name: &ElementName) -> Option<&mut T> {
        let (piece, within) = self.find(name).ok()?;
        self.pieces.get_mut(piece)?.get_mut(within).map(|(_, value)| value)
    }

    pub(crate) fn contains_key(&self, name: &ElementName) -> bool {
        self.find(name).is_ok()
    }

    /// Puts a value in its place; the one that was there. A name that is there stays as it is spelled.
    pub(super) fn insert(&mut self, name: ElementName, value: T) -> Option<T> {
        match self.find(&name) {
            Ok((piece, within)) => {
                let (_, place) = self.pieces.get_mut(piece)?.get_mut(within)?;
                Some(std::mem::replace(place, value))
            }
            Err(place) => {
                self.add(place, name, value);
                None
            }
        }
    }

    /// Adds a value if its name is not there.
    pub(super) fn insert_new(&mut self, name: ElementName, value: T) {
        if let Err(place) = self.find(&name) {
            self.add(place, name, value);
        }
    }

    fn add(&mut self, (at, within): (usize, usize), name: ElementName, value: T) {
        self.len += 1;
        let is_last = at + 1 >= self.pieces.len();
        match self.pieces.get_mut(at) {
            None => {
                self.pieces.reserve_exact(1);
                self.pieces.push(vec![(name, value)]);
            }
            Some(piece) if piece.len() < PIECE => piece.insert(within, (name, value)),
            // In order: full pieces stay full.
            Some(piece) if is_last && within == piece.len() => {
                let mut next = Vec::with_capacity(PIECE);
                next.push((name, value));
                self.pieces.push(next);
            }
            Some(piece) => {
                let half = piece.len() / 2;
                let mut upper = piece.split_off(half);
                match within.checked_sub(half) {
                    Some(within) if within > 0 => upper.insert(within, (name, value)),
                    _ => piece.insert(within, (name, value)),
                }
                self.pieces.insert(at + 1, upper);
            }
        }
    }

    /// Gives back room that nothing was put into.
    pub(super) fn fit(&mut self) {
        self.pieces.iter_mut().for_each(Vec::shrink_to_fit);
    }

    pub(super) fn remove(&mut self, name: &ElementName) -> Option<T> {
        let (at, within) = self.find(name).ok()?;
        let piece = self.pieces.get_mut(at)?;
        let (_, value) = piece.remove(within);
        if piece.is_empty() {
            self.pieces.remove(at);
        }
        self.len -= 1;
        Some(value)
    }

    pub(crate) fn iter(&self) -> Iter<'_, T> {
        self.pieces.iter().flatten().map(|(name, value)| (name, value))
    }

    /// Those behind a name, or all.
    pub(crate) fn after(
        &self,
        name: Option<&ElementName>,
    ) -> impl Iterator<Item = (&ElementName, &T)> {
        let (at, within) = match name.map(|name| self.find(name)) {
            None => (0, 0),
            Some(Ok((at, within))) => (at, within + 1),
            Some(Err(place)) => place,
        };
        let pieces = self.pieces.get(at..).unwrap_or_default();
        pieces.iter().flatten().skip(within).map(|(name, value)| (name, value))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pieces.iter_mut().flatten().map(|(_, value)| value)
    }
}

impl<T> IntoIterator for Sorted<T> {
    type Item = (ElementName, T);
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.pieces.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn name(number: u32) -> ElementName {
        ElementName::new(&format!("{number:x}")).unwrap()
    }

    #[test]
    fn it_holds_what_a_tree_holds_in_the_same_order() {
        for spread in [1, 7919, 65_521] {
            let (mut ours, mut tree) = (Sorted::default(), BTreeMap::new());
            for step in 0..3000_u32 {
                let key = step * spread % 2048;
                assert_eq!(ours.insert(name(key), step), tree.insert(name(key), step));
                if step % 3 == 0 {
                    let key = step * 31 % 2048;
                    assert_eq!(ours.remove(&name(key)), tree.remove(&name(key)));
                }
                assert_eq!(ours.len(), tree.len());
            }
            assert!(ours.iter().eq(tree.iter()));
            for key in 0..2100 {
                let key = name(key);
                assert_eq!(ours.get(&key), tree.get(&key));
                let behind =
                    tree.range((std::ops::Bound::Excluded(key), std::ops::Bound::Unbounded));
                assert!(ours.after(Some(&key)).take(100).eq(behind.take(100)));
            }
            assert!(ours.pieces.iter().all(|piece| (1..=PIECE).contains(&piece.len())));
            assert!(tree.into_iter().all(|(key, value)| ours.remove(&key) == Some(value)));
            assert!(ours.pieces.is_empty() && ours.len() == 0);
        }
    }

    #[test]
    fn a_name_stays_as_it_was_spelled_first() {
        let mut ours = Sorted::default();
        let spelled = |text: &str| ElementName::new(text).unwrap();
        ours.insert_new(spelled("Abc"), 1);
        ours.insert_new(spelled("ABC"), 2);
        assert_eq!(ours.insert(spelled("aBC"), 3), Some(1));
        let (kept, value) = ours.get_key_value(&spelled("abc")).unwrap();
        assert!(kept.is_identical(&spelled("Abc")) && *value == 3);
    }
}
