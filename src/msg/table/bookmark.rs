//! Bookmarks: places in a table that callers come back to. Spec: imessage-contract 3.4.

use super::live::Moves;
use super::{Kind, Table};
use crate::error::{Code, Error, Result};
use std::collections::BTreeMap;

/// A place in a table: MAPI's `BOOKMARK`.
///
/// Three are always there; others come from [`Table::create_bookmark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bookmark(u32);

impl Bookmark {
    /// `BOOKMARK_BEGINNING`: the first row.
    pub const BEGINNING: Bookmark = Bookmark(0);
    /// `BOOKMARK_CURRENT`: the cursor.
    pub const CURRENT: Bookmark = Bookmark(1);
    /// `BOOKMARK_END`: after the last row.
    pub const END: Bookmark = Bookmark(2);

    /// The bookmark of this number.
    #[must_use]
    pub const fn new(value: u32) -> Bookmark {
        Bookmark(value)
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

/// How many bookmarks a table has at most.
const LIMIT: usize = 1024;

/// The bookmarks that a caller made.
#[derive(Debug, Default)]
pub(super) struct Marks {
    all: BTreeMap<u32, Mark>,
    made: u32,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    row: usize,
    /// Its row went; it is at the next one now.
    moved: bool,
}

impl Marks {
    pub(super) fn clear(&mut self) {
        self.all.clear();
    }

    pub(super) fn follow(&mut self, moves: &Moves) {
        for mark in self.all.values_mut() {
            let (row, left) = moves.to(mark.row);
            *mark = Mark { row, moved: mark.moved || !left };
        }
    }

    /// The change of place is told once.
    pub(super) fn told(&mut self, bookmark: Bookmark) {
        if let Some(mark) = self.all.get_mut(&bookmark.0) {
            mark.moved = false;
        }
    }
}

impl Table<'_> {
    /// Where a bookmark is among `count` rows, and whether its row went.
    pub(super) fn origin(
        &self,
        bookmark: Bookmark,
        count: usize,
        doing: &'static str,
    ) -> Result<(usize, bool)> {
        match bookmark {
            Bookmark::BEGINNING => Ok((0, false)),
            Bookmark::CURRENT => Ok((self.cursor, false)),
            Bookmark::END => Ok((count, false)),
            Bookmark(other) => {
                let mark = self.marks.all.get(&other);
                let mark = mark.ok_or_else(|| Error::new(Code::InvalidBookmark, doing))?;
                Ok((mark.row.min(count), mark.moved))
            }
        }
    }

    /// Marks the row at the cursor. The bookmark stays with its row until the table is sorted or
    /// restricted anew, which discards all bookmarks.
    ///
    /// # Errors
    /// [`Code::NoSupport`] on a table of attachments; [`Code::UnableToComplete`] when there are 1024
    /// bookmarks; [`Code::ObjectDeleted`] once the message is closed.
    pub fn create_bookmark(&mut self) -> Result<Bookmark> {
        const DOING: &str = "create bookmark";
        self.with_rows(DOING, |table, _, _, _| {
            if table.kind == Kind::Attachments {
                let note = "tables of attachments have no bookmarks";
                return Err(Error::new(Code::NoSupport, DOING).note(note));
            }
            let full = || Error::new(Code::UnableToComplete, DOING).note("too many bookmarks");
            let made = table.marks.made.checked_add(1).ok_or_else(full)?;
            let value = made.checked_add(2).ok_or_else(full)?;
            if table.marks.all.len() >= LIMIT {
                return Err(full());
            }
            table.marks.made = made;
            table.marks.all.insert(value, Mark { row: table.cursor, moved: false });
            Ok(Bookmark(value))
        })
    }

    /// Forgets a bookmark. The three predefined ones stay.
    ///
    /// # Errors
    /// [`Code::InvalidBookmark`] if there is none of that number; [`Code::ObjectDeleted`] once the
    /// message is closed.
    pub fn free_bookmark(&mut self, bookmark: Bookmark) -> Result<()> {
        const DOING: &str = "free bookmark";
        self.handle.with(DOING, |_, _| Ok(()))?;
        let unknown = || Error::new(Code::InvalidBookmark, DOING);
        match bookmark {
            Bookmark::BEGINNING | Bookmark::CURRENT | Bookmark::END => Ok(()),
            Bookmark(other) => self.marks.all.remove(&other).map(drop).ok_or_else(unknown),
        }
    }
}
