//! TNEF: a message inside winmail.dat.
//!
//! ```text
//!   reader      attributes in their order, messages inside messages
//!     |  |  \
//!     |  |   attachment   one attachment, from its first attribute to its save
//!     |  |     |
//!     |  legacy |         the attributes of Microsoft Mail: what they say as properties; dates
//!     |     \   |
//!     sink, envelope      properties into a message; those that the mail around it has told
//!       |
//!     list                property lists
//!       |
//!     bytes, attributes   pieces of the stream, sums, headers
//! ```
//! The stream is read where it lies, from a source that can be searched. What is long, attachments above
//! all, goes through in pieces; a length is held against the bytes that are there before memory is asked
//! for. Damage costs what is damaged: it is told in a finding, and the reading goes on where it can.
//! Spec: msg-format 6.10 (MS-OXTNEF).

mod attachment;
mod attributes;
mod bytes;
mod dates;
mod envelope;
mod legacy;
mod list;
mod reader;
mod sink;
#[cfg(test)]
mod tests;

use super::{Conversion, ImportOptions};
use crate::error::Result;
use crate::msg::Message;
use bytes::Bytes;
use reader::Reader;
use sink::Report;
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
    head.starts_with(&attributes::SIGNATURE.to_le_bytes())
}

/// Reads a TNEF stream, from where it stands to its end, into a message. Its attachments are saved into
/// the message; the message itself is not saved. `place` is put before all places in the report.
///
/// # Errors
/// [`CorruptData`](crate::Code::CorruptData) if it is no TNEF, and then nothing is changed; those of
/// the source and of changing the message.
pub(crate) fn read_into<S: Read + Seek>(
    mut source: S,
    message: &Message<'_>,
    options: &ImportOptions,
    envelope: Envelope,
    place: &str,
    conversion: &mut Conversion,
) -> Result<()> {
    let bytes = Bytes::new(&mut source)?;
    let report = Report::new(conversion);
    Reader { bytes, options, report, messages: 0 }.read(message, envelope, place)
}

/// Reads a TNEF stream (winmail.dat), from where `source` stands to its end, into a new message. Its
/// attachments, and messages inside, are saved into the message; the message itself is not saved.
///
/// Everything that the stream holds is there then: properties with their names, recipients,
/// attachments, OLE objects, messages inside messages. What the old attributes of Microsoft Mail say
/// becomes properties where the property lists are silent. What the library computes is left to it.
/// Properties that cannot be set, and attributes that nobody knows, are losses of the report.
///
/// A stream that is damaged or cut gives what can be read, with findings: `tnef-checksum` for an
/// attribute that is not as its writer left it, `tnef-truncated` where the stream ends too early,
/// `tnef-depth` for messages that lie deeper than [`Limits::embedded_depth`](crate::Limits) and are
/// kept as bytes.
///
/// Spec: msg-format 6.10.
///
/// # Errors
/// [`CorruptData`](crate::Code::CorruptData) if it is no TNEF; those of reading the source; those of
/// changing the message, [`NoAccess`](crate::Code::NoAccess) if it is read-only.
///
/// # Example
/// ```
/// use openimsg::mime::{ImportOptions, read_tnef};
/// use openimsg::{CompoundFile, Message, tags::*};
///
/// let mut tnef = vec![0x78, 0x9F, 0x3E, 0x22, 0x01, 0x00];          // signature, key
/// let subject = b"Minutes\0";
/// tnef.push(1);                                                     // of the message
/// tnef.extend(0x0001_8004_u32.to_le_bytes());                       // attSubject
/// tnef.extend(8_u32.to_le_bytes());
/// tnef.extend(subject);
/// let sum: u16 = subject.iter().map(|byte| u16::from(*byte)).sum();
/// tnef.extend(sum.to_le_bytes());
///
/// let message = Message::create(CompoundFile::memory())?;
/// let report = read_tnef(std::io::Cursor::new(tnef), &message, &ImportOptions::default())?;
/// assert!(report.losses.is_empty() && report.findings.is_empty());
/// assert_eq!(message.get(PR_SUBJECT_W)?.as_deref(), Some("Minutes"));
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn read_tnef<S: Read + Seek>(
    source: S,
    message: &Message<'_>,
    options: &ImportOptions,
) -> Result<Conversion> {
    let mut conversion = Conversion::default();
    read_into(source, message, options, Envelope::Replace, "", &mut conversion)?;
    Ok(conversion)
}
