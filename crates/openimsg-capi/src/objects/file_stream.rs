//! Streams on files, for `OpenStreamOnFile`.

use openimsg::{
    Code, ElementKind, Error, FileLockBytes, FileTime, Guid, LockBytes, Mode, Result, StatStg,
    Stream,
};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file as a stream. It ends with the last position on it, and is deleted then if so asked.
pub(crate) struct FileStream {
    bytes: Option<Arc<FileLockBytes>>,
    path: PathBuf,
    mode: Mode,
    delete: bool,
}

/// `STGM_CREATE`, `STGM_DELETEONRELEASE`.
const DELETE_ON_RELEASE: u32 = 0x0400_0000;

impl FileStream {
    /// Opens or creates a file by `STGM` bits.
    pub(crate) fn open(path: &Path, mode: Mode) -> Result<FileStream> {
        let mut options = OpenOptions::new();
        options.read(true).write(mode.can_write());
        if mode.is_create() {
            options.write(true).create(true).truncate(true);
        }
        FileStream::with(&options, path, mode)
    }

    /// A new file of a name that nobody has, in a folder.
    pub(crate) fn unique(folder: &Path, prefix: &str, mode: Mode) -> Result<FileStream> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let mut last = None;
        for number in 0..0x1_0000_u32 {
            let mixed = std::process::id().wrapping_mul(0x9E37_79B1).wrapping_add(number);
            let path = folder.join(format!("{prefix}{:04x}.tmp", mixed & 0xFFFF));
            match FileStream::with(&options, &path, mode) {
                Err(error) if error.code() == Code::Collision => last = Some(error),
                made => return made,
            }
        }
        Err(last.unwrap_or_else(|| Error::new(Code::Collision, DOING)))
    }

    fn with(options: &OpenOptions, path: &Path, mode: Mode) -> Result<FileStream> {
        let file = options.open(path).map_err(failed)?;
        if file.metadata().is_ok_and(|data| data.is_dir()) {
            return Err(Error::new(Code::NoAccess, DOING).note("it is a folder"));
        }
        Ok(FileStream {
            bytes: Some(FileLockBytes::new(file, path)),
            path: path.to_path_buf(),
            mode,
            delete: mode.bits() & DELETE_ON_RELEASE != 0,
        })
    }

    fn bytes(&self, doing: &'static str) -> Result<&FileLockBytes> {
        self.bytes.as_deref().ok_or_else(|| Error::new(Code::StgReverted, doing))
    }

    fn writable(&self, doing: &'static str) -> Result<&FileLockBytes> {
        match self.mode.can_write() {
            true => self.bytes(doing),
            false => Err(Error::new(Code::StgAccessDenied, doing).note("opened for reading")),
        }
    }
}

const DOING: &str = "open stream on file";

/// Opening is a call of MAPI's, so it answers MAPI's codes.
fn failed(error: std::io::Error) -> Error {
    let stored = Error::from_io(error, Code::StgReadFault, DOING);
    Error::new(openimsg::map_storage_code(stored.code()), DOING).source(stored)
}

impl Drop for FileStream {
    fn drop(&mut self) {
        if self.delete {
            self.bytes = None;
            // Nobody is there any more who could be told.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Stream for FileStream {
    fn stat(&self) -> Result<StatStg> {
        Ok(StatStg {
            name: None,
            kind: ElementKind::Stream,
            size: self.size()?,
            modified: FileTime::default(),
            created: FileTime::default(),
            mode: self.mode,
            class: Guid::NULL,
            state_bits: 0,
        })
    }

    fn size(&self) -> Result<u64> {
        self.bytes("size of stream")?.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.bytes("read stream")?.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.writable("write stream")?.write_at(offset, data)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.writable("set size of stream")?.set_size(size)
    }
}
