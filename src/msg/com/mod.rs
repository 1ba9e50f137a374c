//! What C callers of MAPI's message interfaces give, checked as MAPI checks it.
//!
//! The functions take pointers as `Option`s, tags and flags as bare numbers and interface identifiers
//! as GUIDs. They look at them in the order of imessage-contract 0.3: output pointers, which are emptied
//! first; a closed object; required input; flags; access; existence; interface. The C door translates
//! to them and decides nothing. For Rust there are the methods of [`MapiProp`](crate::MapiProp),
//! [`Message`](crate::Message) and [`Table`](crate::Table).

pub mod attach;
pub mod attributes;
pub mod copy;
pub mod given;
pub mod helpers;
pub mod last_error;
pub mod names;
pub mod open_property;
pub mod props;
pub mod recipients;
pub mod restrictions;
pub mod session;
pub mod tables;

use super::object::{MapiProp, PropProblem};
use crate::error::{Code, Error, Result};
use crate::wire::{CodePage, Guid};
use std::sync::atomic::{AtomicU64, Ordering};

pub use crate::stg::com::Out;

/// `MAPI_UNICODE`.
pub const UNICODE: u32 = 0x8000_0000;
/// `MAPI_MODIFY`.
pub const MODIFY: u32 = 1;
/// `MAPI_CREATE`.
pub const CREATE: u32 = 2;
/// `STREAM_APPEND`.
pub const APPEND: u32 = 4;
/// `MAPI_DEFERRED_ERRORS`, accepted where it is listed; errors are never deferred.
pub const DEFERRED_ERRORS: u32 = 8;
/// `MAPI_BEST_ACCESS`.
pub const BEST_ACCESS: u32 = 0x10;

/// `IID_IUnknown`.
pub const IID_IUNKNOWN: Guid = Guid::mapi(0);
/// `IID_IStorage`.
pub const IID_ISTORAGE: Guid = Guid::mapi(0x0B);
/// `IID_IStream`.
pub const IID_ISTREAM: Guid = Guid::mapi(0x0C);
/// `IID_ISequentialStream`.
pub const IID_ISEQUENTIALSTREAM: Guid = Guid::from_fields(
    0x0C73_3A30,
    0x2A1C,
    0x11CE,
    [0xAD, 0xE5, 0x00, 0xAA, 0x00, 0x44, 0x77, 0x3D],
);
/// `IID_IMAPITable`.
pub const IID_IMAPITABLE: Guid = Guid::mapi(0x0002_0301);
/// `IID_IMAPIProp`.
pub const IID_IMAPIPROP: Guid = Guid::mapi(0x0002_0303);
/// `IID_IMessage`.
pub const IID_IMESSAGE: Guid = Guid::mapi(0x0002_0307);
/// `IID_IAttachment`.
pub const IID_IATTACHMENT: Guid = Guid::mapi(0x0002_0308);

/// What a call that succeeded answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `S_OK`.
    Ok,
    /// `MAPI_W_ERRORS_RETURNED`: some entries hold errors.
    ErrorsReturned,
    /// `MAPI_W_POSITION_CHANGED`: the row of a bookmark was gone.
    PositionChanged,
}

impl Status {
    /// The number of the result code.
    #[must_use]
    pub const fn scode(self) -> u32 {
        match self {
            Status::Ok => 0,
            Status::ErrorsReturned => 0x0004_0380,
            Status::PositionChanged => 0x0004_0481,
        }
    }

    fn with_errors(errors: bool) -> Status {
        if errors { Status::ErrorsReturned } else { Status::Ok }
    }
}

/// The largest value of a `GetProps` without a list, and with one, in bytes with terminators.
static LIMITS: (AtomicU64, AtomicU64) = (AtomicU64::new(65_536), AtomicU64::new(16_777_216));

/// Sets how large a value `GetProps` gives without a list of tags and with one; for the process.
pub fn set_value_limits(without_list: u64, with_list: u64) {
    LIMITS.0.store(without_list, Ordering::Relaxed);
    LIMITS.1.store(with_list, Ordering::Relaxed);
}

/// Sets the code page of 8-bit text that callers give to Unicode messages and get from them; for the
/// process. It is UTF-8 before. On Windows the C door sets that of the system.
pub fn set_caller_page(page: CodePage) {
    super::text::set_caller_page(page);
}

/// A number of an object, the same for all handles on it and no other object of its message has it.
#[must_use]
pub fn object_key(object: &MapiProp<'_>) -> usize {
    last_error::key(object)
}

fn value_limit(has_list: bool) -> u64 {
    let limit = if has_list { &LIMITS.1 } else { &LIMITS.0 };
    limit.load(Ordering::Relaxed)
}

fn null<T>(doing: &'static str) -> Result<T> {
    Err(Error::new(Code::InvalidParameter, doing).note("a required pointer is null"))
}

/// The output, emptied; refuses a null pointer.
fn output<'a, T>(out: Out<'a, T>, doing: &'static str) -> Result<&'a mut Option<T>> {
    match out {
        Some(slot) => {
            *slot = None;
            Ok(slot)
        }
        None => null(doing),
    }
}

/// An argument that must not be null.
fn given<T>(argument: Option<T>, doing: &'static str) -> Result<T> {
    match argument {
        Some(argument) => Ok(argument),
        None => null(doing),
    }
}

/// A list that must be there and not be empty.
fn listed<'a, T>(list: Option<&'a [T]>, doing: &'static str) -> Result<&'a [T]> {
    let list = given(list, doing)?;
    match list.is_empty() {
        true => Err(Error::new(Code::InvalidParameter, doing).note("a count of 0")),
        false => Ok(list),
    }
}

/// Refuses flags outside a mask.
fn check_flags(flags: u32, mask: u32, doing: &'static str) -> Result<()> {
    match flags & !mask {
        0 => Ok(()),
        other => Err(Error::new(Code::UnknownFlags, doing).note(format!("{other:#x}"))),
    }
}

fn unsupported<T>(code: Code, doing: &'static str) -> Result<T> {
    Err(Error::new(code, doing))
}

impl MapiProp<'_> {
    /// Refuses a closed object.
    fn check_open(&self, doing: &'static str) -> Result<()> {
        self.handle.with_open_streams(doing, |_, _| Ok(()))
    }

    /// Refuses an object that cannot be changed.
    fn check_writable(&self, doing: &'static str) -> Result<()> {
        self.handle.with_open_streams(doing, |body, id| body.core(id)?.check_writable(doing))
    }
}

/// Gives a list of problems to a caller who wants it; none if there are none.
fn put_problems(problems: Vec<PropProblem>, out: Out<'_, Vec<PropProblem>>) {
    if let Some(out) = out {
        *out = (!problems.is_empty()).then_some(problems);
    }
}

/// Empties an output that may be null.
fn clear<T>(out: &mut Out<'_, T>) {
    if let Some(out) = out {
        **out = None;
    }
}
