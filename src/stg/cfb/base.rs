//! Where the committed bytes lie: whole in memory, or read by window from a file. Never mapped.

use super::super::lock_bytes::LockBytes;
use crate::error::{Code, Error, Result};
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

const BLOCK: u64 = 64 * 1024;
const BLOCKS: usize = 32;

/// The bytes of one committed state. Immutable; reading needs no lock when they are in memory.
pub(crate) enum Base {
    /// All of them.
    Memory(Vec<u8>),
    /// A file larger than the threshold, read where asked for.
    Window(Window),
}

/// Positioned reads from a file with a few cached blocks for the small ones.
pub(crate) struct Window {
    medium: Medium,
    len: u64,
    cache: Mutex<Vec<(u64, Vec<u8>)>>,
}

/// What is read by windows.
enum Medium {
    File(File),
    Bytes(Arc<dyn LockBytes>),
}

impl Medium {
    fn read_some(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
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
        Base::Window(Window { medium: Medium::File(file), len, cache: Mutex::default() })
    }

    /// Over a caller's bytes, of which `len` are there.
    pub(crate) fn bytes(bytes: Arc<dyn LockBytes>, len: u64) -> Base {
        Base::Window(Window { medium: Medium::Bytes(bytes), len, cache: Mutex::default() })
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Base::Memory(bytes) => bytes.len() as u64,
            Base::Window(window) => window.len,
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
            Base::Window(window) => window.read(offset, real),
        }
    }

    /// A little-endian u32; zero past the end.
    #[inline]
    pub(crate) fn u32_at(&self, offset: u64) -> Result<u32> {
        if let Base::Memory(bytes) = self {
            return Ok(usize::try_from(offset).map_or(0, |at| crate::wire::u32_at(bytes, at)));
        }
        let mut bytes = [0; 4];
        self.read(offset, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}

impl Window {
    fn read(&self, mut offset: u64, mut buffer: &mut [u8]) -> Result<()> {
        if buffer.len() as u64 >= BLOCK {
            return self.read_file(offset, buffer);
        }
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        while !buffer.is_empty() {
            let start = offset - offset % BLOCK;
            let block = self.block(&mut cache, start)?;
            let skip = usize::try_from(offset - start).unwrap_or(0);
            let part = block.get(skip..).unwrap_or_default();
            let len = part.len().min(buffer.len());
            if len == 0 {
                return Err(short());
            }
            let (now, later) = buffer.split_at_mut(len);
            now.copy_from_slice(part.get(..len).unwrap_or_default());
            buffer = later;
            offset += len as u64;
        }
        Ok(())
    }

    fn block<'c>(&self, cache: &'c mut Vec<(u64, Vec<u8>)>, start: u64) -> Result<&'c [u8]> {
        // Newest last; 32 blocks, so a scan is cheaper than any index.
        if let Some(at) = cache.iter().rposition(|(at, _)| *at == start) {
            let newest = cache.len() - 1;
            cache.swap(at, newest);
        } else {
            let len = usize::try_from(BLOCK.min(self.len - start)).unwrap_or(0);
            let mut bytes = if cache.len() < BLOCKS { Vec::new() } else { cache.swap_remove(0).1 };
            bytes.resize(len, 0);
            self.read_file(start, &mut bytes)?;
            cache.push((start, bytes));
        }
        Ok(cache.last().map_or(&[], |(_, bytes)| bytes))
    }

    fn read_file(&self, mut offset: u64, mut buffer: &mut [u8]) -> Result<()> {
        while !buffer.is_empty() {
            match self.medium.read_some(offset, buffer)? {
                0 => return Err(short()),
                len => {
                    offset += len as u64;
                    buffer = buffer.get_mut(len..).unwrap_or_default();
                }
            }
        }
        Ok(())
    }
}

/// The file became shorter while it was open.
fn short() -> Error {
    Error::new(Code::StgReadFault, "read file")
        .note("the file ends earlier than when it was opened")
}

#[cfg(unix)]
pub(crate) fn read_some(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
pub(crate) fn read_some(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
