//! Tables of recipients and attachments: MAPI's IMAPITable.
//!
//! A table is a view: it asks the message at each call, so it sees what changed since. Columns, sort
//! order and cursor are its own. Spec: imessage-contract 3.4.

mod sort;

pub use sort::SortOrder;

use super::body::Body;
use super::handle::{Handle, ObjectId};
use super::session::Session;
use crate::error::{Code, Error, Result};
use crate::prop::store::{PropStore, mapped};
use crate::prop::stream::HeaderKind;
use crate::prop::{Kind as PropKind, Prop, PropId, PropTag, PropType, PropValue, Tag};
use crate::stg::MEMBER_READ;
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
    session: PhantomData<&'s Session>,
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
const ROW_ID: PropId = PropId::new(0x3000);
const ATTACH_NUM: PropId = PropId::new(0x0E21);
const INSTANCE_KEY: PropId = PropId::new(0x0FF6);
const RENDERING_POSITION: PropTag = PropTag::new(0x370B_0003);
/// The largest value that a cell holds.
const CELL_LIMIT: usize = 65_536;

/// All properties of one row, by which it is sorted and shown.
pub(super) struct Line {
    props: Vec<Prop>,
}

impl Line {
    pub(super) fn get(&self, id: PropId) -> Option<&PropValue> {
        self.props.iter().find(|prop| prop.tag.id() == id).map(|prop| &prop.value)
    }
}

impl<'s> Table<'s> {
    pub(crate) fn open(handle: &Arc<Handle>, kind: Kind) -> Result<Table<'s>> {
        handle.with("open table", |body, id| body.rows(id).map(drop))?;
        let (handle, session) = (Arc::clone(handle), PhantomData);
        Ok(Table { handle, kind, columns: None, order: Vec::new(), cursor: 0, session })
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
        if self.kind == Kind::Attachments {
            return self
                .handle
                .with("query columns", |_, _| Ok(ATTACHMENT_COLUMNS.map(PropTag::new).to_vec()));
        }
        // The documented way to edit recipients is to read all rows and write them back, so every
        // property that any row has is a column.
        let mut tags = RECIPIENT_COLUMNS.map(PropTag::new).to_vec();
        let mut more: Vec<PropTag> = Vec::new();
        for line in self.lines("query columns")? {
            for tag in line.props.iter().map(|prop| widened(prop.tag)) {
                if !tags.contains(&tag) {
                    more.push(tag);
                }
            }
        }
        more.sort_unstable();
        more.dedup();
        tags.extend(more);
        Ok(tags)
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn row_count(&self) -> Result<usize> {
        let kind = self.kind;
        self.handle.with("count rows", |body, id| {
            let rows = body.rows(id)?;
            Ok(if kind == Kind::Recipients {
                rows.recipients.len()
            } else {
                rows.attachments.len()
            })
        })
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
        let columns = self.columns()?;
        let lines = self.lines(DOING)?;
        let order = self.sorted(&lines);
        let shown = order.iter().skip(self.cursor).take(count).filter_map(|at| lines.get(*at));
        let rows: Vec<Row> = shown.map(|line| cells(line, &columns)).collect();
        self.cursor = (self.cursor + rows.len()).min(lines.len());
        Ok(rows)
    }

    fn sorted(&self, lines: &[Line]) -> Vec<usize> {
        let attachments = [SortOrder::by(RENDERING_POSITION, false)];
        match (&self.order[..], self.kind) {
            ([], Kind::Recipients) => (0..lines.len()).collect(),
            ([], Kind::Attachments) => sort::order(lines, &attachments),
            (keys, _) => sort::order(lines, keys),
        }
    }

    /// All rows in the order of their ids, texts in Unicode.
    fn lines(&self, doing: &'static str) -> Result<Vec<Line>> {
        let kind = self.kind;
        self.handle.with(doing, |body, id| match kind {
            Kind::Recipients => recipient_lines(body, id),
            Kind::Attachments => attachment_lines(body, id),
        })
    }
}

/// The Unicode form of a text tag.
fn widened(tag: PropTag) -> PropTag {
    match tag.prop_type() {
        PropType::PT_STRING8 => tag.with_type(PropType::PT_UNICODE),
        PropType::PT_MV_STRING8 => tag.with_type(PropType::PT_MV_UNICODE),
        _ => tag,
    }
}

fn instance_key(number: u32) -> Prop {
    let tag = PropTag::from_parts(INSTANCE_KEY, PropType::PT_BINARY);
    Prop { tag, value: PropValue::Binary(number.to_le_bytes().to_vec()) }
}

fn long(id: PropId, number: u32) -> Prop {
    let value = PropValue::Long(i32::from_le_bytes(number.to_le_bytes()));
    Prop { tag: PropTag::from_parts(id, PropType::PT_LONG), value }
}

fn recipient_lines(body: &mut Body, id: ObjectId) -> Result<Vec<Line>> {
    let rows = body.recipient_rows(id)?;
    let line = |row: Arc<super::recipient::Recipient>| {
        let number = row.row_id().unwrap_or(0);
        let mut props = row.to_unicode().props().to_vec();
        props.retain(|prop| prop.tag.id() != INSTANCE_KEY && prop.tag.id() != ROW_ID);
        props.extend([long(ROW_ID, number), instance_key(number)]);
        Line { props }
    };
    Ok(rows.into_iter().map(line).collect())
}

fn attachment_lines(body: &mut Body, id: ObjectId) -> Result<Vec<Line>> {
    let limits = body.limits();
    let rows = body.rows(id)?.attachments.clone();
    let open: Vec<(u32, ObjectId)> = body
        .objects
        .iter()
        .filter_map(|(object_id, object)| match object {
            super::body::Object::Attachment(a) if a.message == id => Some((a.number, *object_id)),
            _ => None,
        })
        .collect();
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let opened = open.iter().find(|(number, _)| *number == row.number).map(|(_, id)| *id);
        let props = match opened {
            Some(object) => {
                let core = body.core(object)?;
                let size = super::rows::storage_size(core.storage())?;
                let props = visible_props(&core.props, row.number, size);
                texts(body, id, props)?
            }
            None => {
                let storage = body.core(id)?.storage().open_storage(&row.name, MEMBER_READ);
                let read = storage.map_err(mapped).and_then(|storage| {
                    let size = super::rows::storage_size(&storage)?;
                    let store = PropStore::open(storage, HeaderKind::Sub, limits)?;
                    Ok(visible_props(&store, row.number, size))
                });
                // An attachment that cannot be read is a row all the same.
                let props = read.unwrap_or_else(|_| vec![long(ATTACH_NUM, row.number)]);
                texts(body, id, props)?
            }
        };
        lines.push(Line { props });
    }
    Ok(lines)
}

/// The properties of an attachment but its data, which have no place in a table.
fn visible_props(store: &PropStore, number: u32, size: u64) -> Vec<Prop> {
    let entries: Vec<PropTag> = store.entries().map(|(tag, _)| tag).collect();
    let hidden = [ATTACH_NUM, INSTANCE_KEY, PropId::new(0x3701), PropId::new(0x0E20)];
    let shown = entries.iter().enumerate().filter(|(_, tag)| !hidden.contains(&tag.id()));
    let mut props: Vec<Prop> =
        shown.filter_map(|(at, _)| store.get_at(at).ok().flatten()).collect();
    let size = u32::try_from(size).unwrap_or(i32::MAX.unsigned_abs());
    props.extend([long(ATTACH_NUM, number), instance_key(number), long(PropId::new(0x0E20), size)]);
    props
}

/// The same with texts in Unicode.
fn texts(body: &mut Body, id: ObjectId, props: Vec<Prop>) -> Result<Vec<Prop>> {
    let wide = |prop: Prop| {
        let tag = widened(prop.tag);
        Ok(Prop { tag, value: body.in_width(id, prop.value, tag.prop_type())? })
    };
    props.into_iter().map(wide).collect()
}

/// One row's cells. Spec: imessage-contract 3.4, QueryRows.
fn cells(line: &Line, columns: &[PropTag]) -> Row {
    let cell = |tag: &PropTag| {
        let value = match (tag.prop_type(), line.get(tag.id())) {
            _ if tag.value() == 1 => Ok(PropValue::Null),
            (PropType::PT_OBJECT, _) => Err(Code::NoSupport),
            (_, None) => Err(Code::NotFound),
            (wanted, Some(value)) => in_type(value, wanted),
        };
        (*tag, value.and_then(|value| fits(value, CELL_LIMIT)))
    };
    Row { cells: columns.iter().map(cell).collect() }
}

fn in_type(value: &PropValue, wanted: PropType) -> Result<PropValue, Code> {
    match (value, wanted) {
        (value, PropType::PT_UNSPECIFIED) => Ok(value.clone()),
        (value, wanted) if value.prop_type() == wanted => Ok(value.clone()),
        (PropValue::Unicode(text), PropType::PT_STRING8) => {
            Ok(PropValue::String8(text.to_string_lossy().into_owned().into_bytes()))
        }
        _ => Err(Code::UnexpectedType),
    }
}

fn fits(value: PropValue, limit: usize) -> Result<PropValue, Code> {
    let size = match &value {
        PropValue::Unicode(text) => 2 * text.units().count() + 2,
        PropValue::String8(bytes) | PropValue::Binary(bytes) | PropValue::Opaque(_, bytes) => {
            bytes.len()
        }
        PropValue::MvBinary(values) | PropValue::MvString8(values) => {
            values.iter().map(Vec::len).sum()
        }
        _ => 0,
    };
    if size > limit { Err(Code::NotEnoughMemory) } else { Ok(value) }
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
