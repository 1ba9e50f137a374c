//! A stream in memory that belongs to no storage: what COM makes by `CreateStreamOnHGlobal`.

use super::cursor::{Copied, SeekOrigin, SeekStream, copy, std_io};
use super::mode::{ElementKind, Mode, StatStg};
use crate::error::{Code, Error, Result};
use crate::wire::{FileTime, Guid};
use std::io::SeekFrom;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A growable stream in memory with a position.
///
/// It answers as the stream of `CreateStreamOnHGlobal` does, whose sizes have 32 bits: of a size and
/// of a distance to seek by, only the low 32 bits count, and what cannot be sought is
/// [`Code::StgSeekError`]. Cloning shares the bytes and copies the position.
///
/// Spec: S-074, S-075, S-076, S-077.
///
/// # Example
/// ```
/// use openimsg::{MemoryStream, SeekOrigin, SeekStream};
///
/// let stream = MemoryStream::new();
/// stream.write(b"hello")?;
/// stream.seek(1, SeekOrigin::SET)?;
/// let mut rest = [0; 8];
/// assert_eq!(stream.read(&mut rest)?, 4);
/// assert_eq!(stream.to_vec(), b"hello");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStream {
    bytes: Arc<Mutex<Vec<u8>>>,
    position: Mutex<u32>,
}

impl MemoryStream {
    /// An empty stream.
    #[must_use]
    pub fn new() -> MemoryStream {
        MemoryStream::default()
    }

    /// A stream that holds these bytes, at its beginning.
    #[must_use]
    pub fn from_vec(bytes: Vec<u8>) -> MemoryStream {
        MemoryStream { bytes: Arc::new(Mutex::new(bytes)), position: Mutex::default() }
    }

    /// A copy of the bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    /// Another position on the same bytes, beginning where this one is.
    #[must_use]
    pub fn clone_cursor(&self) -> MemoryStream {
        let position = Mutex::new(*self.position());
        MemoryStream { bytes: Arc::clone(&self.bytes), position }
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn position(&self) -> MutexGuard<'_, u32> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seeks to the position that `target` makes of the present one and the size.
    fn move_to(&self, target: impl FnOnce(u32, u64) -> Option<u32>) -> Result<u64> {
        let mut position = self.position();
        let size = self.bytes().len() as u64;
        *position = target(*position, size).ok_or_else(|| {
            let error = Error::new(Code::StgSeekError, "seek memory stream");
            error.note("a position outside of 32 bits, or an origin that is not known")
        })?;
        Ok(u64::from(*position))
    }

    fn seek_from(&self, to: SeekFrom) -> Result<u64> {
        let narrow = |at: Option<u64>| at.and_then(|at| u32::try_from(at).ok());
        self.move_to(|here, size| match to {
            SeekFrom::Start(at) => narrow(Some(at)),
            SeekFrom::Current(by) => narrow(u64::from(here).checked_add_signed(by)),
            SeekFrom::End(by) => narrow(size.checked_add_signed(by)),
        })
    }
}

/// Extends with zeros, or cuts; the process does not end when there is no memory.
fn resize(bytes: &mut Vec<u8>, size: usize, doing: &'static str) -> Result<()> {
    let more = size.saturating_sub(bytes.len());
    bytes.try_reserve(more).map_err(|e| Error::new(Code::NotEnoughMemory, doing).source(e))?;
    bytes.resize(size, 0);
    Ok(())
}

impl SeekStream for MemoryStream {
    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let (mut position, bytes) = (self.position(), self.bytes());
        let rest = usize::try_from(*position).ok().and_then(|at| bytes.get(at..));
        let rest = rest.unwrap_or_default();
        let len = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        *position = position.saturating_add(u32::try_from(len).unwrap_or(u32::MAX));
        Ok(len)
    }

    fn write(&self, data: &[u8]) -> Result<usize> {
        const DOING: &str = "write memory stream";
        if data.is_empty() {
            return Ok(0);
        }
        let (mut position, mut bytes) = (self.position(), self.bytes());
        let end = u32::try_from(data.len()).ok().and_then(|len| position.checked_add(len));
        let (Some(end), Ok(at)) = (end, usize::try_from(*position)) else {
            return Err(Error::new(Code::NotEnoughMemory, DOING).note("its sizes have 32 bits"));
        };
        let size = at.saturating_add(data.len());
        if size > bytes.len() {
            resize(&mut bytes, size, DOING)?;
        }
        if let Some(target) = bytes.get_mut(at..size) {
            target.copy_from_slice(data);
        }
        *position = end;
        Ok(data.len())
    }

    /// The low 32 bits of `by` count, as a signed number.
    fn seek(&self, by: i64, origin: SeekOrigin) -> Result<u64> {
        let [low, ..] = split(by);
        let by = i32::from_le_bytes(low);
        self.move_to(|here, size| match origin {
            SeekOrigin::SET => u32::try_from(by).ok(),
            SeekOrigin::CURRENT => here.checked_add_signed(by),
            SeekOrigin::END => u32::try_from(size).ok()?.checked_add_signed(by),
            _ => None,
        })
    }

    /// The low 32 bits of `size` count.
    fn set_size(&self, size: u64) -> Result<()> {
        let size = usize::try_from(size & u64::from(u32::MAX)).unwrap_or(usize::MAX);
        resize(&mut self.bytes(), size, "set size of memory stream")
    }

    fn copy_to(&self, target: &dyn SeekStream, limit: u64) -> Copied {
        let here = u64::from(*self.position());
        let there = (self.bytes().len() as u64).saturating_sub(here);
        copy(self, target, limit, Ok(there), || Ok(()))
    }

    fn commit(&self, _: u32) -> Result<()> {
        Ok(())
    }

    fn revert(&self) -> Result<()> {
        Ok(())
    }

    fn stat(&self) -> Result<StatStg> {
        Ok(StatStg {
            name: None,
            kind: ElementKind::Stream,
            size: self.bytes().len() as u64,
            modified: FileTime::default(),
            created: FileTime::default(),
            mode: Mode::default(),
            class: Guid::NULL,
            state_bits: 0,
        })
    }

    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>> {
        Ok(Arc::new(self.clone_cursor()))
    }

    fn bytes_id(&self) -> Option<usize> {
        Some(Arc::as_ptr(&self.bytes).cast::<()>() as usize)
    }
}

/// The low and the high half.
fn split(value: i64) -> [[u8; 4]; 2] {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    [[a, b, c, d], [e, f, g, h]]
}

std_io!(MemoryStream);
