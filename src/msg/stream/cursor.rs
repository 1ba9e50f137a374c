//! A stream on a property as COM's `IStream`.

use super::cell::Data;
use super::{PropStream, memory_size};
use crate::error::{Code, Error, Result};
use crate::prop::stream::value_name;
use crate::stg::{Copied, ElementKind, Mode, SeekOrigin, SeekStream, StatStg, copy_cursors};
use crate::wire::{FileTime, Guid};
use std::io::{self, SeekFrom};
use std::sync::Arc;

impl PropStream<'_> {
    /// Moves the position to what `target` makes of it and of the size.
    fn move_to(&self, target: impl FnOnce(u64, u64) -> Option<u64>) -> Result<u64> {
        let size = self.size()?;
        let mut position = self.position();
        *position = target(*position, size).ok_or_else(|| {
            let error = Error::new(Code::StgInvalidFunction, "seek stream");
            error.note("a position before the start, or an origin that is not known")
        })?;
        Ok(*position)
    }

    pub(super) fn seek_from(&self, to: SeekFrom) -> Result<u64> {
        self.move_to(|here, size| match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => here.checked_add_signed(by),
            SeekFrom::End(by) => size.checked_add_signed(by),
        })
    }
}

/// What C callers use. A clone made by [`SeekStream::clone_stream`] may be held when the session is
/// closed; it answers [`Code::StgReverted`] then.
impl SeekStream for PropStream<'_> {
    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        self.check("read stream")?;
        let mut position = self.position();
        let got = self.cell.read_at(*position, buffer)?;
        *position = position.saturating_add(got as u64);
        Ok(got)
    }

    fn write(&self, data: &[u8]) -> Result<usize> {
        const DOING: &str = "write stream";
        let mut position = self.position();
        let at = *position;
        let end = at.checked_add(data.len() as u64);
        let own = |bytes: &mut Vec<u8>| {
            if data.is_empty() {
                return Ok(());
            }
            let end = memory_size(end, DOING)?;
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            if let Some(target) = bytes.get_mut(end - data.len()..end) {
                target.copy_from_slice(data);
            }
            Ok(())
        };
        self.change(DOING, |stream| stream.write_at(at, data), own)?;
        *position = end.unwrap_or(at);
        Ok(data.len())
    }

    fn seek(&self, by: i64, origin: SeekOrigin) -> Result<u64> {
        self.move_to(|here, size| match origin {
            SeekOrigin::SET => u64::try_from(by).ok(),
            SeekOrigin::CURRENT => here.checked_add_signed(by),
            SeekOrigin::END => size.checked_add_signed(by),
            _ => None,
        })
    }

    fn set_size(&self, size: u64) -> Result<()> {
        PropStream::set_size(self, size)
    }

    fn copy_to(&self, target: &dyn SeekStream, limit: u64) -> Copied {
        let there = self.size().map(|size| size.saturating_sub(*self.position()));
        copy_cursors(self, target, limit, there, || {
            let error = Error::new(Code::StgMediumFull, "copy stream");
            Err(error.note("the target took fewer bytes than it was given"))
        })
    }

    fn commit(&self, _: u32) -> Result<()> {
        PropStream::commit(self)
    }

    fn revert(&self) -> Result<()> {
        PropStream::revert(self)
    }

    fn stat(&self) -> Result<StatStg> {
        let access = if self.cell.writable { Mode::READWRITE } else { Mode::READ };
        let mode = match self.cell.is_transacted() {
            true => access.and(Mode::TRANSACTED),
            false => access,
        };
        Ok(StatStg {
            name: Some(value_name(self.cell.tag)),
            kind: ElementKind::Stream,
            size: self.size()?,
            modified: FileTime::default(),
            created: FileTime::default(),
            mode: mode.and(Mode::SHARE_EXCLUSIVE),
            class: Guid::NULL,
            state_bits: 0,
        })
    }

    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>> {
        Ok(Arc::new(self.cloned()?))
    }

    fn bytes_id(&self) -> Option<usize> {
        match &self.cell.data {
            Data::Live(_) => Some(Arc::as_ptr(&self.cell).cast::<()>() as usize),
            _ => None,
        }
    }
}

impl io::Read for PropStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        SeekStream::read(self, buffer).map_err(crate::stg::io_error)
    }
}

impl io::Write for PropStream<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        SeekStream::write(self, data).map_err(crate::stg::io_error)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for PropStream<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seek_from(to).map_err(crate::stg::io_error)
    }
}
