//! Making attachments, with everything that readers expect of them. Spec: msg-format 1.9 ("Minimum to
//! write"), imessage-contract 3.3.

use super::{BY_WEB_REFERENCE, media, names};
use crate::error::Result;
use crate::msg::attach::Attachment;
use crate::msg::message::Message;
use crate::msg::save::SaveFlags;
use crate::tags::{
    PR_ATTACH_DATA_BIN, PR_ATTACH_EXTENSION_W, PR_ATTACH_FILENAME_W, PR_ATTACH_LONG_FILENAME_W,
    PR_ATTACH_LONG_PATHNAME_W, PR_ATTACH_METHOD, PR_ATTACH_MIME_TAG_W, PR_DISPLAY_NAME_W,
};

const BY_VALUE: i32 = 1;
const REFERENCE: i32 = 2;
const EMBEDDED: i32 = 5;

impl<'s> Message<'s> {
    /// Attaches a file: its name, of which only what follows the last `/` or `\` counts, and its bytes.
    ///
    /// The attachment is part of the message at once, and of the file with the message's save. What is
    /// changed on the attachment that is returned, a content identifier for one, needs another
    /// [`save_changes`](crate::MapiProp::save_changes) of it. For bytes that should not be in memory:
    /// [`Message::create_attach`] and a stream on `PR_ATTACH_DATA_BIN`.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only message.
    ///
    /// # Example
    /// ```
    /// use openimsg::{CompoundFile, Message, SaveFlags};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// message.attach_file("plan.txt", b"first this, then that")?;
    /// message.attach_web_reference("budget.xlsx", "https://files.example.org/budget.xlsx")?;
    /// message.save_changes(SaveFlags::empty())?;
    /// assert_eq!(message.attachment_numbers()?, [0, 1]);
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn attach_file(&self, name: &str, bytes: &[u8]) -> Result<Attachment<'s>> {
        let attachment = self.create_attach()?;
        attachment.set(PR_ATTACH_METHOD, BY_VALUE)?;
        attachment.set_file_name(name)?;
        attachment.set(PR_ATTACH_DATA_BIN, bytes)?;
        attachment.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
        Ok(attachment)
    }

    /// Attaches a message, to be filled: save it, then the attachment, then this message. `name` is what
    /// readers show, usually the subject.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only message.
    ///
    /// # Example
    /// ```
    /// use openimsg::{AttachContent, CompoundFile, Message, SaveFlags, tags::PR_SUBJECT_W};
    ///
    /// let message = Message::create(CompoundFile::memory())?;
    /// let (attachment, inner) = message.attach_message("Minutes")?;
    /// inner.set(PR_SUBJECT_W, "Minutes")?;
    /// inner.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
    /// attachment.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
    /// message.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
    /// assert!(matches!(attachment.content()?, AttachContent::Message(_)));
    /// assert_eq!(attachment.suggested_file_name()?, "Minutes.msg");
    /// # Ok::<(), openimsg::Error>(())
    /// ```
    pub fn attach_message(&self, name: &str) -> Result<(Attachment<'s>, Message<'s>)> {
        let attachment = self.create_attach()?;
        attachment.set(PR_ATTACH_METHOD, EMBEDDED)?;
        attachment.set(PR_DISPLAY_NAME_W, name)?;
        let message = attachment.create_message()?;
        Ok((attachment, message))
    }

    /// Attaches the path of a file that is somewhere else; nothing is read. Its recipients see it only
    /// if they reach that path.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only message.
    pub fn attach_reference(&self, path: &str) -> Result<Attachment<'s>> {
        self.attach_link(REFERENCE, base_name(path), path)
    }

    /// Attaches an address on the web under a name. Who may do what with the file is told by
    /// `PID_NAME_ATTACHMENT_PROVIDER_TYPE` and its neighbours in [`named`](crate::named).
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only message.
    pub fn attach_web_reference(&self, name: &str, url: &str) -> Result<Attachment<'s>> {
        self.attach_link(BY_WEB_REFERENCE, name, url)
    }

    fn attach_link(&self, method: i32, name: &str, target: &str) -> Result<Attachment<'s>> {
        let attachment = self.create_attach()?;
        attachment.set(PR_ATTACH_METHOD, method)?;
        attachment.set_file_name(name)?;
        attachment.set(PR_ATTACH_LONG_PATHNAME_W, target)?;
        attachment.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
        Ok(attachment)
    }
}

impl Attachment<'_> {
    /// Names the attachment: long name, short name (of eight and three characters), extension and
    /// display name, and the media type where the extension is a common one. Only what follows the last
    /// `/` or `\` counts.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only attachment.
    pub fn set_file_name(&self, name: &str) -> Result<()> {
        let name = base_name(name);
        self.set(PR_ATTACH_LONG_FILENAME_W, name)?;
        self.set(PR_ATTACH_FILENAME_W, names::short_name(name))?;
        self.set(PR_DISPLAY_NAME_W, name)?;
        let extension = names::extension(name);
        let media = media::type_of(extension.trim_start_matches('.'));
        for (tag, value) in [
            (PR_ATTACH_EXTENSION_W, Some(extension).filter(|extension| !extension.is_empty())),
            (PR_ATTACH_MIME_TAG_W, media),
        ] {
            match value {
                Some(value) => self.set(tag, value)?,
                None => drop(self.delete_props(&[tag.tag()])?),
            }
        }
        Ok(())
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
