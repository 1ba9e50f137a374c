//! What a commit asks of the file system, all in one place.
//!
//! The file system is [`SystemDisk`]. Tests put another one in its place: one that records every step,
//! so that a crash after each of them can be played, or one that fails at the step they choose.

use super::lock_bytes::{FileLockBytes, LockBytes};
use std::fmt::Debug;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// The steps of commits to files with a path. Each method does the work on the real file system; a
/// double does something beside it, or instead.
#[doc(hidden)]
pub trait Disk: Debug + Send + Sync {
    /// Opens a file that exists.
    #[doc(hidden)]
    fn open(&self, path: &Path, write: bool) -> io::Result<File> {
        OpenOptions::new().read(true).write(write).open(path)
    }

    /// Creates a file that must not exist; `private` for its owner alone.
    #[doc(hidden)]
    fn create(&self, path: &Path, private: bool) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        if private {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        #[cfg(not(unix))]
        let _ = private;
        options.open(path)
    }

    /// Creates a file that must not exist, to be shared as `options` say.
    #[doc(hidden)]
    fn create_shared(&self, path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        options.create_new(true).open(path)
    }

    /// Writes at the place that the file has reached; how many bytes.
    #[doc(hidden)]
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        let mut file = file;
        file.write(bytes)
    }

    /// Gives a file the owner and the permissions of another, as far as that is allowed.
    #[doc(hidden)]
    fn copy_permissions(&self, file: &File, old: &Metadata) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};
            let _ = fchown(file, Some(old.uid()), Some(old.gid()));
        }
        let _ = file.set_permissions(old.permissions());
    }

    /// Makes the content of a file durable.
    #[doc(hidden)]
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    /// Gives a file a name, in one step; what had the name before loses it.
    #[doc(hidden)]
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Makes the names in a folder durable. Where folders cannot be flushed, nothing is done.
    #[doc(hidden)]
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        #[cfg(unix)]
        if let Ok(folder) = File::open(folder) {
            use io::ErrorKind::{InvalidInput, Unsupported};
            return match folder.sync_all() {
                Err(e) if matches!(e.kind(), InvalidInput | Unsupported) => Ok(()),
                done => done,
            };
        }
        #[cfg(not(unix))]
        let _ = folder;
        Ok(())
    }

    /// Takes a name away.
    #[doc(hidden)]
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    /// A file that is read, or written, where it lies.
    #[doc(hidden)]
    fn bytes(&self, file: File, path: &Path) -> Arc<dyn LockBytes> {
        FileLockBytes::new(file, path)
    }
}

/// The file system itself.
#[derive(Debug)]
pub(super) struct SystemDisk;

impl Disk for SystemDisk {}

/// A file of a disk, written front to back.
pub(super) struct Sequential<'a> {
    pub(super) disk: &'a dyn Disk,
    pub(super) file: &'a File,
}

impl Write for Sequential<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.write(self.file, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
