//! An output before it has its name: a temporary file beside it.

use crate::errors::Failure;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The path of the temporary file of an output. One output has always the same, so that the run after
/// one that was killed finds it.
pub(super) fn part_path(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default();
    let mut part = OsString::from(".");
    if name.len() > LONGEST {
        part.push(crate::json::sha256(name.as_encoded_bytes()));
    } else {
        part.push(name);
    }
    part.push(".imsg-part");
    output.with_file_name(part)
}

/// Names are up to 255 bytes; a longer one than this has no room for what is added.
const LONGEST: usize = 240;

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Part {
    file: File,
    /// None: it is for standard output and has no name at all.
    names: Option<(PathBuf, PathBuf)>,
}

impl Part {
    /// A file without a name, for standard output.
    pub(super) fn nameless() -> Result<Part, Failure> {
        let file = tempfile::tempfile()
            .map_err(|error| Failure::new("create temporary file", error.to_string()))?;
        Ok(Part { file, names: None })
    }

    /// A new, empty temporary file for this output; one that a killed run left is replaced, one that
    /// another run writes just now is not. Folders are made.
    pub(super) fn create(output: &Path) -> Result<Part, Failure> {
        let path = part_path(output);
        let failed = |error: &io::Error| Failure::io("create file", output, error);
        let file = match create_new(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let folder = output.parent().unwrap_or(Path::new(""));
                let failed = |error| Failure::io("make folder", folder, &error);
                std::fs::create_dir_all(folder).map_err(failed)?;
                create_new(&path)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                remove_left(&path).and_then(|()| create_new(&path))
            }
            created => created,
        };
        let file = file.map_err(|error| failed(&error))?;
        lock(&file).map_err(|error| failed(&error))?;
        Ok(Part { file, names: Some((path, output.to_path_buf())) })
    }

    /// The file, to be written.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The path of the temporary file, for messages.
    pub(super) fn path(&self) -> &Path {
        self.names.as_ref().map_or(Path::new("-"), |(path, _)| path)
    }

    /// How many bytes were written.
    pub(super) fn len(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Gives it its name: it is the output from now on. What has that name already stays, or is
    /// replaced if that is wanted; both happen at once or not at all.
    pub(super) fn publish(self, replace: bool) -> Result<(), Failure> {
        let Some((path, output)) = &self.names else { return Ok(()) };
        let done = if replace { replaced(path, output) } else { named(path, output) };
        if done.is_err() {
            let _ = std::fs::remove_file(path);
        }
        done
    }

    /// The file, for copying to standard output.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// Takes it away.
    pub(super) fn discard(self) {
        if let Some((path, _)) = self.names {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Why an output is not written.
pub(super) fn exists() -> Failure {
    let reason = "it exists already; --force replaces it, --resume takes it for done";
    Failure::new("create file", reason)
}

fn replaced(path: &Path, output: &Path) -> Result<(), Failure> {
    if std::fs::symlink_metadata(output).is_ok_and(|there| !there.is_file()) {
        let reason = "there is a link or a folder in its place";
        return Err(Failure::new("replace file", reason).at(output.display().to_string()));
    }
    std::fs::rename(path, output).map_err(|error| Failure::io("name file", output, &error))
}

/// A link under the new name fails if there is anything; renaming would replace it.
fn named(path: &Path, output: &Path) -> Result<(), Failure> {
    match std::fs::hard_link(path, output) {
        Ok(()) => {
            let _ = std::fs::remove_file(path);
            return Ok(());
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(exists().at(output.display().to_string()));
        }
        Err(_) => {}
    }
    // A file system without links.
    if std::fs::symlink_metadata(output).is_ok() {
        return Err(exists().at(output.display().to_string()));
    }
    std::fs::rename(path, output).map_err(|error| Failure::io("name file", output, &error))
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Says that the file is in work, to other runs. It ends with the process.
pub(super) fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::new(ErrorKind::ResourceBusy, "another imsg is writing it"))
        }
        // A file system without locks.
        Err(TryLockError::Error(_)) | Ok(()) => Ok(()),
    }
}

/// Removes a temporary file that nobody writes any more.
pub(super) fn remove_left(path: &Path) -> io::Result<()> {
    let there = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        there => there?,
    };
    if there.is_file() {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        lock(&file)?;
    }
    std::fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn an_output_appears_whole_and_what_is_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let output = dir.path().join("a").join("b.eml");
        let part = Part::create(&output).unwrap();
        assert!(Part::create(&output).is_err(), "one writer at a time");
        part.file().write_all(b"whole").unwrap();
        assert!(!output.exists());
        part.publish(false).unwrap();
        assert_eq!(std::fs::read(&output).unwrap(), b"whole");
        for (replace, left) in [(false, b"whole" as &[u8]), (true, b"new")] {
            let part = Part::create(&output).unwrap();
            part.file().write_all(b"new").unwrap();
            assert_eq!(part.publish(replace).is_ok(), replace);
            assert_eq!(std::fs::read(&output).unwrap(), left);
            assert_eq!(std::fs::read_dir(dir.path().join("a")).unwrap().count(), 1);
        }
    }

    #[test]
    fn what_a_killed_run_left_is_replaced_and_long_names_have_parts_too() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.eml".to_owned(), format!("{}.eml", "y".repeat(251))] {
            let output = dir.path().join(name);
            std::fs::write(part_path(&output), "half of it and more").unwrap();
            let part = Part::create(&output).unwrap();
            assert_eq!(part.len(), 0);
            part.publish(false).unwrap();
            assert_eq!(std::fs::metadata(&output).unwrap().len(), 0);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
