//! Putting a new file in the place of an old one, all or nothing.
//!
//! The new bytes go to a temporary file beside the target, are flushed to the device, and take the
//! target's name in one step; then the folder is flushed. A crash at any point leaves the old file or
//! the new one. The temporary is locked while it is written, so that one left by a killed process can
//! be told from one in use: the next commit of the same name removes it.
//! Spec: structured-storage part 3, design A; S-179.

use crate::error::{Code, Error, Place, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many temporaries of one name may be in use at once.
const SLOTS: u32 = 16;

const DOING: &str = "commit storage";

/// Writes `path` anew through `write`. The old file, if there is one, passes on its permissions.
///
/// `durable` asks for the flush to the device. Gives back the new file, open for reading.
pub(crate) fn replace(
    path: &Path,
    durable: bool,
    write: impl FnOnce(&mut File) -> Result<()>,
) -> Result<File> {
    // A link is followed: what it points to is replaced, not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let (temporary, mut file) = temporary(&target)?;
    let done = (|| {
        write(&mut file)?;
        copy_permissions(&target, &file);
        if durable {
            file.sync_all().map_err(|e| fault(e, &temporary))?;
        }
        fs::rename(&temporary, &target).map_err(|e| fault(e, &target))
    })();
    if let Err(error) = done {
        // Nothing of the old file was touched; only our own temporary goes.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    let _ = file.unlock();
    if durable {
        sync_folder(&target);
    }
    Ok(file)
}

/// Creates `path`, which must not exist, with these bytes.
pub(crate) fn create_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let fail = |e| Error::from_io(e, Code::StgWriteFault, "create storage").place(place(path));
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(fail)?;
    file.write_all(bytes).map_err(fail)
}

/// A temporary of our own beside `target`: created exclusively, locked.
fn temporary(target: &Path) -> Result<(PathBuf, File)> {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut free = None;
    for slot in 0..SLOTS {
        let path = target.with_file_name(format!(".{name}.openimsg-{slot}"));
        let opened = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        match opened {
            // Once we have one, go on for a moment to clear away what others left behind.
            Ok(_) if free.is_some() => {
                let _ = fs::remove_file(&path);
                break;
            }
            Ok(file) => match file.try_lock() {
                Ok(()) => free = Some((path, file)),
                // A cleaner was faster: it will remove this one.
                Err(fs::TryLockError::WouldBlock) => {}
                // No locks on this file system: then nobody can take it from us.
                Err(fs::TryLockError::Error(_)) => free = Some((path, file)),
            },
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => remove_stale(&path),
            Err(e) => return Err(fault(e, &path)),
        }
        if free.is_some() && !path_exists(target, &name, slot + 1) {
            break;
        }
    }
    free.map(Ok).unwrap_or_else(|| {
        let note = "too many commits of this file are under way";
        Err(Error::new(Code::StgInUse, DOING).note(note).place(place(target)))
    })
}

fn path_exists(target: &Path, name: &str, slot: u32) -> bool {
    fs::symlink_metadata(target.with_file_name(format!(".{name}.openimsg-{slot}"))).is_ok()
}

/// Removes a temporary whose process is gone: nobody holds its lock.
fn remove_stale(path: &Path) {
    if let Ok(file) = OpenOptions::new().read(true).write(true).open(path)
        && file.try_lock().is_ok()
    {
        let _ = fs::remove_file(path);
    }
}

/// The new file gets mode and owner of the old one, as far as we may.
fn copy_permissions(target: &Path, file: &File) {
    let Ok(old) = fs::metadata(target) else { return };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    }
    let _ = file.set_permissions(old.permissions());
}

/// Makes the rename durable. Folders cannot be flushed everywhere; where they cannot, nothing is lost
/// but the guarantee against power failure.
fn sync_folder(target: &Path) {
    #[cfg(unix)]
    if let Some(folder) = target.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = target;
}

fn fault(error: io::Error, path: &Path) -> Error {
    Error::from_io(error, Code::StgWriteFault, DOING).place(place(path))
}

fn place(path: &Path) -> Place {
    Place::new(path.display().to_string())
}
