//! `GetLastError`: what the last failed call on an object had to say, for each thread.

use super::{Out, Status, UNICODE, check_flags, output};
use crate::error::{Error, Result};
use crate::msg::object::MapiProp;
use std::cell::RefCell;
use std::collections::VecDeque;

/// What is told of a failure: `MAPIERROR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastError {
    /// `lpszError`: what was being done and what was wrong.
    pub text: String,
    /// `lpszComponent`.
    pub component: &'static str,
    /// `ulLowLevelError`: the storage's or the system's code, or 0.
    pub low_level: u32,
    /// `ulContext`: a number that is the same for the same place in the library.
    pub context: u32,
}

/// Failures of other objects that a thread remembers at most.
const KEPT: usize = 64;

/// Which object, the code, and what there is to tell.
type Record = (usize, u32, LastError);

thread_local! {
    static RECORDS: RefCell<VecDeque<Record>> = const { RefCell::new(VecDeque::new()) };
}

/// Remembers a failure on an object.
pub(super) fn noted<T>(object: &MapiProp<'_>, result: Result<T>) -> Result<T> {
    noted_at(key(object), result)
}

/// The same by the number of the object.
pub(super) fn noted_at<T>(object: usize, result: Result<T>) -> Result<T> {
    if let Err(error) = &result {
        let record = (object, error.code().scode(), detail(error));
        RECORDS.with_borrow_mut(|records| {
            records.retain(|(other, ..)| *other != object);
            if records.len() >= KEPT {
                records.pop_front();
            }
            records.push_back(record);
        });
    }
    result
}

/// A number of an object, the same for all handles on it.
pub(super) fn key(object: &MapiProp<'_>) -> usize {
    object.handle.object_key()
}

fn detail(error: &Error) -> LastError {
    let mut low_level = 0;
    let mut below = std::error::Error::source(error);
    while let Some(cause) = below {
        if let Some(cause) = cause.downcast_ref::<Error>() {
            low_level = cause.code().scode();
        } else if let Some(cause) = cause.downcast_ref::<std::io::Error>() {
            let system = cause.raw_os_error().map(i32::cast_unsigned);
            low_level = if low_level == 0 { system.unwrap_or(0) } else { low_level };
        }
        below = cause.source();
    }
    LastError {
        text: error.to_string(),
        component: "openimsg",
        low_level,
        context: fnv(error.doing().as_bytes()),
    }
}

/// FNV-1a: a stable number for a piece of text.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// `IMAPIProp::GetLastError`: what the last failed call of this thread on the object had to say, if it
/// answered `result`; nothing else.
///
/// # Errors
/// [`Code::InvalidParameter`](crate::Code::InvalidParameter) for a null output,
/// [`Code::ObjectDeleted`](crate::Code::ObjectDeleted),
/// [`Code::UnknownFlags`](crate::Code::UnknownFlags). They are not remembered.
pub fn get_last_error(
    object: &MapiProp<'_>,
    result: u32,
    flags: u32,
    told: Out<'_, LastError>,
) -> Result<Status> {
    const DOING: &str = "get last error";
    let out = output(told, DOING)?;
    object.check_open(DOING)?;
    check_flags(flags, UNICODE, DOING)?;
    *out = last(key(object), result);
    Ok(Status::Ok)
}

pub(super) fn last(object: usize, result: u32) -> Option<LastError> {
    RECORDS.with_borrow(|records| {
        let found = records.iter().find(|(other, code, _)| *other == object && *code == result);
        found.map(|(.., told)| told.clone())
    })
}
