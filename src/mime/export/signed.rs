//! Signed and encrypted mail: given as it is, to the bit. Spec: msg-format 6.9.

use super::Exporter;
use super::attachments::media_type;
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};
use crate::mime::entity::part::{Content, Data, Part, media};
use crate::mime::fields::params;
use crate::msg::{AttachContent, Attachment, Headers, Message, PropStream};
use crate::tags::PR_ATTACH_MIME_TAG_W;
use std::io::{Read, Seek, SeekFrom};

/// How far the fields of an entity are looked for.
const MAX_HEAD: usize = 64 << 10;
/// The identifiers of CMS contents, and the word that tells them apart. Spec: msg-format 6.9.
const CMS: [(&[u8], &str); 3] = [
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02], "signed-data"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03], "enveloped-data"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x09], "compressed-data"),
];

/// What the one attachment of a signed message holds.
pub(super) enum Signed<'s> {
    /// An entity with fields of its own: those of Content-*, and the rest from the end of the fields on.
    Entity { head: String, rest: PropStream<'s>, dropped: Vec<String> },
    /// A CMS object.
    Cms { data: PropStream<'s>, kind: Option<&'static str> },
}

/// The root of a signed or encrypted message; `None` for any other, and for one that is not what its
/// class says, which is told of.
pub(super) fn root<'s>(
    work: &mut Exporter<'_>,
    message: &Message<'s>,
    place: &str,
) -> Result<Option<Part<'s>>> {
    let class = message.item_class()?;
    if !class.ends_with("SMIME.MultipartSigned") && !class.ends_with("SMIME") {
        return Ok(None);
    }
    match of(message)? {
        Ok(Signed::Entity { head, rest, dropped }) => {
            for field in dropped {
                let detail = "a field before the signed parts that is none of theirs";
                work.conversion.lose("signed-field", place, field, detail);
            }
            Ok(Some(Part::new(Content::Raw { head, rest })))
        }
        Ok(Signed::Cms { data, kind }) => {
            if kind == Some("enveloped-data") {
                let text = "the message is encrypted: what is in it cannot be read without the key";
                let finding = Finding::new(Severity::Note, "encrypted", Place::new(place), text);
                work.conversion.findings.push(finding);
            }
            let kind = kind.map(|kind| ("smime-type", kind.to_owned()));
            let mut parameters: Vec<(&str, String)> = kind.into_iter().collect();
            parameters.push(("name", "smime.p7m".to_owned()));
            let media = media("application/pkcs7-mime", &parameters);
            let mut tokens = vec!["attachment".to_owned()];
            tokens.extend(params::param("filename", "smime.p7m"));
            let part = Part::new(Content::Data { media, data: Data::Stream(data) });
            Ok(Some(part.with("Content-Disposition", &tokens)))
        }
        Err(why) => {
            let finding = Finding::new(Severity::Warning, "signed", Place::new(place), why);
            work.conversion.findings.push(finding);
            Ok(None)
        }
    }
}

/// What a message of a signed class holds, or why it is an ordinary one. Spec.
pub(super) fn of<'s>(message: &Message<'s>) -> Result<std::result::Result<Signed<'s>, String>> {
    let numbers = message.attachment_numbers()?;
    let [number] = numbers.as_slice() else {
        return Ok(Err(format!(
            "a signed message has one attachment, this one {}: taken as an ordinary message",
            numbers.len()
        )));
    };
    let attachment = match message.open_attach(*number) {
        Ok(attachment) => attachment,
        Err(error) if error.code() == Code::ObjectDeleted => return Err(error),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let Ok(AttachContent::Bytes(data)) = attachment.content() else {
        return Ok(Err("the attachment of the signed message has no data".to_owned()));
    };
    look(&attachment, data)
}

fn look<'s>(
    attachment: &Attachment<'s>,
    mut data: PropStream<'s>,
) -> Result<std::result::Result<Signed<'s>, String>> {
    let head = beginning(&mut data)?;
    // A SEQUENCE of DER or BER.
    if head.first() == Some(&0x30) && matches!(head.get(1), Some(0x02..=0x84)) {
        let near = head.get(..64).unwrap_or(&head);
        let has = |id: &[u8]| near.windows(id.len()).any(|window| window == id);
        let kind = CMS.iter().find(|(id, _)| has(id)).map(|(_, kind)| *kind);
        let stored = attachment.get(PR_ATTACH_MIME_TAG_W).ok().flatten().unwrap_or_default();
        let stored = media_type(&stored).unwrap_or_default();
        if kind.is_some() || stored.contains("pkcs7") {
            return Ok(Ok(Signed::Cms { data, kind }));
        }
    }
    let Some(end) = end_of_fields(&head) else {
        return Ok(Err("the attachment of the signed message is neither a MIME entity nor a CMS \
                       object"
            .to_owned()));
    };
    let fields = String::from_utf8_lossy(head.get(..end).unwrap_or_default()).into_owned();
    let kind = Headers::parse(&fields).and_then(|own| own.first("content-type").map(str::to_owned));
    let kind = kind.as_deref().and_then(media_type).unwrap_or_default();
    if kind != "multipart/signed" && !kind.ends_with("pkcs7-mime") {
        return Ok(Err(format!("what is signed has the type `{kind}`, which is none of S/MIME")));
    }
    let (kept, dropped) = content_fields(&fields);
    seek(&mut data, end as u64)?;
    Ok(Ok(Signed::Entity { head: kept, rest: data, dropped }))
}

/// The first bytes of the data.
fn beginning(data: &mut PropStream<'_>) -> Result<Vec<u8>> {
    seek(data, 0)?;
    let mut head = Vec::new();
    let read = data.by_ref().take(MAX_HEAD as u64).read_to_end(&mut head);
    read.map_err(failed)?;
    Ok(head)
}

fn seek(data: &mut PropStream<'_>, to: u64) -> Result<()> {
    data.seek(SeekFrom::Start(to)).map(|_| ()).map_err(failed)
}

fn failed(error: std::io::Error) -> Error {
    Error::from_io(error, Code::CallFailed, "read signed mail")
}

/// Where the first empty line begins.
fn end_of_fields(head: &[u8]) -> Option<usize> {
    let mut start = 0;
    loop {
        let rest = head.get(start..)?;
        if rest.starts_with(b"\r\n") || rest.starts_with(b"\n") {
            return (start > 0).then_some(start);
        }
        start += rest.iter().position(|byte| *byte == b'\n')? + 1;
    }
}

/// The Content-* fields as they are, with CR LF; and the names of the others. Nothing but ASCII
/// without controls is let through.
fn content_fields(fields: &str) -> (String, Vec<String>) {
    let (mut kept, mut dropped) = (String::new(), Vec::new());
    let mut keep = false;
    for line in fields.lines() {
        let folded = line.starts_with([' ', '\t']);
        if !folded {
            let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
            keep = name.starts_with("content-") && line.contains(':');
            if !keep && name != "mime-version" {
                dropped.push(name);
            }
        }
        if keep && line.len() <= 998 {
            let plain = |c: &char| c.is_ascii_graphic() || matches!(c, ' ' | '\t');
            kept.extend(line.chars().filter(plain));
            kept.push_str("\r\n");
        }
    }
    (kept, dropped)
}

/// Whether the attachments are those of PGP/MIME: the version, and what is encrypted.
pub(super) fn pgp_encrypted(parts: &[Part<'_>]) -> bool {
    let [version, data] = parts else { return false };
    version.media() == "application/pgp-encrypted" && data.media() == "application/octet-stream"
}

/// The root of a mail that PGP encrypted.
pub(super) fn encrypted(parts: Vec<Part<'_>>) -> Part<'_> {
    let params = vec![("protocol", "application/pgp-encrypted".to_owned())];
    Part::new(Content::Parts { subtype: "encrypted", params, parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_an_entity_that_are_not_of_its_content_do_not_reach_the_header() {
        let fields = "MIME-Version: 1.0\nContent-Type: multipart/signed;\n\tboundary=\"b\"\n\
                      Bcc: x@y.z\n  <z@y.x>\nContent-Disposition: inline\n";
        let (kept, dropped) = content_fields(fields);
        assert_eq!(
            kept,
            "Content-Type: multipart/signed;\r\n\tboundary=\"b\"\r\nContent-Disposition: inline\r\n"
        );
        assert_eq!(dropped, ["bcc"]);
        assert_eq!(end_of_fields(b"A: b\r\n\r\nx"), Some(6));
        assert_eq!(end_of_fields(b"A: b\n\nx"), Some(5));
        assert_eq!((end_of_fields(b"\r\nx"), end_of_fields(b"A: b\r\n")), (None, None));
    }
}
