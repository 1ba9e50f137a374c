//! The cursor: moving it, asking for it, finding rows. Spec: imessage-contract 3.4.

use super::Table;
use super::bookmark::Bookmark;
use super::restrict::{Restriction, Running};
use crate::error::{Code, Error, Result};
use bitflags::bitflags;

bitflags! {
    /// How [`Table::find_row`] searches: the flags of `IMAPITable::FindRow`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct FindFlags: u32 {
        /// `DIR_BACKWARD`: from the row before the origin up to the first.
        const BACKWARD = 1;
    }
}

/// What [`Table::seek_row`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought {
    /// Rows from the origin to the cursor; negative towards the beginning.
    pub rows: i32,
    /// `MAPI_W_POSITION_CHANGED`: the row of the bookmark is gone, and the next one was the origin.
    pub position_changed: bool,
}

/// Where the cursor is: what `IMAPITable::QueryPosition` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The row that the next query begins with.
    pub row: usize,
    /// With the denominator, how far into the table that is.
    pub numerator: usize,
    /// The number of rows, at least 1.
    pub denominator: usize,
}

impl Table<'_> {
    /// Moves the cursor by `count` rows from a bookmark; it stops at both ends.
    ///
    /// # Errors
    /// [`Code::InvalidBookmark`] if there is no such bookmark; [`Code::ObjectDeleted`] once the
    /// message is closed.
    pub fn seek_row(&mut self, origin: Bookmark, count: i32) -> Result<Sought> {
        const DOING: &str = "seek row";
        self.with_rows(DOING, |table, _, _, rows| {
            let (from, position_changed) = table.origin(origin, rows.len(), DOING)?;
            let steps = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            let to = match count {
                0.. => from.saturating_add(steps).min(rows.len()),
                _ => from.saturating_sub(steps),
            };
            table.cursor = to;
            table.marks.told(origin);
            let moved = i32::try_from(to.abs_diff(from)).unwrap_or(i32::MAX);
            let rows = if to < from { -moved } else { moved };
            Ok(Sought { rows, position_changed })
        })
    }

    /// Moves the cursor to a row; past the end is the end.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn seek(&mut self, row: usize) -> Result<()> {
        self.with_rows("seek row", |table, _, _, rows| {
            table.cursor = row.min(rows.len());
            Ok(())
        })
    }

    /// Moves the cursor to a fraction of the table; one and more is the end.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for a denominator of 0; [`Code::ObjectDeleted`] once the message is
    /// closed.
    pub fn seek_row_approx(&mut self, numerator: u32, denominator: u32) -> Result<()> {
        const DOING: &str = "seek row";
        self.with_rows(DOING, |table, _, _, rows| {
            let wide = u128::from(numerator) * rows.len() as u128;
            let Some(row) = wide.checked_div(u128::from(denominator)) else {
                return Err(Error::new(Code::InvalidParameter, DOING).note("a denominator of 0"));
            };
            table.cursor = usize::try_from(row).unwrap_or(rows.len()).min(rows.len());
            Ok(())
        })
    }

    /// Where the cursor is.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn query_position(&mut self) -> Result<Position> {
        self.with_rows("query position", |table, _, _, rows| {
            let row = table.cursor;
            Ok(Position { row, numerator: row, denominator: rows.len().max(1) })
        })
    }

    /// Moves the cursor to the next row that a restriction holds for, and tells which it is. The row
    /// of the bookmark is the first to be tested; searching backward, the row before it. The limit of
    /// [`Restriction::count`] does not matter here.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is none, and the cursor stays; [`Code::UnknownFlags`];
    /// [`Code::TooComplex`] for a restriction that cannot be evaluated; [`Code::InvalidBookmark`];
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn find_row(
        &mut self,
        restriction: &Restriction,
        origin: Bookmark,
        flags: FindFlags,
    ) -> Result<usize> {
        const DOING: &str = "find row";
        self.with_rows(DOING, |table, body, id, rows| {
            if !FindFlags::all().contains(flags) {
                return Err(Error::new(Code::UnknownFlags, DOING));
            }
            restriction.check(DOING)?;
            let (from, _) = table.origin(origin, rows.len(), DOING)?;
            let mut forward = from..rows.len();
            let mut backward = (0..from).rev();
            let tested = restriction.ids();
            let mut test = Running::new(restriction, false);
            loop {
                let at = match flags.contains(FindFlags::BACKWARD) {
                    true => backward.next(),
                    false => forward.next(),
                };
                let Some((at, place)) = at.and_then(|at| Some((at, rows.get(at)?))) else {
                    return Err(Error::new(Code::NotFound, DOING));
                };
                if test.holds(&table.tested(body, id, *place, &tested)?) {
                    table.cursor = at;
                    return Ok(at);
                }
            }
        })
    }
}
