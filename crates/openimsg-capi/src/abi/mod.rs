//! The structures and tables of MAPI and COM, laid out as C has them. Spec: imessage-contract 2.
//!
//! Names and fields are the headers' in Rust's spelling; nothing here does anything.
#![allow(clippy::upper_case_acronyms, reason = "COM's names")]

#[cfg(test)]
mod layout_tests;
mod restriction;
mod row;
mod storage;
mod value;
mod vtable;

pub(crate) use restriction::*;
pub(crate) use row::*;
pub(crate) use storage::*;
pub(crate) use value::*;
pub(crate) use vtable::*;

use openimsg::Guid;
use std::ffi::c_void;

/// A pointer that the library passes on or made, of no type.
pub(crate) type Raw = *mut c_void;
/// `SCODE` and `HRESULT`.
pub(crate) type Scode = i32;

/// `GUID`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct GUID {
    pub(crate) data1: u32,
    pub(crate) data2: u16,
    pub(crate) data3: u16,
    pub(crate) data4: [u8; 8],
}

impl From<GUID> for Guid {
    fn from(guid: GUID) -> Guid {
        Guid::from_fields(guid.data1, guid.data2, guid.data3, guid.data4)
    }
}

impl From<Guid> for GUID {
    fn from(guid: Guid) -> GUID {
        let [a, b, c, d, e, f, g, h, data4 @ ..] = guid.to_bytes();
        GUID {
            data1: u32::from_le_bytes([a, b, c, d]),
            data2: u16::from_le_bytes([e, f]),
            data3: u16::from_le_bytes([g, h]),
            data4,
        }
    }
}

/// `FILETIME`: 100 ns since 1601, in two halves.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FILETIME {
    pub(crate) low: u32,
    pub(crate) high: u32,
}

impl From<FILETIME> for openimsg::FileTime {
    fn from(time: FILETIME) -> openimsg::FileTime {
        openimsg::FileTime::from_ticks(u64::from(time.high) << 32 | u64::from(time.low))
    }
}

impl From<openimsg::FileTime> for FILETIME {
    fn from(time: openimsg::FileTime) -> FILETIME {
        let [a, b, c, d, e, f, g, h] = time.ticks().to_le_bytes();
        FILETIME { low: u32::from_le_bytes([a, b, c, d]), high: u32::from_le_bytes([e, f, g, h]) }
    }
}
