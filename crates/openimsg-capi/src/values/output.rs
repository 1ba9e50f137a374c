//! Results, in one block of the caller's allocator each. Spec: imessage-contract 1.11.
#![allow(clippy::disallowed_methods, reason = "memory of callers is in the machine's byte order")]

use crate::abi::*;
use crate::ffi::{Allocators, Out, Writer};
use openimsg::mapi::last_error::LastError;
use openimsg::mapi::tables::GivenOrder;
use openimsg::{
    FileTime, Guid, NamedProp, Prop, PropName, PropProblem, PropTag, PropValue, Result, Text,
};
use std::mem::offset_of;
use std::ptr::null_mut;

/// Makes a block and puts it where the caller wants it. Nothing to give is null, and no place none.
pub(crate) fn put_block<T>(
    allocators: &Allocators,
    out: &mut Out<Raw>,
    found: Option<&T>,
    write: impl Fn(&mut Writer<'_>, &T),
) -> Result<()> {
    let block = match found {
        Some(found) if !out.is_null() => allocators.block(|writer| write(writer, found))?,
        _ => null_mut(),
    };
    out.put(block);
    Ok(())
}

/// `SPropTagArray`, and `SPropAttrArray`.
pub(crate) fn tags(writer: &mut Writer<'_>, tags: impl ExactSizeIterator<Item = u32>) {
    let count = tags.len();
    let at = writer.reserve(4 + 4 * count, align_of::<SPropTagArray>());
    writer.count(at, count);
    for (index, tag) in tags.enumerate() {
        writer.u32(at + 4 + 4 * index, tag);
    }
}

/// `SPropProblemArray`.
pub(crate) fn problems(writer: &mut Writer<'_>, problems: &[PropProblem]) {
    let size = size_of::<SPropProblem>();
    let first = offset_of!(SPropProblemArray, problems);
    let at = writer.reserve(first + size * problems.len(), align_of::<SPropProblemArray>());
    writer.count(at, problems.len());
    for (index, problem) in problems.iter().enumerate() {
        let entry = at + first + size * index;
        writer.count(entry + offset_of!(SPropProblem, index), problem.index);
        writer.u32(entry + offset_of!(SPropProblem, tag), problem.tag.value());
        writer.u32(entry + offset_of!(SPropProblem, scode), problem.code.scode());
    }
}

/// An array of `SPropValue`.
pub(crate) fn values(writer: &mut Writer<'_>, props: &[Prop]) {
    let at = writer.array::<SPropValue>(props.len());
    for (index, prop) in props.iter().enumerate() {
        let entry = at + size_of::<SPropValue>() * index;
        writer.u32(entry + offset_of!(SPropValue, tag), prop.tag.value());
        value(writer, entry + offset_of!(SPropValue, value), &prop.value);
    }
}

/// Where the pointer of an array of a count and a pointer is.
const ITEMS: usize = offset_of!(Counted<u8>, items);

fn value(writer: &mut Writer<'_>, at: usize, value: &PropValue) {
    match value {
        PropValue::Null | PropValue::Object => {}
        PropValue::I2(number) => writer.bytes(at, &number.to_ne_bytes()),
        PropValue::Long(number) => writer.bytes(at, &number.to_ne_bytes()),
        PropValue::R4(number) => writer.bytes(at, &number.to_ne_bytes()),
        PropValue::Double(number) | PropValue::AppTime(number) => {
            writer.bytes(at, &number.to_ne_bytes());
        }
        PropValue::Currency(number) | PropValue::I8(number) => {
            writer.bytes(at, &number.to_ne_bytes());
        }
        PropValue::Error(scode) => writer.u32(at, *scode),
        PropValue::Boolean(is) => writer.u16(at, u16::from(*is)),
        PropValue::SysTime(time) => writer.bytes(at, &file_time(*time)),
        PropValue::String8(text) => {
            let text = writer.string8(text);
            writer.pointer(at, text);
        }
        PropValue::Unicode(text) => {
            let text = writer.unicode(text.units());
            writer.pointer(at, text);
        }
        PropValue::Clsid(guid) => {
            let guid = writer.new_bytes(&guid_bytes(*guid), align_of::<GUID>());
            writer.pointer(at, guid);
        }
        PropValue::Binary(bytes) | PropValue::Opaque(_, bytes) => binary(writer, at, bytes),
        PropValue::MvI2(all) => numbers(writer, at, all, |n| n.to_ne_bytes()),
        PropValue::MvLong(all) => numbers(writer, at, all, |n| n.to_ne_bytes()),
        PropValue::MvR4(all) => numbers(writer, at, all, |n| n.to_ne_bytes()),
        PropValue::MvDouble(all) | PropValue::MvAppTime(all) => {
            numbers(writer, at, all, |n| n.to_ne_bytes());
        }
        PropValue::MvCurrency(all) | PropValue::MvI8(all) => {
            numbers(writer, at, all, |n| n.to_ne_bytes());
        }
        PropValue::MvSysTime(all) => numbers(writer, at, all, |time| file_time(*time)),
        PropValue::MvClsid(all) => numbers(writer, at, all, |guid| guid_bytes(*guid)),
        PropValue::MvBinary(all) => {
            array(writer, at, all, size_of::<Counted<u8>>(), |writer, entry, bytes| {
                binary(writer, entry, bytes);
            });
        }
        PropValue::MvString8(all) => {
            array(writer, at, all, size_of::<Raw>(), |writer, entry, text: &Vec<u8>| {
                let text = writer.string8(text);
                writer.pointer(entry, text);
            });
        }
        PropValue::MvUnicode(all) => {
            array(writer, at, all, size_of::<Raw>(), |writer, entry, text: &Text| {
                let text = writer.unicode(text.units());
                writer.pointer(entry, text);
            });
        }
        // Types that are yet to come have no place in the union.
        _ => {}
    }
}

/// `SBinary`.
fn binary(writer: &mut Writer<'_>, at: usize, bytes: &[u8]) {
    writer.count(at, bytes.len());
    let bytes = writer.new_bytes(bytes, align_of::<u64>());
    writer.pointer(at + ITEMS, bytes);
}

/// A count, and a pointer to numbers.
fn numbers<T, const N: usize>(
    writer: &mut Writer<'_>,
    at: usize,
    all: &[T],
    to_bytes: impl Fn(&T) -> [u8; N],
) {
    array(writer, at, all, N, |writer, entry, number| writer.bytes(entry, &to_bytes(number)));
}

/// A count, and a pointer to items of this size.
fn array<T>(
    writer: &mut Writer<'_>,
    at: usize,
    all: &[T],
    size: usize,
    put: impl Fn(&mut Writer<'_>, usize, &T),
) {
    writer.count(at, all.len());
    let items = writer.reserve(size * all.len(), align_of::<u64>());
    writer.pointer(at + ITEMS, items);
    for (index, item) in all.iter().enumerate() {
        put(writer, items + size * index, item);
    }
}

fn file_time(time: FileTime) -> [u8; 8] {
    let FILETIME { low, high } = time.into();
    let ([a, b, c, d], [e, f, g, h]) = (low.to_ne_bytes(), high.to_ne_bytes());
    [a, b, c, d, e, f, g, h]
}

fn guid_bytes(guid: Guid) -> [u8; 16] {
    let GUID { data1, data2, data3, data4 } = guid.into();
    let ([a, b, c, d], [e, f], [g, h]) =
        (data1.to_ne_bytes(), data2.to_ne_bytes(), data3.to_ne_bytes());
    let [i, j, k, l, m, n, o, p] = data4;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// An array of pointers to `MAPINAMEID`; null where there is no name.
pub(crate) fn names(writer: &mut Writer<'_>, names: &[Option<NamedProp>]) {
    let list = writer.array::<Raw>(names.len());
    let all = writer.array::<MapiNameId>(names.iter().flatten().count());
    let mut next = all;
    for (index, name) in names.iter().enumerate() {
        let Some(name) = name else { continue };
        let at = next;
        next += size_of::<MapiNameId>();
        writer.pointer(list + size_of::<Raw>() * index, at);
        let set = writer.new_bytes(&guid_bytes(name.set), align_of::<GUID>());
        writer.pointer(at + offset_of!(MapiNameId, set), set);
        let (kind, value) = (offset_of!(MapiNameId, kind), at + offset_of!(MapiNameId, value));
        match &name.name {
            PropName::Id(id) => writer.u32(value, *id),
            PropName::Text(text) => {
                writer.u32(at + kind, 1);
                let text = writer.unicode(text.encode_utf16());
                writer.pointer(value, text);
            }
        }
    }
}

/// `SSortOrderSet`.
pub(crate) fn sort_order(writer: &mut Writer<'_>, order: &GivenOrder) {
    let first = offset_of!(SSortOrderSet, keys);
    let size = size_of::<SSortOrder>();
    let at = writer.reserve(first + size * order.keys.len(), align_of::<SSortOrderSet>());
    writer.count(at, order.keys.len());
    writer.u32(at + offset_of!(SSortOrderSet, categories), order.categories);
    writer.u32(at + offset_of!(SSortOrderSet, expanded), order.expanded);
    for (index, (tag, how)) in order.keys.iter().enumerate() {
        let key = at + first + size * index;
        writer.u32(key + offset_of!(SSortOrder, tag), *tag);
        writer.u32(key + offset_of!(SSortOrder, order), *how);
    }
}

/// `MAPIERROR`; text by the width that was asked for.
pub(crate) fn told_error(writer: &mut Writer<'_>, told: &LastError, unicode: bool) {
    let at = writer.array::<MapiError>(1);
    let texts = [
        (offset_of!(MapiError, error), told.text.as_str()),
        (offset_of!(MapiError, component), told.component),
    ];
    for (field, text) in texts {
        let text = match unicode {
            true => writer.unicode(text.encode_utf16()),
            false => writer.string8(text.as_bytes()),
        };
        writer.pointer(at + field, text);
    }
    writer.u32(at + offset_of!(MapiError, low_level), told.low_level);
    writer.u32(at + offset_of!(MapiError, context), told.context);
}

/// `SRowSet`: the root and the values of each row are blocks of their own. On failure nothing is left.
pub(crate) fn row_set(allocators: &Allocators, rows: &[Vec<Prop>]) -> Result<Raw> {
    let mut blocks = Vec::with_capacity(rows.len());
    for row in rows {
        match allocators.block(|writer| values(writer, row)) {
            Ok(block) => blocks.push(block),
            Err(error) => {
                blocks.into_iter().for_each(|block| allocators.free(block));
                return Err(error);
            }
        }
    }
    let root = allocators.block(|writer| {
        let first = offset_of!(SRowSet, rows);
        let size = size_of::<SRow>();
        let at = writer.reserve(first + size * rows.len(), align_of::<SRowSet>());
        writer.count(at, rows.len());
        for (index, (row, block)) in rows.iter().zip(&blocks).enumerate() {
            let entry = at + first + size * index;
            writer.count(entry + offset_of!(SRow, count), row.len());
            writer.outside(entry + offset_of!(SRow, props), *block);
        }
    });
    root.inspect_err(|_| blocks.iter().for_each(|block| allocators.free(*block)))
}

/// Numbers of tags.
pub(crate) fn numbers_of(tags: &[PropTag]) -> impl ExactSizeIterator<Item = u32> {
    tags.iter().map(|tag| tag.value())
}
