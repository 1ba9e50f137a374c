//! Byte arrays that a compound file can lie on: COM's `ILockBytes`.
//!
//! A root on lock bytes is committed in place, by shadow sectors: the bytes need no name and no
//! rename. [`MemoryLockBytes`] and [`FileLockBytes`] are ours; a caller may bring another, such as a
//! column of a database. Spec: structured-storage 2.3, 2.5.

use crate::error::{Code, Error, Result};
use bitflags::bitflags;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

bitflags! {
    /// Kinds of region locks, COM's `LOCKTYPE`. Spec: structured-storage 2.1.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct LockTypes: u32 {
        /// `LOCK_WRITE`: others may read the region, not write it.
        const WRITE = 1;
        /// `LOCK_EXCLUSIVE`: nobody else may read or write the region.
        const EXCLUSIVE = 2;
        /// `LOCK_ONLYONCE`: nobody else may lock the region; they may read and write it.
        const ONLY_ONCE = 4;
    }
}

/// An array of bytes with positioned access, COM's `ILockBytes`.
///
/// No file pointer; all methods take `&self` and may be called from many threads. What the promise of
/// a commit needs from an implementation: after [`LockBytes::flush`] returns, everything written
/// before is durable, and a write of 512 bytes at offset 0 is seen whole or not at all.
///
/// # Example
/// ```
/// use openimsg::{CommitFlags, CompoundFile, LockBytes, MemoryLockBytes, Storage};
/// use std::sync::Arc;
///
/// let bytes = Arc::new(MemoryLockBytes::default());
/// let file = CompoundFile::create_on(Arc::clone(&bytes) as Arc<dyn LockBytes>)?;
/// file.commit(CommitFlags::empty())?;
/// drop(file);
/// assert!(bytes.to_vec().starts_with(&[0xD0, 0xCF, 0x11, 0xE0]));
/// # Ok::<(), openimsg::Error>(())
/// ```
pub trait LockBytes: Send + Sync {
    /// Reads from `offset` until `buffer` is full or the array ends; 0 at and past the end.
    ///
    /// # Errors
    /// [`Code::StgReadFault`] if the medium fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Writes all of `data` at `offset`. The array grows; a gap before `offset` reads as zeros.
    ///
    /// # Errors
    /// [`Code::StgMediumFull`], [`Code::StgWriteFault`], [`Code::StgAccessDenied`].
    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()>;

    /// Makes everything that was written durable.
    ///
    /// # Errors
    /// [`Code::StgWriteFault`].
    fn flush(&self) -> Result<()>;

    /// Cuts the array, or extends it with zeros.
    ///
    /// # Errors
    /// As [`LockBytes::write_at`].
    fn set_size(&self, size: u64) -> Result<()>;

    /// The bytes in the array.
    ///
    /// # Errors
    /// [`Code::StgReadFault`].
    fn size(&self) -> Result<u64>;

    /// What it is called, for messages; `None` for memory.
    fn name(&self) -> Option<String> {
        None
    }

    /// Which locks [`LockBytes::lock_region`] offers; none by default, and then it is never called.
    /// Spec: S-136, S-137.
    fn locks_supported(&self) -> LockTypes {
        LockTypes::empty()
    }

    /// Locks bytes, which need not exist. Never waits.
    ///
    /// # Errors
    /// [`Code::StgLockViolation`] if another holds them; [`Code::StgInvalidFunction`] if locks are
    /// not offered.
    fn lock_region(&self, offset: u64, len: u64, kind: LockTypes) -> Result<()> {
        let _ = (offset, len, kind);
        Err(no_locks())
    }

    /// Gives a lock back, with the arguments that took it.
    ///
    /// # Errors
    /// [`Code::StgInvalidFunction`] if locks are not offered.
    fn unlock_region(&self, offset: u64, len: u64, kind: LockTypes) -> Result<()> {
        let _ = (offset, len, kind);
        Err(no_locks())
    }
}

fn no_locks() -> Error {
    Error::new(Code::StgInvalidFunction, "lock region").note("these bytes cannot be locked")
}

/// Growable bytes in memory, as `CreateILockBytesOnHGlobal` makes them.
#[derive(Debug, Default)]
pub struct MemoryLockBytes {
    bytes: RwLock<Vec<u8>>,
}

impl MemoryLockBytes {
    /// An array that begins with these bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> MemoryLockBytes {
        MemoryLockBytes { bytes: RwLock::new(bytes) }
    }

    /// A copy of the bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.bytes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bytes themselves.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.bytes.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_memory() -> Error {
    Error::new(Code::StgMediumFull, "write bytes").note("more memory than there is")
}

impl LockBytes for MemoryLockBytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let bytes = self.bytes.read().unwrap_or_else(PoisonError::into_inner);
        let there = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let len = there.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), there.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let start = usize::try_from(offset).map_err(|_| no_memory())?;
        let end = start.checked_add(data.len()).ok_or_else(no_memory)?;
        let mut bytes = self.bytes.write().unwrap_or_else(PoisonError::into_inner);
        if end > bytes.len() {
            let more = end - bytes.len();
            bytes.try_reserve(more).map_err(|_| no_memory())?;
            bytes.resize(end, 0);
        }
        if let Some(target) = bytes.get_mut(start..end) {
            target.copy_from_slice(data);
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        let size = usize::try_from(size).map_err(|_| no_memory())?;
        let mut bytes = self.bytes.write().unwrap_or_else(PoisonError::into_inner);
        let more = size.saturating_sub(bytes.len());
        bytes.try_reserve(more).map_err(|_| no_memory())?;
        bytes.resize(size, 0);
        Ok(())
    }

    fn size(&self) -> Result<u64> {
        Ok(self.bytes.read().unwrap_or_else(PoisonError::into_inner).len() as u64)
    }
}

/// A file as lock bytes: read and written where it lies, never renamed.
#[derive(Debug)]
pub struct FileLockBytes {
    file: File,
    path: PathBuf,
}

impl FileLockBytes {
    /// On a file that is open already; `path` is for messages.
    #[must_use]
    pub fn new(file: File, path: impl AsRef<Path>) -> Arc<FileLockBytes> {
        Arc::new(FileLockBytes { file, path: path.as_ref().to_path_buf() })
    }

    fn error(&self, error: io::Error, fault: Code, doing: &'static str) -> Error {
        let place = crate::error::Place::new(self.path.display().to_string());
        Error::from_io(error, fault, doing).place(place)
    }
}

impl LockBytes for FileLockBytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match super::cfb::read_some(&self.file, offset + done as u64, rest) {
                Ok(0) => break,
                Ok(got) => done += got,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.error(e, Code::StgReadFault, "read file")),
            }
        }
        Ok(done)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        let fault = |e| self.error(e, Code::StgWriteFault, "write file");
        #[cfg(unix)]
        std::os::unix::fs::FileExt::write_all_at(&self.file, data, offset).map_err(fault)?;
        #[cfg(windows)]
        {
            let mut done = 0;
            while let Some(rest) = data.get(done..).filter(|rest| !rest.is_empty()) {
                let at = offset + done as u64;
                match std::os::windows::fs::FileExt::seek_write(&self.file, rest, at) {
                    Ok(0) => return Err(fault(io::ErrorKind::WriteZero.into())),
                    Ok(wrote) => done += wrote,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(fault(e)),
                }
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        self.file.sync_data().map_err(|e| self.error(e, Code::StgWriteFault, "flush file"))
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.file.set_len(size).map_err(|e| self.error(e, Code::StgWriteFault, "resize file"))
    }

    fn size(&self) -> Result<u64> {
        let stat = self.file.metadata();
        Ok(stat.map_err(|e| self.error(e, Code::StgReadFault, "read file"))?.len())
    }

    fn name(&self) -> Option<String> {
        Some(self.path.display().to_string())
    }
}
