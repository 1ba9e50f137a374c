//! Internet mail as a message.
//!
//! ```text
//!   source   the mail in pieces: the tree of its parts, as places in the file
//!   decode   transfer encodings, in pieces
//!   entity   one mail: source and tree        head, params, people   its header fields
//!      |
//!   work     the message, then each attachment; mails inside, one after the other, without recursion
//!      |
//!   headers, addressees   fields -> properties, recipients
//!   bodies, text          which texts are the body; charsets
//!   attachments, names    everything else
//!   signed, report        mail that is kept whole; what became of a mail
//!   outside               winmail.dat, calendars
//! ```
//! Nothing is held whole but headers and texts: an attachment goes from the file to the message in pieces.
//! Spec: msg-format 6.2, 6.4, 6.8, 6.9, 6.12, 6.13.

mod addressees;
mod attachments;
mod bodies;
mod dates;
mod decode;
mod entity;
mod head;
mod headers;
mod names;
mod outside;
mod params;
mod people;
mod report;
mod signed;
mod source;
mod text;
mod words;
mod work;

use super::{Conversion, ImportOptions};
use crate::error::{Place, Result};
use crate::finding::{Finding, Severity};
use crate::msg::Message;
use entity::Entity;
use source::{Source, is_field as source_field};
use std::io::{Read, Seek};

/// Reads Internet mail (.eml) into a new message. The message is not saved.
///
/// `source` is read from its first byte, more than once. Attachments of any size go through in pieces;
/// memory is needed for headers, for the bodies, and a little for each part. Anything is mail: what
/// breaks the rules is read as well as it can be, and told in [`Conversion::findings`]; what a message
/// cannot hold is told in [`Conversion::losses`].
///
/// The message gets recipients, sender, dates, bodies, attachments and the whole header. Mails inside
/// become messages inside. Signed and encrypted mail is kept as it is, so that signatures hold.
///
/// Spec: F-101, F-102, F-103, F-104, F-105, F-107, F-108 (msg-format 6.2, 6.4, 6.8, 6.9, 6.12).
///
/// # Errors
/// [`CallFailed`](crate::Code::CallFailed) with the error of `source`;
/// [`TooBig`](crate::Code::TooBig) for more parts or recipients than
/// [`Limits::rows`](crate::Limits::rows); those of setting properties. What was set until then stays.
///
/// # Example
/// ```
/// use openimsg::mime::{ImportOptions, read_eml};
/// use openimsg::{CompoundFile, Message, tags::*};
/// use std::io::Cursor;
///
/// let mail = "From: Ana <ana@example.org>\r\nTo: bo@example.org\r\nSubject: RE: Minutes\r\n\r\nNoon.\r\n";
/// let message = Message::create(CompoundFile::memory())?;
/// let conversion = read_eml(Cursor::new(mail), &message, &ImportOptions::default())?;
/// assert!(conversion.losses.is_empty() && conversion.findings.is_empty());
/// assert_eq!(message.get(PR_NORMALIZED_SUBJECT_W)?.as_deref(), Some("Minutes"));
/// assert_eq!(message.recipients()?[0].address().as_deref(), Some("bo@example.org"));
/// assert_eq!(message.get(PR_BODY_W)?.as_deref(), Some("Noon.\r\n"));
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn read_eml<S: Read + Seek>(
    source: S,
    message: &Message<'_>,
    options: &ImportOptions,
) -> Result<Conversion> {
    let mut conversion = Conversion::default();
    let source = Source::new(source)?;
    let entity = Entity::open(source, options, 0, String::new(), &mut conversion)?;
    work::run(entity, message, options, &mut conversion)?;
    Ok(conversion)
}

impl Conversion {
    /// Notes a deviation that was survived.
    fn forgive(&mut self, code: &'static str, place: &str, text: impl Into<String>) {
        self.forgiven(Finding::new(Severity::Warning, code, Place::new(place), text));
    }

    /// The same, made elsewhere.
    fn forgiven(&mut self, finding: Finding) {
        if self.findings.len() < Conversion::MAX_LOSSES {
            self.findings.push(finding);
        }
    }
}
