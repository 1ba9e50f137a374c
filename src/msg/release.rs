//! The end of a top-level message: letting go of its storage, then telling the caller.
//! Spec: imessage-contract 1.3, 1.8 (`MSGCALLRELEASE`).

use super::handle::{Handle, Slot};
use super::message::Message;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;

/// What the caller wants to be told, once.
pub(crate) struct Release(Box<dyn FnOnce(Message<'static>) + Send>);

/// Something of the caller's that a message or a session keeps until it lets go of its storage.
pub(crate) type Kept = Arc<dyn Any + Send + Sync>;

impl Release {
    pub(crate) fn new(call: impl FnOnce(Message<'static>) + Send + 'static) -> Release {
        Release(Box::new(call))
    }
}

impl std::fmt::Debug for Release {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Release")
    }
}

/// What a callback panicked with, until everything around it is closed.
#[must_use]
#[derive(Default)]
pub(crate) struct Panicked(Option<Box<dyn Any + Send>>);

impl Panicked {
    /// Keeps the first panic of several.
    pub(crate) fn or(self, next: Panicked) -> Panicked {
        Panicked(self.0.or(next.0))
    }

    /// Lets the panic go on, unless this thread unwinds already.
    pub(crate) fn go_on(self) {
        if let Some(panic) = self.0
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

impl Slot {
    /// Takes the body out: all handles are zombies from now on. Nothing is written. The caller's
    /// storage is let go of, then the caller is told, with no lock held. Whoever takes the body tells,
    /// so it happens once.
    pub(crate) fn close(self: &Arc<Slot>) -> Panicked {
        let Some(mut body) = self.take() else { return Panicked::default() };
        let release = body.release.take();
        body.end();
        drop(body);
        let Some(Release(call)) = release else { return Panicked::default() };
        let zombie = Message::of(Handle::zombie(Arc::clone(self)));
        // Nothing of ours is touched after a panic, so nothing can be seen half done.
        Panicked(catch_unwind(AssertUnwindSafe(|| call(zombie))).err())
    }
}
