//! Where byte locks are taken: on a file, or on a caller's bytes.

use super::super::lock_bytes::{LockBytes, LockTypes};
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::ofd;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use super::registry::{Identity, Opener};
use crate::error::{Code, Result};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// What came of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Yes,
    /// Another opener has one of the bytes.
    Busy,
    /// Nothing can be locked here.
    #[cfg_attr(
        not(any(target_os = "linux", target_os = "android")),
        expect(dead_code, reason = "a list in the process can always be kept")
    )]
    Unsupported,
}

/// Locks on regions of bytes. None of them waits.
pub(super) trait Regions: Send + Sync {
    /// Takes a region for this opener alone.
    fn lock(&self, at: u64, len: u64) -> Result<Taken>;

    fn unlock(&self, at: u64, len: u64);

    /// Whether another opener has one of the bytes.
    fn is_taken(&self, at: u64, len: u64) -> Result<bool>;

    /// Whether two openers may get one byte, since they may only read.
    fn is_weak(&self) -> bool {
        false
    }

    /// Whether `path` leads to what the locks are on.
    fn is_at(&self, path: &Path) -> bool;

    /// The file that the locks are on.
    fn file(&self) -> Option<&File> {
        None
    }
}

/// Locks on an open file.
pub(super) struct FileRegions {
    file: File,
    #[cfg(any(target_os = "linux", target_os = "android"))]
    weak: std::sync::atomic::AtomicBool,
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    opener: Opener,
}

impl FileRegions {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn new(file: File, _: &Path) -> FileRegions {
        FileRegions { file, weak: false.into() }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(super) fn new(file: File, path: &Path) -> FileRegions {
        let opener = Opener::new(identity(&file, path));
        FileRegions { file, opener }
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn identity(file: &File, _: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    file.metadata().map_or(Identity::Object(0), |stat| Identity::Inode(stat.dev(), stat.ino()))
}

#[cfg(not(unix))]
fn identity(_: &File, path: &Path) -> Identity {
    Identity::Path(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()))
}

/// Whether `path` leads to this file.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        // What is gone was not replaced.
        (_, Err(_)) => true,
        (Err(_), _) => false,
    }
}

/// Without inodes a file that is open keeps its name.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Regions for FileRegions {
    fn lock(&self, at: u64, len: u64) -> Result<Taken> {
        let mut answer = ofd::lock(&self.file, at, len);
        if answer == ofd::Answer::NotWritable {
            self.weak.store(true, std::sync::atomic::Ordering::Relaxed);
            answer = ofd::lock_shared(&self.file, at, len);
        }
        Ok(match answer {
            ofd::Answer::Taken => Taken::Yes,
            ofd::Answer::Busy => Taken::Busy,
            ofd::Answer::NotWritable | ofd::Answer::Unsupported => Taken::Unsupported,
        })
    }

    fn unlock(&self, at: u64, len: u64) {
        ofd::unlock(&self.file, at, len);
    }

    fn is_taken(&self, at: u64, len: u64) -> Result<bool> {
        Ok(ofd::is_taken(&self.file, at, len))
    }

    fn is_weak(&self) -> bool {
        self.weak.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn is_at(&self, path: &Path) -> bool {
        is_at(&self.file, path)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Regions for FileRegions {
    fn file(&self) -> Option<&File> {
        Some(&self.file)
    }

    fn lock(&self, at: u64, len: u64) -> Result<Taken> {
        Ok(if self.opener.lock(at, len) { Taken::Yes } else { Taken::Busy })
    }

    fn unlock(&self, at: u64, len: u64) {
        self.opener.unlock(at, len);
    }

    fn is_taken(&self, at: u64, len: u64) -> Result<bool> {
        Ok(self.opener.is_taken(at, len))
    }

    fn is_at(&self, path: &Path) -> bool {
        is_at(&self.file, path)
    }
}

/// Locks on a caller's bytes, which say that they offer them.
pub(super) struct BytesRegions {
    bytes: Arc<dyn LockBytes>,
    kind: LockTypes,
}

impl BytesRegions {
    /// `None` if the bytes offer no lock that keeps others from locking. Spec: S-136.
    pub(super) fn new(bytes: Arc<dyn LockBytes>) -> Option<BytesRegions> {
        let offered = bytes.locks_supported();
        let mut kinds = [LockTypes::ONLY_ONCE, LockTypes::EXCLUSIVE].into_iter();
        let kind = kinds.find(|kind| offered.contains(*kind))?;
        Some(BytesRegions { bytes, kind })
    }
}

impl Regions for BytesRegions {
    fn lock(&self, at: u64, len: u64) -> Result<Taken> {
        match self.bytes.lock_region(at, len, self.kind) {
            Ok(()) => Ok(Taken::Yes),
            Err(e) if matches!(e.code(), Code::StgLockViolation | Code::StgAccessDenied) => {
                Ok(Taken::Busy)
            }
            // A lock that was claimed and fails is the opener's to know. Spec: S-138.
            Err(e) => Err(e),
        }
    }

    fn unlock(&self, at: u64, len: u64) {
        let _ = self.bytes.unlock_region(at, len, self.kind);
    }

    /// There is no other way to ask than to try.
    fn is_taken(&self, at: u64, len: u64) -> Result<bool> {
        match self.lock(at, len)? {
            Taken::Yes => {
                self.unlock(at, len);
                Ok(false)
            }
            taken => Ok(taken == Taken::Busy),
        }
    }

    fn is_at(&self, _: &Path) -> bool {
        true
    }
}
