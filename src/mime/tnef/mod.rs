//! TNEF: a message inside winmail.dat.

use super::{Conversion, ImportOptions};
use crate::error::{Code, Error, Result};
use crate::msg::Message;
use std::io::{Read, Seek};

/// What becomes of subject, sender, recipients, dates and identifiers that a message has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "the import uses it")]
pub(crate) enum Envelope {
    /// Those of the TNEF stream take their place.
    Replace,
    /// They stay: the mail around the TNEF stream has told them.
    Keep,
}

/// Whether bytes begin as TNEF does. Six bytes are enough.
#[allow(dead_code, reason = "the import uses it")]
pub(crate) fn is_tnef(head: &[u8]) -> bool {
    head.starts_with(&0x223E_9F78_u32.to_le_bytes())
}

/// Reads a TNEF stream, from where it stands to its end, into a message. Its attachments are saved into
/// the message; the message itself is not saved. `place` is put before all places in the report.
///
/// # Errors
/// [`CorruptData`](Code::CorruptData) if it is no TNEF; those of the source and of changing the message.
pub(crate) fn read_into<S: Read + Seek>(
    _source: S,
    _message: &Message<'_>,
    _options: &ImportOptions,
    _envelope: Envelope,
    _place: &str,
    _conversion: &mut Conversion,
) -> Result<()> {
    Err(Error::new(Code::NoSupport, "read TNEF"))
}

/// Reads a TNEF stream (winmail.dat) into a new message. The message is not saved.
///
/// # Errors
/// [`CorruptData`](Code::CorruptData) if it is no TNEF; those of setting properties.
pub fn read_tnef<S: Read + Seek>(
    source: S,
    message: &Message<'_>,
    options: &ImportOptions,
) -> Result<Conversion> {
    let mut conversion = Conversion::default();
    read_into(source, message, options, Envelope::Replace, "", &mut conversion)?;
    Ok(conversion)
}
