//! What C callers of COM's storage interfaces give, checked as COM checks it.
//!
//! The functions take pointers as `Option`s, names as UTF-16 units and flags as bare numbers, look at
//! them in the order of structured-storage 2.2, and leave the output empty on failure. The C door
//! translates to them and decides nothing. For Rust there are [`Storage`](crate::Storage),
//! [`StreamCursor`](crate::StreamCursor) and the functions beside them.

pub mod elements;
pub mod members;
pub mod ole;
pub mod roots;
pub mod streams;

use super::{ElementName, StatStg};
use crate::error::{Code, Error, Result};

/// Where a call puts what it made; `None` is a null pointer.
pub type Out<'a, T> = Option<&'a mut Option<T>>;

/// `STATFLAG_NONAME`.
const NO_NAME: u32 = 1;

/// The output, emptied; a null pointer answers `code`.
fn output<'a, T>(out: Out<'a, T>, code: Code, doing: &'static str) -> Result<&'a mut Option<T>> {
    let slot = given(out, code, doing)?;
    *slot = None;
    Ok(slot)
}

/// An argument that must not be null.
fn given<T>(argument: Option<T>, code: Code, doing: &'static str) -> Result<T> {
    argument.ok_or_else(|| Error::new(code, doing).note("a required pointer is null"))
}

/// A reserved argument that must be zero.
fn reserved(zero: bool, doing: &'static str) -> Result<()> {
    if zero {
        return Ok(());
    }
    Err(Error::new(Code::StgInvalidParameter, doing).note("a reserved argument is not zero"))
}

/// A name to look for: what a file may hold is found, even if it could not be created.
///
/// # Errors
/// [`Code::StgInvalidName`] for more than 31 units.
pub fn to_find(units: &[u16], doing: &'static str) -> Result<ElementName> {
    match units.len() {
        0..=super::name::MAX_UNITS => Ok(ElementName::found(units.iter().copied())),
        _ => Err(Error::new(Code::StgInvalidName, doing).note("longer than 31 UTF-16 units")),
    }
}

/// Puts a `Stat` where the caller wants it, without the name if so asked.
fn put_stat(
    stat: impl FnOnce() -> Result<StatStg>,
    out: Out<'_, StatStg>,
    flag: u32,
    doing: &'static str,
) -> Result<()> {
    let slot = output(out, Code::StgInvalidPointer, doing)?;
    if flag > NO_NAME {
        return Err(Error::new(Code::StgInvalidFlag, doing).note("neither 0 nor NONAME"));
    }
    let mut stat = stat()?;
    stat.name = stat.name.filter(|_| flag != NO_NAME);
    *slot = Some(stat);
    Ok(())
}
