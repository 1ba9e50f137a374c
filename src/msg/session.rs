//! Sessions: who is open, and closing them all.

use super::body::Form;
use super::handle::{Handle, Slot};
use super::message::Message;
use super::options::MessageOptions;
use super::release::Panicked;
use crate::error::{Code, Error, Result};
use crate::limits::Limits;
use crate::stg::{Clock, Storage};
use crate::wire::CodePage;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A message session, MAPI's `LPMSGSESS`: it keeps track of every message opened in it, and of every
/// attachment, table and stream opened in those. Closing it closes them all, without saving.
///
/// Messages, attachments, tables and streams borrow their session, so the compiler proves that none
/// is used after [`Session::close`]:
///
/// ```compile_fail
/// # use openimsg::{CompoundFile, Session, tags::PR_SUBJECT_W};
/// let session = Session::new();
/// let message = session.create_message(CompoundFile::memory()).unwrap();
/// session.close();
/// message.get(PR_SUBJECT_W).unwrap();   // the message ended with its session
/// ```
///
/// The same without a use after the close is a sound program:
///
/// ```
/// # use openimsg::{CompoundFile, Session, tags::PR_SUBJECT_W};
/// let session = Session::new();
/// let message = session.create_message(CompoundFile::memory()).unwrap();
/// message.get(PR_SUBJECT_W).unwrap();
/// session.close();
/// ```
///
/// Spec: C-012, C-015, C-020, C-023 (imessage-contract 1.2, 1.3).
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, SaveFlags, Session, tags::*};
///
/// let session = Session::new();
/// let message = session.create_message(CompoundFile::memory())?;
/// message.set(PR_SUBJECT_W, "Minutes")?;
/// message.save_changes(SaveFlags::KEEP_OPEN_READWRITE)?;
/// assert_eq!(message.get(PR_SUBJECT_W)?.as_deref(), Some("Minutes"));
/// drop(message);
/// session.close();
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Default)]
pub struct Session {
    open: Mutex<Tracked>,
    options: SessionOptions,
}

/// The messages of a session; entries of dropped ones are swept when they are half of the list.
#[derive(Default)]
struct Tracked {
    slots: Vec<Weak<Slot>>,
    sweep_at: usize,
    /// No message is opened any more.
    closing: bool,
}

/// How messages are opened in a session.
///
/// # Example
/// ```
/// use openimsg::{Clock, FileTime, SessionOptions};
///
/// // Reproducible output: fixed times and search keys.
/// let session = SessionOptions::new().clock(Clock::Fixed(FileTime::UNIX_EPOCH)).seed(7).open();
/// assert_eq!(session.open_messages(), 0);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionOptions {
    pub(crate) clock: Clock,
    pub(crate) seed: Option<u64>,
    pub(crate) code_page: Option<CodePage>,
    pub(crate) limits: Limits,
    pub(crate) no_storage_commit: bool,
    form: Option<(Form, Option<CodePage>)>,
    /// See [`MessageOptions::outlived`].
    pub(crate) outlived: bool,
}

impl SessionOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> SessionOptions {
        SessionOptions::default()
    }

    /// Where creation and modification times come from.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> SessionOptions {
        self.clock = clock;
        self
    }

    /// Search keys are derived from this number instead of being random.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> SessionOptions {
        self.seed = Some(seed);
        self
    }

    /// 8-bit text is in this code page, whatever the messages say of it.
    #[must_use]
    pub fn code_page(mut self, page: CodePage) -> SessionOptions {
        self.code_page = Some(page);
        self
    }

    /// What a hostile file may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> SessionOptions {
        self.limits = limits;
        self
    }

    /// Saving a message writes into its storage and leaves the commit of that to the caller
    /// (`IMSG_NO_ISTG_COMMIT`). Spec: C-050, C-051.
    #[must_use]
    pub fn no_storage_commit(mut self, no_commit: bool) -> SessionOptions {
        self.no_storage_commit = no_commit;
        self
    }

    /// Fresh messages are in ANSI form, their texts in this code page. Without it they are in
    /// Unicode form. Spec: C-013, C-014.
    #[must_use]
    pub fn ansi(mut self, page: CodePage) -> SessionOptions {
        self.form = Some((Form::Ansi, Some(page)));
        self
    }

    /// What fresh messages are made as.
    pub(crate) fn form(&self) -> (Form, Option<CodePage>) {
        self.form.unwrap_or((Form::Unicode, None))
    }

    /// Opens a session with these options.
    #[must_use]
    pub fn open(self) -> Session {
        Session { open: Mutex::default(), options: self }
    }
}

impl Session {
    /// Opens a session.
    #[must_use]
    pub fn new() -> Session {
        Session::default()
    }

    /// Opens a message on a storage, MAPI's `OpenIMsgOnIStg`. What the storage may do, the message
    /// may: on a storage opened for reading it is read-only.
    ///
    /// A writeable storage without any element of a message gives a fresh one, in Unicode form unless
    /// the session is an ANSI one. Nothing is written before a save.
    ///
    /// # Errors
    /// [`CorruptData`](crate::Code::CorruptData) if there is no message that can be read;
    /// [`NoAccess`](crate::Code::NoAccess) for a write-only storage,
    /// [`InvalidParameter`](crate::Code::InvalidParameter) for one that is writeable but not
    /// transacted; storage failures, mapped.
    pub fn open_message(&self, storage: impl Into<Arc<dyn Storage>>) -> Result<Message<'_>> {
        self.open_message_with(storage, MessageOptions::new())
    }

    /// Creates a message on an empty, writeable storage, in Unicode form unless the session is an
    /// ANSI one.
    ///
    /// # Errors
    /// As [`Session::open_message`]; [`Collision`](crate::Code::Collision) if there is a message.
    pub fn create_message(&self, storage: impl Into<Arc<dyn Storage>>) -> Result<Message<'_>> {
        self.create_message_with(storage, MessageOptions::new())
    }

    /// Creates a message in ANSI form: texts are stored in `page`.
    ///
    /// # Errors
    /// As [`Session::create_message`].
    pub fn create_ansi_message(
        &self,
        storage: impl Into<Arc<dyn Storage>>,
        page: CodePage,
    ) -> Result<Message<'_>> {
        self.create_message_with(storage, MessageOptions::new().ansi(page))
    }

    /// Opens a message that closes with this session. The session is not locked meanwhile: a storage
    /// of the caller's may take its time.
    pub(crate) fn open_tracked(
        &self,
        storage: Arc<dyn Storage>,
        fresh: bool,
        options: MessageOptions,
    ) -> Result<Arc<Handle>> {
        self.check_open()?;
        let slot = options.open(storage, fresh, self.options)?;
        if let Err(closing) = self.track(&slot) {
            // Nobody has seen this message, so nobody is told of its end.
            drop(slot.take());
            return Err(closing);
        }
        Ok(Handle::top(slot))
    }

    fn check_open(&self) -> Result<()> {
        match self.tracked().closing {
            false => Ok(()),
            true => {
                let error = Error::new(Code::InvalidParameter, "open message");
                Err(error.note("the session is closed"))
            }
        }
    }

    fn tracked(&self) -> MutexGuard<'_, Tracked> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn track(&self, slot: &Arc<Slot>) -> Result<()> {
        let mut open = self.tracked();
        if open.closing {
            drop(open);
            return self.check_open();
        }
        if open.slots.len() >= open.sweep_at {
            open.slots.retain(|slot| slot.strong_count() > 0);
            open.sweep_at = (open.slots.len() * 2).max(64);
        }
        open.slots.push(Arc::downgrade(slot));
        Ok(())
    }

    /// How many messages are open.
    #[must_use]
    pub fn open_messages(&self) -> usize {
        let open = self.tracked();
        open.slots.iter().filter_map(Weak::upgrade).filter(|slot| slot.is_open()).count()
    }

    /// Closes the session and everything open in it, newest first. Unsaved changes are dropped, no
    /// storage is committed.
    ///
    /// What was to be told of their ends ([`MessageOptions::on_release`]) is told one by one, each when
    /// its message is closed and the older ones are not. Spec: C-022, C-023.
    pub fn close(self) {
        drop(self);
    }

    /// Closes everything that is open; nothing can be opened any more. Only the first call does it.
    pub(crate) fn close_all(&self) -> Panicked {
        let mut open = self.tracked();
        open.closing = true;
        let slots = std::mem::take(&mut open.slots);
        drop(open);
        let open = slots.iter().rev().filter_map(Weak::upgrade);
        open.fold(Panicked::default(), |panicked, slot| panicked.or(slot.close()))
    }
}

/// A dropped session is a closed one.
impl Drop for Session {
    fn drop(&mut self) {
        self.close_all().go_on();
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("open_messages", &self.open_messages())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
