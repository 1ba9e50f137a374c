//! Shells and bodies: what a handle is, and how a session reaches through it.

use super::body::{Body, Object, Open};
use super::release::{Kept, Release};
use super::session::SessionOptions;
use crate::error::{Code, Error, Result};
use crate::stg::Storage;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One top-level message and everything open in it, under one lock. `None` once it was closed.
pub(crate) struct Slot(Mutex<Option<Body>>);

/// An object of a body.
pub(crate) type ObjectId = u32;

/// The top-level message itself.
pub(crate) const TOP: ObjectId = 0;

impl Slot {
    /// Opens the message on a storage.
    pub(crate) fn open(
        storage: Arc<dyn Storage>,
        how: Open,
        options: SessionOptions,
        release: Option<Release>,
        kept: Option<Kept>,
    ) -> Result<Arc<Slot>> {
        let mut body = Body::open(storage, how, options)?;
        body.release = release;
        body.kept = kept;
        Ok(Arc::new(Slot(Mutex::new(Some(body)))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Body>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the body out, for good. [`Slot::close`] does what is to be done then.
    pub(crate) fn take(&self) -> Option<Body> {
        self.lock().take()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lock().is_some()
    }
}

/// A handle on one object. The handle of a sub-object keeps that of its parent, so that a save can
/// always go up; the body knows its handles only weakly.
pub(crate) struct Handle {
    slot: Arc<Slot>,
    pub(crate) id: ObjectId,
    parent: Option<Arc<Handle>>,
}

impl Handle {
    /// The handle of a top-level message.
    pub(crate) fn top(slot: Arc<Slot>) -> Arc<Handle> {
        let handle = Arc::new(Handle { slot, id: TOP, parent: None });
        if let Some(body) = handle.slot.lock().as_mut()
            && let Some(object) = body.objects.get_mut(&TOP)
        {
            object.core_mut().handle = Arc::downgrade(&handle);
        }
        handle
    }

    /// A handle on a top-level message that is closed.
    pub(crate) fn zombie(slot: Arc<Slot>) -> Arc<Handle> {
        Arc::new(Handle { slot, id: TOP, parent: None })
    }

    /// A number of the object, the same for all handles on it.
    pub(crate) fn object_key(&self) -> usize {
        // Ids are small, and slots lie far apart: even numbers, nearly always different ones.
        let id = usize::try_from(self.id).unwrap_or_default();
        (Arc::as_ptr(&self.slot).addr() & !1).wrapping_add(id.wrapping_mul(2))
    }

    /// Whether this is a handle on the same object.
    pub(crate) fn is_same_object(&self, other: &Handle) -> bool {
        self.shares_names(other) && self.id == other.id
    }

    /// Whether both objects belong to one top-level message, so that a name is one identifier.
    pub(crate) fn shares_names(&self, other: &Handle) -> bool {
        Arc::ptr_eq(&self.slot, &other.slot)
    }

    /// Whether the other object lies inside this one.
    pub(crate) fn is_above(&self, other: &Handle) -> bool {
        let mut above = other.parent.as_deref();
        while let Some(handle) = above {
            if self.is_same_object(handle) {
                return true;
            }
            above = handle.parent.as_deref();
        }
        false
    }

    /// Works on the body and the object. Refuses on a zombie.
    pub(crate) fn with<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Body, ObjectId) -> Result<T>,
    ) -> Result<T> {
        self.with_open_streams(doing, |body, id| {
            body.take_written(id)?;
            work(body, id)
        })
    }

    /// The same, while what was written through converting streams may still be on its way.
    pub(crate) fn with_open_streams<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Body, ObjectId) -> Result<T>,
    ) -> Result<T> {
        match &mut *self.slot.lock() {
            // A storage in an attachment of another message ends with that one. Spec: imessage-contract 1.8.
            Some(body) if body.objects.contains_key(&self.id) && !body.storage.is_gone() => {
                work(body, self.id)
            }
            _ => Err(Error::new(Code::ObjectDeleted, doing)),
        }
    }

    /// Opens a sub-object: `find` names one that is open already, else makes the object of a new id.
    pub(crate) fn open_child(
        self: &Arc<Handle>,
        doing: &'static str,
        find: impl Fn(&mut Body, ObjectId, ObjectId) -> Result<Found>,
    ) -> Result<Arc<Handle>> {
        self.with(doing, |body, id| {
            let fresh = body.next_object;
            let mut found = find(body, id, fresh)?;
            if let Found::Open(open) = found {
                let object = body.objects.get(&open);
                if let Some(handle) = object.and_then(|object| object.core().handle.upgrade()) {
                    return Ok(handle);
                }
                // Another thread let go of its last handle and waits for the lock to say so.
                drop(body.remove_object(open));
                found = find(body, id, fresh)?;
            }
            let Found::New(mut object) = found else {
                return Err(Error::new(Code::CallFailed, doing));
            };
            let (slot, parent) = (Arc::clone(&self.slot), Some(Arc::clone(self)));
            let handle = Arc::new(Handle { slot, id: fresh, parent });
            object.core_mut().handle = Arc::downgrade(&handle);
            body.insert_object(fresh, *object);
            body.next_object += 1;
            Ok(handle)
        })
    }
}

/// What [`Handle::open_child`] came to.
pub(crate) enum Found {
    /// It is open under this id.
    Open(ObjectId),
    New(Box<Object>),
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Everything open in a message holds its handle, so this one is the last of them all.
        if self.id == TOP {
            return self.slot.close().go_on();
        }
        // The object goes with its last handle, its unsaved changes with it. It holds no handle, so
        // it can go under the lock: whoever opens it next finds its storage free.
        if let Some(body) = self.slot.lock().as_mut() {
            drop(body.remove_object(self.id));
        }
        // Deeply nested messages: let go of the parents one by one, not by recursion.
        let mut parent = self.parent.take();
        while let Some(handle) = parent {
            parent = match Arc::into_inner(handle) {
                Some(mut handle) => handle.parent.take(),
                None => None,
            };
        }
    }
}
