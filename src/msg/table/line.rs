//! The rows of a table: where their values come from, and their cells.

use super::super::body::Body;
use super::super::handle::ObjectId;
use super::{Kind, Row};
use crate::error::{Code, Error, Result};
use crate::prop::store::{PropStore, mapped};
use crate::prop::stream::HeaderKind;
use crate::prop::{Prop, PropId, PropTag, PropType, PropValue};
use crate::stg::{MEMBER_READ, Storage};
use crate::wire::Text;
use std::sync::Arc;

const ROW_ID: PropId = PropId::new(0x3000);
const ATTACH_NUM: PropId = PropId::new(0x0E21);
const ATTACH_SIZE: PropId = PropId::new(0x0E20);
const RECORD_KEY: PropId = PropId::new(0x0FF9);
const INSTANCE_KEY: PropId = PropId::new(0x0FF6);
/// Stored properties of an attachment that its row has from elsewhere, or not at all.
const HIDDEN: [PropId; 4] = [ATTACH_NUM, INSTANCE_KEY, PropId::new(0x3701), ATTACH_SIZE];
/// The largest value that a cell holds.
const CELL_LIMIT: usize = 65_536;

/// Properties of one row, by which it is sorted and shown.
pub(super) struct Line {
    props: Vec<Prop>,
    /// Those that could not be read, and why.
    errors: Vec<(PropId, Code)>,
}

impl Line {
    #[cfg(test)]
    pub(super) fn of(props: Vec<Prop>) -> Line {
        Line { props, errors: Vec::new() }
    }

    pub(super) fn get(&self, id: PropId) -> Option<&PropValue> {
        self.props.iter().find(|prop| prop.tag.id() == id).map(|prop| &prop.value)
    }

    /// Lets go of the other properties.
    pub(super) fn keep(&mut self, wanted: impl Fn(PropId) -> bool) {
        self.props.retain(|prop| wanted(prop.tag.id()));
    }

    /// Why a value is not there.
    fn error(&self, id: PropId) -> Code {
        let found = self.errors.iter().find(|(prop, _)| *prop == id);
        found.map_or(Code::NotFound, |(_, code)| *code)
    }
}

/// The Unicode form of a text tag.
pub(super) fn widened(tag: PropTag) -> PropTag {
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

/// A row by its number, with the properties that are wanted.
pub(super) fn line(
    body: &mut Body,
    id: ObjectId,
    kind: Kind,
    number: u32,
    wanted: impl Fn(PropId) -> bool,
) -> Result<Line> {
    let mut line = match kind {
        Kind::Recipients => recipient_line(body, id, number, &wanted)?,
        Kind::Attachments => attachment_line(body, id, number, &wanted)?,
    };
    line.keep(wanted);
    Ok(line)
}

fn recipient_line(
    body: &mut Body,
    id: ObjectId,
    number: u32,
    wanted: &impl Fn(PropId) -> bool,
) -> Result<Line> {
    let own = [ROW_ID, INSTANCE_KEY];
    let wanted = |id: PropId| wanted(id) && !own.contains(&id);
    let mut props = body.recipient_row(id, number, wanted)?.wide_props(wanted);
    props.extend([long(ROW_ID, number), instance_key(number)]);
    Ok(Line { props, errors: Vec::new() })
}

/// An attachment as it was last saved, whether or not it is open now.
fn attachment_line(
    body: &mut Body,
    id: ObjectId,
    number: u32,
    wanted: &impl Fn(PropId) -> bool,
) -> Result<Line> {
    let limits = body.limits();
    let storage = attachment_storage(body, id, number)?;
    let mut line = Line { props: Vec::new(), errors: Vec::new() };
    // An attachment that cannot be read is a row all the same.
    if let Ok(storage) = storage {
        if wanted(ATTACH_SIZE) {
            let size = super::super::rows::storage_size(&storage)?;
            // A PT_LONG is signed: above 2 GiB it says the largest there is, as the attachment does.
            let most = i32::MAX.unsigned_abs();
            let size = u32::try_from(size).map_or(most, |size| size.min(most));
            line.props.push(long(ATTACH_SIZE, size));
        }
        if let Ok(store) = PropStore::open(storage, HeaderKind::Sub, limits) {
            line.take_from(body, id, &store, wanted)?;
        }
    }
    line.props.extend([long(ATTACH_NUM, number), instance_key(number)]);
    if line.get(RECORD_KEY).is_none() {
        let value = PropValue::Binary(number.to_le_bytes().to_vec());
        line.props.push(Prop { tag: PropTag::from_parts(RECORD_KEY, PropType::PT_BINARY), value });
    }
    Ok(line)
}

/// Where an attachment lies as it was last saved, whether or not it can be read.
fn attachment_storage(
    body: &mut Body,
    id: ObjectId,
    number: u32,
) -> Result<Result<Arc<dyn Storage>>> {
    let missing = || Error::new(Code::NotFound, "read attachment row");
    let name = body.rows(id)?.attachment(number).ok_or_else(missing)?.name();
    Ok(match body.attachments.get(&(id, number)).copied() {
        Some(open) => Ok(Arc::clone(body.core(open)?.storage())),
        None => body.core(id)?.storage().open_storage(&name, MEMBER_READ).map_err(mapped),
    })
}

/// The tags that the row of an attachment has in store; texts in Unicode.
pub(super) fn attachment_tags(body: &mut Body, id: ObjectId, number: u32) -> Result<Vec<PropTag>> {
    let Ok(storage) = attachment_storage(body, id, number)? else { return Ok(Vec::new()) };
    let Ok(store) = PropStore::open(storage, HeaderKind::Sub, body.limits()) else {
        return Ok(Vec::new());
    };
    let tags = store.positions().map(|(_, tag, _)| widened(tag));
    Ok(tags.filter(|tag| !HIDDEN.contains(&tag.id())).collect())
}

impl Line {
    /// The stored properties but the data, which have no place in a table; texts in Unicode.
    fn take_from(
        &mut self,
        body: &mut Body,
        id: ObjectId,
        store: &PropStore,
        wanted: &impl Fn(PropId) -> bool,
    ) -> Result<()> {
        for (at, tag, _) in store.positions() {
            let prop = tag.id();
            if HIDDEN.contains(&prop) || !wanted(prop) || self.get(prop).is_some() {
                continue;
            }
            match store.get_at(at) {
                Ok(Some(Prop { value, .. })) => {
                    let tag = widened(tag);
                    let value = body.in_width(id, value, tag.prop_type())?;
                    self.props.push(Prop { tag, value });
                }
                Ok(None) => {}
                Err(error) => self.errors.push((prop, error.code())),
            }
        }
        Ok(())
    }
}

/// 8-bit bytes of a text in the code page that callers get.
type Narrow<'a> = &'a mut dyn FnMut(&Text) -> Result<Vec<u8>>;

/// One row's cells. Texts of a column without a type are in Unicode if `unicode` says so.
/// Spec: imessage-contract 3.4, QueryRows.
pub(super) fn cells(
    line: &Line,
    columns: &[PropTag],
    unicode: bool,
    narrow: Narrow<'_>,
) -> Result<Row> {
    let mut cells = Vec::with_capacity(columns.len());
    for tag in columns {
        let value = match (tag.prop_type(), line.get(tag.id())) {
            _ if tag.value() == 1 => Ok(PropValue::Null),
            (PropType::PT_NULL, Some(_)) => Ok(PropValue::Null),
            (PropType::PT_OBJECT, _) => Err(Code::NoSupport),
            (_, None) => Err(line.error(tag.id())),
            (PropType::PT_UNSPECIFIED, Some(value)) => {
                let wanted = if unicode { value.prop_type() } else { narrowed(value.prop_type()) };
                in_type(value, wanted, narrow)?
            }
            (wanted, Some(value)) => in_type(value, wanted, narrow)?,
        };
        cells.push((*tag, value.and_then(|value| fits(value, CELL_LIMIT))));
    }
    Ok(Row { cells })
}

/// The 8-bit form of a text type.
pub(super) fn narrowed(prop_type: PropType) -> PropType {
    match prop_type {
        PropType::PT_UNICODE => PropType::PT_STRING8,
        PropType::PT_MV_UNICODE => PropType::PT_MV_STRING8,
        other => other,
    }
}

fn in_type(
    value: &PropValue,
    wanted: PropType,
    narrow: Narrow<'_>,
) -> Result<Result<PropValue, Code>> {
    Ok(match (value, wanted) {
        (value, wanted) if value.prop_type() == wanted => Ok(value.clone()),
        (PropValue::Unicode(text), PropType::PT_STRING8) => Ok(PropValue::String8(narrow(text)?)),
        (PropValue::MvUnicode(texts), PropType::PT_MV_STRING8) => {
            let texts: Result<_> = texts.iter().map(narrow).collect();
            Ok(PropValue::MvString8(texts?))
        }
        _ => Err(Code::UnexpectedType),
    })
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
        PropValue::MvUnicode(values) => {
            values.iter().map(|text| 2 * text.units().count() + 2).sum()
        }
        _ => 0,
    };
    if size > limit { Err(Code::NotEnoughMemory) } else { Ok(value) }
}
