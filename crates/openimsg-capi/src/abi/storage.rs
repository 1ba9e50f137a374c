//! What storages tell of themselves.

use super::{FILETIME, GUID, Raw};

/// `STATSTG`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct STATSTG {
    pub(crate) name: Raw,
    pub(crate) kind: u32,
    pub(crate) size: u64,
    pub(crate) modified: FILETIME,
    pub(crate) created: FILETIME,
    pub(crate) accessed: FILETIME,
    pub(crate) mode: u32,
    pub(crate) locks: u32,
    pub(crate) class: GUID,
    pub(crate) state_bits: u32,
    pub(crate) reserved: u32,
}

impl STATSTG {
    /// All zero.
    pub(crate) const EMPTY: STATSTG = STATSTG {
        name: std::ptr::null_mut(),
        kind: 0,
        size: 0,
        modified: FILETIME { low: 0, high: 0 },
        created: FILETIME { low: 0, high: 0 },
        accessed: FILETIME { low: 0, high: 0 },
        mode: 0,
        locks: 0,
        class: GUID { data1: 0, data2: 0, data3: 0, data4: [0; 8] },
        state_bits: 0,
        reserved: 0,
    };
}

/// `STGOPTIONS`, the version that has a sector size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct StgOptions {
    pub(crate) version: u16,
    pub(crate) reserved: u16,
    pub(crate) sector_size: u32,
    pub(crate) template: crate::ffi::In<u16>,
}
