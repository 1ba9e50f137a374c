//! Shells and bodies: what a handle is, and how a session reaches through it.

use super::body::{Body, Object};
use crate::error::{Code, Error, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One top-level message and everything open in it, under one lock. `None` once it was closed.
pub(crate) struct Slot(Mutex<Option<Body>>);

/// An object of a body.
pub(crate) type ObjectId = u32;

/// The top-level message itself.
pub(crate) const TOP: ObjectId = 0;

impl Slot {
    pub(crate) fn new(body: Body) -> Arc<Slot> {
        Arc::new(Slot(Mutex::new(Some(body))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Body>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the body out: all handles are zombies from now on. Nothing is written.
    pub(crate) fn close(&self) {
        let body = self.lock().take();
        if let Some(body) = &body {
            body.end();
        }
        drop(body);
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

    pub(crate) fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }

    /// Works on the body and the object. Refuses on a zombie.
    pub(crate) fn with<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&mut Body, ObjectId) -> Result<T>,
    ) -> Result<T> {
        let zombie = || Error::new(Code::ObjectDeleted, doing);
        match &mut *self.slot.lock() {
            Some(body) if body.objects.contains_key(&self.id) => work(body, self.id),
            _ => Err(zombie()),
        }
    }

    /// Opens a sub-object: `find` names one that is open already, else makes the object of a new id.
    pub(crate) fn open_child(
        self: &Arc<Handle>,
        doing: &'static str,
        find: impl FnOnce(&mut Body, ObjectId, ObjectId) -> Result<Found>,
    ) -> Result<Arc<Handle>> {
        self.with(doing, |body, id| {
            let fresh = body.next_object;
            match find(body, id, fresh)? {
                Found::Open(open) => {
                    let object = body.objects.get(&open);
                    let handle = object.and_then(|object| object.core().handle.upgrade());
                    handle.ok_or_else(|| Error::new(Code::ObjectDeleted, doing))
                }
                Found::New(object) => {
                    let (slot, parent) = (Arc::clone(&self.slot), Some(Arc::clone(self)));
                    let handle = Arc::new(Handle { slot, id: fresh, parent });
                    let mut object = *object;
                    object.core_mut().handle = Arc::downgrade(&handle);
                    body.objects.insert(fresh, object);
                    body.next_object += 1;
                    Ok(handle)
                }
            }
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
        // The object goes with its last handle, its unsaved changes with it.
        let object = self.slot.lock().as_mut().and_then(|body| body.objects.remove(&self.id));
        drop(object);
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
