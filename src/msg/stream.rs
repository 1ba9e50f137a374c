//! Streams on properties: values of any size, read and written piece by piece.

use super::body::Core;
use super::handle::Handle;
use super::session::Session;
use crate::error::{Code, Error, Result};
use crate::prop::store::mapped;
use crate::prop::stream::value_name;
use crate::prop::{PropId, PropTag, PropType, PropValue};
use crate::stg::{MEMBER_READ, Stream, read_all};
use crate::wire::Text;
use std::io::{self, SeekFrom};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

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
    data: Data,
    writable: bool,
    position: Mutex<u64>,
}

enum Data {
    /// The value's own stream.
    Direct(Arc<dyn Stream>),
    /// A text in the width that was asked for, which is not the stored one.
    Converted(Vec<u8>),
}

/// A stream on a property: `std::io` reading, writing and seeking.
///
/// What is written is seen at once through the object and reaches the disk when the object, and
/// everything above it, is saved. Opening the property again while a stream on it is open gives the
/// same stream, with the same position. Text comes without terminator, UTF-16LE or 8-bit by the tag.
///
/// Spec: C-118..C-126, C-134, C-135 (imessage-contract 3.1, OpenProperty).
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

impl Core {
    /// The value of a property whose stream is open: it may be newer than what the store knows.
    pub(crate) fn stream_value(&mut self, id: PropId) -> Result<Option<PropValue>> {
        if self.streams.is_empty() {
            return Ok(None);
        }
        let Some(cell) = self.streams.get(&id).and_then(std::sync::Weak::upgrade) else {
            return Ok(None);
        };
        let (Data::Direct(stream), Some(tag)) = (&cell.data, self.props.tag(id)) else {
            return Ok(None);
        };
        let bytes = read_all(&**stream, u64::MAX).map_err(mapped)?;
        Ok(Some(crate::prop::decode_stream(tag.prop_type(), &bytes)))
    }
}

impl<'s> PropStream<'s> {
    pub(crate) fn open(
        handle: &Arc<Handle>,
        tag: PropTag,
        how: OpenStream,
    ) -> Result<PropStream<'s>> {
        const DOING: &str = "open property stream";
        let cell = handle.with(DOING, |body, id| {
            let open = body.core(id)?.streams.get(&tag.id()).and_then(std::sync::Weak::upgrade);
            if let Some(open) = open {
                return Ok(open);
            }
            let prop_type = tag.prop_type();
            let opaque = [PropType::PT_BINARY, PropType::PT_SVREID, PropType::PT_SRESTRICTION, PropType::PT_ACTIONS];
            if !prop_type.is_string() && !opaque.contains(&prop_type) {
                let note = format!("{prop_type} has no stream");
                return Err(Error::new(Code::NoSupport, DOING).note(note));
            }
            let writable = how != OpenStream::Read;
            if writable {
                let core = body.core(id)?;
                core.check_writable(DOING)?;
                if core.props.flags(tag.id()).is_some_and(|flags| matches!(flags & 7, 2 | 3)) {
                    return Err(Error::new(Code::NoAccess, DOING).note("the property is not writeable"));
                }
            }
            let stored = body.core(id)?.props.tag(tag.id());
            if stored.is_none() && how != OpenStream::Create {
                let note = format!("there is no property {tag}");
                return Err(Error::new(Code::NotFound, DOING).note(note));
            }
            let data = match (how, stored) {
                (OpenStream::Create, _) => {
                    body.remember_body(id, tag.id())?;
                    // The stream has the type that a value of this tag is stored under here.
                    let empty = match prop_type {
                        PropType::PT_STRING8 => PropValue::String8(Vec::new()),
                        PropType::PT_UNICODE => PropValue::Unicode(Text::from("")),
                        _ => PropValue::Binary(Vec::new()),
                    };
                    let stored_type = match prop_type.is_string() {
                        true => body.in_form(id, empty)?.prop_type(),
                        false => prop_type,
                    };
                    if stored_type != prop_type {
                        let note = "writing text in the other width than the file's is not supported; use set";
                        return Err(Error::new(Code::NoSupport, DOING).note(note));
                    }
                    let core = body.core(id)?;
                    core.touched.insert(tag.id());
                    if core.props.tag(tag.id()).is_some_and(|old| old != tag) {
                        core.props.remove(tag.id());
                    }
                    Data::Direct(core.props.open_value_stream(tag, true)?)
                }
                (OpenStream::Modify, Some(stored)) if stored == tag => {
                    body.remember_body(id, tag.id())?;
                    let core = body.core(id)?;
                    core.touched.insert(tag.id());
                    Data::Direct(core.props.open_value_stream(tag, false)?)
                }
                (OpenStream::Modify, _) => {
                    let note = "writing text in the other width than the file's is not supported; use set";
                    return Err(Error::new(Code::NoSupport, DOING).note(note));
                }
                (OpenStream::Read, stored) => read_data(body, id, tag, stored)?,
            };
            let cell = Arc::new(StreamCell { data, writable, position: Mutex::new(0) });
            body.core(id)?.streams.insert(tag.id(), Arc::downgrade(&cell));
            Ok(cell)
        })?;
        Ok(PropStream { cell, handle: Arc::clone(handle), session: PhantomData })
    }

    /// The number of bytes.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the object or its session is closed.
    pub fn size(&self) -> Result<u64> {
        self.check("read stream size")?;
        match &self.cell.data {
            Data::Direct(stream) => stream.size(),
            Data::Converted(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Cuts the stream, or extends it with zeros; the position stays.
    ///
    /// # Errors
    /// [`Code::StgAccessDenied`] on a stream opened for reading.
    pub fn set_size(&mut self, size: u64) -> Result<()> {
        self.check("set stream size")?;
        match &self.cell.data {
            Data::Direct(stream) if self.cell.writable => stream.set_size(size),
            _ => Err(Error::new(Code::StgAccessDenied, "set stream size")),
        }
    }

    /// All bytes where they lie in memory, if they lie there in one piece: reading without a copy.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.check("read stream").ok()?;
        match &self.cell.data {
            Data::Direct(stream) => stream.as_bytes(),
            Data::Converted(bytes) => Some(bytes),
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
        let alive = self.handle.with(doing, |_, _| Ok(()));
        alive.map_err(|_| Error::new(Code::StgReverted, doing))
    }

    fn position(&self) -> std::sync::MutexGuard<'_, u64> {
        self.cell.position.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_data(
    body: &mut super::body::Body,
    id: super::handle::ObjectId,
    tag: PropTag,
    stored: Option<PropTag>,
) -> Result<Data> {
    const DOING: &str = "open property stream";
    if stored == Some(tag) && !body.core(id)?.props.is_pending(tag.id()) {
        let stream = body.core(id)?.storage().open_stream(&value_name(tag), MEMBER_READ);
        return match stream {
            Ok(stream) => Ok(Data::Direct(stream)),
            Err(e) if e.code() == Code::StgFileNotFound => {
                let note = "the entry has no stream";
                Err(Error::new(Code::NotFound, DOING).note(note))
            }
            Err(e) => Err(mapped(e)),
        };
    }
    let value = body.get_prop(id, tag)?;
    let missing = || Error::new(Code::NotFound, DOING);
    crate::prop::encode_stream(&value.ok_or_else(missing)?).map(Data::Converted).ok_or_else(missing)
}

fn io_error(error: Error) -> io::Error {
    let kind = match error.code() {
        Code::StgAccessDenied => io::ErrorKind::PermissionDenied,
        Code::StgDocFileCorrupt => io::ErrorKind::InvalidData,
        Code::StgMediumFull => io::ErrorKind::StorageFull,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

impl io::Read for PropStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check("read stream").map_err(io_error)?;
        let mut position = self.position();
        let got = match &self.cell.data {
            Data::Direct(stream) => stream.read_at(*position, buffer).map_err(io_error)?,
            Data::Converted(bytes) => {
                let at = usize::try_from(*position).unwrap_or(usize::MAX);
                let rest = bytes.get(at..).unwrap_or_default();
                let len = rest.len().min(buffer.len());
                let (now, _) = buffer.split_at_mut(len);
                now.copy_from_slice(rest.get(..len).unwrap_or_default());
                len
            }
        };
        *position += got as u64;
        Ok(got)
    }
}

impl io::Write for PropStream<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.check("write stream").map_err(io_error)?;
        let mut position = self.position();
        match &self.cell.data {
            Data::Direct(stream) if self.cell.writable => {
                stream.write_at(*position, data).map_err(io_error)?;
            }
            _ => return Err(io_error(Error::new(Code::StgAccessDenied, "write stream"))),
        }
        *position += data.len() as u64;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for PropStream<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let size = self.size().map_err(io_error)?;
        let mut position = self.position();
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => position.checked_add_signed(by),
            SeekFrom::End(by) => size.checked_add_signed(by),
        };
        let note = "seek before the start";
        let before = || io::Error::new(io::ErrorKind::InvalidInput, note);
        *position = target.ok_or_else(before)?;
        Ok(*position)
    }
}

impl std::fmt::Debug for PropStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PropStream").field("writable", &self.cell.writable).finish_non_exhaustive()
    }
}
