//! Property values, tags, names and problems.

use super::{FILETIME, GUID, Raw, Scode};
use crate::ffi::In;

/// `SBinary`, and every array of a count and a pointer.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Counted<T> {
    pub(crate) count: u32,
    pub(crate) items: In<T>,
}

impl<T> Clone for Counted<T> {
    fn clone(&self) -> Counted<T> {
        *self
    }
}

impl<T> Copy for Counted<T> {}

/// What `SPropValue` holds; the type of its tag says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union PropUnion {
    pub(crate) i: i16,
    pub(crate) l: i32,
    pub(crate) flt: f32,
    pub(crate) dbl: f64,
    pub(crate) b: u16,
    pub(crate) cur: i64,
    pub(crate) ft: FILETIME,
    pub(crate) string8: In<u8>,
    pub(crate) bin: Counted<u8>,
    pub(crate) unicode: In<u16>,
    pub(crate) guid: In<GUID>,
    pub(crate) err: Scode,
    pub(crate) mv_i2: Counted<i16>,
    pub(crate) mv_long: Counted<i32>,
    pub(crate) mv_r4: Counted<f32>,
    pub(crate) mv_double: Counted<f64>,
    pub(crate) mv_i8: Counted<i64>,
    pub(crate) mv_time: Counted<FILETIME>,
    pub(crate) mv_guid: Counted<GUID>,
    pub(crate) mv_bin: Counted<Counted<u8>>,
    pub(crate) mv_string8: Counted<In<u8>>,
    pub(crate) mv_unicode: Counted<In<u16>>,
}

/// `SPropValue`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct SPropValue {
    pub(crate) tag: u32,
    pub(crate) align_pad: u32,
    pub(crate) value: PropUnion,
}

/// `SPropTagArray`, and `SPropAttrArray`: a count, then the numbers.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct SPropTagArray {
    pub(crate) count: u32,
    pub(crate) tags: [u32; 1],
}

/// `SPropProblem`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct SPropProblem {
    pub(crate) index: u32,
    pub(crate) tag: u32,
    pub(crate) scode: Scode,
}

/// `SPropProblemArray`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct SPropProblemArray {
    pub(crate) count: u32,
    pub(crate) problems: [SPropProblem; 1],
}

/// `MAPIERROR`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct MapiError {
    pub(crate) version: u32,
    pub(crate) error: Raw,
    pub(crate) component: Raw,
    pub(crate) low_level: u32,
    pub(crate) context: u32,
}

/// What `MAPINAMEID` holds; `kind` says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union NameUnion {
    /// Of a pointer's width, whatever the others are.
    pub(crate) reserved: isize,
    pub(crate) id: i32,
    pub(crate) name: In<u16>,
}

/// `MAPINAMEID`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct MapiNameId {
    pub(crate) set: In<GUID>,
    pub(crate) kind: u32,
    pub(crate) value: NameUnion,
}

/// `ENTRYID`, which callers hold in binary values.
#[cfg(test)]
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryId {
    pub(crate) flags: [u8; 4],
    pub(crate) bytes: [u8; 1],
}
