//! A position on a stream of a storage.

use super::copy::medium_full;
use super::{Copied, SeekOrigin, SeekStream, copy, std_io};
use crate::error::{Code, Error, Result};
use crate::stg::{StatStg, Stream};
use std::io::SeekFrom;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A [`Stream`] with a position: COM's `IStream` on a stream of a storage.
///
/// Cloning shares the stream and copies the position. The stream stays open, and its storage refuses
/// to open it again, until the last clone is gone. Nothing is buffered.
///
/// Spec: structured-storage 2.5. Codes are the storage's own (`STG_E_*`).
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, ElementName, Mode, Storage, StreamCursor};
/// use std::io::{Read, Seek, Write};
///
/// let file = CompoundFile::memory();
/// let name = ElementName::new("CONTENTS")?;
/// let stream = file.create_stream(&name, Mode::READWRITE.and(Mode::SHARE_EXCLUSIVE))?;
/// let mut cursor = StreamCursor::new(stream);
/// cursor.write_all(b"six by six")?;
/// cursor.rewind()?;
/// let mut text = String::new();
/// cursor.read_to_string(&mut text)?;
/// assert_eq!(text, "six by six");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StreamCursor {
    stream: Arc<dyn Stream>,
    position: Mutex<u64>,
}

impl StreamCursor {
    /// A position at the beginning of a stream.
    #[must_use]
    pub fn new(stream: Arc<dyn Stream>) -> StreamCursor {
        StreamCursor { stream, position: Mutex::new(0) }
    }

    /// The stream below.
    #[must_use]
    pub fn stream(&self) -> &Arc<dyn Stream> {
        &self.stream
    }

    /// Another position on the same stream, beginning where this one is.
    ///
    /// # Errors
    /// [`Code::StgReverted`] once the stream is gone.
    pub fn clone_cursor(&self) -> Result<StreamCursor> {
        self.stream.size()?;
        let position = Mutex::new(*self.position());
        Ok(StreamCursor { stream: Arc::clone(&self.stream), position })
    }

    fn position(&self) -> MutexGuard<'_, u64> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn move_to(&self, target: impl FnOnce(u64, u64) -> Option<u64>) -> Result<u64> {
        let size = self.stream.size()?;
        let mut position = self.position();
        *position = target(*position, size).ok_or_else(|| {
            let error = Error::new(Code::StgInvalidFunction, "seek stream");
            error.note("a position before the start, or an origin that is not known")
        })?;
        Ok(*position)
    }

    fn seek_from(&self, to: SeekFrom) -> Result<u64> {
        self.move_to(|here, size| match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => here.checked_add_signed(by),
            SeekFrom::End(by) => size.checked_add_signed(by),
        })
    }
}

impl std::fmt::Debug for StreamCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamCursor").field("position", &*self.position()).finish_non_exhaustive()
    }
}

impl SeekStream for StreamCursor {
    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let mut position = self.position();
        let got = self.stream.read_at(*position, buffer)?;
        *position = position.saturating_add(got as u64);
        Ok(got)
    }

    fn write(&self, data: &[u8]) -> Result<usize> {
        let mut position = self.position();
        self.stream.write_at(*position, data)?;
        *position = position.saturating_add(data.len() as u64);
        Ok(data.len())
    }

    fn seek(&self, by: i64, origin: SeekOrigin) -> Result<u64> {
        self.move_to(|here, size| match origin {
            SeekOrigin::SET => u64::try_from(by).ok(),
            SeekOrigin::CURRENT => here.checked_add_signed(by),
            SeekOrigin::END => size.checked_add_signed(by),
            _ => None,
        })
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.stream.set_size(size)
    }

    fn copy_to(&self, target: &dyn SeekStream, limit: u64) -> Copied {
        let there = self.stream.size().map(|size| size.saturating_sub(*self.position()));
        copy(self, target, limit, there, medium_full)
    }

    fn commit(&self, _: u32) -> Result<()> {
        self.stream.size().map(|_| ())
    }

    fn revert(&self) -> Result<()> {
        self.stream.size().map(|_| ())
    }

    fn stat(&self) -> Result<StatStg> {
        let mut stat = self.stream.stat()?;
        if self.stream.is_simple() {
            stat.size = *self.position();
        }
        Ok(stat)
    }

    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>> {
        Ok(Arc::new(self.clone_cursor()?))
    }

    fn bytes_id(&self) -> Option<usize> {
        Some(Arc::as_ptr(&self.stream).cast::<()>() as usize)
    }
}

std_io!(StreamCursor);
