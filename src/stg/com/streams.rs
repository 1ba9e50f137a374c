//! `IStream`.

use super::{Out, given, output, put_stat};
use crate::error::{Code, Result};
use crate::stg::{SeekOrigin, SeekStream, StatStg};
use std::sync::Arc;

/// `IStream::Read`; the count may be null.
///
/// # Errors
/// Null buffer [`Code::StgInvalidPointer`], else as [`SeekStream::read`].
pub fn read(
    stream: &dyn SeekStream,
    buffer: Option<&mut [u8]>,
    count: Option<&mut u32>,
) -> Result<()> {
    let done = given(buffer, Code::StgInvalidPointer, "read stream");
    put(count, done.and_then(|buffer| stream.read(buffer)))
}

/// `IStream::Write`; the count may be null.
///
/// # Errors
/// Null data [`Code::StgInvalidPointer`], of any length; else as [`SeekStream::write`].
pub fn write(stream: &dyn SeekStream, data: Option<&[u8]>, count: Option<&mut u32>) -> Result<()> {
    let done = given(data, Code::StgInvalidPointer, "write stream");
    put(count, done.and_then(|data| stream.write(data)))
}

fn put(count: Option<&mut u32>, done: Result<usize>) -> Result<()> {
    if let Some(count) = count {
        let done = done.as_ref().copied().unwrap_or(0);
        *count = u32::try_from(done).unwrap_or(u32::MAX);
    }
    done.map(|_| ())
}

/// `IStream::Seek`; the result may be null. It is given on failure, too: the position as it stays.
///
/// # Errors
/// As [`SeekStream::seek`].
pub fn seek(
    stream: &dyn SeekStream,
    by: i64,
    origin: u32,
    position: Option<&mut u64>,
) -> Result<()> {
    let moved = stream.seek(by, SeekOrigin::from_bits(origin));
    if let Some(position) = position {
        match &moved {
            Ok(at) => *position = *at,
            Err(_) => *position = stream.seek(0, SeekOrigin::CURRENT).unwrap_or(0),
        }
    }
    moved.map(|_| ())
}

/// `IStream::CopyTo`; both counts may be null, and are given on failure, too.
///
/// # Errors
/// Null target [`Code::StgInvalidPointer`], else as [`SeekStream::copy_to`].
pub fn copy_to(
    stream: &dyn SeekStream,
    target: Option<&dyn SeekStream>,
    limit: u64,
    read: Option<&mut u64>,
    written: Option<&mut u64>,
) -> Result<()> {
    let counts = [read, written];
    let copied = given(target, Code::StgInvalidPointer, "copy stream")
        .map(|target| stream.copy_to(target, limit));
    let done = copied.as_ref().map_or([0, 0], |copied| [copied.read, copied.written]);
    for (count, done) in counts.into_iter().zip(done) {
        if let Some(count) = count {
            *count = done;
        }
    }
    copied?.result
}

/// `IStream::Stat`.
///
/// # Errors
/// Null output [`Code::StgInvalidPointer`], flags [`Code::StgInvalidFlag`], else as
/// [`SeekStream::stat`].
pub fn stat(stream: &dyn SeekStream, stat: Out<'_, StatStg>, flag: u32) -> Result<()> {
    put_stat(|| stream.stat(), stat, flag, "stat stream")
}

/// `IStream::Clone`.
///
/// # Errors
/// Null output [`Code::StgInvalidPointer`], else as [`SeekStream::clone_stream`].
pub fn clone(stream: &dyn SeekStream, clone: Out<'_, Arc<dyn SeekStream>>) -> Result<()> {
    let slot = output(clone, Code::StgInvalidPointer, "clone stream")?;
    *slot = Some(stream.clone_stream()?);
    Ok(())
}
