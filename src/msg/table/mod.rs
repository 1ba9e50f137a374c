//! Tables of recipients and attachments: MAPI's IMAPITable.
//!
//! A table is a view: it asks the message at each call, so it sees what changed since. Columns, sort
//! order and cursor are its own. Spec: imessage-contract 3.4.

mod line;
mod sort;

pub use sort::SortOrder;

use super::body::Body;
use super::handle::{Handle, ObjectId};
use super::session::Session;
use crate::error::{Code, Error, Result};
use crate::prop::{Kind as PropKind, PropId, PropTag, PropValue, Tag};
use line::{Line, cells, line, widened};
use std::collections::{BTreeMap, HashSet};
use std::marker::PhantomData;
use std::sync::Arc;

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
    cursor: usize,
    view: Option<View>,
    session: PhantomData<&'s Session>,
}

/// What was worked out of all rows; good until the rows change.
struct View {
    /// [`Body::version`] when it was made.
    version: u64,
    /// Positions of the rows in sorted order; `None` for the order of their ids.
    order: Option<Vec<usize>>,
    columns: Vec<PropTag>,
}

/// One row of a table: a cell for each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    cells: Vec<(PropTag, Result<PropValue, Code>)>,
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

const ATTACHMENT_COLUMNS: [u32; 21] = [
    0x0E21_0003,
    0x0FF6_0102,
    0x0FF9_0102,
    0x370B_0003,
    0x3705_0003,
    0x0E20_0003,
    0x3001_001F,
    0x3704_001F,
    0x3707_001F,
    0x3703_001F,
    0x3708_001F,
    0x370D_001F,
    0x370E_001F,
    0x3712_001F,
    0x3702_0102,
    0x370A_0102,
    0x370C_001F,
    0x3714_0003,
    0x3007_0040,
    0x3008_0040,
    0x0FFE_0003,
];
const RECIPIENT_COLUMNS: [u32; 12] = [
    0x3000_0003,
    0x0FF6_0102,
    0x0C15_0003,
    0x3001_001F,
    0x3002_001F,
    0x3003_001F,
    0x0FFF_0102,
    0x300B_0102,
    0x0FFE_0003,
    0x3900_0003,
    0x0E0F_000B,
    0x3A40_000B,
];
const RENDERING_POSITION: PropTag = PropTag::new(0x370B_0003);

impl<'s> Table<'s> {
    pub(crate) fn open(handle: &Arc<Handle>, kind: Kind) -> Result<Table<'s>> {
        handle.with("open table", |body, id| body.rows(id).map(drop))?;
        let (handle, session) = (Arc::clone(handle), PhantomData);
        Ok(Table { handle, kind, columns: None, order: Vec::new(), cursor: 0, view: None, session })
    }

    /// Chooses the columns; any tag will do, `PT_UNSPECIFIED` takes the type each row has.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] without any tag; [`Code::ObjectDeleted`] once the message is closed.
    pub fn set_columns(&mut self, tags: &[PropTag]) -> Result<()> {
        const DOING: &str = "set columns";
        self.handle.with(DOING, |_, _| Ok(()))?;
        if tags.is_empty() {
            return Err(Error::new(Code::InvalidParameter, DOING).note("no columns"));
        }
        self.columns = Some(tags.to_vec());
        self.view = None;
        Ok(())
    }

    /// The columns: those that were set, or the default ones.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn columns(&self) -> Result<Vec<PropTag>> {
        if let Some(columns) = &self.columns {
            self.handle.with("query columns", |_, _| Ok(()))?;
            return Ok(columns.clone());
        }
        let kind = self.kind;
        self.handle.with("query columns", |body, id| default_columns(body, id, kind))
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn row_count(&self) -> Result<usize> {
        let kind = self.kind;
        self.handle.with("count rows", |body, id| kind.count(body, id))
    }

    /// Sorts the rows; stable, missing values first when ascending. No keys give the default order.
    /// The cursor goes to the first row.
    ///
    /// # Errors
    /// [`Code::TooComplex`] for a key that occurs twice or cannot be compared; the order stays.
    pub fn sort(&mut self, order: &[SortOrder]) -> Result<()> {
        self.handle.with("sort table", |_, _| Ok(()))?;
        sort::check(order)?;
        self.order = order.to_vec();
        self.view = None;
        self.cursor = 0;
        Ok(())
    }

    /// The sort order that was set.
    #[must_use]
    pub fn sort_order(&self) -> &[SortOrder] {
        &self.order
    }

    /// Moves the cursor to a row; past the end is the end.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn seek(&mut self, row: usize) -> Result<()> {
        self.cursor = row.min(self.row_count()?);
        Ok(())
    }

    /// The row that the next query begins with.
    #[must_use]
    pub fn position(&self) -> usize {
        self.cursor
    }

    /// At most `count` rows from the cursor on, which moves behind them.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] for no rows; [`Code::ObjectDeleted`] once the message is closed.
    pub fn query_rows(&mut self, count: usize) -> Result<Vec<Row>> {
        const DOING: &str = "query rows";
        if count == 0 {
            return Err(Error::new(Code::InvalidParameter, DOING).note("no rows asked for"));
        }
        let handle = Arc::clone(&self.handle);
        handle.with(DOING, |body, id| {
            if self.view.as_ref().is_none_or(|view| view.version != body.version) {
                self.view = Some(self.new_view(body, id)?);
            }
            let total = self.kind.count(body, id)?;
            let Some(view) = &self.view else { return Ok(Vec::new()) };
            let end = self.cursor.saturating_add(count).min(total);
            let wanted: HashSet<PropId> = view.columns.iter().map(|tag| tag.id()).collect();
            let mut rows = Vec::new();
            for at in self.cursor..end {
                let at = view.order.as_ref().and_then(|order| order.get(at)).copied().unwrap_or(at);
                let line = line(body, id, self.kind, at, |id| wanted.contains(&id))?;
                rows.push(cells(&line, &view.columns));
            }
            self.cursor = end.max(self.cursor.min(total));
            Ok(rows)
        })
    }

    /// Works out order and columns. Of each row only what it is sorted by is kept.
    fn new_view(&self, body: &mut Body, id: ObjectId) -> Result<View> {
        let by_position = [SortOrder::by(RENDERING_POSITION, false)];
        let keys = match (&self.order[..], self.kind) {
            ([], Kind::Recipients) => &[][..],
            ([], Kind::Attachments) => &by_position[..],
            (keys, _) => keys,
        };
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            None => default_columns(body, id, self.kind)?,
        };
        let order = if keys.is_empty() {
            None
        } else {
            let wanted: HashSet<PropId> = keys.iter().map(SortOrder::id).collect();
            let count = self.kind.count(body, id)?;
            let keep = |id: PropId| wanted.contains(&id);
            let lines: Result<Vec<Line>> =
                (0..count).map(|at| line(body, id, self.kind, at, keep)).collect();
            Some(sort::order(&lines?, keys))
        };
        Ok(View { version: body.version, order, columns })
    }
}

impl Kind {
    fn count(self, body: &mut Body, id: ObjectId) -> Result<usize> {
        let rows = body.rows(id)?;
        Ok(match self {
            Kind::Recipients => rows.recipients.len(),
            Kind::Attachments => rows.attachments.len(),
        })
    }
}

/// The columns before any were chosen.
fn default_columns(body: &mut Body, id: ObjectId, kind: Kind) -> Result<Vec<PropTag>> {
    if kind == Kind::Attachments {
        return Ok(ATTACHMENT_COLUMNS.map(PropTag::new).to_vec());
    }
    // The documented way to edit recipients is to read all rows and write them back, so every
    // property that any row has is a column.
    let mut tags = RECIPIENT_COLUMNS.map(PropTag::new).to_vec();
    let known: HashSet<PropId> = tags.iter().map(|tag| tag.id()).collect();
    let mut more = BTreeMap::new();
    for at in 0..kind.count(body, id)? {
        for tag in body.recipient_row(id, at)?.props().iter().map(|prop| widened(prop.tag)) {
            if !known.contains(&tag.id()) {
                more.entry(tag.id()).or_insert(tag);
            }
        }
    }
    tags.extend(more.into_values());
    Ok(tags)
}

impl std::fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("kind", &self.kind)
            .field("columns", &self.columns)
            .field("order", &self.order)
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
