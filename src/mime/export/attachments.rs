//! Attachments as parts. Spec: msg-format 6.7.

use super::Exporter;
use super::bodies::Bodies;
use super::envelope::subject;
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};
use crate::mime::entity::part::{Content, Data, Part, media};
use crate::mime::fields::{date, params, words};
use crate::mime::vcard::card_of;
use crate::msg::{
    AttachContent, Attachment, Disposition, InlineReason, ItemClass, Message, WebReference,
    media as kinds, normalised,
};
use crate::tags::*;
use std::collections::HashSet;

/// The attachments of a message.
#[derive(Default)]
pub(super) struct Parts<'s> {
    /// Those that the HTML shows.
    pub(super) related: Vec<Part<'s>>,
    /// Those beside the body.
    pub(super) attached: Vec<Part<'s>>,
}

impl Parts<'_> {
    pub(super) fn is_some_attached(&self) -> bool {
        !self.attached.is_empty()
    }
}

/// An occurrence that differs, inside its series: the calendar tells of it.
const EXCEPTION: &str = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";
/// What rights management makes of a message. Spec: Q-63.
const PROTECTED: &str = "application/x-microsoft-rpmsg-message";
const UNKNOWN: &str = "application/octet-stream";

/// The parts of all attachments, in their order.
pub(super) fn of<'s>(
    work: &mut Exporter<'_>,
    message: &Message<'s>,
    place: &str,
    bodies: &Bodies,
) -> Result<Parts<'s>> {
    let mut parts = Parts::default();
    let mut ids = HashSet::new();
    for (index, number) in message.attachment_numbers()?.into_iter().enumerate() {
        let place = within(place, index);
        let one = message.open_attach(number).and_then(|attachment| {
            One { work, place: &place, attachment: &attachment }.parts(bodies, &mut ids, &mut parts)
        });
        match one {
            Ok(()) => {}
            Err(error) if error.code() == Code::ObjectDeleted => return Err(error),
            Err(error) => lost(work, &place, &error),
        }
    }
    if let Some(card) = &bodies.card {
        let name = subject(message)?;
        let name = if name.trim().is_empty() { "contact".to_owned() } else { name };
        let media = media("text/vcard", &[("charset", "utf-8".to_owned())]);
        let data = Data::Bytes(card.clone().into_bytes());
        let part = Part::new(Content::Data { media, data });
        parts.attached.push(named(part, &format!("{name}.vcf")));
    }
    if work.options.attach_original && place.is_empty() {
        match original(message)? {
            Some(part) => parts.attached.push(part),
            None => {
                let detail = "the message was never saved, so there is nothing to attach";
                work.conversion.lose("original", place, "original.msg", detail);
            }
        }
    }
    Ok(parts)
}

/// The way to an attachment of the object at `place`.
pub(super) fn within(place: &str, index: usize) -> String {
    if place.is_empty() {
        format!("attachment {index}")
    } else {
        format!("{place}/attachment {index}")
    }
}

fn lost(work: &mut Exporter<'_>, place: &str, error: &Error) {
    let at = error.where_().cloned().unwrap_or_else(|| Place::new(place));
    work.conversion.findings.push(Finding::new(
        Severity::Error,
        "attachment",
        at,
        error.to_string(),
    ));
    work.conversion.lose("attachment", place, "attachment", error.to_string());
}

fn named<'s>(part: Part<'s>, name: &str) -> Part<'s> {
    let mut tokens = vec!["attachment".to_owned()];
    tokens.extend(params::param("filename", name));
    part.with("Content-Disposition", &tokens)
}

/// The message as it was last saved, in a file without a name so that it costs no memory.
fn original<'s>(message: &Message<'s>) -> Result<Option<Part<'s>>> {
    use crate::stg::{CommitFlags, CompoundFile, FileLockBytes, Storage};
    use std::sync::Arc;
    const DOING: &str = "attach the message";
    let failed = |error| Error::from_io(error, Code::CallFailed, DOING);
    let file = tempfile::tempfile().map_err(failed)?;
    let own = file.try_clone().map_err(failed)?;
    let copy: Arc<dyn Storage> =
        Arc::new(CompoundFile::create_on(FileLockBytes::new(own, "original.msg"))?);
    message.write_to(&copy)?;
    copy.commit(CommitFlags::empty())?;
    if copy.elements()?.is_empty() {
        return Ok(None);
    }
    let mut file = file;
    std::io::Seek::rewind(&mut file).map_err(failed)?;
    let media = media("application/vnd.ms-outlook", &[]);
    let part = Part::new(Content::Data { media, data: Data::File(file) });
    Ok(Some(named(part, "original.msg")))
}

/// Work on one attachment.
struct One<'w, 'a, 's> {
    work: &'w mut Exporter<'a>,
    place: &'w str,
    attachment: &'w Attachment<'s>,
}

impl<'s> One<'_, '_, 's> {
    fn parts(
        mut self,
        bodies: &Bodies,
        ids: &mut HashSet<String>,
        parts: &mut Parts<'s>,
    ) -> Result<()> {
        if let Some(inner) = super::opaque::inside(self.work, self.attachment, self.place)? {
            self.work.opaque += 1;
            let told = of(self.work, &inner, self.place, bodies);
            self.work.opaque -= 1;
            let told = told?;
            parts.related.extend(told.related);
            parts.attached.extend(told.attached);
            return Ok(());
        }
        let name = self.name()?;
        let stored = self.attachment.get(PR_ATTACH_CONTENT_ID_W).ok().flatten();
        let stored = stored.map(|id| clean_id(&id)).filter(|id| !id.is_empty());
        // HTML that was made of RTF shows attachments under names of ours.
        let made = self.attachment.content_id().ok().map(|id| clean_id(&id));
        let own = stored.or(made.filter(|id| bodies.named.contains(&normalised(id))));
        let is_named = own.as_ref().is_some_and(|id| bodies.named.contains(&normalised(id)));
        let first = own.as_ref().is_none_or(|id| ids.insert(normalised(id)));
        let related = is_named && first && bodies.has_html();
        let Some(content) = self.content(bodies, &name)? else { return Ok(()) };
        // One that is only hidden, and that nothing shows, would not be seen at all.
        let shown = matches!(
            self.attachment.disposition()?,
            Disposition::Inline(InlineReason::Rendered | InlineReason::Placed)
        );
        let inline = related || (shown && !is_named);
        if let Content::Data { media, .. } = &content
            && media.first().is_some_and(|media| media == PROTECTED)
        {
            let text = "the message is protected by rights management: it cannot be decrypted here";
            let finding = Finding::new(Severity::Note, "protected", Place::new(self.place), text);
            self.work.conversion.findings.push(finding);
        }
        let mut part = Part::new(content);
        part = self.disposition(part, &name, inline)?;
        if let Some(id) = own {
            // A second one of one name is not what the body shows. Spec: Q-39.
            let id = if first { id } else { format!("{}.{id}", self.attachment.number()) };
            part = part.with("Content-ID", &[format!("<{id}>")]);
        }
        for (field, tag) in [
            ("Content-Location", PR_ATTACH_CONTENT_LOCATION_W),
            ("Content-Base", PR_ATTACH_CONTENT_BASE_W),
        ] {
            let value = self.attachment.get(tag).ok().flatten().filter(|value| !value.is_empty());
            if let Some(value) = value {
                part = part.with(field, &words::unstructured(&value));
            }
        }
        let shown = self.attachment.get(PR_DISPLAY_NAME_W).ok().flatten().unwrap_or_default();
        let told = shown.trim_end_matches('\0');
        let is_message = matches!(part.content, Content::Message { .. });
        if !told.is_empty() && told != name && !is_message {
            part = part.with("Content-Description", &words::unstructured(told));
        }
        match related {
            true => parts.related.push(part),
            false => parts.attached.push(part),
        }
        self.preview(parts)
    }

    /// The name as it was given, else one that can be made.
    fn name(&self) -> Result<String> {
        let own = self.attachment.file_name()?;
        let own = own.map(|own| own.replace('\0', "")).filter(|own| !own.trim().is_empty());
        own.map_or_else(|| self.attachment.suggested_file_name(), Ok)
    }

    fn content(&mut self, bodies: &Bodies, name: &str) -> Result<Option<Content<'s>>> {
        if self.attachment.has_message()? {
            return self.message(bodies);
        }
        let media = self.media(name);
        Ok(Some(match self.attachment.content()? {
            AttachContent::Bytes(stream) => Content::Data { media, data: Data::Stream(stream) },
            AttachContent::Message(_) => return self.message(bodies),
            AttachContent::Storage(_) => return self.object(name),
            AttachContent::Reference(path) => {
                let detail = "a link to a file that is not here; the path stands in its place";
                self.work.conversion.lose("reference", self.place, path.clone(), detail);
                let text = format!("The attachment is a link to:\r\n{path}\r\n");
                Content::Text { subtype: "plain", params: Vec::new(), text }
            }
            AttachContent::Web(WebReference { url, .. }) => {
                let detail = "a link to a file on the web; the address stands in its place";
                self.work.conversion.lose("reference", self.place, url.clone(), detail);
                let line: String = url.chars().filter(|c| !c.is_control()).collect();
                let text = format!("[InternetShortcut]\r\nURL={line}\r\n");
                Content::Data { media: vec![UNKNOWN.to_owned()], data: Data::Bytes(text.into()) }
            }
            AttachContent::None => {
                self.work.conversion.lose("attachment-data", self.place, name, "it has no data");
                Content::Data { media, data: Data::Bytes(Vec::new()) }
            }
        }))
    }

    /// A message inside: another mail, or what stands for it.
    fn message(&mut self, bodies: &Bodies) -> Result<Option<Content<'s>>> {
        // Looked into for its class only; one that cannot be opened is told of when its turn comes.
        if let Ok(inner) = self.attachment.open_message() {
            let class: ItemClass = inner.item_class()?;
            if class.is(EXCEPTION) && bodies.calendar.is_some() {
                return Ok(None);
            }
            if class.is("IPM.Contact") && self.work.options.calendar {
                let card = card_of(&inner, self.place, &mut self.work.conversion)?;
                if let Some(card) = card {
                    let media = media("text/vcard", &[("charset", "utf-8".to_owned())]);
                    return Ok(Some(Content::Data { media, data: Data::Bytes(card.into()) }));
                }
            }
        }
        Ok(Some(Content::Message {
            attachment: Box::new(self.attachment.clone()),
            place: self.place.to_owned(),
            eight_bit: self.work.scan.is_eight_bit(self.place),
        }))
    }

    /// Another program's object: what is in it, if that can be told.
    fn object(&mut self, name: &str) -> Result<Option<Content<'s>>> {
        let Some(mut file) = self.attachment.as_file()? else { return Ok(None) };
        let detail = "an object of another program; what is in it stands in its place";
        self.work.conversion.lose("ole-object", self.place, name, detail);
        let media = match self.type_by_name(file.name()) {
            Some(known) => vec![known.to_owned()],
            None => vec![UNKNOWN.to_owned()],
        };
        let mut bytes = Vec::new();
        let read = file.write_to(&mut bytes);
        read.map_err(|error| Error::from_io(error, Code::CallFailed, "read attachment"))?;
        Ok(Some(Content::Data { media, data: Data::Bytes(bytes) }))
    }

    /// How an object looks, where the message keeps a picture of it.
    fn preview(&mut self, parts: &mut Parts<'s>) -> Result<()> {
        if !self.attachment.has_storage()? {
            return Ok(());
        }
        let picture = self.attachment.get(PR_ATTACH_RENDERING).ok().flatten();
        if let Some(picture) = picture.filter(|picture| !picture.is_empty()) {
            let media = media("image/wmf", &[]);
            let part = Part::new(Content::Data { media, data: Data::Bytes(picture) });
            parts.attached.push(named(part, &format!("preview-{}.wmf", self.attachment.number())));
        }
        Ok(())
    }

    fn type_by_name(&self, name: &str) -> Option<&'static str> {
        kinds::type_of(name.rsplit_once('.')?.1)
    }

    /// The tokens of Content-Type: as stored, if that can be the type of bytes; else by the name.
    fn media(&self, name: &str) -> Vec<String> {
        let stored = self.attachment.get(PR_ATTACH_MIME_TAG_W).ok().flatten();
        let stored = stored.and_then(|stored| media_type(&stored));
        let known = stored.or_else(|| self.type_by_name(name).map(str::to_owned));
        let of_parts =
            |known: &str| known.starts_with("multipart/") || known.starts_with("message/");
        let known = known.filter(|known| !of_parts(known)).unwrap_or_else(|| UNKNOWN.to_owned());
        let charset = self.attachment.get(PID_TAG_TEXT_ATTACHMENT_CHARSET).ok().flatten();
        let charset = charset.filter(|charset| !charset.is_empty() && known.starts_with("text/"));
        let mut tokens = vec![known];
        if let Some(charset) = charset {
            tokens.extend(params::param("charset", &charset));
        }
        tokens.extend(params::old_name(name));
        tokens
    }

    fn disposition(&self, part: Part<'s>, name: &str, inline: bool) -> Result<Part<'s>> {
        let mut tokens = vec![if inline { "inline" } else { "attachment" }.to_owned()];
        let extension = match (&part.content, self.attachment.content()) {
            (Content::Message { .. }, _) => Some("eml"),
            (Content::Text { .. }, _) => Some("txt"),
            (Content::Data { media, .. }, _)
                if media.first().is_some_and(|m| m == "text/vcard") =>
            {
                Some("vcf")
            }
            (_, Ok(AttachContent::Web(_))) => Some("url"),
            _ => None,
        };
        let name = match extension {
            Some(extension) => with_extension(name, extension),
            None => name.to_owned(),
        };
        tokens.extend(params::param("filename", &name));
        if let Content::Data { data: Data::Stream(stream), .. } = &part.content {
            tokens.push(";".to_owned());
            tokens.push(format!(" size={}", stream.size()?));
        }
        for (parameter, tag) in
            [("creation-date", PR_CREATION_TIME), ("modification-date", PR_LAST_MODIFICATION_TIME)]
        {
            let time = self.attachment.get(tag).ok().flatten().filter(|time| !time.is_none());
            if let Some(text) = time.and_then(|time| date::mail_date(time, 0)) {
                tokens.extend(params::param(parameter, &text));
            }
        }
        Ok(part.with("Content-Disposition", &tokens))
    }
}

/// The name with this extension in place of that of Outlook's own files, or behind it.
fn with_extension(name: &str, extension: &str) -> String {
    let dotted = format!(".{extension}");
    if name.to_lowercase().ends_with(&dotted) {
        return name.to_owned();
    }
    let base = match name.rsplit_once('.') {
        Some((base, old)) if old.eq_ignore_ascii_case("msg") => base,
        _ => name,
    };
    format!("{base}{dotted}")
}

/// A content identifier as it may stand between angle brackets.
fn clean_id(id: &str) -> String {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect()
}

/// Type and subtype in lower case, without parameters; `None` if it is no media type.
pub(super) fn media_type(stored: &str) -> Option<String> {
    let bare = stored.split(';').next()?.trim().trim_end_matches('\0').to_ascii_lowercase();
    let (kind, subtype) = bare.split_once('/')?;
    let token = |text: &str| {
        !text.is_empty()
            && text.len() <= 127
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    (token(kind) && token(subtype)).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_held_to_their_syntax() {
        assert_eq!(media_type("Image/PNG; name=x").as_deref(), Some("image/png"));
        for none in ["", "image", "a/b\r\nBcc: x", "/x", "a b/c", "a/b/c"] {
            assert_eq!(media_type(none), None, "{none}");
        }
    }

    #[test]
    fn names_of_messages_end_as_their_form_does() {
        assert_eq!(with_extension("a.msg", "eml"), "a.eml");
        assert_eq!(with_extension("a.EML", "eml"), "a.EML");
        assert_eq!(with_extension("v1.2", "eml"), "v1.2.eml");
    }
}
