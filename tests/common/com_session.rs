//! Opening as C callers do, for the tests of their door.

use openimsg::mapi::session::{OpenOnStorage, OpenedMessage, open_message, open_session};
use openimsg::{Message, Storage};
use std::sync::Arc;

/// A caller's allocation routine, as the tests have it: a number.
pub(crate) type Routine = u32;

/// What a session and a message keep for their caller.
pub(crate) fn malloc() -> Arc<dyn std::any::Any + Send + Sync> {
    Arc::new(0_u8)
}

pub(crate) fn session(flags: u32) -> usize {
    let mut session = None;
    open_session(Some(malloc()), flags, Some(&mut session)).unwrap();
    session.unwrap()
}

pub(crate) fn on(storage: impl Into<Arc<dyn Storage>>) -> OpenOnStorage<Routine> {
    OpenOnStorage {
        allocators: [Some(1), Some(2), Some(3)],
        malloc: Some(malloc()),
        storage: Some(storage.into()),
        ..OpenOnStorage::default()
    }
}

/// Opens, and holds the output against the answer.
pub(crate) fn open_as(open: OpenOnStorage<Routine>) -> openimsg::Result<OpenedMessage<Routine>> {
    let mut out = None;
    let done = open_message(open, Some(&mut out));
    assert_eq!(out.is_some(), done.is_ok());
    done.map(|()| out.unwrap())
}

pub(crate) fn message_in(
    session: usize,
    flags: u32,
    storage: impl Into<Arc<dyn Storage>>,
) -> Message<'static> {
    open_as(OpenOnStorage { session, flags, ..on(storage) }).unwrap().message
}
