//! Messages: MAPI's IMessage.

use super::attach::{Access, Attachment};
use super::handle::{Handle, TOP};
use super::object::{MapiProp, StoredProp};
use super::options::MessageOptions;
use super::recipient::{Modify, Recipient};
use super::table::{Kind, Table};
use crate::error::{Code, Error, Result};
use crate::prop::store::mapped;
use crate::stg::Storage;
use crate::wire::Guid;
use std::ops::Deref;
use std::sync::Arc;

/// A message: MAPI's `IMessage`, at the top of a file or embedded in an attachment.
///
/// A handle: cloning it gives another handle on the same message. Its properties are those of
/// [`MapiProp`]. Dropping the last handle closes the message; what was not saved is gone.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Modify, Recipient, SaveFlags, Session, tags::*};
///
/// let session = Session::new();
/// let message = session.create_message(CompoundFile::memory())?;
/// message.set(PR_SUBJECT_W, "RE: Minutes")?;
/// message.modify_recipients(Modify::Add, &[Recipient::new("Ana", "ana@example.org")])?;
/// message.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
/// assert_eq!(message.get(PR_NORMALIZED_SUBJECT_W)?.as_deref(), Some("Minutes"));
/// assert_eq!(message.get(PR_DISPLAY_TO_W)?.as_deref(), Some("Ana"));
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Message<'s>(MapiProp<'s>);

impl<'s> Deref for Message<'s> {
    type Target = MapiProp<'s>;

    fn deref(&self) -> &MapiProp<'s> {
        &self.0
    }
}

impl Message<'static> {
    /// Opens a message without a session: it is its own, and ends with its last handle.
    ///
    /// # Errors
    /// As [`Session::open_message`](crate::Session::open_message).
    pub fn open(storage: impl Into<Arc<dyn Storage>>) -> Result<Message<'static>> {
        Message::open_with(storage, MessageOptions::new())
    }

    /// Creates a message in Unicode form without a session.
    ///
    /// # Errors
    /// As [`Session::create_message`](crate::Session::create_message).
    pub fn create(storage: impl Into<Arc<dyn Storage>>) -> Result<Message<'static>> {
        Message::create_with(storage, MessageOptions::new())
    }
}

impl<'s> Message<'s> {
    pub(crate) fn of(handle: Arc<Handle>) -> Message<'s> {
        Message(MapiProp::of(handle))
    }

    pub(crate) fn handle(&self) -> &Arc<Handle> {
        &self.0.handle
    }

    /// The class of the storage that the message lies on; null for embedded messages.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn class_id(&self) -> Result<Guid> {
        self.handle().with("read class", |body, id| {
            Ok(body.core(id)?.storage().stat().map_err(mapped)?.class)
        })
    }

    /// All recipients in row order, each with all its properties. What a row does not say itself is
    /// looked for in the rest of the message: the SMTP address of somebody whom only a directory knows,
    /// in the transport headers; To, Cc or Bcc, in the display lists.
    ///
    /// # Errors
    /// Those of listing them. A row that cannot be read is there, marked
    /// [`Recipient::is_damaged`].
    pub fn recipients(&self) -> Result<Vec<Recipient>> {
        self.handle().with("read recipients", |body, id| body.resolved_recipients(id))
    }

    /// The properties of every recipient exactly as stored, in row order; see
    /// [`MapiProp::stored_props`]. A row whose storage cannot be read is empty.
    ///
    /// # Errors
    /// Those of listing them.
    pub fn stored_recipients(&self) -> Result<Vec<Vec<StoredProp>>> {
        self.handle().with("read recipients", |body, id| body.stored_recipients(id))
    }

    /// How many recipients there are; none is read.
    ///
    /// # Errors
    /// Those of listing them.
    pub fn recipient_count(&self) -> Result<usize> {
        self.handle().with("count recipients", |body, id| Ok(body.rows(id)?.recipients.len()))
    }

    /// Changes the list of recipients: all rows or, on an error, none.
    ///
    /// # Errors
    /// [`Code::NoAccess`] on a read-only message, [`Code::InvalidParameter`] for a row without
    /// `PR_ROWID` under `Modify` and `Remove`, [`Code::NotFound`] for an unknown one.
    pub fn modify_recipients(&self, how: Modify, rows: &[Recipient]) -> Result<()> {
        self.handle().with("modify recipients", |body, id| body.modify_recipients(id, how, rows))
    }

    /// The numbers of all attachments that are saved into this message.
    ///
    /// # Errors
    /// Those of listing them.
    pub fn attachment_numbers(&self) -> Result<Vec<u32>> {
        self.handle().with("list attachments", |body, id| {
            Ok(body.rows(id)?.attachments.keys().copied().collect())
        })
    }

    /// Opens an attachment by number, with the best access the message allows. One that is open
    /// already is the same object.
    ///
    /// # Errors
    /// [`Code::NotFound`] for an unknown number, [`Code::CorruptData`] if its property stream cannot
    /// be read.
    pub fn open_attach(&self, number: u32) -> Result<Attachment<'s>> {
        self.open_attach_with(number, Access::Best)
    }

    /// The same with a choice of access. The first opener decides: while the attachment is open, it
    /// is the same object with the access it has.
    ///
    /// # Errors
    /// As [`Message::open_attach`]; [`Code::NoAccess`] for [`Access::Modify`] on a read-only message.
    pub fn open_attach_with(&self, number: u32, access: Access) -> Result<Attachment<'s>> {
        let opened = self.handle().open_child("open attachment", |body, message, _| {
            body.find_attachment(message, number, access)
        })?;
        Ok(Attachment::of(opened, number))
    }

    /// Creates an attachment. It joins the message with its own save.
    ///
    /// # Errors
    /// [`Code::NoAccess`] on a read-only message.
    pub fn create_attach(&self) -> Result<Attachment<'s>> {
        const DOING: &str = "create attachment";
        let created =
            self.handle().open_child(DOING, |body, message, _| body.new_attachment(message))?;
        let number = created.with(DOING, |body, id| Ok(body.attachment(id)?.number))?;
        Ok(Attachment::of(created, number))
    }

    /// Deletes an attachment, for good with the message's save. Its handles become zombies.
    ///
    /// # Errors
    /// [`Code::NotFound`] for an unknown number, [`Code::NoAccess`] on a read-only message.
    pub fn delete_attach(&self, number: u32) -> Result<()> {
        self.handle().with("delete attachment", |body, id| body.delete_attachment(id, number))
    }

    /// A table of the attachments that are saved into this message.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn attachment_table(&self) -> Result<Table<'s>> {
        Table::open(self.handle(), Kind::Attachments)
    }

    /// A table of the recipients.
    ///
    /// # Errors
    /// [`Code::ObjectDeleted`] once the message is closed.
    pub fn recipient_table(&self) -> Result<Table<'s>> {
        Table::open(self.handle(), Kind::Recipients)
    }

    /// Copies the message as it was last saved to a storage of its own, so that it opens by itself:
    /// class, header of a top-level message, name map; every stream else byte for byte. `target` is
    /// not committed.
    ///
    /// # Errors
    /// Those of reading this message and of writing to `target`; [`Code::Collision`] if the target
    /// holds a message.
    pub fn write_to(&self, target: &Arc<dyn Storage>) -> Result<()> {
        let parts = self.handle().with("copy message", |body, id| {
            let from = Arc::clone(body.core(id)?.storage());
            let level = match body.objects.get(&TOP) {
                Some(top) => Arc::clone(top.core().storage()),
                None => Arc::clone(&body.storage),
            };
            let names = if id == TOP { None } else { Some(body.names()?.clone()) };
            Ok((from, level, names))
        })?;
        let (from, top, names) = parts;
        super::export::write_message(&from, &top, names, target)
    }

    /// Refuses [`submission`](https://learn.microsoft.com/office/client-developer/outlook/mapi/imessage-submitmessage):
    /// a message on a storage has no transport. Spec: C-201.
    ///
    /// # Errors
    /// Always [`Code::NoSupport`].
    pub fn submit(&self) -> Result<()> {
        Err(Error::new(Code::NoSupport, "submit message")
            .note("a message in a file cannot be sent"))
    }
}
