//! Signed and encrypted mail, kept byte for byte. Spec: msg-format 6.9.
//!
//! A clear-signed mail keeps its whole content in one attachment: the Content- fields of its header, an
//! empty line, and what followed, unchanged, since the signature covers the bytes. Its bodies are stored
//! beside it for display. An opaque one keeps its CMS structure. Nothing is checked or decrypted.

use super::attachments::write;
use super::decode;
use super::entity::Entity;
use super::head::Head;
use super::names;
use super::source::{PartId, is_field};
use crate::error::Result;
use crate::msg::{Message, SaveFlags};
use crate::tags::{
    PR_ATTACH_METHOD, PR_ATTACH_MIME_TAG_W, PR_MESSAGE_CLASS_W, PR_RENDERING_POSITION,
};
use std::io::Read;

const CLEAR: &str = "IPM.Note.SMIME.MultipartSigned";
const OPAQUE: &str = "IPM.Note.SMIME";
const NAME: &str = "smime.p7m";

/// Whether a mail is a CMS structure as a whole.
pub(super) fn is_opaque(head: &Head) -> bool {
    let Some(content) = head.content_type() else { return false };
    match content.value.as_str() {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => true,
        "application/octet-stream" => {
            names::told(head).is_some_and(|name| name.to_ascii_lowercase().ends_with(".p7m"))
        }
        _ => false,
    }
}

/// Keeps an opaque mail.
pub(super) fn opaque(
    entity: &Entity<'_>,
    root: PartId,
    head: &Head,
    message: &Message<'_>,
) -> Result<()> {
    message.set(PR_MESSAGE_CLASS_W, OPAQUE)?;
    let media = head.content_type().map(|content| content.value).unwrap_or_default();
    let name = names::told(head).unwrap_or_else(|| NAME.to_owned());
    let Some(part) = entity.tree().get(root) else { return Ok(()) };
    attach(message, &name, &media, &mut *decode::content(entity.source(), part))
}

/// Keeps a clear-signed mail.
pub(super) fn clear(entity: &Entity<'_>, root: PartId, message: &Message<'_>) -> Result<()> {
    message.set(PR_MESSAGE_CLASS_W, CLEAR)?;
    let header = content_fields(&entity.bytes_of_head(root)?);
    let Some(part) = entity.tree().get(root) else { return Ok(()) };
    let mut data = header.as_slice().chain(entity.source().piece(part.body.clone()));
    attach(message, NAME, "multipart/signed", &mut data)
}

fn attach(message: &Message<'_>, name: &str, media: &str, data: &mut dyn Read) -> Result<()> {
    let attachment = message.create_attach()?;
    attachment.set(PR_ATTACH_METHOD, 1)?;
    attachment.set_file_name(name)?;
    attachment.set(PR_ATTACH_MIME_TAG_W, media)?;
    attachment.set(PR_RENDERING_POSITION, -1)?;
    write(&attachment, data)?;
    attachment.save_changes(SaveFlags::empty())
}

/// The fields that belong to the content, Content-Type first, as they stand, and the empty line.
fn content_fields(block: &[u8]) -> Vec<u8> {
    let mut of_type = Vec::new();
    let mut others = Vec::new();
    let mut kept = 0_u8;
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        if is_field(line) {
            let colon = line.iter().position(|byte| *byte == b':').unwrap_or(0);
            let name = line.get(..colon).unwrap_or_default().trim_ascii().to_ascii_lowercase();
            kept = match name.as_slice() {
                b"content-type" if of_type.is_empty() => 1,
                b"content-transfer-encoding" | b"content-disposition" | b"content-description" => 2,
                _ => 0,
            };
        } else if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            kept = 0;
        }
        match kept {
            1 => of_type.extend_from_slice(line),
            2 => others.extend_from_slice(line),
            _ => {}
        }
    }
    let end: &[u8] = if of_type.ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
    [of_type.as_slice(), others.as_slice(), end].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_the_content_are_kept_as_they_stand() {
        let block = b"From: a@example.org\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: \
                      multipart/signed;\r\n\tboundary=x\r\nSubject: s\r\n more\r\n";
        let expected = b"Content-Type: multipart/signed;\r\n\tboundary=x\r\n\
                         Content-Transfer-Encoding: 7bit\r\n\r\n";
        assert_eq!(content_fields(block), expected);
        assert_eq!(content_fields(b"content-type: a/b\nX: y\n"), b"content-type: a/b\n\n");
    }
}
