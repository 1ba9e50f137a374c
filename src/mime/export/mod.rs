//! A message as Internet mail.

use super::{Conversion, ExportOptions};
use crate::error::{Code, Error, Result};
use crate::msg::Message;
use std::io::Write;

/// Writes a message as Internet mail (.eml).
///
/// # Errors
/// Those of reading the message, and [`CallFailed`](Code::CallFailed) with the error of `out`.
pub fn write_eml(
    _message: &Message<'_>,
    _out: &mut dyn Write,
    _options: &ExportOptions,
) -> Result<Conversion> {
    Err(Error::new(Code::NoSupport, "write mail"))
}
