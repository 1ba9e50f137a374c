//! TNEF: a message inside winmail.dat.

use super::{Conversion, ImportOptions};
use crate::error::{Code, Error, Result};
use crate::msg::Message;
use std::io::{Read, Seek};

/// Reads a TNEF stream (winmail.dat) into a new message. The message is not saved.
///
/// # Errors
/// [`CorruptData`](Code::CorruptData) if it is no TNEF; those of setting properties.
pub fn read_tnef<S: Read + Seek>(
    _source: S,
    _message: &Message<'_>,
    _options: &ImportOptions,
) -> Result<Conversion> {
    Err(Error::new(Code::NoSupport, "read TNEF"))
}
