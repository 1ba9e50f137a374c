//! Classes of storages and in streams; times of a file.

use crate::error::{Code, Error, Result};
use crate::stg::{Clock, CommitFlags, ElementTimes, SeekStream, Storage, StorageOptions};
use crate::wire::Guid;
use std::path::Path;

/// Sets the class of a storage: `WriteClassStg`.
///
/// # Errors
/// As [`Storage::set_class`].
pub fn write_class_stg(storage: &dyn Storage, class: Guid) -> Result<()> {
    storage.set_class(class)
}

/// The class of a storage, null if none was set: `ReadClassStg`.
///
/// # Errors
/// As [`Storage::stat`].
pub fn read_class_stg(storage: &dyn Storage) -> Result<Guid> {
    storage.stat().map(|stat| stat.class)
}

/// Writes a class at the position of a stream, 16 bytes: `WriteClassStm`.
///
/// # Errors
/// As [`SeekStream::write`]; [`Code::StgWriteFault`] if the stream takes fewer bytes.
pub fn write_class_stm(stream: &dyn SeekStream, class: Guid) -> Result<()> {
    match stream.write(&class.to_bytes())? {
        16 => Ok(()),
        _ => Err(Error::new(Code::StgWriteFault, "write class to stream")),
    }
}

/// Reads a class at the position of a stream: `ReadClassStm`.
///
/// # Errors
/// [`Code::StgReadFault`] if fewer than 16 bytes are left; else as [`SeekStream::read`].
pub fn read_class_stm(stream: &dyn SeekStream) -> Result<Guid> {
    let mut bytes = [0; 16];
    let mut done = 0;
    while done < bytes.len() {
        match stream.read(bytes.get_mut(done..).unwrap_or_default())? {
            0 => {
                let error = Error::new(Code::StgReadFault, "read class from stream");
                return Err(error.note(format!("{done} of 16 bytes are there")));
            }
            got => done += got,
        }
    }
    Ok(Guid::from_bytes(bytes))
}

/// Sets the times of the root of a file: `StgSetTimes`. The format stores no creation time of a root,
/// so only the time of the last change is kept.
///
/// # Errors
/// As [`CompoundFile::edit`](crate::CompoundFile::edit) and [`Storage::commit`].
pub fn set_times(path: impl AsRef<Path>, times: ElementTimes) -> Result<()> {
    let options = StorageOptions::new();
    let Some(modified) = times.modified else { return options.edit(path).map(drop) };
    // A commit gives the root the time of its clock.
    let file = options.clock(Clock::Fixed(modified)).edit(path)?;
    file.set_element_times(None, times)?;
    file.commit(CommitFlags::empty())
}
