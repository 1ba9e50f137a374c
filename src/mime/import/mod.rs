//! Internet mail as a message.

use super::{Conversion, ImportOptions};
use crate::error::{Code, Error, Result};
use crate::msg::Message;
use std::io::{Read, Seek};

/// Reads Internet mail (.eml) into a new message. The message is not saved.
///
/// # Errors
/// [`CallFailed`](Code::CallFailed) with the error of `source`; those of setting properties.
pub fn read_eml<S: Read + Seek>(
    _source: S,
    _message: &Message<'_>,
    _options: &ImportOptions,
) -> Result<Conversion> {
    Err(Error::new(Code::NoSupport, "read mail"))
}
