//! Structures that callers pass in. Pointers that must not be null and are come out as such, so that
//! the library answers for them.

use crate::abi::*;
use crate::ffi::In;
use crate::ffi::ptr_in::Terminated;
use openimsg::mapi::given::{GivenKind, GivenName, GivenProp, GivenValue};
use openimsg::mapi::recipients::GivenRow;
use openimsg::mapi::tables::GivenOrder;
use openimsg::{FileTime, Guid, PropType, PropValue, Text};

/// A value, by the type of its tag.
pub(crate) fn given_prop(prop: &SPropValue) -> GivenProp {
    GivenProp { tag: prop.tag, value: given_value(prop) }
}

/// An array of values; `None` for null.
pub(crate) fn given_props(props: In<SPropValue>, count: u32) -> Option<Vec<GivenProp>> {
    Some(props.slice(count)?.iter().map(given_prop).collect())
}

fn given_value(prop: &SPropValue) -> GivenValue {
    let union = &prop.value;
    let value = match PropType::new(low_half(prop.tag)) {
        PropType::PT_I2 => PropValue::I2(union.i()),
        PropType::PT_LONG => PropValue::Long(union.l()),
        PropType::PT_R4 => PropValue::R4(union.flt()),
        PropType::PT_DOUBLE => PropValue::Double(union.dbl()),
        PropType::PT_CURRENCY => PropValue::Currency(union.cur()),
        PropType::PT_APPTIME => PropValue::AppTime(union.dbl()),
        PropType::PT_BOOLEAN => PropValue::Boolean(union.b() != 0),
        PropType::PT_I8 => PropValue::I8(union.cur()),
        PropType::PT_SYSTIME => PropValue::SysTime(union.ft().into()),
        PropType::PT_ERROR => PropValue::Error(union.err().cast_unsigned()),
        other => return pointed(other, union).unwrap_or(GivenValue::NullPointer),
    };
    GivenValue::Value(value)
}

/// The type in a tag.
fn low_half(tag: u32) -> u16 {
    let [a, b, ..] = tag.to_le_bytes();
    u16::from_le_bytes([a, b])
}

/// Values that lie elsewhere; `None` for a null pointer.
fn pointed(prop_type: PropType, union: &PropUnion) -> Option<GivenValue> {
    let value = match prop_type {
        PropType::PT_STRING8 => PropValue::String8(union.string8().terminated()?.to_vec()),
        PropType::PT_UNICODE => PropValue::Unicode(text(union.unicode())?),
        PropType::PT_BINARY => PropValue::Binary(bytes(union.bin())?),
        PropType::PT_CLSID => PropValue::Clsid(Guid::from(*union.guid().get()?)),
        PropType::PT_MV_I2 => PropValue::MvI2(array(union.mv_i2(), |n| n)?),
        PropType::PT_MV_LONG => PropValue::MvLong(array(union.mv_long(), |n| n)?),
        PropType::PT_MV_R4 => PropValue::MvR4(array(union.mv_r4(), |n| n)?),
        PropType::PT_MV_DOUBLE => PropValue::MvDouble(array(union.mv_double(), |n| n)?),
        PropType::PT_MV_APPTIME => PropValue::MvAppTime(array(union.mv_double(), |n| n)?),
        PropType::PT_MV_CURRENCY => PropValue::MvCurrency(array(union.mv_i8(), |n| n)?),
        PropType::PT_MV_I8 => PropValue::MvI8(array(union.mv_i8(), |n| n)?),
        PropType::PT_MV_SYSTIME => PropValue::MvSysTime(array(union.mv_time(), FileTime::from)?),
        PropType::PT_MV_CLSID => PropValue::MvClsid(array(union.mv_guid(), Guid::from)?),
        PropType::PT_MV_BINARY => PropValue::MvBinary(all(union.mv_bin(), bytes)?),
        PropType::PT_MV_STRING8 => {
            PropValue::MvString8(all(union.mv_string8(), |s| s.terminated().map(<[u8]>::to_vec))?)
        }
        PropType::PT_MV_UNICODE => PropValue::MvUnicode(all(union.mv_unicode(), text)?),
        _ => return Some(GivenValue::Untyped),
    };
    Some(GivenValue::Value(value))
}

fn text(units: In<u16>) -> Option<Text> {
    units.terminated().map(Text::from_units)
}

/// Bytes: none of them need no pointer.
fn bytes(binary: Counted<u8>) -> Option<Vec<u8>> {
    match binary.count {
        0 => Some(Vec::new()),
        count => binary.items.slice(count).map(<[u8]>::to_vec),
    }
}

fn array<T: Copy, U>(array: Counted<T>, convert: impl Fn(T) -> U) -> Option<Vec<U>> {
    all(array, |item| Some(convert(item)))
}

fn all<T: Copy, U>(array: Counted<T>, convert: impl Fn(T) -> Option<U>) -> Option<Vec<U>> {
    match array.count {
        0 => Some(Vec::new()),
        count => array.items.slice(count)?.iter().map(|item| convert(*item)).collect(),
    }
}

/// The names that a list of pointers points to; an element is `None` where it is null.
pub(crate) fn given_names(names: In<In<MapiNameId>>, count: u32) -> Option<Vec<Option<GivenName>>> {
    Some(names.slice(count)?.iter().map(|name| name.get().map(given_name)).collect())
}

/// A name.
pub(crate) fn given_name(name: &MapiNameId) -> GivenName {
    let kind = match name.kind {
        0 => GivenKind::Id(name.value.id().cast_unsigned()),
        1 => GivenKind::Text(name.value.name().terminated().map(<[u16]>::to_vec)),
        other => GivenKind::Other(other),
    };
    GivenName { set: name.set.get().map(|set| Guid::from(*set)), kind }
}

/// The rows of an address list; `None` for null.
pub(crate) fn given_rows(list: In<AdrList>) -> Option<Vec<GivenRow>> {
    let row = |entry: &AdrEntry| GivenRow {
        count: entry.count,
        props: given_props(entry.props, entry.count),
    };
    Some(list.items()?.iter().map(row).collect())
}

/// A sort order; `None` for null.
pub(crate) fn given_order(order: In<SSortOrderSet>) -> Option<GivenOrder> {
    let set = order.get()?;
    let keys = order.items()?.iter().map(|key| (key.tag, key.order)).collect();
    Some(GivenOrder { categories: set.categories, expanded: set.expanded, keys })
}

/// The items of a list that ends with null, such as an SNB.
pub(crate) fn listed<T: Terminated>(list: In<In<T>>) -> Option<Vec<Vec<T>>> {
    let items = list.terminated()?.iter();
    Some(items.filter_map(|item| item.terminated().map(<[T]>::to_vec)).collect())
}
