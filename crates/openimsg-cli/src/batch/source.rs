//! An input that can be read more than once, also when it comes from standard input.

use crate::errors::Failure;
use openimsg::{CompoundFile, Salvage};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};

/// An input.
#[derive(Debug)]
pub(crate) struct Source {
    name: PathBuf,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    Memory(Vec<u8>),
    File(PathBuf),
    /// A private copy, removed afterwards.
    Copy(TempPath),
}

/// What can be read from any place.
pub(crate) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Standard input and pipes stay in memory up to this size.
const SPOOLED: u64 = 8 << 20;

impl Source {
    /// The file of this path; `-` is standard input. Pipes and devices are read to their end now.
    pub(super) fn open(path: &Path) -> Result<Source, Failure> {
        let failed = |error| Failure::io("open file", path, &error);
        let bytes = if path == Path::new("-") {
            spool(io::stdin().lock()).map_err(failed)?
        } else if std::fs::metadata(path).map_err(failed)?.is_file() {
            Bytes::File(path.to_path_buf())
        } else {
            spool(File::open(path).map_err(failed)?).map_err(failed)?
        };
        Ok(Source { name: path.to_path_buf(), bytes })
    }

    /// The name that it was given.
    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    fn path(&self) -> Option<&Path> {
        match &self.bytes {
            Bytes::Memory(_) => None,
            Bytes::File(path) => Some(path),
            Bytes::Copy(path) => Some(path),
        }
    }

    /// Its bytes from the start.
    pub(crate) fn reader(&self) -> io::Result<Box<dyn ReadSeek + '_>> {
        Ok(match (&self.bytes, self.path()) {
            (Bytes::Memory(bytes), _) => Box::new(Cursor::new(bytes)),
            (_, path) => {
                let file = File::open(path.unwrap_or(&self.name))?;
                Box::new(BufReader::with_capacity(1 << 16, file))
            }
        })
    }

    /// How long it is, in bytes.
    pub(crate) fn len(&self) -> io::Result<u64> {
        match (&self.bytes, self.path()) {
            (Bytes::Memory(bytes), _) => Ok(bytes.len() as u64),
            (_, path) => Ok(std::fs::metadata(path.unwrap_or(&self.name))?.len()),
        }
    }

    /// Its first bytes.
    pub(super) fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.reader()?.take(4096).read_to_end(&mut head)?;
        Ok(head)
    }

    /// It as a compound file.
    pub(crate) fn compound(&self) -> openimsg::Result<CompoundFile> {
        match (&self.bytes, self.path()) {
            (Bytes::Memory(bytes), _) => CompoundFile::from_bytes(bytes.clone()),
            (_, path) => CompoundFile::open(path.unwrap_or(&self.name)),
        }
    }

    /// What is left of it as a compound file.
    pub(crate) fn salvage(&self) -> openimsg::Result<Salvage> {
        match (&self.bytes, self.path()) {
            (Bytes::Memory(bytes), _) => Salvage::from_bytes(bytes.clone()),
            (_, path) => Salvage::open(path.unwrap_or(&self.name)),
        }
    }

    /// That it cannot be read.
    pub(crate) fn unreadable(&self, error: &io::Error) -> Failure {
        Failure::io("read file", &self.name, error)
    }
}

fn spool(mut from: impl Read) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    from.by_ref().take(SPOOLED).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < SPOOLED {
        return Ok(Bytes::Memory(bytes));
    }
    let mut copy = NamedTempFile::new()?;
    copy.write_all(&bytes)?;
    io::copy(&mut from, &mut copy)?;
    copy.flush()?;
    Ok(Bytes::Copy(copy.into_temp_path()))
}
