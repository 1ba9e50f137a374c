//! Where the committed bytes lie: whole in memory, or read by window from a file. Never mapped.

use super::super::lock_bytes::LockBytes;
use super::window::Window;
use crate::error::{Code, Error, Result};
use std::fs::File;
use std::sync::Arc;

/// The bytes of one committed state. Immutable; reading needs no lock when they are in memory.
pub(crate) enum Base {
    /// All of them.
    Memory(Vec<u8>),
    /// A file larger than the threshold, read where asked for.
    Window(Box<Window>),
}

/// What is read by windows.
pub(super) enum Medium {
    File(File),
    Bytes(Arc<dyn LockBytes>),
}

impl Medium {
    pub(super) fn read_some(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let file = match self {
            Medium::File(file) => file,
            Medium::Bytes(bytes) => return bytes.read_at(offset, buffer),
        };
        loop {
            match read_some(file, offset, buffer) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                read => {
                    return read.map_err(|e| Error::from_io(e, Code::StgReadFault, "read file"));
                }
            }
        }
    }
}

impl Base {
    pub(crate) fn window(file: File, len: u64) -> Base {
        Base::Window(Box::new(Window::over(Medium::File(file), len)))
    }

    /// Over a caller's bytes, of which `len` are there.
    pub(crate) fn bytes(bytes: Arc<dyn LockBytes>, len: u64) -> Base {
        Base::Window(Box::new(Window::over(Medium::Bytes(bytes), len)))
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Base::Memory(bytes) => bytes.len() as u64,
            Base::Window(window) => window.len(),
        }
    }

    /// The bytes themselves, if they are in memory and lie inside the file.
    #[inline]
    pub(crate) fn slice(&self, offset: u64, len: u64) -> Option<&[u8]> {
        let Base::Memory(bytes) = self else { return None };
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(len).ok()?)?;
        bytes.get(start..end)
    }

    /// Fills `buffer` from `offset`; what lies past the end of the file is zero.
    pub(crate) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.fill(offset, buffer, false)
    }

    /// The same where more will be read from nearby: the directory, the tables.
    pub(crate) fn read_near(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        self.fill(offset, buffer, true)
    }

    fn fill(&self, offset: u64, buffer: &mut [u8], near: bool) -> Result<()> {
        let there = self.len().saturating_sub(offset).min(buffer.len() as u64);
        let (real, missing) = buffer.split_at_mut(usize::try_from(there).unwrap_or(0));
        missing.fill(0);
        match self {
            Base::Memory(_) => {
                if let Some(bytes) = self.slice(offset, there) {
                    real.copy_from_slice(bytes);
                }
                Ok(())
            }
            Base::Window(window) => window.read(offset, real, near),
        }
    }

    /// A little-endian u32; zero past the end.
    #[inline]
    pub(crate) fn u32_at(&self, offset: u64) -> Result<u32> {
        if let Base::Memory(bytes) = self {
            return Ok(usize::try_from(offset).map_or(0, |at| crate::wire::u32_at(bytes, at)));
        }
        let mut bytes = [0; 4];
        self.read_near(offset, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}

#[cfg(unix)]
pub(crate) fn read_some(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(crate) fn read_some(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
