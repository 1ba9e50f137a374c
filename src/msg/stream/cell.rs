//! What all handles on one open stream share: where its bytes are.

use crate::error::{Code, Error, Result};
use crate::msg::body::Core;
use crate::prop::{Prop, PropId, PropTag};
use crate::stg::{Stream, read_all};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A stream that is open on a property.
pub(crate) struct StreamCell {
    /// The property, in the type that the bytes have.
    pub(super) tag: PropTag,
    pub(super) data: Data,
    pub(super) writable: bool,
    /// That of everybody who opened the stream; clones have their own. Spec: C-064.
    pub(super) position: Arc<Mutex<u64>>,
}

/// Where the bytes are.
pub(super) enum Data {
    /// In the value's stream, in one piece, of an object that cannot change.
    Fixed(Arc<dyn Stream>),
    /// Computed or converted, of such an object.
    FixedBytes(Vec<u8>),
    Live(Mutex<Live>),
}

/// The bytes of a stream on an object that can change.
pub(super) enum Live {
    /// In the value's own stream.
    Element(Arc<dyn Stream>),
    /// In the stream's own memory: a text in another width than the stored one, or a value that was
    /// set or deleted since, of which this is a snapshot.
    Own(Vec<u8>),
    /// In the stream's own memory until they are committed.
    Transacted(Transacted),
    /// The object is closed.
    Ended,
}

/// The bytes of a transacted stream.
pub(super) struct Transacted {
    /// As they were opened, or committed last.
    pub(super) base: Arc<Vec<u8>>,
    /// With what was written since, if anything was.
    pub(super) work: Option<Vec<u8>>,
    /// There is no property before the first commit.
    pub(super) fresh: bool,
}

impl Transacted {
    pub(super) fn bytes(&self) -> &[u8] {
        self.work.as_deref().unwrap_or(&self.base)
    }

    /// The bytes to write to.
    pub(super) fn work(&mut self) -> &mut Vec<u8> {
        self.work.get_or_insert_with(|| Vec::clone(&self.base))
    }
}

/// The answer of a stream whose object is closed.
pub(super) fn reverted(doing: &'static str) -> Error {
    Error::new(Code::StgReverted, doing)
}

impl StreamCell {
    pub(super) fn live(&self) -> Option<MutexGuard<'_, Live>> {
        match &self.data {
            Data::Live(live) => Some(live.lock().unwrap_or_else(PoisonError::into_inner)),
            _ => None,
        }
    }

    /// Works on the bytes that are in the stream's own memory, if they are.
    pub(super) fn own_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> Option<T> {
        match &*self.live()? {
            Live::Own(bytes) => Some(f(bytes)),
            _ => None,
        }
    }

    /// Keeps a snapshot, so that the value's element is free to be written or destroyed.
    fn detach(&self) {
        if let Some(mut live) = self.live()
            && let Live::Element(stream) = &*live
        {
            *live = Live::Own(read_all(&**stream, u64::MAX).unwrap_or_default());
        }
    }

    /// Lets go of what the bytes lie in: the object is closed, nobody may read them any more.
    pub(crate) fn end(&self) {
        if let Some(mut live) = self.live() {
            *live = Live::Ended;
        }
    }

    pub(super) fn size(&self, doing: &'static str) -> Result<u64> {
        match &self.data {
            Data::Fixed(stream) => stream.size(),
            Data::FixedBytes(bytes) => Ok(bytes.len() as u64),
            Data::Live(_) => match self.live().as_deref() {
                Some(Live::Element(stream)) => stream.size(),
                Some(Live::Own(bytes)) => Ok(bytes.len() as u64),
                Some(Live::Transacted(pending)) => Ok(pending.bytes().len() as u64),
                Some(Live::Ended) | None => Err(reverted(doing)),
            },
        }
    }

    pub(super) fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<usize> {
        match &self.data {
            Data::Fixed(stream) => stream.read_at(at, buffer),
            Data::FixedBytes(bytes) => Ok(copy_from(bytes, at, buffer)),
            Data::Live(_) => match self.live().as_deref() {
                Some(Live::Element(stream)) => stream.read_at(at, buffer),
                Some(Live::Own(bytes)) => Ok(copy_from(bytes, at, buffer)),
                Some(Live::Transacted(pending)) => Ok(copy_from(pending.bytes(), at, buffer)),
                Some(Live::Ended) | None => Err(reverted("read stream")),
            },
        }
    }
}

/// What lies at `at` of `bytes`, as far as it fits.
fn copy_from(bytes: &[u8], at: u64, buffer: &mut [u8]) -> usize {
    let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    let len = rest.len().min(buffer.len());
    if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
        to.copy_from_slice(from);
    }
    len
}

impl Core {
    /// Notes that the caller changed a property.
    pub(crate) fn touch(&mut self, id: PropId) {
        self.touched.insert(id);
        self.forget_scan(id);
        // What decides the code page may have changed.
        if matches!(id.value(), 0x3FFD | 0x3FF1 | 0x3FDE | 0x007D) {
            self.page = None;
        }
    }

    fn forget_scan(&mut self, id: PropId) {
        if crate::msg::inline::is_of_body(id) {
            self.scan = None;
        }
    }

    /// Lets a stream that is open on a property go on with a snapshot: the property changes.
    fn detach(&mut self, id: PropId) {
        self.forget_scan(id);
        self.written.remove(&id);
        if let Some(cell) = self.streams.get(&id).and_then(Weak::upgrade) {
            cell.detach();
        }
    }

    /// Sets a property in the store; a stream that is open on it keeps what it had.
    pub(crate) fn set(&mut self, prop: Prop, flags: u32) {
        self.detach(prop.tag.id());
        self.props.set(prop, flags);
    }

    /// Removes a property from the store; a stream that is open on it keeps what it had.
    pub(crate) fn remove(&mut self, id: PropId) -> bool {
        self.detach(id);
        self.props.remove(id)
    }
}
