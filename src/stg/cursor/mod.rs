//! Streams with a position: COM's `IStream`.
//!
//! ```text
//!   SeekStream (trait)          what IStream offers
//!      |            \
//!   StreamCursor   MemoryStream     a position of its own; clones share the bytes
//!      |                |
//!   dyn Stream        Vec<u8>
//! ```
//! [`Stream`](super::Stream) says at each access where it is; here the position is kept. Spec:
//! structured-storage 2.5.

mod copy;
mod stream;

pub(crate) use copy::copy;
pub use stream::StreamCursor;

use super::StatStg;
use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// Where a seek counts from: COM's `STREAM_SEEK_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeekOrigin(u32);

impl SeekOrigin {
    /// `STREAM_SEEK_SET`: from the beginning.
    pub const SET: SeekOrigin = SeekOrigin(0);
    /// `STREAM_SEEK_CUR`: from the position.
    pub const CURRENT: SeekOrigin = SeekOrigin(1);
    /// `STREAM_SEEK_END`: from the end.
    pub const END: SeekOrigin = SeekOrigin(2);

    /// From the number of a C caller; [`SeekStream::seek`] refuses one that is not known.
    #[must_use]
    pub const fn from_bits(bits: u32) -> SeekOrigin {
        SeekOrigin(bits)
    }

    /// The number.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }
}

/// What a copy from stream to stream did, also if it failed on the way.
#[derive(Debug)]
#[must_use = "a copy may end early"]
pub struct Copied {
    /// Bytes that were read from the source.
    pub read: u64,
    /// Bytes that the target took.
    pub written: u64,
    /// Why it ended early; `Ok` at the limit and at the end of the source.
    pub result: Result<()>,
}

impl Copied {
    /// The bytes written, if nothing failed.
    ///
    /// # Errors
    /// What ended the copy.
    pub fn ok(self) -> Result<u64> {
        self.result.map(|()| self.written)
    }
}

/// A stream with a position, COM's `IStream`: reads and writes begin where the last one ended.
///
/// [`StreamCursor`] is one over any [`Stream`](super::Stream), [`MemoryStream`](super::MemoryStream)
/// one of its own; a caller may bring another as the target of a copy. All methods take `&self`, and
/// one call on one stream is atomic. Both types are also `std::io`'s `Read`, `Write` and `Seek`.
///
/// Spec: structured-storage 2.5.
pub trait SeekStream: Send + Sync {
    /// Reads at the position and moves it; fewer bytes than asked for at the end, 0 past it.
    ///
    /// # Errors
    /// [`StgReverted`](Code::StgReverted) once the stream or a storage above it is gone; that holds
    /// for every method. Else as [`Stream::read_at`](super::Stream::read_at).
    fn read(&self, buffer: &mut [u8]) -> Result<usize>;

    /// Writes at the position and moves it; a gap after the end is filled with zeros.
    ///
    /// # Errors
    /// As [`Stream::write_at`](super::Stream::write_at).
    fn write(&self, data: &[u8]) -> Result<usize>;

    /// Moves the position and gives the new one. Past the end is fine and does not grow the stream.
    ///
    /// # Errors
    /// For a position before the start and for an unknown origin, and then the position stays:
    /// [`StgInvalidFunction`](Code::StgInvalidFunction), in memory
    /// [`StgSeekError`](Code::StgSeekError).
    fn seek(&self, by: i64, origin: SeekOrigin) -> Result<u64>;

    /// Cuts the stream, or extends it with zeros; the position stays.
    ///
    /// # Errors
    /// As [`Stream::set_size`](super::Stream::set_size).
    fn set_size(&self, size: u64) -> Result<()>;

    /// Copies at most `limit` bytes from the position on into `target`, at its position; both move.
    /// `target` may be a clone: overlapping ranges give what a copy through a buffer would.
    ///
    /// A target that takes fewer bytes than it was given ends the copy with
    /// [`StgMediumFull`](Code::StgMediumFull); a copy out of memory says so by its counts alone.
    fn copy_to(&self, target: &dyn SeekStream, limit: u64) -> Copied;

    /// Does nothing, whatever the flags: streams belong to the transaction of their storage, and
    /// only that one's commit publishes them.
    ///
    /// # Errors
    /// Only [`StgReverted`](Code::StgReverted).
    fn commit(&self, flags: u32) -> Result<()>;

    /// Does nothing.
    ///
    /// # Errors
    /// Only [`StgReverted`](Code::StgReverted).
    fn revert(&self) -> Result<()>;

    /// Ranges of streams cannot be locked.
    ///
    /// # Errors
    /// [`StgInvalidFunction`](Code::StgInvalidFunction), always.
    fn lock_region(&self, offset: u64, len: u64, kind: u32) -> Result<()> {
        let _ = (offset, len, kind);
        self.revert()?;
        Err(no_locks("lock range of stream"))
    }

    /// Ranges of streams cannot be locked.
    ///
    /// # Errors
    /// [`StgInvalidFunction`](Code::StgInvalidFunction), always.
    fn unlock_region(&self, offset: u64, len: u64, kind: u32) -> Result<()> {
        let _ = (offset, len, kind);
        self.revert()?;
        Err(no_locks("unlock range of stream"))
    }

    /// Name, size and mode.
    ///
    /// # Errors
    /// Only [`StgReverted`](Code::StgReverted).
    fn stat(&self) -> Result<StatStg>;

    /// Another position on the same bytes, beginning where this one is. What one writes, the other
    /// sees at once; the stream stays open as long as one of them is there.
    ///
    /// # Errors
    /// Only [`StgReverted`](Code::StgReverted).
    fn clone_stream(&self) -> Result<Arc<dyn SeekStream>>;

    /// Tells whose bytes these are: clones give the same number.
    #[doc(hidden)]
    fn bytes_id(&self) -> Option<usize> {
        None
    }
}

fn no_locks(doing: &'static str) -> Error {
    Error::new(Code::StgInvalidFunction, doing).note("ranges of streams are not locked")
}

/// What a C caller may be told by a code, as `std::io` tells it.
pub(crate) fn io_error(error: Error) -> std::io::Error {
    use std::io::ErrorKind as K;
    let kind = match error.code() {
        Code::StgInvalidFunction | Code::StgSeekError => K::InvalidInput,
        Code::StgAccessDenied => K::PermissionDenied,
        Code::StgMediumFull => K::StorageFull,
        Code::StgDocFileCorrupt => K::InvalidData,
        Code::NotEnoughMemory => K::OutOfMemory,
        _ => K::Other,
    };
    std::io::Error::new(kind, error)
}

/// `std::io`'s traits for a [`SeekStream`].
macro_rules! std_io {
    ($type:ty) => {
        impl std::io::Read for $type {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                $crate::stg::SeekStream::read(self, buffer).map_err($crate::stg::cursor::io_error)
            }
        }

        impl std::io::Write for $type {
            fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
                $crate::stg::SeekStream::write(self, data).map_err($crate::stg::cursor::io_error)
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }

        impl std::io::Seek for $type {
            fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
                self.seek_from(to).map_err($crate::stg::cursor::io_error)
            }
        }
    };
}
pub(crate) use std_io;
