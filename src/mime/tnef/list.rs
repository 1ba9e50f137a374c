//! Property lists, as attMsgProps, attAttachment and the rows of attRecipTable hold them.
//!
//! ```text
//!   list      count u32, then for each property
//!   property  type u16 | identifier u16 | name, if the identifier is 0x8000 or more | value
//!   name      property set, 16 bytes | 0 u32, number u32
//!                                    | 1 u32, bytes u32, UTF-16LE with NUL, padded to 4
//!   value     fixed types: the value, padded to 4
//!             texts, bytes, objects: count u32 (1), for each: bytes u32, the bytes, padded to 4
//!             arrays: count u32, the values one after the other in one of these forms
//!   object    interface, 16 bytes | what it is
//! ```
//! Spec: msg-format 6.10 (MS-OXTNEF 2.1.3.4).

use super::bytes::Data;
use crate::error::Result;
use crate::limits::Limits;
use crate::prop::{NamedProp, PropId, PropName, PropSet, PropType, PropValue};
use crate::wire::{CodePage, FileTime, Guid, Text};

/// What identifies a property of a list.
#[derive(Debug, PartialEq)]
pub(super) enum Key {
    Id(PropId),
    Named(NamedProp),
}

/// The value of a property of a list.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Whole(PropValue),
    /// Bytes that are too many to be read at once: as many as this follow.
    Long(u64),
    /// An object of this interface: as many bytes as this follow.
    Object(Guid, u64),
    /// There is none that could be given, and why.
    Unfit(&'static str),
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) key: Key,
    pub(super) prop_type: PropType,
    pub(super) value: Value,
}

/// What [`List::next`] came to.
#[derive(Debug)]
pub(super) enum Next {
    Item(Item),
    End,
    /// The list cannot be read on, and why.
    Broken(&'static str),
}

/// How the values of a list are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'o> {
    /// The code page of 8-bit text.
    pub(super) page: CodePage,
    pub(super) limits: &'o Limits,
    /// Bytes values of this size and above are left where they are.
    pub(super) long: u64,
}

/// The most values of one array.
const MAX_VALUES: u32 = 65_536;
/// The longest name of a property, in bytes.
const MAX_NAME: u64 = 4096;

/// The place in a list.
pub(super) struct List {
    left: u32,
    /// Where the value that was given out ends.
    resume: u64,
    /// Values that follow it and are not wanted.
    more: u32,
    cut: bool,
}

/// How the bytes of one value of a type are laid out.
enum Form {
    /// This many bytes, padded to this many.
    Fixed(u64, u64),
    Counted,
}

fn form(prop_type: PropType) -> Option<Form> {
    let single = PropType::new(prop_type.value() & !PropType::MV_FLAG);
    Some(match single {
        PropType::PT_I2 | PropType::PT_BOOLEAN => Form::Fixed(2, 4),
        PropType::PT_LONG | PropType::PT_R4 | PropType::PT_ERROR => Form::Fixed(4, 4),
        PropType::PT_DOUBLE
        | PropType::PT_CURRENCY
        | PropType::PT_APPTIME
        | PropType::PT_I8
        | PropType::PT_SYSTIME => Form::Fixed(8, 8),
        PropType::PT_CLSID => Form::Fixed(16, 16),
        PropType::PT_STRING8
        | PropType::PT_UNICODE
        | PropType::PT_BINARY
        | PropType::PT_OBJECT
        | PropType::PT_SVREID
        | PropType::PT_SRESTRICTION
        | PropType::PT_ACTIONS => Form::Counted,
        _ => return None,
    })
}

fn padded(len: u64) -> u64 {
    len.checked_next_multiple_of(4).unwrap_or(len)
}

impl List {
    /// Begins a list; `None` if there is not even its count.
    pub(super) fn begin(data: &mut Data<'_, '_>) -> Result<Option<List>> {
        let count = data.u32()?;
        Ok(count.map(|left| List { left, resume: 0, more: 0, cut: false }))
    }

    /// The next property. What was left of the one before is passed over.
    pub(super) fn next(&mut self, data: &mut Data<'_, '_>, how: Reading<'_>) -> Result<Next> {
        data.skip_to(self.resume)?;
        while self.more > 0 {
            self.more -= 1;
            match data.u32()? {
                Some(len) => data.skip(padded(u64::from(len)))?,
                None => return Ok(Next::Broken("an array is longer than what is there")),
            }
        }
        if self.cut {
            return Ok(Next::Broken("a value is longer than what is there"));
        }
        let Some(left) = self.left.checked_sub(1) else { return Ok(Next::End) };
        self.left = left;
        let Some([a, b, c, d]) = data.array()? else {
            return Ok(Next::Broken("there are fewer properties than promised"));
        };
        // Whole rows of arrays are a matter of tables.
        let prop_type = u16::from_le_bytes([a, b]) & !PropType::MV_INSTANCE;
        let (prop_type, id) = (PropType::new(prop_type), PropId::new(u16::from_le_bytes([c, d])));
        let key = match id.is_named() {
            false => Key::Id(id),
            true => match name(data)? {
                Some(name) => Key::Named(name),
                None => return Ok(Next::Broken("the name of a property cannot be read")),
            },
        };
        let value = match form(prop_type) {
            None => return Ok(Next::Broken("a property has an unknown type")),
            Some(Form::Fixed(size, step)) if prop_type.is_multivalue() => {
                self.fixed_array(data, prop_type, (size, step), how)?
            }
            Some(Form::Fixed(_, step)) => fixed(prop_type, &data.up_to(step)?),
            Some(Form::Counted) if prop_type.is_multivalue() => {
                self.counted_array(data, prop_type, how)?
            }
            Some(Form::Counted) => self.counted(data, prop_type, how)?,
        };
        match value {
            Some(value) => Ok(Next::Item(Item { key, prop_type, value })),
            None => Ok(Next::Broken("a value is longer than what is there")),
        }
    }

    /// A text, bytes or an object.
    fn counted(
        &mut self,
        data: &mut Data<'_, '_>,
        prop_type: PropType,
        how: Reading<'_>,
    ) -> Result<Option<Value>> {
        let Some(count) = data.u32()? else { return Ok(None) };
        let Some(more) = count.checked_sub(1) else {
            return Ok(Some(Value::Unfit("it has no value")));
        };
        self.more = more;
        let Some(len) = data.u32()? else { return Ok(None) };
        let (len, left) = (u64::from(len), data.left());
        self.resume = data.at().saturating_add(padded(len));
        self.cut = len > left;
        let len = len.min(left);
        let too_long = match prop_type {
            PropType::PT_STRING8 | PropType::PT_UNICODE => len > how.limits.text_bytes,
            _ => len >= how.long || len > how.limits.value_bytes,
        };
        Ok(Some(match prop_type {
            PropType::PT_OBJECT => match (len.checked_sub(16), data.array()?) {
                (Some(rest), Some(interface)) => Value::Object(Guid::from_bytes(interface), rest),
                _ => Value::Unfit("an object without an interface"),
            },
            PropType::PT_STRING8 | PropType::PT_UNICODE if too_long => {
                Value::Unfit("the text is longer than the limit")
            }
            _ if too_long => Value::Long(len),
            _ => Value::Whole(whole(prop_type, data.up_to(len)?, how.page)),
        }))
    }

    fn fixed_array(
        &mut self,
        data: &mut Data<'_, '_>,
        prop_type: PropType,
        (size, step): (u64, u64),
        how: Reading<'_>,
    ) -> Result<Option<Value>> {
        let Some(count) = data.u32()? else { return Ok(None) };
        let len = u64::from(count).saturating_mul(step);
        if len > data.left() {
            return Ok(None);
        }
        self.resume = data.at().saturating_add(len);
        if count == 0 || count > MAX_VALUES || len > how.limits.value_bytes {
            return Ok(Some(Value::Unfit("an array has at least one value, and 65 536 at most")));
        }
        let mut bytes = Vec::new();
        for _ in 0..count {
            bytes.extend(data.up_to(size)?);
            data.skip(step.saturating_sub(size))?;
        }
        Ok(Some(packed(prop_type, &bytes)))
    }

    fn counted_array(
        &mut self,
        data: &mut Data<'_, '_>,
        prop_type: PropType,
        how: Reading<'_>,
    ) -> Result<Option<Value>> {
        let Some(count) = data.u32()? else { return Ok(None) };
        if u64::from(count).saturating_mul(4) > data.left() {
            return Ok(None);
        }
        if count == 0 || count > MAX_VALUES {
            (self.more, self.resume) = (count, data.at());
            return Ok(Some(Value::Unfit("an array has at least one value, and 65 536 at most")));
        }
        let mut values = Vec::new();
        let mut total = 0_u64;
        for done in 0..count {
            let Some(len) = data.u32()? else { return Ok(None) };
            let len = u64::from(len);
            if len > data.left() {
                return Ok(None);
            }
            total = total.saturating_add(len);
            if total > how.limits.value_bytes {
                self.more = count.saturating_sub(done.saturating_add(1));
                self.resume = data.at().saturating_add(padded(len));
                return Ok(Some(Value::Unfit("the array is longer than the limit")));
            }
            values.push(data.up_to(len)?);
            data.skip(padded(len).saturating_sub(len))?;
        }
        let text = |bytes: &Vec<u8>| eight_bit(bytes, how.page);
        Ok(Some(match prop_type {
            PropType::PT_MV_STRING8 => {
                Value::Whole(PropValue::MvUnicode(values.iter().map(text).collect()))
            }
            PropType::PT_MV_UNICODE => {
                let wide = |bytes: &Vec<u8>| Text::from_utf16le(bytes).trim_nuls();
                Value::Whole(PropValue::MvUnicode(values.iter().map(wide).collect()))
            }
            PropType::PT_MV_BINARY => Value::Whole(PropValue::MvBinary(values)),
            _ => Value::Unfit("there are no arrays of its type"),
        }))
    }
}

/// The name of a property.
fn name(data: &mut Data<'_, '_>) -> Result<Option<NamedProp>> {
    let (Some(set), Some(kind), Some(number)) = (data.array()?, data.u32()?, data.u32()?) else {
        return Ok(None);
    };
    let set = PropSet(Guid::from_bytes(set));
    let name = match kind {
        0 => PropName::Id(number),
        1 => {
            let len = u64::from(number);
            if len > data.left().min(MAX_NAME) {
                return Ok(None);
            }
            let text = Text::from_utf16le(&data.up_to(len)?).trim_nuls();
            data.skip(padded(len).saturating_sub(len))?;
            PropName::Text(text.into_string_lossy())
        }
        _ => return Ok(None),
    };
    Ok(Some(NamedProp { set: set.0, name }))
}

/// 8-bit text without the NULs at its end.
pub(super) fn eight_bit(bytes: &[u8], page: CodePage) -> Text {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at.saturating_add(1));
    Text::from(&*page.decode(bytes.get(..end).unwrap_or_default()).text)
}

/// A text, or bytes.
fn whole(prop_type: PropType, bytes: Vec<u8>, page: CodePage) -> PropValue {
    match prop_type {
        PropType::PT_STRING8 => PropValue::Unicode(eight_bit(&bytes, page)),
        PropType::PT_UNICODE => PropValue::Unicode(Text::from_utf16le(&bytes).trim_nuls()),
        PropType::PT_BINARY => PropValue::Binary(bytes),
        other => PropValue::Opaque(other, bytes),
    }
}

/// The value of a fixed type; `None` if it is cut.
fn fixed(prop_type: PropType, bytes: &[u8]) -> Option<Value> {
    let four = || bytes.first_chunk::<4>().copied();
    let eight = || bytes.first_chunk::<8>().copied();
    let two = || bytes.first_chunk::<2>().copied();
    Some(Value::Whole(match prop_type {
        PropType::PT_I2 => PropValue::I2(i16::from_le_bytes(two()?)),
        PropType::PT_BOOLEAN => PropValue::Boolean(two()? != [0, 0]),
        PropType::PT_LONG => PropValue::Long(i32::from_le_bytes(four()?)),
        PropType::PT_R4 => PropValue::R4(f32::from_le_bytes(four()?)),
        PropType::PT_ERROR => PropValue::Error(u32::from_le_bytes(four()?)),
        PropType::PT_DOUBLE => PropValue::Double(f64::from_le_bytes(eight()?)),
        PropType::PT_APPTIME => PropValue::AppTime(f64::from_le_bytes(eight()?)),
        PropType::PT_CURRENCY => PropValue::Currency(i64::from_le_bytes(eight()?)),
        PropType::PT_I8 => PropValue::I8(i64::from_le_bytes(eight()?)),
        PropType::PT_SYSTIME => {
            PropValue::SysTime(FileTime::from_ticks(u64::from_le_bytes(eight()?)))
        }
        PropType::PT_CLSID => PropValue::Clsid(Guid::from_bytes(*bytes.first_chunk()?)),
        _ => return None,
    }))
}

/// An array of values of a fixed type that lie one beside the other.
fn packed(prop_type: PropType, bytes: &[u8]) -> Value {
    fn each<const N: usize, T>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
        bytes.as_chunks::<N>().0.iter().map(|chunk| value(*chunk)).collect()
    }
    let time = |ticks| FileTime::from_ticks(u64::from_le_bytes(ticks));
    Value::Whole(match prop_type {
        PropType::PT_MV_I2 => PropValue::MvI2(each(bytes, i16::from_le_bytes)),
        PropType::PT_MV_LONG => PropValue::MvLong(each(bytes, i32::from_le_bytes)),
        PropType::PT_MV_R4 => PropValue::MvR4(each(bytes, f32::from_le_bytes)),
        PropType::PT_MV_DOUBLE => PropValue::MvDouble(each(bytes, f64::from_le_bytes)),
        PropType::PT_MV_APPTIME => PropValue::MvAppTime(each(bytes, f64::from_le_bytes)),
        PropType::PT_MV_CURRENCY => PropValue::MvCurrency(each(bytes, i64::from_le_bytes)),
        PropType::PT_MV_I8 => PropValue::MvI8(each(bytes, i64::from_le_bytes)),
        PropType::PT_MV_SYSTIME => PropValue::MvSysTime(each(bytes, time)),
        PropType::PT_MV_CLSID => PropValue::MvClsid(each(bytes, Guid::from_bytes)),
        _ => return Value::Unfit("there are no arrays of its type"),
    })
}
