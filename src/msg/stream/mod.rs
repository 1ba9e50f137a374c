//! Streams on properties: values of any size, read and written piece by piece.

mod cell;
mod cursor;
mod open;
mod transacted;

pub(crate) use cell::StreamCell;

use super::body::Body;
use super::handle::{Handle, ObjectId};
use super::session::Session;
use crate::error::{Code, Error, Result};
use crate::stg::Stream;
use cell::{Data, Live, reverted};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How to open a stream on a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenStream {
    /// Read what is there.
    Read,
    /// Read and write what is there (`MAPI_MODIFY`).
    Modify,
    /// Begin empty, creating the property if need be (`MAPI_CREATE | MAPI_MODIFY`).
    Create,
}

/// A stream on a property: `std::io` reading, writing and seeking, or as COM has it by
/// [`SeekStream`](crate::SeekStream).
///
/// What is written is seen at once through the object, or after a commit if the stream was opened by
/// [`MapiProp::open_transacted_stream`](crate::MapiProp::open_transacted_stream), and reaches the disk
/// when the object, and everything above it, is saved. Opening the property again while a stream on it is open gives the
/// same stream, with the same position. Text comes without terminator, UTF-16LE or 8-bit by the tag,
/// whichever the file stores. If the property is set or deleted meanwhile, the stream keeps what it
/// had; writing to it then makes that the value again.
///
/// Spec: C-118, C-119, C-120, C-121, C-122, C-123, C-124, C-125, C-126, C-134, C-135
/// (imessage-contract 3.1, OpenProperty).
///
/// # Example
/// ```
/// # use openimsg::{CompoundFile, Message, OpenStream, tags::*};
/// use std::io::{Read, Seek, Write};
///
/// let message = Message::create(CompoundFile::memory())?;
/// let attachment = message.create_attach()?;
/// let mut data = attachment.open_stream(PR_ATTACH_DATA_BIN.tag(), OpenStream::Create)?;
/// data.write_all(b"any number of bytes")?;
/// data.rewind()?;
/// let mut text = String::new();
/// data.read_to_string(&mut text)?;
/// assert_eq!(text, "any number of bytes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PropStream<'s> {
    cell: Arc<StreamCell>,
    position: Arc<Mutex<u64>>,
    handle: Arc<Handle>,
    session: PhantomData<&'s Session>,
}

impl<'s> PropStream<'s> {
    pub(crate) fn open(
        handle: &Arc<Handle>,
        cell: impl FnOnce(&mut Body, ObjectId) -> Result<Arc<StreamCell>>,
    ) -> Result<PropStream<'s>> {
        let cell = handle.with("open property stream", cell)?;
        let position = Arc::clone(&cell.position);
        Ok(PropStream { cell, position, handle: Arc::clone(handle), session: PhantomData })
    }

    /// Another position on the same bytes, beginning where this one is: COM's `Clone`.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the object or its session is closed.
    pub fn clone_cursor(&self) -> Result<PropStream<'s>> {
        self.cloned()
    }

    fn cloned<'t>(&self) -> Result<PropStream<'t>> {
        self.check("clone stream")?;
        let position = Arc::new(Mutex::new(*self.position()));
        let (cell, handle) = (Arc::clone(&self.cell), Arc::clone(&self.handle));
        Ok(PropStream { cell, position, handle, session: PhantomData })
    }

    /// Tells one position from another; opening again shares it.
    pub(crate) fn position_key(&self) -> usize {
        Arc::as_ptr(&self.position).addr()
    }

    fn position(&self) -> MutexGuard<'_, u64> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the bytes, if they may be changed.
    fn change(
        &self,
        doing: &'static str,
        element: impl FnOnce(&dyn Stream) -> Result<()>,
        own: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let changed = self.handle.with_open_streams(doing, |body, id| {
            let core = body.core(id)?;
            let (true, true, Some(mut live)) =
                (self.cell.writable, core.writable, self.cell.live())
            else {
                let note = "the stream is open for reading";
                return Ok(Err(Error::new(Code::StgAccessDenied, doing).note(note)));
            };
            let tag = self.cell.tag;
            Ok(match &mut *live {
                Live::Element(stream) => {
                    core.touch(tag.id());
                    core.props.was_written(tag);
                    element(&**stream)
                }
                Live::Own(bytes) => {
                    core.touch(tag.id());
                    core.written.insert(tag.id(), Arc::clone(&self.cell));
                    own(bytes)
                }
                Live::Transacted(pending) => own(pending.work()),
                Live::Ended => Err(reverted(doing)),
            })
        });
        changed.map_err(|_| reverted(doing))?
    }

    /// The number of bytes.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the object or its session is closed.
    pub fn size(&self) -> Result<u64> {
        const DOING: &str = "read stream size";
        self.check(DOING)?;
        self.cell.size(DOING)
    }

    /// Cuts the stream, or extends it with zeros; the position stays.
    ///
    /// # Errors
    /// [`Code::StgAccessDenied`] on a stream opened for reading.
    pub fn set_size(&self, size: u64) -> Result<()> {
        const DOING: &str = "set stream size";
        let element = |stream: &dyn Stream| stream.set_size(size);
        self.change(DOING, element, |bytes| {
            bytes.resize(memory_size(Some(size), DOING)?, 0);
            Ok(())
        })
    }

    /// All bytes where they lie in memory, if they lie there in one piece: reading without a copy.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.check("read stream").ok()?;
        match &self.cell.data {
            Data::Fixed(stream) => stream.as_bytes(),
            Data::FixedBytes(bytes) => Some(bytes),
            Data::Live(_) => None,
        }
    }

    /// Makes what was written to a transacted stream the value of its property. A direct stream has
    /// nothing to commit.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the object or its session is closed, [`Code::StgAccessDenied`] if the
    /// object became read-only meanwhile.
    pub fn commit(&self) -> Result<()> {
        const DOING: &str = "commit stream";
        let done =
            self.handle.with_open_streams(DOING, |body, id| Ok(body.commit_stream(id, &self.cell)));
        done.map_err(|_| reverted(DOING))?
    }

    /// Forgets what was written to a transacted stream since it was opened, or committed last. What
    /// was written to a direct stream stays.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the object or its session is closed.
    pub fn revert(&self) -> Result<()> {
        const DOING: &str = "revert stream";
        let done = self.handle.with_open_streams(DOING, |_, _| {
            self.cell.revert();
            Ok(())
        });
        done.map_err(|_| reverted(DOING))
    }

    fn check(&self, doing: &'static str) -> Result<()> {
        let alive = self.handle.with_open_streams(doing, |_, _| Ok(()));
        alive.map_err(|_| reverted(doing))
    }
}

/// What a stream may hold in memory.
fn memory_size(size: Option<u64>, doing: &'static str) -> Result<usize> {
    let size = size.filter(|size| *size <= u64::from(u32::MAX));
    let size = size.and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| Error::new(Code::StgMediumFull, doing))
}

impl std::fmt::Debug for PropStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PropStream").field("writable", &self.cell.writable).finish_non_exhaustive()
    }
}
