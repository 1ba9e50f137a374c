//! Files as they are opened and created: found, locked, and looked at again.
//!
//! A commit by another opener may put a new file in the place of the one that was just opened; so
//! after locking, the name must still lead to it.

use super::disk::{Disk, Sequential};
use super::share::{self, Lease, Locked};
use super::{CommitFlags, CompoundFile, ElementName, MEMBER_RW, Mode, Storage, save};
use crate::error::{Code, Error, Place, Result};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// How often the file may be replaced meanwhile.
const ATTEMPTS: u32 = 20;

const OPEN: &str = "open file";
const CREATE: &str = "create storage";

/// A relative path is resolved once, at opening. Spec: S-083.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

fn at(path: &Path) -> Place {
    Place::new(path.display().to_string())
}

/// The stream that a converted file's bytes become. Spec: structured-storage 2.3.
const CONTENTS: &str = "CONTENTS";

/// How a file is opened for a mode, as far as the system knows share modes itself. Spec: S-045.
fn options(mode: Mode, write: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(write);
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        // Read 1, write 2. Delete 4 always: a commit puts a new file in the place of this one.
        options.share_mode(if mode.denies_write() { 1 | 4 } else { 1 | 2 | 4 });
    }
    #[cfg(not(windows))]
    let _ = mode;
    options
}

fn refuse_folder(path: &Path) -> Result<()> {
    let fail = |e| save::error_at(e, Code::StgReadFault, OPEN, path);
    if std::fs::metadata(path).map_err(fail)?.is_dir() {
        let note = "it is a folder";
        return Err(Error::new(Code::StgAccessDenied, OPEN).note(note).place(at(path)));
    }
    Ok(())
}

fn in_use(error: &std::io::Error) -> bool {
    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
    cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33))
}

fn fault(error: std::io::Error, doing: &'static str, path: &Path) -> Error {
    if in_use(&error) {
        return Error::new(Code::StgShareViolation, doing).source(error).place(at(path));
    }
    save::error_at(error, Code::StgReadFault, doing, path)
}

fn try_open(path: &Path, mode: Mode, takes_locks: bool) -> Result<File> {
    // Locks want a file that may be written; who may only read shares them.
    if takes_locks
        && !mode.can_write()
        && !cfg!(windows)
        && let Ok(file) = options(mode, true).open(path)
    {
        return Ok(file);
    }
    options(mode, mode.can_write()).open(path).map_err(|e| fault(e, OPEN, path))
}

/// Opens and locks a file; gives back its length too. For change it must be writable, even though
/// mostly only its name will be needed.
pub(super) fn open(path: &Path, mode: Mode) -> Result<(File, u64, Option<Lease>)> {
    refuse_folder(path)?;
    let takes_locks = share::takes_locks(mode);
    for _ in 0..ATTEMPTS {
        let file = try_open(path, mode, takes_locks)?;
        if !takes_locks {
            let len = file.metadata().map_err(|e| fault(e, OPEN, path))?.len();
            let lease = share::look(&file, path)?;
            return Ok((file, len, lease));
        }
        let copy = file.try_clone().map_err(|e| fault(e, OPEN, path))?;
        let lease = Lease::take(Locked::File(copy, path.to_path_buf()), mode)?;
        if lease.is_current() {
            let len = file.metadata().map_err(|e| fault(e, OPEN, path))?.len();
            return Ok((file, len, Some(lease)));
        }
    }
    let note = "it is replaced again and again";
    Err(Error::new(Code::StgInUse, OPEN).note(note).place(at(path)))
}

/// A file to lay a root on.
pub(super) struct Made {
    pub(super) path: PathBuf,
    pub(super) lease: Lease,
    /// The file that was there before.
    pub(super) old: Option<File>,
}

/// Creates a file that holds `empty`, or takes the one that is there if `mode` allows it.
pub(super) fn create(disk: &dyn Disk, path: &Path, mode: Mode, empty: &[u8]) -> Result<Made> {
    let replace = mode.is_create() || mode.has(Mode::CONVERT);
    let fail = |e| fault(e, CREATE, path);
    for _ in 0..ATTEMPTS {
        match disk.create_shared(path, &mut options(mode, true)) {
            Ok(file) => {
                let made = Sequential { disk, file: &file }
                    .write_all(empty)
                    .map_err(fail)
                    .and_then(|()| Lease::take(Locked::File(file, path.to_path_buf()), mode));
                match made {
                    Ok(lease) => return Ok(Made { path: path.to_path_buf(), lease, old: None }),
                    Err(error) => {
                        // Half a header is no compound file; the name stays free instead.
                        let _ = disk.remove(path);
                        return Err(error);
                    }
                }
            }
            Err(e) if e.kind() == ErrorKind::AlreadyExists && replace => {}
            Err(e) => return Err(fail(e)),
        }
        match std::fs::metadata(path) {
            Ok(_) => refuse_folder(path)?,
            // Gone meanwhile, or a link to nothing.
            Err(_) if std::fs::symlink_metadata(path).is_err() => continue,
            Err(e) => return Err(fail(e)),
        }
        let file = options(mode, true).open(path).map_err(fail)?;
        let copy = file.try_clone().map_err(fail)?;
        let lease = Lease::take(Locked::File(copy, path.to_path_buf()), mode)?;
        if lease.is_current() {
            return Ok(Made { path: path.to_path_buf(), lease, old: Some(file) });
        }
    }
    let note = "it comes and goes";
    Err(Error::new(Code::StgInUse, CREATE).note(note).place(at(path)))
}

/// Names for temporary files that are tried before giving up.
const NAMES: u32 = 100;

/// Creates a file of a name of its own.
pub(super) fn create_temporary(disk: &dyn Disk, mode: Mode, empty: &[u8]) -> Result<Made> {
    let mode = mode.without(Mode::CREATE).without(Mode::CONVERT);
    for _ in 0..NAMES {
        match create(disk, &temporary_name()?, mode, empty) {
            Err(e) if e.code() == Code::StgFileAlreadyExists => {}
            made => return made,
        }
    }
    Err(Error::new(Code::StgFileAlreadyExists, CREATE).note("no name for a temporary file is free"))
}

/// A full path in the folder for temporary files, which nobody can guess.
pub(super) fn temporary_name() -> Result<PathBuf> {
    let number = getrandom::u64().map_err(|_| Error::new(Code::StgUnknown, CREATE))?;
    Ok(absolute(&std::env::temp_dir().join(format!("openimsg-{number:016x}.tmp"))))
}

/// Puts `bytes` in the place of a file, all or nothing, and moves the lease along.
pub(super) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8], lease: &Lease) -> Result<()> {
    let _lock = lease.begin_commit()?;
    let write = |file: &mut dyn Write| file.write_all(bytes).map_err(|e| fault(e, CREATE, path));
    let error = match save::replace(disk, path, false, write) {
        Ok(replaced) => return lease.clone().move_to(replaced.file),
        Err(error) => error,
    };
    // Where the system does not rename over a file that is open, the open one is overwritten.
    let Some(mut file) = lease.file() else { return Err(error) };
    let written = file.rewind().and_then(|()| file.set_len(0)).and_then(|()| file.write_all(bytes));
    written.map_err(|e| fault(e, CREATE, path))
}

/// What a file holds, all of it.
pub(super) fn read_all(mut file: File, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| fault(e, CREATE, path))?;
    Ok(bytes)
}

/// Makes old content the one stream of a new root. Spec: structured-storage 2.3 (`STGM_CONVERT`).
pub(super) fn convert(file: &CompoundFile, old: &[u8], mode: Mode) -> Result<()> {
    let name = ElementName::new(CONTENTS)?;
    // A root that may only be written gives no more to its members.
    let member = if mode.can_read() { MEMBER_RW } else { Mode::WRITE.and(Mode::SHARE_EXCLUSIVE) };
    file.create_stream(&name, member)?.write_at(0, old)?;
    if mode.is_transacted() { Ok(()) } else { file.commit(CommitFlags::empty()).map(drop) }
}
