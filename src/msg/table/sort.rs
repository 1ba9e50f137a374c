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

/// What one row is sorted by. Texts are folded once, not at each comparison.
pub(super) struct SortKey {
    /// Decides most comparisons without a look at the values: equal where they have to be looked at.
    hint: u64,
    values: Box<[Option<Key>]>,
}

impl SortKey {
    /// Of a row that is not sorted by anything.
    pub(super) fn none() -> SortKey {
        SortKey { hint: 0, values: Box::default() }
    }

    pub(super) fn new(line: &Line, order: &[SortOrder]) -> SortKey {
        let values: Box<[_]> =
            order.iter().map(|key| line.get(key.tag.id()).map(Key::new)).collect();
        let hint = values.first().and_then(Option::as_ref).map_or(0, Key::hint);
        let descending = order.first().is_some_and(|key| key.descending);
        SortKey { hint: if descending { !hint } else { hint }, values }
    }

    /// The order of two rows by the same keys.
    pub(super) fn compare(&self, other: &SortKey, order: &[SortOrder]) -> Ordering {
        if self.hint != other.hint {
            return self.hint.cmp(&other.hint);
        }
        let mut pairs = self.values.iter().zip(&other.values).zip(order);
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
    }
}
