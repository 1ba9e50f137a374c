//! Sort orders. Spec: imessage-contract 3.4 (SortTable), 3.5 (ordering of values).

use super::compare::Key;
use super::line::Line;
use crate::error::{Code, Error, Result};
use crate::prop::{Kind, PropId, PropTag, PropType, Tag};
use std::cmp::Ordering;

/// One key of a sort order: MAPI's `SSortOrder`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortOrder {
    tag: PropTag,
    descending: bool,
}

impl SortOrder {
    /// Small values first; rows without a value before all others.
    #[must_use]
    pub fn ascending<K: Kind>(tag: Tag<K>) -> SortOrder {
        SortOrder::by(tag.tag(), false)
    }

    /// Large values first.
    #[must_use]
    pub fn descending<K: Kind>(tag: Tag<K>) -> SortOrder {
        SortOrder::by(tag.tag(), true)
    }

    /// The property.
    #[must_use]
    pub fn tag(&self) -> PropTag {
        self.tag
    }

    /// Whether large values come first.
    #[must_use]
    pub fn is_descending(&self) -> bool {
        self.descending
    }

    pub(super) fn id(&self) -> PropId {
        self.tag.id()
    }

    /// The same for a tag that is only known as a number.
    #[must_use]
    pub fn by(tag: PropTag, descending: bool) -> SortOrder {
        SortOrder { tag, descending }
    }
}

/// Refuses keys that occur twice or cannot be compared. Spec: C-228.
pub(super) fn check(order: &[SortOrder]) -> Result<()> {
    let refuse = |note: &str| Err(Error::new(Code::TooComplex, "sort table").note(note));
    for (at, key) in order.iter().enumerate() {
        let prop_type = key.tag.prop_type();
        let instance = prop_type.value() & PropType::MV_INSTANCE != 0;
        if [PropType::PT_OBJECT, PropType::PT_ERROR].contains(&prop_type) || instance {
            return refuse("objects, errors and value instances have no order");
        }
        if order.iter().take(at).any(|earlier| earlier.tag.id() == key.tag.id()) {
            return refuse("a key occurs twice");
        }
    }
    Ok(())
}

/// The positions of the lines in sorted order; equal ones stay as they are.
pub(super) fn order(lines: &[Line], keys: &[SortOrder]) -> Vec<usize> {
    // Texts are folded once, not at each comparison.
    let mut rows: Vec<(Vec<Option<Key<'_>>>, usize)> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            (keys.iter().map(|key| line.get(key.tag.id()).map(Key::new)).collect(), at)
        })
        .collect();
    rows.sort_by(|(a, _), (b, _)| {
        let mut pairs = a.iter().zip(b).zip(keys);
        let differing = pairs.find_map(|((a, b), key)| {
            let ordering = match (a, b) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(a), Some(b)) => a.compare(b),
            };
            let ordering = if key.descending { ordering.reverse() } else { ordering };
            (ordering != Ordering::Equal).then_some(ordering)
        });
        differing.unwrap_or(Ordering::Equal)
    });
    rows.into_iter().map(|(_, at)| at).collect()
}
