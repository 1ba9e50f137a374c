//! A message as Internet mail.
//!
//! ```text
//!   envelope     who, when, what about, and every other field        signed     S/MIME and PGP as they are
//!   bodies       text and HTML, calendar                             report     multipart/report
//!   attachments  parts of attachments, and of winmail.dat (opaque)   losses     what mail cannot carry
//!   scan         a look ahead at messages inside: eight bits, marks
//! ```
//! Spec: msg-format 6.

mod attachments;
mod bodies;
mod envelope;
mod losses;
mod opaque;
mod report;
mod scan;
mod signed;
mod transport;

use super::entity::part::{Mail, Part};
use super::entity::write::{Planner, Writer};
use super::{Conversion, ExportOptions};
use crate::error::{Code, Place, Result};
use crate::finding::{Finding, Severity};
use crate::msg::{Attachment, Message};
use scan::Scan;
use std::io::Write;

/// Writes a message as Internet mail (.eml): header, body in each form that it has, attachments, and
/// messages inside it to any depth that [`Limits`](crate::Limits) allow.
///
/// The output depends on the message and the options only. Lines end with CR LF and have at most 998
/// octets; everything is ASCII but signed mail, which is given to the bit. Attachments are copied
/// in pieces, so their size costs no memory. No text of the message can begin a header field.
///
/// What a mail cannot carry is listed in the answer. What cannot be read is left out and listed.
///
/// Spec: msg-format 6.
///
/// # Errors
/// [`ObjectDeleted`](Code::ObjectDeleted) once the message is closed, and
/// [`CallFailed`](Code::CallFailed) with the error of `out` as its source.
///
/// # Example
/// ```
/// use openimsg::mime::{ExportOptions, write_eml};
/// use openimsg::{CompoundFile, Message, Modify, Recipient, tags::*};
///
/// let message = Message::create(CompoundFile::memory())?;
/// message.set(PR_SUBJECT_W, "Grüße")?;
/// message.set(PR_BODY_W, "See you at noon.")?;
/// message.modify_recipients(Modify::Add, &[Recipient::new("Ana", "ana@example.org")])?;
/// let mut mail = Vec::new();
/// let done = write_eml(&message, &mut mail, &ExportOptions::default())?;
/// assert!(done.losses.is_empty());
/// let mail = String::from_utf8(mail).unwrap();
/// assert!(mail.contains("To: Ana <ana@example.org>\r\n"));
/// assert!(mail.contains("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"));
/// assert!(mail.ends_with("\r\n\r\nSee you at noon.\r\n"));
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn write_eml(
    message: &Message<'_>,
    out: &mut dyn Write,
    options: &ExportOptions,
) -> Result<Conversion> {
    let mut conversion = Conversion::default();
    let scan = Scan::of(message, options, &mut conversion)?;
    let mut exporter = Exporter { options, scan, conversion, opaque: 0 };
    let mail = exporter.plan(message.clone(), "")?;
    Writer::new(out, exporter.scan.mark().to_owned()).write(mail, &mut exporter)?;
    Ok(exporter.conversion)
}

/// The work on one mail.
struct Exporter<'a> {
    options: &'a ExportOptions,
    scan: Scan,
    conversion: Conversion,
    /// In how many winmail.dat, one inside the other, the work is.
    opaque: usize,
}

impl<'s> Planner<'s> for Exporter<'_> {
    fn plan(&mut self, message: Message<'s>, place: &str) -> Result<Mail<'s>> {
        let mut envelope = envelope::of(self, &message, place)?;
        let root = match signed::root(self, &message, place)? {
            Some(root) => root,
            None => match report::root(self, &message, place)? {
                Some(root) => root,
                None => self.ordinary(&message, place, &mut envelope)?,
            },
        };
        losses::note(self, &message, place, &root)?;
        envelope.push_str("MIME-Version: 1.0\r\n");
        Ok(Mail { fields: envelope, root, message })
    }

    fn open(&mut self, attachment: &Attachment<'s>, place: &str) -> Result<Option<Message<'s>>> {
        match attachment.open_message() {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.code() == Code::ObjectDeleted => Err(error),
            Err(error) => {
                let at = Place::new(place);
                let finding = Finding::new(Severity::Error, "embedded", at, error.to_string());
                self.conversion.findings.push(finding);
                self.conversion.lose("embedded-message", place, "message", error.to_string());
                Ok(None)
            }
        }
    }

    fn conversion(&mut self) -> &mut Conversion {
        &mut self.conversion
    }
}

impl Exporter<'_> {
    /// A message that is neither signed nor a report: mixed { related { alternative, inline }, attached }.
    fn ordinary<'s>(
        &mut self,
        message: &Message<'s>,
        place: &str,
        envelope: &mut String,
    ) -> Result<Part<'s>> {
        let bodies = match opaque::body_of(self, message, place)? {
            Some(inner) => bodies::of(self, &inner, place)?,
            None => bodies::of(self, message, place)?,
        };
        let parts = attachments::of(self, message, place, &bodies)?;
        if parts.is_some_attached() {
            envelope.push_str("X-MS-Has-Attach: yes\r\n");
        }
        let body = bodies.into_part();
        let body = match parts.related {
            inline if inline.is_empty() => body,
            inline => bodies::related(body, inline),
        };
        if signed::pgp_encrypted(&parts.attached) {
            return Ok(signed::encrypted(parts.attached));
        }
        let mut all = vec![body];
        all.extend(parts.attached);
        Ok(Part::parts("mixed", all).unwrap_or_else(|| Part::text("plain", String::new())))
    }
}
