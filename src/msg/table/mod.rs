//! Tables of recipients and attachments: MAPI's IMAPITable.
//!
//! A table is a view: it asks the message at each call, so it sees what changed since. Columns, sort
//! order, restriction, bookmarks and cursor are its own. What the cursor and the bookmarks point at,
//! they follow: the same row while it lives, then the next. Spec: imessage-contract 3.4.

mod bookmark;
mod columns;
mod compare;
mod line;
mod live;
mod position;
mod restrict;
mod row;
mod sort;
mod view;

pub use bookmark::Bookmark;
pub use columns::ColumnFlags;
pub use position::{FindFlags, Position, Sought};
pub use restrict::{BitMask, FuzzyLevel, Relop, Restriction};
pub(in crate::msg) use restrict::{value_contains, values_compare, values_relate};
pub use row::Row;
pub use sort::SortOrder;

use super::handle::Handle;
use super::session::Session;
use crate::error::{Code, Error, Result};
use crate::prop::{PropId, PropTag};
use crate::wire::Text;
use bitflags::bitflags;
use bookmark::Marks;
use line::{cells, line};
use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;
use view::View;

bitflags! {
    /// How [`Table::query_rows_with`] reads: the flags of `IMAPITable::QueryRows`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct RowFlags: u32 {
        /// `TBL_NOADVANCE`: the cursor stays on the first row that was read.
        const NO_ADVANCE = 1;
    }
}

/// Which rows a table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Recipients,
    Attachments,
}

/// A table of recipients or attachments: MAPI's `IMAPITable`.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Message, Modify, Recipient, SortOrder, tags::*};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let rows = [Recipient::new("Zoë", "z@example.org"), Recipient::new("Ana", "a@example.org")];
/// message.modify_recipients(Modify::Add, &rows)?;
///
/// let mut table = message.recipient_table()?;
/// table.set_columns(&[PR_ROWID.tag(), PR_DISPLAY_NAME_W.tag()])?;
/// table.sort(&[SortOrder::ascending(PR_DISPLAY_NAME_W)])?;
/// let names: Vec<_> = table.query_rows(50)?.iter().map(|row| row.get(PR_DISPLAY_NAME_W)).collect();
/// assert_eq!(names, [Some("Ana".to_owned()), Some("Zoë".to_owned())]);
/// # Ok::<(), openimsg::Error>(())
/// ```
pub struct Table<'s> {
    handle: Arc<Handle>,
    kind: Kind,
    columns: Option<Vec<PropTag>>,
    order: Vec<SortOrder>,
    restriction: Option<Restriction>,
    /// Whether columns of no particular width are in Unicode.
    unicode: bool,
    /// A row in view.
    cursor: usize,
    marks: Marks,
    view: Option<View>,
    shown: Option<Shown>,
    session: PhantomData<&'s Session>,
}

/// The columns that rows are read with.
struct Shown {
    version: u64,
    columns: Vec<PropTag>,
    ids: HashSet<PropId>,
}

impl<'s> Table<'s> {
    pub(crate) fn open(handle: &Arc<Handle>, kind: Kind) -> Result<Table<'s>> {
        handle.with("open table", |body, id| body.rows(id).map(drop))?;
        Ok(Table {
            handle: Arc::clone(handle),
            kind,
            columns: None,
            order: Vec::new(),
            restriction: None,
            unicode: true,
            cursor: 0,
            marks: Marks::default(),
            view: None,
            shown: None,
            session: PhantomData,
        })
    }

    /// Which width texts have whose column does not say.
    pub(crate) fn set_unicode(&mut self, unicode: bool) {
        self.unicode = unicode;
        self.shown = None;
    }

    /// Refuses a table whose message is closed.
    pub(crate) fn check_open(&self, doing: &'static str) -> Result<()> {
        self.handle.with(doing, |_, _| Ok(()))
    }

    /// How many rows the restriction leaves.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn row_count(&mut self) -> Result<usize> {
        self.with_rows("count rows", |_, _, _, rows| Ok(rows.len()))
    }

    /// Shows only the rows that a restriction holds for; `None` shows all. The cursor goes to the
    /// first row, bookmarks are discarded.
    ///
    /// # Errors
    /// [`Code::TooComplex`] for a restriction that cannot be evaluated, and the one before stays;
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn restrict(&mut self, restriction: Option<&Restriction>) -> Result<()> {
        const DOING: &str = "restrict table";
        self.handle.with(DOING, |_, _| Ok(()))?;
        if let Some(restriction) = restriction {
            restriction.check(DOING)?;
        }
        self.restriction = restriction.cloned();
        self.anew();
        Ok(())
    }

    /// Sorts the rows; stable, missing values first when ascending. No keys give the default order.
    /// The cursor goes to the first row, bookmarks are discarded.
    ///
    /// # Errors
    /// [`Code::TooComplex`] for a key that occurs twice or cannot be compared; the order stays.
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn sort(&mut self, order: &[SortOrder]) -> Result<()> {
        self.handle.with("sort table", |_, _| Ok(()))?;
        sort::check(order)?;
        self.order = order.to_vec();
        self.anew();
        Ok(())
    }

    fn anew(&mut self) {
        self.view = None;
        self.cursor = 0;
        self.marks.clear();
    }

    /// The sort order that was set.
    #[must_use]
    pub fn sort_order(&self) -> &[SortOrder] {
        &self.order
    }

    /// At most `count` rows from the cursor on, which moves behind them. For a negative count the
    /// cursor first moves up by as many rows, and stays on the first one read.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for no rows; [`Code::ObjectDeleted`] once the message is closed.
    pub fn query_rows(&mut self, count: i32) -> Result<Vec<Row>> {
        self.query_rows_with(count, RowFlags::empty())
    }

    /// The same with flags.
    ///
    /// # Errors
    /// Those of [`query_rows`](Table::query_rows); [`Code::UnknownFlags`] for flags that do not exist.
    pub fn query_rows_with(&mut self, count: i32, flags: RowFlags) -> Result<Vec<Row>> {
        const DOING: &str = "query rows";
        self.with_rows(DOING, |table, body, id, rows| {
            if count == 0 {
                return Err(Error::new(Code::InvalidParameter, DOING).note("no rows asked for"));
            }
            if !RowFlags::all().contains(flags) {
                return Err(Error::new(Code::UnknownFlags, DOING));
            }
            let many = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            let (start, end) = match count {
                0.. => (table.cursor, table.cursor.saturating_add(many).min(rows.len())),
                _ => (table.cursor.saturating_sub(many), table.cursor),
            };
            let (kind, unicode) = (table.kind, table.unicode);
            let shown = table.shown(body, id)?;
            let mut found = Vec::new();
            for place in rows.get(start..end).unwrap_or_default() {
                let line = line(body, id, kind, place.number, |id| shown.ids.contains(&id))?;
                let narrow = &mut |text: &Text| body.encode8(id, text);
                found.push(cells(&line, &shown.columns, unicode, narrow)?);
            }
            let stays = count < 0 || flags.contains(RowFlags::NO_ADVANCE);
            table.cursor = if stays { start } else { end };
            Ok(found)
        })
    }

    /// Every row, by MAPI's `HrQueryAllRows`: sets what is given of columns, restriction and order,
    /// then reads from the first row on. `max` 0 is no limit.
    ///
    /// # Errors
    /// [`Code::TableTooBig`] for more than `max` rows; those of [`set_columns`](Table::set_columns),
    /// [`restrict`](Table::restrict) and [`sort`](Table::sort).
    pub fn query_all_rows(
        &mut self,
        columns: Option<&[PropTag]>,
        restriction: Option<&Restriction>,
        order: Option<&[SortOrder]>,
        max: usize,
    ) -> Result<Vec<Row>> {
        if let Some(columns) = columns {
            self.set_columns(columns)?;
        }
        if restriction.is_some() {
            self.restrict(restriction)?;
        }
        if let Some(order) = order {
            self.sort(order)?;
        }
        let count = self.row_count()?;
        if max != 0 && count > max {
            let note = format!("{count} rows, {max} were asked for");
            return Err(Error::new(Code::TableTooBig, "query all rows").note(note));
        }
        self.seek(0)?;
        self.query_rows(i32::MAX)
    }

    /// The rows from the cursor on, which moves along: one after the other, as they are then.
    pub fn rows(&mut self) -> impl Iterator<Item = Result<Row>> {
        let mut failed = false;
        std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let row = self.query_rows(1).map(|rows| rows.into_iter().next()).transpose();
            failed = matches!(row, Some(Err(_)));
            row
        })
    }
}

impl std::fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("kind", &self.kind)
            .field("columns", &self.columns)
            .field("order", &self.order)
            .field("restriction", &self.restriction)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
