//! How one message is opened.

use super::body::{Form, Open};
use super::handle::{Handle, Slot};
use super::message::Message;
use super::release::{Kept, Release};
use super::session::{Session, SessionOptions};
use crate::error::Result;
use crate::stg::Storage;
use crate::wire::CodePage;
use std::sync::Arc;

/// How to open a message, where it is to differ from its session, and whom to tell of its end.
///
/// Spec: C-050, C-054, C-055 (imessage-contract 1.4, 1.8).
///
/// # Example
/// ```
/// use openimsg::{Code, CompoundFile, Message, MessageOptions, tags::PR_SUBJECT_W};
/// use std::sync::mpsc;
///
/// let (told, closed) = mpsc::channel();
/// let options = MessageOptions::new().on_release(move |message| {
///     // The storage is free again; of the message only the shell is left.
///     told.send(message.get(PR_SUBJECT_W).unwrap_err().code()).unwrap();
/// });
/// let message = Message::create_with(CompoundFile::memory(), options)?;
/// let attachment = message.create_attach()?;
/// drop(message);
/// assert!(closed.try_recv().is_err());        // the attachment keeps the message
/// drop(attachment);
/// assert_eq!(closed.try_recv(), Ok(Code::ObjectDeleted));
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MessageOptions {
    form: Option<(Form, Option<CodePage>)>,
    no_storage_commit: Option<bool>,
    release: Option<Release>,
    kept: Option<Kept>,
    outlived: bool,
}

impl MessageOptions {
    /// As the session has it, and nobody is told.
    #[must_use]
    pub fn new() -> MessageOptions {
        MessageOptions::default()
    }

    /// A fresh message is in Unicode form, `MAPI_UNICODE`. One that exists keeps its form. Spec: C-053.
    #[must_use]
    pub fn unicode(mut self) -> MessageOptions {
        self.form = Some((Form::Unicode, None));
        self
    }

    /// A fresh message is in ANSI form, its texts in this code page. One that exists keeps its form.
    #[must_use]
    pub fn ansi(mut self, page: CodePage) -> MessageOptions {
        self.form = Some((Form::Ansi, Some(page)));
        self
    }

    /// Saving writes into the storage and leaves the commit of that to the caller
    /// (`IMSG_NO_ISTG_COMMIT`). Spec: C-050, C-051.
    #[must_use]
    pub fn no_storage_commit(mut self, no_commit: bool) -> MessageOptions {
        self.no_storage_commit = Some(no_commit);
        self
    }

    /// What to do at the end of the message, MAPI's `MSGCALLRELEASE`. It runs once, when the last
    /// handle on the message and on everything opened in it is dropped, or when the session closes,
    /// on the thread that does that. The library has let go of the storage and holds no lock, so
    /// anything may be done, even opening a message on the same storage. What is passed is only there
    /// to be recognised: every call on it answers [`Code::ObjectDeleted`](crate::Code::ObjectDeleted).
    ///
    /// It does not run if the message could not be opened, nor for messages in attachments. A panic
    /// in it goes on in whoever dropped the handle or closed the session, once everything is closed;
    /// while that thread unwinds already, it is dropped.
    ///
    /// Spec: C-054, C-056, C-057, C-060 (imessage-contract 1.8).
    #[must_use]
    pub fn on_release(mut self, call: impl FnOnce(Message<'static>) + Send + 'static) -> Self {
        self.release = Some(Release::new(call));
        self
    }

    /// A fresh message is in ANSI form, in the code page of the system.
    pub(crate) fn ansi_of_system(mut self) -> MessageOptions {
        self.form = Some((Form::Ansi, None));
        self
    }

    /// Handles may still be held when the session is closed, so that nothing of the storage may lie
    /// in them.
    pub(crate) fn outlived(mut self) -> MessageOptions {
        self.outlived = true;
        self
    }

    /// Something that is let go of together with the storage.
    pub(crate) fn keep(mut self, kept: Option<Kept>) -> MessageOptions {
        self.kept = kept;
        self
    }

    /// Opens a message, for one session or for none.
    pub(crate) fn open(
        self,
        storage: Arc<dyn Storage>,
        fresh: bool,
        mut session: SessionOptions,
    ) -> Result<Arc<Slot>> {
        let (form, page) = self.form.unwrap_or(session.form());
        session.no_storage_commit = self.no_storage_commit.unwrap_or(session.no_storage_commit);
        session.outlived = self.outlived;
        let how = if fresh { Open::Fresh(form, page) } else { Open::Any(form, page) };
        Slot::open(storage, how, session, self.release, self.kept)
    }
}

impl Session {
    /// As [`Session::open_message`], with options of the message's own.
    ///
    /// # Errors
    /// As [`Session::open_message`].
    pub fn open_message_with(
        &self,
        storage: impl Into<Arc<dyn Storage>>,
        options: MessageOptions,
    ) -> Result<Message<'_>> {
        Ok(Message::of(self.open_tracked(storage.into(), false, options)?))
    }

    /// As [`Session::create_message`], with options of the message's own.
    ///
    /// # Errors
    /// As [`Session::create_message`].
    pub fn create_message_with(
        &self,
        storage: impl Into<Arc<dyn Storage>>,
        options: MessageOptions,
    ) -> Result<Message<'_>> {
        Ok(Message::of(self.open_tracked(storage.into(), true, options)?))
    }
}

impl Message<'static> {
    /// As [`Message::open`], with options.
    ///
    /// # Errors
    /// As [`Session::open_message`](crate::Session::open_message).
    pub fn open_with(
        storage: impl Into<Arc<dyn Storage>>,
        options: MessageOptions,
    ) -> Result<Message<'static>> {
        let slot = options.open(storage.into(), false, SessionOptions::default())?;
        Ok(Message::of(Handle::top(slot)))
    }

    /// As [`Message::create`], with options.
    ///
    /// # Errors
    /// As [`Session::create_message`](crate::Session::create_message).
    pub fn create_with(
        storage: impl Into<Arc<dyn Storage>>,
        options: MessageOptions,
    ) -> Result<Message<'static>> {
        let slot = options.open(storage.into(), true, SessionOptions::default())?;
        Ok(Message::of(Handle::top(slot)))
    }
}
