//! The one way in: what a call answers, and the wall that no panic crosses.

use crate::abi::Scode;
use openimsg::mapi::Status;
use openimsg::{Code, Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a call of the library comes to for a C caller: its code, or the code of its error. A panic is
/// `MAPI_E_CALL_FAILED`.
pub(crate) fn scode(call: impl FnOnce() -> Result<u32>) -> Scode {
    // Nothing that a panic could leave half done is seen again: the library's own locks recover, and
    // what a call was making is dropped.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(code)) => code.cast_signed(),
        Ok(Err(error)) => error.code().scode().cast_signed(),
        Err(_) => Code::CallFailed.scode().cast_signed(),
    }
}

/// The same for calls that answer a status.
pub(crate) fn status(call: impl FnOnce() -> Result<Status>) -> Scode {
    scode(|| call().map(Status::scode))
}

/// The same for calls that answer nothing.
pub(crate) fn done(call: impl FnOnce() -> Result<()>) -> Scode {
    scode(|| call().map(|()| 0))
}

/// The same for calls that answer another value: this one if they panic.
pub(crate) fn value<T>(fallback: T, call: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(fallback)
}

/// An error of this door's own.
pub(crate) fn refuse<T>(code: Code, doing: &'static str) -> Result<T> {
    Err(Error::new(code, doing))
}

/// A required pointer is null.
pub(crate) fn null<T>(doing: &'static str) -> Result<T> {
    refuse(Code::InvalidParameter, doing)
}

/// The object has ended.
pub(crate) fn ended<T>(doing: &'static str) -> Result<T> {
    refuse(Code::ObjectDeleted, doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spec: C-255
    #[test]
    fn a_panic_is_a_failed_call() {
        assert_eq!(scode(|| panic!("in a call")), 0x8000_4005_u32.cast_signed());
        assert_eq!(value(7, || panic!("in a call")), 7);
        assert_eq!(scode(|| Ok(0x0004_0380)), 0x0004_0380);
        assert_eq!(done(|| refuse(Code::NotFound, "test")), 0x8004_010F_u32.cast_signed());
    }
}
