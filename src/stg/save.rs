//! Putting a new file in the place of an old one, all or nothing.
//!
//! The new bytes go to a temporary file beside the target, are flushed to the device, and take the
//! target's name in one step; then the folder is flushed. A crash at any point leaves the old file or
//! the new one. Temporaries have one of a few fixed names, the first that is free, and are locked
//! while they are written: so those left by killed processes can be found without searching the
//! folder, told from those in use, and removed by the next commit of the same name.
//! Spec: S-179 (structured-storage part 3, design A).

use super::disk::{Disk, Sequential};
use crate::error::{Code, Error, Place, Result};
#[cfg(unix)]
use std::fs::Metadata;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many temporaries of one name may be in use at once.
const SLOTS: u32 = 16;

/// How often a new temporary may be lost to a cleaner before we give up.
const ATTEMPTS: u32 = 100;

const DOING: &str = "commit storage";

/// What took the old file's place.
#[derive(Debug)]
pub(crate) struct Replaced {
    /// The new file, open for reading.
    pub(crate) file: File,
    /// Whether its name is durable too, if that was asked for. If not, the new file is there all the
    /// same, and a power failure may bring the old one back.
    pub(crate) flushed: Result<()>,
}

/// Writes `path` anew through `write`. The old file, if there is one, passes on its permissions.
///
/// `durable` asks for the flush to the device.
///
/// # Errors
/// Those of the disk, and of `write`. The old file is untouched then.
pub(crate) fn replace(
    disk: &dyn Disk,
    path: &Path,
    durable: bool,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Replaced> {
    // A link is followed: what it points to is replaced, not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let old = fs::metadata(&target).ok();
    let (temporary, file) = temporary(disk, &target, old.is_some())?;
    let done = (|| {
        write(&mut Sequential { disk, file: &file })?;
        if let Some(old) = &old {
            disk.copy_permissions(&file, old);
        }
        if durable {
            disk.sync(&file).map_err(|e| fault(e, &temporary))?;
        }
        disk.rename(&temporary, &target).map_err(|e| fault(e, &target))
    })();
    if let Err(error) = done {
        // Nothing of the old file was touched; only our own temporary goes.
        let _ = disk.remove(&temporary);
        return Err(error);
    }
    let _ = file.unlock();
    let flushed = match target.parent().filter(|_| durable) {
        Some(folder) => disk.sync_folder(folder).map_err(|e| fault(e, folder)),
        None => Ok(()),
    };
    Ok(Replaced { file, flushed })
}

/// Whether the file has more names than this one, which a rename would leave with the old file.
pub(crate) fn has_other_names(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).is_ok_and(|stat| stat.nlink() > 1)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Lets others know that the bytes of this file are being read where they lie; see [`has_readers`].
pub(crate) fn mark_reader(file: &File) {
    #[cfg(unix)]
    let _ = file.try_lock_shared();
    // Elsewhere share modes keep writers out.
    #[cfg(not(unix))]
    let _ = file;
}

/// Whether somebody reads the file where it lies; see [`mark_reader`].
pub(crate) fn has_readers(file: &File) -> bool {
    #[cfg(unix)]
    {
        let locked = file.try_lock();
        let _ = file.unlock();
        matches!(locked, Err(fs::TryLockError::WouldBlock))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        false
    }
}

/// The error of the operating system at a path. A missing folder has a code of its own.
pub(crate) fn error_at(error: io::Error, fault: Code, doing: &'static str, path: &Path) -> Error {
    let no_folder = error.kind() == io::ErrorKind::NotFound
        && path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    let error = match no_folder {
        true => Error::new(Code::StgPathNotFound, doing).source(error),
        false => Error::from_io(error, fault, doing),
    };
    error.place(Place::new(path.display().to_string()))
}

/// A temporary of our own beside `target`: created exclusively, locked, private until it is done if
/// it replaces a file. What dead processes left goes away.
fn temporary(disk: &dyn Disk, target: &Path, private: bool) -> Result<(PathBuf, File)> {
    let paths: Vec<PathBuf> = (0..SLOTS).map(|slot| slot_path(target, slot)).collect();
    paths.iter().for_each(|path| remove_stale(disk, path));
    for _ in 0..ATTEMPTS {
        let mut lost = false;
        for path in &paths {
            match create(disk, path, private) {
                Ok(Some(file)) => return Ok((path.clone(), file)),
                Ok(None) => lost = true,
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(fault(e, path)),
            }
        }
        if !lost {
            break;
        }
    }
    let note = "too many commits of this file are under way";
    let place = Place::new(target.display().to_string());
    Err(Error::new(Code::StgInUse, DOING).note(note).place(place))
}

fn slot_path(target: &Path, slot: u32) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".openimsg-{slot}"));
    target.with_file_name(name)
}

/// A locked file of that name; `None` if a cleaner took it away before it was locked.
fn create(disk: &dyn Disk, path: &Path, private: bool) -> io::Result<Option<File>> {
    let file = disk.create(path, private)?;
    match file.try_lock() {
        // The cleaner may be done already: then the name is free, or another's by now.
        Ok(()) => Ok(is_at(&file, path).then_some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        // No locks on this file system: then no cleaner can lock it either, and leaves it alone.
        Err(fs::TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// Whether the name still leads to this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: Metadata, b: Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => same(ours, there),
        _ => false,
    }
}

/// A file that is open keeps its name here until it is closed.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Removes a temporary whose process is gone: nobody holds its lock.
fn remove_stale(disk: &dyn Disk, path: &Path) {
    // Nothing but a file of our making is opened, and no link is followed.
    if fs::symlink_metadata(path).is_ok_and(|stat| stat.is_file())
        && let Ok(file) = disk.open(path, true)
        && file.try_lock().is_ok()
        && is_at(&file, path)
    {
        let _ = disk.remove(path);
    }
}

fn fault(error: io::Error, path: &Path) -> Error {
    error_at(error, Code::StgWriteFault, DOING, path)
}

#[cfg(test)]
mod tests {
    use super::super::disk::SystemDisk;
    use super::*;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        (folder, path)
    }

    fn put(path: &Path, bytes: &[u8]) -> Result<()> {
        replace(&SystemDisk, path, false, |file| file.write_all(bytes).map_err(|e| fault(e, path)))
            .map(|_| ())
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Spec: S-179
    #[test]
    fn what_dead_processes_left_is_removed_wherever_it_is() {
        let (folder, path) = folder();
        for slot in [0, 3, SLOTS - 1] {
            fs::write(slot_path(&path, slot), b"left over").unwrap();
        }
        put(&path, b"new").unwrap();
        assert_eq!(names(&folder), ["file"]);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn what_is_in_use_or_not_ours_stays() {
        let (folder, path) = folder();
        let used = File::create(slot_path(&path, 0)).unwrap();
        used.lock().unwrap();
        fs::create_dir(slot_path(&path, 1)).unwrap();
        put(&path, b"new").unwrap();
        assert_eq!(names(&folder), [".file.openimsg-0", ".file.openimsg-1", "file"]);
        drop(used);
        put(&path, b"newer").unwrap();
        assert_eq!(names(&folder), [".file.openimsg-1", "file"]);
    }

    #[test]
    fn too_many_commits_at_once_are_refused() {
        let (_folder, path) = folder();
        let used: Vec<_> = (0..SLOTS)
            .map(|slot| {
                let file = File::create(slot_path(&path, slot)).unwrap();
                file.lock().unwrap();
                file
            })
            .collect();
        assert_eq!(put(&path, b"new").unwrap_err().code(), Code::StgInUse);
        drop(used);
        put(&path, b"new").unwrap();
    }

    /// Spec: S-167
    #[test]
    fn a_write_that_fails_or_panics_leaves_the_old_file() {
        let (folder, path) = folder();
        put(&path, b"old").unwrap();
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let failed = replace(&SystemDisk, &path, true, |file| {
            file.write_all(b"half").unwrap();
            Err(fault(full, &path))
        });
        assert_eq!(failed.unwrap_err().code(), Code::StgMediumFull);
        assert_eq!(
            (names(&folder), fs::read(&path).unwrap()),
            (vec!["file".into()], b"old".into())
        );
        let died = std::panic::catch_unwind(|| {
            let _ = replace(&SystemDisk, &path, true, |file| {
                file.write_all(b"half").unwrap();
                panic!("as if the process ended here");
            });
        });
        assert!(died.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        put(&path, b"new").unwrap();
        assert_eq!(
            (names(&folder), fs::read(&path).unwrap()),
            (vec!["file".into()], b"new".into())
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_private_while_it_is_written() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, path) = folder();
        let mode = |stat: Metadata| stat.permissions().mode() & 0o777;
        put(&path, b"old").unwrap();
        for wanted in [0o600, 0o640, 0o444] {
            fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
            replace(&SystemDisk, &path, false, |_| {
                assert_eq!(mode(fs::metadata(slot_path(&path, 0)).unwrap()), 0o600);
                Ok(())
            })
            .unwrap();
            assert_eq!(mode(fs::metadata(&path).unwrap()), wanted);
        }
    }

    /// Cleaners and writers of one name, many at once: a file is always one that somebody wrote.
    #[test]
    fn writers_of_one_name_never_mix() {
        let (folder, path) = folder();
        std::thread::scope(|scope| {
            for thread in 0..4_u8 {
                let path = &path;
                scope.spawn(move || {
                    for round in 0..100 {
                        // Of different lengths, in two pieces.
                        let bytes = vec![thread; 3000 + round * 7];
                        let written = replace(&SystemDisk, path, false, |file| {
                            file.write_all(&bytes[..1000]).map_err(|e| fault(e, path))?;
                            file.write_all(&bytes[1000..]).map_err(|e| fault(e, path))
                        });
                        written.unwrap();
                        let found = fs::read(path).unwrap();
                        assert!(found.len() >= 3000 && found.iter().all(|b| *b == found[0]));
                    }
                });
            }
        });
        assert_eq!(names(&folder), ["file"]);
    }
}
