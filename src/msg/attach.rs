//! Attachments: MAPI's IAttach.

use super::handle::Handle;
use super::message::Message;
use super::object::MapiProp;
use crate::error::Result;
use crate::prop::PropId;
use crate::stg::Storage;
use std::ops::Deref;
use std::sync::Arc;

/// How to open an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading.
    Read,
    /// For change (`MAPI_MODIFY`).
    Modify,
    /// With the access that the message has (`MAPI_BEST_ACCESS`).
    Best,
}

/// An attachment: MAPI's `IAttach`. Its properties are those of [`MapiProp`], its bytes those of
/// `PR_ATTACH_DATA_BIN`; it may hold a message or another storage instead.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Message, SaveFlags, tags::*};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let attachment = message.create_attach()?;
/// attachment.set(PR_ATTACH_METHOD, 1)?;
/// attachment.set(PR_ATTACH_LONG_FILENAME_W, "plan.txt")?;
/// attachment.set(PR_ATTACH_DATA_BIN, b"first this, then that")?;
/// attachment.save_changes(SaveFlags::empty())?;            // attachment -> message
/// message.save_changes(SaveFlags::empty())?;               // message -> storage, committed
/// assert_eq!(message.attachment_numbers()?, [0]);
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Attachment<'s> {
    props: MapiProp<'s>,
    number: u32,
}

impl<'s> Deref for Attachment<'s> {
    type Target = MapiProp<'s>;

    fn deref(&self) -> &MapiProp<'s> {
        &self.props
    }
}

impl<'s> Attachment<'s> {
    pub(crate) fn of(handle: Arc<Handle>, number: u32) -> Attachment<'s> {
        Attachment { props: MapiProp::of(handle), number }
    }

    /// `PR_ATTACH_NUM`: what [`Message::open_attach`] takes.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// `PR_ATTACH_METHOD`: 1 bytes, 5 a message, 6 an OLE object, 2-4 and 7 references. Inferred from
    /// the data when the file does not say.
    ///
    /// # Errors
    /// Those of reading the attachment.
    pub fn method(&self) -> Result<i32> {
        self.props.handle.with("read attachment", |body, id| body.attach_method(id))
    }

    /// The name of the attachment: long name, short name, display name, in this order; as stored, so
    /// not safe to create a file under. `None` if it has no name at all.
    ///
    /// # Errors
    /// Those of reading the attachment.
    pub fn file_name(&self) -> Result<Option<String>> {
        self.props.handle.with("read attachment", |body, id| {
            for prop in [0x3707, 0x3704, 0x3001] {
                let name = body.stored_text(id, PropId::new(prop))?.filter(|name| !name.is_empty());
                if name.is_some() {
                    return Ok(name);
                }
            }
            Ok(None)
        })
    }

    /// Whether the attachment holds a message.
    ///
    /// # Errors
    /// Those of reading the attachment.
    pub fn has_message(&self) -> Result<bool> {
        self.props.handle.with("read attachment", |body, id| Ok(body.attachment_data(id)?.1))
    }

    /// Whether the attachment holds a storage: a message or another object.
    ///
    /// # Errors
    /// Those of reading the attachment.
    pub fn has_storage(&self) -> Result<bool> {
        self.props.handle.with("read attachment", |body, id| Ok(body.attachment_data(id)?.0))
    }

    /// Opens the message in this attachment, with the access that the attachment has.
    ///
    /// # Errors
    /// [`NotFound`](crate::Code::NotFound) if it holds none, [`CorruptData`](crate::Code::CorruptData)
    /// if it cannot be read, [`TooComplex`](crate::Code::TooComplex) when nested too deeply.
    pub fn open_message(&self) -> Result<Message<'s>> {
        let opened = self
            .props
            .handle
            .open_child("open embedded message", |body, id, fresh| body.find_embedded(id, fresh))?;
        Ok(Message::of(opened))
    }

    /// The same with a choice of access. While the message is open, it is the same one with the access
    /// it has.
    ///
    /// # Errors
    /// As [`Attachment::open_message`]; [`NoAccess`](crate::Code::NoAccess) for [`Access::Modify`] on a
    /// read-only attachment.
    pub fn open_message_with(&self, access: Access) -> Result<Message<'s>> {
        let opened = self.props.handle.open_child("open embedded message", |body, id, fresh| {
            body.find_embedded_with(id, fresh, access)
        })?;
        Ok(Message::of(opened))
    }

    /// Creates a message in this attachment, in the place of whatever it holds. It joins the
    /// attachment with its own save; `PR_ATTACH_METHOD` (5) is the caller's to set. While the
    /// attachment's message is open, it is that message.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only attachment,
    /// [`InterfaceNotSupported`](crate::Code::InterfaceNotSupported) while its data are open as a
    /// storage.
    pub fn create_message(&self) -> Result<Message<'s>> {
        let created =
            self.props.handle.open_child("create embedded message", |body, id, fresh| {
                body.new_embedded(id, fresh)
            })?;
        Ok(Message::of(created))
    }

    /// Opens the storage of an OLE object, or the raw storage of an embedded message. While it is
    /// open, it is the same storage, and keeps the attachment and its message. When they are closed by
    /// force it answers [`StgReverted`](crate::Code::StgReverted).
    ///
    /// # Errors
    /// [`NotFound`](crate::Code::NotFound) if there is none,
    /// [`InterfaceNotSupported`](crate::Code::InterfaceNotSupported) while it is open as a message.
    pub fn open_storage(&self) -> Result<Arc<dyn Storage>> {
        self.open_storage_with(Access::Best)
    }

    /// The same with a choice of access. While the storage is open, it is the same one.
    ///
    /// # Errors
    /// As [`Attachment::open_storage`]; [`NoAccess`](crate::Code::NoAccess) for [`Access::Modify`] on a
    /// read-only attachment.
    pub fn open_storage_with(&self, access: Access) -> Result<Arc<dyn Storage>> {
        const DOING: &str = "open attachment storage";
        self.props.handle.with(DOING, |body, id| {
            if access == Access::Modify {
                body.core(id)?.check_writable(DOING)?;
            }
            body.open_attachment_storage(id, false, access, &self.props.handle)
        })
    }

    /// Creates an empty storage for an OLE object. It is transacted: commit it, then save the
    /// attachment and the message.
    ///
    /// # Errors
    /// [`NoAccess`](crate::Code::NoAccess) on a read-only attachment.
    pub fn create_storage(&self) -> Result<Arc<dyn Storage>> {
        self.props.handle.with("create attachment storage", |body, id| {
            body.open_attachment_storage(id, true, Access::Best, &self.props.handle)
        })
    }
}
