//! Which columns a table has. Spec: imessage-contract 3.4 (SetColumns, QueryColumns).

use super::line::{attachment_tags, narrowed, widened};
use super::{Kind, Table};
use crate::error::{Code, Error, Result};
use crate::msg::body::Body;
use crate::msg::handle::ObjectId;
use crate::prop::{PropId, PropTag, PropType};
use bitflags::bitflags;
use std::collections::{BTreeMap, HashSet};

bitflags! {
    /// Which columns [`Table::query_columns`] tells: the flags of `IMAPITable::QueryColumns`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ColumnFlags: u32 {
        /// `TBL_ALL_COLUMNS`: every property that any row has, beside the usual ones.
        const ALL_COLUMNS = 1;
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

impl Table<'_> {
    /// Chooses the columns; any tag will do. `PT_UNSPECIFIED` takes the type each row has, the tag
    /// `PR_NULL` (1) keeps a place free. Cursor and bookmarks stay.
    ///
    /// # Errors
    /// [`Code::InvalidParameter`] without any tag; [`Code::NoSupport`] for a tag that asks for one
    /// row per value; [`Code::ObjectDeleted`] once the message is closed.
    pub fn set_columns(&mut self, tags: &[PropTag]) -> Result<()> {
        const DOING: &str = "set columns";
        self.handle.with(DOING, |_, _| Ok(()))?;
        if tags.is_empty() {
            return Err(Error::new(Code::InvalidParameter, DOING).note("no columns"));
        }
        if tags.iter().any(|tag| tag.prop_type().value() & PropType::MV_INSTANCE != 0) {
            return Err(Error::new(Code::NoSupport, DOING).note("no rows of single values"));
        }
        self.columns = Some(tags.to_vec());
        self.shown = None;
        Ok(())
    }

    /// The columns: those that were set, or the default ones.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn columns(&self) -> Result<Vec<PropTag>> {
        self.query_columns(ColumnFlags::empty())
    }

    /// The columns as [`columns`](Table::columns) tells them, or all that could be asked for.
    ///
    /// # Errors
    /// [`Code::UnknownFlags`] for flags that do not exist; [`Code::ObjectDeleted`] once the message
    /// is closed.
    pub fn query_columns(&self, flags: ColumnFlags) -> Result<Vec<PropTag>> {
        const DOING: &str = "query columns";
        let kind = self.kind;
        self.handle.with(DOING, |body, id| {
            if !ColumnFlags::all().contains(flags) {
                return Err(Error::new(Code::UnknownFlags, DOING));
            }
            match &self.columns {
                _ if flags.contains(ColumnFlags::ALL_COLUMNS) => {
                    Ok(self.in_width(all_columns(body, id, kind)?))
                }
                Some(columns) => Ok(columns.clone()),
                None => Ok(self.in_width(default_columns(body, id, kind)?)),
            }
        })
    }
}

impl Table<'_> {
    /// Columns that nobody chose, in the width of this table.
    pub(super) fn in_width(&self, mut columns: Vec<PropTag>) -> Vec<PropTag> {
        if !self.unicode {
            columns.iter_mut().for_each(|tag| *tag = tag.with_type(narrowed(tag.prop_type())));
        }
        columns
    }
}

/// The columns before any were chosen.
pub(super) fn default_columns(body: &mut Body, id: ObjectId, kind: Kind) -> Result<Vec<PropTag>> {
    match kind {
        Kind::Attachments => Ok(ATTACHMENT_COLUMNS.map(PropTag::new).to_vec()),
        // The documented way to edit recipients is to read all rows and write them back, so every
        // property that any row has is a column.
        Kind::Recipients => all_columns(body, id, kind),
    }
}

/// The fixed columns, then what else any row has.
fn all_columns(body: &mut Body, id: ObjectId, kind: Kind) -> Result<Vec<PropTag>> {
    let mut tags = match kind {
        Kind::Recipients => RECIPIENT_COLUMNS.map(PropTag::new).to_vec(),
        Kind::Attachments => ATTACHMENT_COLUMNS.map(PropTag::new).to_vec(),
    };
    let known: HashSet<PropId> = tags.iter().map(|tag| tag.id()).collect();
    let mut more = BTreeMap::new();
    let mut note = |tag: PropTag| {
        if !known.contains(&tag.id()) {
            more.entry(tag.id()).or_insert(tag);
        }
    };
    for number in kind.numbers(body, id)? {
        match kind {
            Kind::Recipients => {
                let row = body.recipient_row(id, number, |_| true)?;
                row.props().iter().for_each(|prop| note(widened(prop.tag)));
            }
            Kind::Attachments => attachment_tags(body, id, number)?.into_iter().for_each(&mut note),
        }
    }
    tags.extend(more.into_values());
    Ok(tags)
}
