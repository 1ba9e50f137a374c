//! Mail that lies in an attachment winmail.dat: what is in it stands in its place. Spec: msg-format
//! 6.10, Q-67.

use super::Exporter;
use crate::error::{Code, Result};
use crate::mime::tnef::{Envelope, is_tnef, read_into};
use crate::mime::{Conversion, ImportOptions};
use crate::msg::{AttachContent, Attachment, Message};
use crate::stg::CompoundFile;
use crate::tags::PR_ATTACH_MIME_TAG_W;
use std::io::{Read, Seek};

/// The message inside an attachment that is TNEF; `None` for any other, and for one that cannot be
/// read, which then stays as it is.
pub(super) fn inside(
    work: &mut Exporter<'_>,
    attachment: &Attachment<'_>,
    place: &str,
) -> Result<Option<Message<'static>>> {
    if !work.options.expand_tnef || work.opaque >= work.options.limits.embedded_depth {
        return Ok(None);
    }
    if !is_likely(attachment)? {
        return Ok(None);
    }
    let name = attachment.file_name()?.unwrap_or_default();
    let Ok(AttachContent::Bytes(mut data)) = attachment.content() else { return Ok(None) };
    let mut head = [0; 6];
    if data.rewind().and_then(|()| data.read_exact(&mut head)).is_err() || !is_tnef(&head) {
        return Ok(None);
    }
    let message = Message::create(CompoundFile::memory())?;
    let options = ImportOptions { limits: work.options.limits, ..ImportOptions::default() };
    let mut told = Conversion::default();
    let read = data
        .rewind()
        .map_err(|error| crate::Error::from_io(error, Code::CallFailed, "read winmail.dat"));
    let read = read.and_then(|()| {
        read_into(&mut data, &message, &options, Envelope::Replace, place, &mut told)
    });
    work.conversion.findings.append(&mut told.findings);
    for loss in told.losses {
        work.conversion.lose(loss.code, &loss.place, loss.item, loss.detail);
    }
    match read {
        Ok(()) => Ok(Some(message)),
        Err(error) => {
            work.conversion.lose("tnef", place, name, format!("attached as it is: {error}"));
            Ok(None)
        }
    }
}

/// Whether type or name say that an attachment is TNEF.
fn is_likely(attachment: &Attachment<'_>) -> Result<bool> {
    let media = attachment.get(PR_ATTACH_MIME_TAG_W).ok().flatten().unwrap_or_default();
    let name = attachment.file_name()?.unwrap_or_default();
    Ok(media.to_ascii_lowercase().contains("ms-tnef")
        || name.to_ascii_lowercase().ends_with("winmail.dat"))
}

/// The message inside the first attachment that is TNEF, of a message without a body of its own.
pub(super) fn body_of(
    work: &mut Exporter<'_>,
    message: &Message<'_>,
    place: &str,
) -> Result<Option<Message<'static>>> {
    if !work.options.expand_tnef {
        return Ok(None);
    }
    for number in message.attachment_numbers()? {
        let Ok(attachment) = message.open_attach(number) else { continue };
        if !is_likely(&attachment)? {
            continue;
        }
        if message.best_body()?.is_some() {
            return Ok(None);
        }
        // What it reports, the attachments report again.
        let told = std::mem::take(&mut work.conversion);
        let inner = inside(work, &attachment, place);
        work.conversion = told;
        if let Some(inner) = inner? {
            return Ok(Some(inner));
        }
    }
    Ok(None)
}
