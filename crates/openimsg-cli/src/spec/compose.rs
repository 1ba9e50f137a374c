//! A message in short form on its way to a file, through the message layer with all its defaults.

use super::Specification;
use super::draft::{Attached, Content, Draft, Mailbox, Property};
use crate::errors::Failure;
use crate::target::Target;
use openimsg::tags::*;
use openimsg::{
    Attachment, Code, MapiProp, Message, Modify, OpenStream, Prop, PropTag, PropValue, Recipient,
    SaveFlags, Text,
};
use std::path::Path;

/// Makes messages of the drafts of one specification.
pub(crate) struct Composer<'a> {
    specification: &'a Specification,
    /// What was lost on the way, for people.
    pub(crate) remarks: Vec<String>,
}

/// Message flags. Spec: msg-format 1.10.
const READ: i32 = 0x1;
/// `PR_ATTACH_FLAGS`: the attachment is shown in the body.
const RENDERED_IN_BODY: i32 = 0x4;

impl<'a> Composer<'a> {
    pub(crate) fn new(specification: &'a Specification) -> Composer<'a> {
        Composer { specification, remarks: Vec::new() }
    }

    /// Fills a fresh message and saves it one level up.
    pub(crate) fn compose(&mut self, draft: &Draft, message: &Message<'_>) -> Result<(), Failure> {
        if let Some(subject) = &draft.subject {
            self.text(message, PR_SUBJECT_W.tag(), subject)?;
        }
        if let Some(from) = &draft.from {
            self.sender(message, from)?;
        }
        if let Some(date) = draft.date {
            message.set(PR_CLIENT_SUBMIT_TIME, date)?;
            message.set(PR_MESSAGE_DELIVERY_TIME, date)?;
        }
        match (draft.date, draft.is_mail()) {
            (Some(_), _) => message.mark_as_received()?,
            (None, true) => message.mark_as_draft()?,
            // Appointments, contacts and tasks are neither sent nor received.
            (None, false) => {
                message.mark_as_draft()?;
                message.set(PR_MESSAGE_FLAGS, READ)?;
            }
        }
        if let Some(html) = &draft.html {
            message.set_body_html(html)?;
        }
        // The text that the author gives goes before the one made of the HTML.
        if let Some(body) = &draft.body {
            self.text(message, PR_BODY_W.tag(), &with_crlf(body))?;
        }
        self.recipients(draft, message)?;
        for attached in &draft.attachments {
            let place = |failure: Failure| failure.at(&attached.place);
            self.attach(draft, attached, message).map_err(place)?;
        }
        for property in &draft.properties {
            self.property(message, property)?;
        }
        message.save_changes(SaveFlags::empty())?;
        Ok(())
    }

    /// Sets a text and remarks on what an 8-bit message cannot hold of it.
    fn text(&mut self, object: &MapiProp<'_>, tag: PropTag, text: &Text) -> Result<(), Failure> {
        self.set(object, tag, &PropValue::Unicode(text.clone()))
    }

    fn set(
        &mut self,
        object: &MapiProp<'_>,
        tag: PropTag,
        value: &PropValue,
    ) -> Result<(), Failure> {
        if let Some(loss) = loss(object, tag, value)? {
            self.remarks.push(loss);
        }
        let prop = Prop { tag, value: value.clone() };
        match object.set_props(std::slice::from_ref(&prop))?.first() {
            Some(problem) => Err(refused(tag, problem.code)),
            None => Ok(()),
        }
    }

    fn sender(&mut self, message: &Message<'_>, from: &Mailbox) -> Result<(), Failure> {
        let row = Recipient::new(&from.name, &from.address);
        // Where a recipient's row has them, where a sender and who is represented have them.
        for (row_tag, sender, represented) in [
            (PR_DISPLAY_NAME_W.tag(), PR_SENDER_NAME_W.tag(), PR_SENT_REPRESENTING_NAME_W.tag()),
            (
                PR_ADDRTYPE_W.tag(),
                PR_SENDER_ADDRTYPE_W.tag(),
                PR_SENT_REPRESENTING_ADDRTYPE_W.tag(),
            ),
            (
                PR_EMAIL_ADDRESS_W.tag(),
                PR_SENDER_EMAIL_ADDRESS_W.tag(),
                PR_SENT_REPRESENTING_EMAIL_ADDRESS_W.tag(),
            ),
            (
                PR_SMTP_ADDRESS_W.tag(),
                PR_SENDER_SMTP_ADDRESS_W.tag(),
                PR_SENT_REPRESENTING_SMTP_ADDRESS_W.tag(),
            ),
            (PR_ENTRYID.tag(), PR_SENDER_ENTRYID.tag(), PR_SENT_REPRESENTING_ENTRYID.tag()),
            (
                PR_SEARCH_KEY.tag(),
                PR_SENDER_SEARCH_KEY.tag(),
                PR_SENT_REPRESENTING_SEARCH_KEY.tag(),
            ),
        ] {
            if let Some(value) = row.get(row_tag) {
                self.set(message, sender, value)?;
                self.set(message, represented, value)?;
            }
        }
        Ok(())
    }

    fn recipients(&mut self, draft: &Draft, message: &Message<'_>) -> Result<(), Failure> {
        let row = |mailbox: &Mailbox| Recipient::new(&mailbox.name, &mailbox.address);
        let mut rows: Vec<Recipient> = draft.to.iter().map(row).collect();
        rows.extend(draft.cc.iter().map(row).map(Recipient::cc));
        rows.extend(draft.bcc.iter().map(row).map(Recipient::bcc));
        for mailbox in draft.to.iter().chain(&draft.cc).chain(&draft.bcc) {
            let name = PropValue::Unicode(Text::from(mailbox.name.as_str()));
            self.remarks.extend(loss(message, PR_DISPLAY_NAME_W.tag(), &name)?);
        }
        Ok(message.modify_recipients(Modify::Replace, &rows)?)
    }

    fn attach(
        &mut self,
        draft: &Draft,
        attached: &Attached,
        message: &Message<'_>,
    ) -> Result<(), Failure> {
        let attachment = message.create_attach()?;
        match &attached.content {
            Content::File(path) => self.attach_file(&attachment, attached, path)?,
            Content::Message(inner) => self.embed(&attachment, attached, inner)?,
            Content::Reference(file) => {
                let gone = || Failure::new("embed message", format!("{file} is not there"));
                let inner = self.specification.draft(file).ok_or_else(gone)?;
                self.embed(&attachment, attached, inner)?;
            }
        }
        if let Some(id) = &attached.content_id {
            self.text(&attachment, PR_ATTACH_CONTENT_ID_W.tag(), &Text::from(id.as_str()))?;
            if draft.html.as_ref().is_some_and(|html| html.contains(&format!("cid:{id}"))) {
                attachment.set(PR_ATTACH_FLAGS, RENDERED_IN_BODY)?;
                attachment.set(PR_ATTACHMENT_HIDDEN, true)?;
            }
        }
        attachment.save_changes(SaveFlags::empty())?;
        Ok(())
    }

    fn attach_file(
        &mut self,
        attachment: &Attachment<'_>,
        attached: &Attached,
        path: &Path,
    ) -> Result<(), Failure> {
        let unreadable = |error| Failure::io("read attachment", path, &error);
        let mut file = std::fs::File::open(path).map_err(unreadable)?;
        let own = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = attached.name.clone().or(own).unwrap_or_default();
        attachment.set(PR_ATTACH_METHOD, 1)?;
        attachment.set_file_name(&name)?;
        let kept = PropValue::Unicode(Text::from(&*name));
        self.remarks.extend(loss(attachment, PR_ATTACH_LONG_FILENAME_W.tag(), &kept)?);
        let mut data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Create)?;
        std::io::copy(&mut file, &mut data).map_err(unreadable)?;
        data.commit()?;
        Ok(())
    }

    fn embed(
        &mut self,
        attachment: &Attachment<'_>,
        attached: &Attached,
        draft: &Draft,
    ) -> Result<(), Failure> {
        attachment.set(PR_ATTACH_METHOD, 5)?;
        let subject = draft.subject.as_ref().map(|text| text.to_string_lossy().into_owned());
        let name = attached.name.clone().or(subject).unwrap_or_else(|| "message".into());
        self.text(attachment, PR_DISPLAY_NAME_W.tag(), &Text::from(&*name))?;
        if let Some(name) = &attached.name {
            self.text(attachment, PR_ATTACH_LONG_FILENAME_W.tag(), &Text::from(&**name))?;
        }
        let message = attachment.create_message()?;
        self.compose(draft, &message)
    }

    fn property(&mut self, message: &Message<'_>, property: &Property) -> Result<(), Failure> {
        let Property { name, target, value, place } = property;
        let tag = match target {
            Target::Tag(tag) => *tag,
            Target::Named(named, _) => {
                let ids = message.ids_from_names(std::slice::from_ref(named), true)?;
                let id = ids.into_iter().flatten().next();
                let id = id.ok_or_else(|| Failure::new("name property", name).at(place))?;
                PropTag::from_parts(id, value.prop_type())
            }
        };
        self.set(message, tag, value).map_err(|failure| failure.at(place))
    }
}

/// The complaint about a property that the message layer does not take.
pub(crate) fn refused(tag: PropTag, code: Code) -> Failure {
    let name = openimsg::prop_name(tag).unwrap_or_else(|| tag.to_string().into());
    Failure::new(format!("set {name}"), code.text())
}

/// What a value loses in an 8-bit object, for people.
pub(crate) fn loss(
    object: &MapiProp<'_>,
    tag: PropTag,
    value: &PropValue,
) -> openimsg::Result<Option<String>> {
    let texts = match value {
        PropValue::Unicode(text) => std::slice::from_ref(text),
        PropValue::MvUnicode(texts) => texts.as_slice(),
        _ => return Ok(None),
    };
    if object.is_unicode()? {
        return Ok(None);
    }
    for text in texts {
        if text.as_str().is_none_or(|text| object.encode(text).is_ok_and(|e| e.unmappable)) {
            let name = openimsg::prop_name(tag).unwrap_or_else(|| tag.to_string().into());
            return Ok(Some(format!(
                "warning: {name}: characters that the code page of the message lacks became \"?\""
            )));
        }
    }
    Ok(None)
}

/// Lines end with CR LF in a message.
fn with_crlf(body: &Text) -> Text {
    match body.as_str() {
        Some(text) => Text::from(&*text.replace("\r\n", "\n").replace('\n', "\r\n")),
        None => body.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_body_end_with_crlf() {
        assert_eq!(with_crlf(&"a\nb\r\nc".into()), "a\r\nb\r\nc".into());
    }
}
