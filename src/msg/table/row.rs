//! One row as callers see it.

use crate::error::{Code, Error, Result};
use crate::prop::{Kind as PropKind, PropTag, PropValue, Tag};

/// One row of a table: a cell for each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(super) cells: Vec<(PropTag, Result<PropValue, Code>)>,
}

impl Row {
    /// The cells in column order: the column's tag, and the value or why there is none.
    pub fn cells(&self) -> impl Iterator<Item = (PropTag, &Result<PropValue, Code>)> {
        self.cells.iter().map(|(tag, cell)| (*tag, cell))
    }

    /// The value of a column; `None` if it is not a column, absent or unreadable.
    #[must_use]
    pub fn get<K: PropKind>(&self, tag: Tag<K>) -> Option<K::Value> {
        self.require(tag).ok()
    }

    /// The value of a column.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the row has none, or the code of what went wrong.
    pub fn require<K: PropKind>(&self, tag: Tag<K>) -> Result<K::Value> {
        const DOING: &str = "read table cell";
        let cell = self.cells.iter().find(|(column, _)| column.id() == tag.tag().id());
        match cell {
            Some((_, Ok(value))) => {
                K::from_value(value.clone()).ok_or_else(|| Error::new(Code::UnexpectedType, DOING))
            }
            Some((_, Err(code))) => Err(Error::new(*code, DOING)),
            None => Err(Error::new(Code::NotFound, DOING)),
        }
    }
}
