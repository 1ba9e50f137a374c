//! `OpenIMsgSession`, `CloseIMsgSession` and `OpenIMsgOnIStg`. Spec: imessage-contract 1.2 to 1.4.

use super::{Out, UNICODE, check_flags, given, null, output};
use crate::error::{Code, Error, Result};
use crate::msg::message::Message;
use crate::msg::object::MapiProp;
use crate::msg::options::MessageOptions;
use crate::msg::release::Kept;
use crate::msg::session::{Session, SessionOptions};
use crate::stg::Storage;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// `IMSG_NO_ISTG_COMMIT`.
pub const NO_ISTG_COMMIT: u32 = 1;

/// `MSGCALLRELEASE`: the caller's data, of a pointer's width, and the closed message.
pub type Call = Box<dyn FnOnce(usize, Message<'static>) + Send>;

/// A session that is open.
struct OpenSession {
    session: Arc<Session>,
    unicode: bool,
    /// The caller's `IMalloc`, let go of at the close.
    malloc: Kept,
}

/// The sessions that are open, by what callers know them by. A number is never used again, so that
/// nobody who closes a session twice closes another.
struct Sessions {
    open: BTreeMap<usize, OpenSession>,
    last: usize,
}

static SESSIONS: Mutex<Sessions> = Mutex::new(Sessions { open: BTreeMap::new(), last: 0 });

/// Callers see the numbers as pointers, which are aligned.
const STEP: usize = 16;

fn sessions() -> MutexGuard<'static, Sessions> {
    SESSIONS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `OpenIMsgSession`: gives what stands for the session, never 0. `malloc` is what keeps the caller's
/// `IMalloc`; it is dropped when the session closes.
///
/// # Errors
/// Null pointers [`Code::InvalidParameter`], flags [`Code::UnknownFlags`].
pub fn open_session(malloc: Option<Kept>, flags: u32, session: Out<'_, usize>) -> Result<()> {
    const DOING: &str = "open message session";
    let out = output(session, DOING)?;
    let malloc = given(malloc, DOING)?;
    check_flags(flags, UNICODE, DOING)?;
    let opened = OpenSession {
        session: Arc::new(SessionOptions::new().open()),
        unicode: flags & UNICODE != 0,
        malloc,
    };
    let mut sessions = sessions();
    let exhausted = || Error::new(Code::NotEnoughMemory, DOING).note("no numbers are left");
    let number = sessions.last.checked_add(STEP).ok_or_else(exhausted)?;
    sessions.last = number;
    sessions.open.insert(number, opened);
    *out = Some(number);
    Ok(())
}

/// `CloseIMsgSession`: closes everything open in it by force. 0, and what is no open session, is
/// ignored.
pub fn close_session(session: usize) {
    let closed = sessions().open.remove(&session);
    if let Some(OpenSession { session, malloc, .. }) = closed {
        let panicked = session.close_all();
        drop(malloc);
        panicked.go_on();
    }
}

/// What `IMAPISupport` is asked for; `A` is an allocation routine of the caller's.
pub trait Support<A>: Send + Sync {
    /// `GetMemAllocRoutines`: allocate, allocate more, free.
    ///
    /// # Errors
    /// The caller's own; it becomes the answer of the call.
    fn mem_alloc_routines(&self) -> Result<[A; 3]>;
}

/// What `OpenIMsgOnIStg` is called with; null pointers are `None`, and `A` is an allocation routine.
pub struct OpenOnStorage<A> {
    /// 0 for none.
    pub session: usize,
    /// Allocate, allocate more, free.
    pub allocators: [Option<A>; 3],
    /// What keeps the caller's `IMalloc`; dropped when the message ends.
    pub malloc: Option<Kept>,
    /// The caller's `IMAPISupport`; dropped when the message ends.
    pub support: Option<Arc<dyn Support<A>>>,
    /// The storage of the message.
    pub storage: Option<Arc<dyn Storage>>,
    /// What to call at the end of the message.
    pub call: Option<Call>,
    /// What to call it with: 32 bits in MAPI's own function.
    pub caller_data: usize,
    /// `IMSG_NO_ISTG_COMMIT`, `MAPI_UNICODE`.
    pub flags: u32,
}

impl<A> Default for OpenOnStorage<A> {
    fn default() -> OpenOnStorage<A> {
        OpenOnStorage {
            session: 0,
            allocators: [None, None, None],
            malloc: None,
            support: None,
            storage: None,
            call: None,
            caller_data: 0,
            flags: 0,
        }
    }
}

impl<A> std::fmt::Debug for OpenOnStorage<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenOnStorage")
            .field("session", &self.session)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

/// What [`open_message`] opened.
#[derive(Debug)]
pub struct OpenedMessage<A> {
    /// The message. A session does not borrow it; once that is closed it answers
    /// [`Code::ObjectDeleted`].
    pub message: Message<'static>,
    /// The routines that everything given to the caller is allocated with.
    pub allocators: [A; 3],
}

/// `OpenIMsgOnIStg`.
///
/// # Errors
/// In this order: null pointers [`Code::InvalidParameter`], what the support object answers, flags
/// [`Code::UnknownFlags`], a session that is not open [`Code::InvalidParameter`], then as
/// [`Session::open_message`].
pub fn open_message<A: 'static>(
    open: OpenOnStorage<A>,
    message: Out<'_, OpenedMessage<A>>,
) -> Result<()> {
    const DOING: &str = "open message";
    let out = output(message, DOING)?;
    let storage = given(open.storage, DOING)?;
    let malloc = given(open.malloc, DOING)?;
    let allocators = match (open.allocators, &open.support) {
        ([Some(allocate), Some(more), Some(free)], _) => [allocate, more, free],
        (_, Some(support)) => support.mem_alloc_routines()?,
        (_, None) => return null(DOING),
    };
    check_flags(open.flags, NO_ISTG_COMMIT | UNICODE, DOING)?;
    let session = match open.session {
        0 => None,
        number => {
            let sessions = sessions();
            let found = sessions.open.get(&number);
            let closed = || Error::new(Code::InvalidParameter, DOING).note("no open session");
            Some(found.map(|open| (Arc::clone(&open.session), open.unicode)).ok_or_else(closed)?)
        }
    };

    let default_unicode = session.as_ref().is_some_and(|(_, unicode)| *unicode);
    let options = match default_unicode || open.flags & UNICODE != 0 {
        true => MessageOptions::new().unicode(),
        false => MessageOptions::new().ansi_of_system(),
    };
    let mut options = options
        .no_storage_commit(open.flags & NO_ISTG_COMMIT != 0)
        .outlived()
        .keep(Some(Arc::new((malloc, open.support))));
    if let Some(call) = open.call {
        let data = open.caller_data;
        options = options.on_release(move |zombie| call(data, zombie));
    }
    let message = match session {
        Some((session, _)) => Message::of(session.open_tracked(storage, false, options)?),
        None => Message::open_with(storage, options)?,
    };
    *out = Some(OpenedMessage { message, allocators });
    Ok(())
}

/// Whether two handles are on one object: whether C callers see one pointer.
#[must_use]
pub fn is_same_object(one: &MapiProp<'_>, other: &MapiProp<'_>) -> bool {
    one.handle.is_same_object(&other.handle)
}
