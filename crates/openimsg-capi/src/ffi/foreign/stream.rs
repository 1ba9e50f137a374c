//! A caller's `IStream`, as [`Stream`] where a storage gave it and as [`SeekStream`] where it is the
//! target of a copy.

use super::storage::stat_of;
use super::{Foreign, Iface, answered, missing};
use crate::abi::*;
use crate::ffi::refcount::lock;
use crate::ffi::{In, Out};
use openimsg::{Code, Copied, Error, Result, SeekOrigin, SeekStream, StatStg, Stream};
use std::ptr::null_mut;
use std::sync::{Arc, Mutex};

/// A stream of a caller's storage: every access says where, so its position is ours alone.
#[derive(Debug)]
pub(crate) struct ForeignStream(Mutex<ForeignCursor>);

impl ForeignStream {
    pub(crate) fn new(stream: Foreign<StreamTable<Iface>>) -> ForeignStream {
        ForeignStream(Mutex::new(ForeignCursor(stream)))
    }

    fn at<T>(&self, offset: u64, work: impl FnOnce(&ForeignCursor) -> Result<T>) -> Result<T> {
        let cursor = lock(&self.0);
        let offset = i64::try_from(offset).map_err(|_| {
            Error::new(Code::StgInvalidFunction, "seek stream").note("beyond 2^63 bytes")
        })?;
        cursor.seek(offset, SeekOrigin::SET)?;
        work(&cursor)
    }
}

impl Stream for ForeignStream {
    fn stat(&self) -> Result<StatStg> {
        lock(&self.0).stat()
    }

    fn size(&self) -> Result<u64> {
        Ok(lock(&self.0).stat_without_name()?.size)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.at(offset, |cursor| {
            let mut done = 0;
            while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
                match cursor.read(rest)? {
                    0 => break,
                    got => done += got,
                }
            }
            Ok(done)
        })
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        if data.is_empty() {
            return self.stat().map(drop);
        }
        self.at(offset, |cursor| write_all(cursor, data))
    }

    fn set_size(&self, size: u64) -> Result<()> {
        lock(&self.0).set_size(size)
    }
}

/// Writes all of it, however few bytes a call takes.
pub(crate) fn write_all(stream: &dyn SeekStream, mut data: &[u8]) -> Result<()> {
    while !data.is_empty() {
        match stream.write(data)? {
            0 => {
                let error = Error::new(Code::StgMediumFull, "write stream");
                return Err(error.note("the caller's stream took no more bytes"));
            }
            done => data = data.get(done..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// A caller's stream with its own position.
#[derive(Debug, Clone)]
pub(crate) struct ForeignCursor(Foreign<StreamTable<Iface>>);

/// What one call can take.
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl ForeignCursor {
    pub(crate) fn new(stream: Foreign<StreamTable<Iface>>) -> ForeignCursor {
        ForeignCursor(stream)
    }

    fn stat_with(&self, flag: u32) -> Result<StatStg> {
        let mut stat = STATSTG::EMPTY;
        let scode = (self.0.table().stat)(self.0.this(), Out::lend(&mut stat), flag);
        answered(scode, "stat stream")?;
        Ok(stat_of(&stat))
    }

    fn stat_without_name(&self) -> Result<StatStg> {
        self.stat_with(1)
    }
}

impl SeekStream for ForeignCursor {
    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let (len, mut got) = (length(buffer.len()), 0);
        let read = self.0.table().read;
        let scode = read(self.0.this(), Out::lend_all(buffer), len, Out::lend(&mut got));
        answered(scode, "read stream")?;
        Ok(usize::try_from(got.min(len)).unwrap_or_default())
    }

    fn write(&self, data: &[u8]) -> Result<usize> {
        let (len, mut done) = (length(data.len()), 0);
        let write = self.0.table().write;
        let scode = write(self.0.this(), In::lend(data), len, Out::lend(&mut done));
        answered(scode, "write stream")?;
        Ok(usize::try_from(done.min(len)).unwrap_or_default())
    }

    fn seek(&self, by: i64, origin: SeekOrigin) -> Result<u64> {
        let mut position = 0;
        let seek = self.0.table().seek;
        let scode = seek(self.0.this(), by, origin.bits(), Out::lend(&mut position));
        answered(scode, "seek stream")?;
        Ok(position)
    }

    fn set_size(&self, size: u64) -> Result<()> {
        let scode = (self.0.table().set_size)(self.0.this(), size);
        answered(scode, "set size of stream").map(drop)
    }

    fn copy_to(&self, target: &dyn SeekStream, limit: u64) -> Copied {
        let mut copied = Copied { read: 0, written: 0, result: Ok(()) };
        let mut buffer = vec![0; 64 << 10];
        while copied.read < limit {
            let want = usize::try_from(limit - copied.read).unwrap_or(usize::MAX);
            let want = want.min(buffer.len());
            let step = self.read(buffer.get_mut(..want).unwrap_or_default()).and_then(|got| {
                copied.read += got as u64;
                let data = buffer.get(..got).unwrap_or_default();
                write_all(target, data)?;
                copied.written += got as u64;
                Ok(got)
            });
            match step {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    copied.result = Err(error);
                    break;
                }
            }
        }
        copied
    }

    fn commit(&self, flags: u32) -> Result<()> {
        answered((self.0.table().commit)(self.0.this(), flags), "commit stream").map(drop)
    }

    fn revert(&self) -> Result<()> {
        answered((self.0.table().revert)(self.0.this()), "revert stream").map(drop)
    }

    fn stat(&self) -> Result<StatStg> {
        self.stat_with(0)
    }

    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>> {
        const DOING: &str = "clone stream";
        let mut raw = null_mut();
        let scode = (self.0.table().clone_stream)(self.0.this(), Out::lend(&mut raw));
        let given = Foreign::given(raw);
        answered(scode, DOING)?;
        Ok(Arc::new(ForeignCursor(given.ok_or_else(|| missing(DOING))?)))
    }
}
