//! Rows of tables and address lists, and orders.

use super::SPropValue;
#[cfg(test)]
use super::Scode;
use crate::ffi::In;

/// `SRow`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct SRow {
    pub(crate) pad: u32,
    pub(crate) count: u32,
    pub(crate) props: In<SPropValue>,
}

/// `SRowSet`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct SRowSet {
    pub(crate) count: u32,
    pub(crate) rows: [SRow; 1],
}

/// `ADRENTRY`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct AdrEntry {
    pub(crate) reserved: u32,
    pub(crate) count: u32,
    pub(crate) props: In<SPropValue>,
}

/// `ADRLIST`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct AdrList {
    pub(crate) count: u32,
    pub(crate) entries: [AdrEntry; 1],
}

/// `SSortOrder`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct SSortOrder {
    pub(crate) tag: u32,
    pub(crate) order: u32,
}

/// `SSortOrderSet`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct SSortOrderSet {
    pub(crate) count: u32,
    pub(crate) categories: u32,
    pub(crate) expanded: u32,
    pub(crate) keys: [SSortOrder; 1],
}

/// `TABLE_NOTIFICATION`, which no table here sends.
#[cfg(test)]
#[repr(C)]
pub(crate) struct TableNotification {
    pub(crate) event: u32,
    pub(crate) result: Scode,
    pub(crate) index: SPropValue,
    pub(crate) prior: SPropValue,
    pub(crate) row: SRow,
    pub(crate) pad: u32,
}

/// `NOTIFICATION`; of its kinds only that of tables is spelled out, which is the largest.
#[cfg(test)]
#[repr(C)]
pub(crate) struct Notification {
    pub(crate) kind: u32,
    pub(crate) align_pad: u32,
    pub(crate) table: TableNotification,
}

/// `RTF_WCSINFO`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct RtfInfo {
    pub(crate) size: u32,
    pub(crate) flags: u32,
    pub(crate) in_page: u32,
    pub(crate) out_page: u32,
}

/// `RTF_WCSRETINFO`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct RtfReturn {
    pub(crate) size: u32,
    pub(crate) stream_flags: u32,
}
