//! Streams on properties: values of any size, read and written piece by piece.

mod open;

use super::body::Core;
use super::handle::Handle;
use super::session::Session;
use crate::error::{Code, Error, Result};
use crate::prop::{Prop, PropId, PropTag};
use crate::stg::{Stream, read_all};
use std::io::{self, SeekFrom};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

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

/// What all handles on one open stream share; the seek position too. Spec: C-064.
pub(crate) struct StreamCell {
    /// The property, in the type that the bytes have.
    tag: PropTag,
    data: Data,
    writable: bool,
    position: Mutex<u64>,
}

/// Where the bytes are.
enum Data {
    /// In the value's stream, in one piece, of an object that cannot change.
    Fixed(Arc<dyn Stream>),
    /// Computed or converted, of such an object.
    FixedBytes(Vec<u8>),
    Live(Mutex<Live>),
}

/// The bytes of a stream on an object that can change.
enum Live {
    /// In the value's own stream.
    Element(Arc<dyn Stream>),
    /// In the stream's own memory: a text in another width than the stored one, or a value that was
    /// set or deleted since, of which this is a snapshot.
    Own(Vec<u8>),
}

impl StreamCell {
    fn live(&self) -> Option<MutexGuard<'_, Live>> {
        match &self.data {
            Data::Live(live) => Some(live.lock().unwrap_or_else(PoisonError::into_inner)),
            _ => None,
        }
    }

    fn position(&self) -> MutexGuard<'_, u64> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the bytes that are in the stream's own memory, if they are.
    fn own_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> Option<T> {
        match &*self.live()? {
            Live::Own(bytes) => Some(f(bytes)),
            Live::Element(_) => None,
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
            *live = Live::Own(Vec::new());
        }
    }

    fn size(&self) -> Result<u64> {
        let element = |stream: &Arc<dyn Stream>| stream.size();
        match &self.data {
            Data::Fixed(stream) => element(stream),
            Data::FixedBytes(bytes) => Ok(bytes.len() as u64),
            Data::Live(_) => match self.live().as_deref() {
                Some(Live::Element(stream)) => element(stream),
                Some(Live::Own(bytes)) => Ok(bytes.len() as u64),
                None => Ok(0),
            },
        }
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<usize> {
        match &self.data {
            Data::Fixed(stream) => stream.read_at(at, buffer),
            Data::FixedBytes(bytes) => Ok(copy_from(bytes, at, buffer)),
            Data::Live(_) => match self.live().as_deref() {
                Some(Live::Element(stream)) => stream.read_at(at, buffer),
                Some(Live::Own(bytes)) => Ok(copy_from(bytes, at, buffer)),
                None => Ok(0),
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
        if super::inline::is_of_body(id) {
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

/// A stream on a property: `std::io` reading, writing and seeking.
///
/// What is written is seen at once through the object and reaches the disk when the object, and
/// everything above it, is saved. Opening the property again while a stream on it is open gives the
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
    handle: Arc<Handle>,
    session: PhantomData<&'s Session>,
}

impl<'s> PropStream<'s> {
    pub(crate) fn open(
        handle: &Arc<Handle>,
        tag: PropTag,
        how: OpenStream,
    ) -> Result<PropStream<'s>> {
        const DOING: &str = "open property stream";
        let cell = handle.with(DOING, |body, id| body.open_stream(id, tag, how))?;
        Ok(PropStream { cell, handle: Arc::clone(handle), session: PhantomData })
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
            core.touch(tag.id());
            Ok(match &mut *live {
                Live::Element(stream) => {
                    core.props.was_written(tag);
                    element(&**stream)
                }
                Live::Own(bytes) => {
                    core.written.insert(tag.id(), Arc::clone(&self.cell));
                    own(bytes)
                }
            })
        });
        changed.map_err(|_| Error::new(Code::StgReverted, doing))?
    }

    /// The number of bytes.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the object or its session is closed.
    pub fn size(&self) -> Result<u64> {
        self.check("read stream size")?;
        self.cell.size()
    }

    /// Cuts the stream, or extends it with zeros; the position stays.
    ///
    /// # Errors
    /// [`Code::StgAccessDenied`] on a stream opened for reading.
    pub fn set_size(&mut self, size: u64) -> Result<()> {
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

    /// Streams on properties are direct: what was written is seen already. Always succeeds on a live
    /// stream.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the object or its session is closed.
    pub fn commit(&self) -> Result<()> {
        self.check("commit stream")
    }

    fn check(&self, doing: &'static str) -> Result<()> {
        let alive = self.handle.with_open_streams(doing, |_, _| Ok(()));
        alive.map_err(|_| Error::new(Code::StgReverted, doing))
    }
}

/// What a stream may hold in memory.
fn memory_size(size: Option<u64>, doing: &'static str) -> Result<usize> {
    let size = size.filter(|size| *size <= u64::from(u32::MAX));
    let size = size.and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| Error::new(Code::StgMediumFull, doing))
}

fn io_error(error: Error) -> io::Error {
    let kind = match error.code() {
        Code::StgAccessDenied => io::ErrorKind::PermissionDenied,
        Code::StgDocFileCorrupt => io::ErrorKind::InvalidData,
        Code::StgMediumFull => io::ErrorKind::StorageFull,
        Code::StgInvalidFunction => io::ErrorKind::InvalidInput,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

impl io::Read for PropStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check("read stream").map_err(io_error)?;
        let mut position = self.cell.position();
        let got = self.cell.read_at(*position, buffer).map_err(io_error)?;
        *position += got as u64;
        Ok(got)
    }
}

impl io::Write for PropStream<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        const DOING: &str = "write stream";
        let mut position = self.cell.position();
        let at = *position;
        let end = at.checked_add(data.len() as u64);
        let element = |stream: &dyn Stream| stream.write_at(at, data);
        let own = |bytes: &mut Vec<u8>| {
            let end = memory_size(end, DOING)?;
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            if let Some(target) = bytes.get_mut(end - data.len()..end) {
                target.copy_from_slice(data);
            }
            Ok(())
        };
        self.change(DOING, element, own).map_err(io_error)?;
        *position = end.unwrap_or(at);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for PropStream<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let size = self.size().map_err(io_error)?;
        let mut position = self.cell.position();
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => position.checked_add_signed(by),
            SeekFrom::End(by) => size.checked_add_signed(by),
        };
        let before = || {
            let error = Error::new(Code::StgInvalidFunction, "seek stream");
            io_error(error.note("a position before the start"))
        };
        *position = target.ok_or_else(before)?;
        Ok(*position)
    }
}

impl std::fmt::Debug for PropStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PropStream").field("writable", &self.cell.writable).finish_non_exhaustive()
    }
}
