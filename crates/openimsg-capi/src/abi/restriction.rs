//! `SRestriction` and its parts.

use super::SPropValue;
use crate::ffi::In;

/// `SAndRestriction`, `SOrRestriction`, `SNotRestriction`, `SSubRestriction` and `SCountRestriction`:
/// a number and parts.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) number: u32,
    pub(crate) parts: In<SRestriction>,
}

/// `SContentRestriction` and `SPropertyRestriction`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct WithValue {
    pub(crate) how: u32,
    pub(crate) tag: u32,
    pub(crate) prop: In<SPropValue>,
}

/// `SComparePropsRestriction`, `SBitMaskRestriction`, `SSizeRestriction` and `SExistRestriction`:
/// three numbers.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) first: u32,
    pub(crate) second: u32,
    pub(crate) third: u32,
}

/// `SCommentRestriction` and `SAnnotationRestriction`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Comment {
    pub(crate) count: u32,
    pub(crate) part: In<SRestriction>,
    pub(crate) props: In<SPropValue>,
}

/// What `SRestriction` holds; its kind says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union RestrictionUnion {
    pub(crate) numbers: Numbers,
    pub(crate) parts: Parts,
    pub(crate) with_value: WithValue,
    pub(crate) comment: Comment,
}

/// `SRestriction`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct SRestriction {
    pub(crate) kind: u32,
    pub(crate) value: RestrictionUnion,
}
