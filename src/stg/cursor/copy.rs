//! Copying between streams with positions.

use super::{Copied, SeekOrigin, SeekStream};
use crate::error::{Code, Error, Result};

const PIECE: usize = 1 << 16;
const DOING: &str = "copy stream";

/// Copies at most `limit` bytes, of which `there` follow in the source; see
/// [`SeekStream::copy_to`]. `short` is the answer to a target that takes fewer bytes than given.
///
/// What is copied is fixed at the beginning: a copy onto the end of its own source ends.
pub(crate) fn copy(
    source: &dyn SeekStream,
    target: &dyn SeekStream,
    limit: u64,
    there: Result<u64>,
    short: fn() -> Result<()>,
) -> Copied {
    let mut copied = Copied { read: 0, written: 0, result: Ok(()) };
    copied.result =
        there.and_then(|there| run(source, target, limit.min(there), short, &mut copied));
    copied
}

/// The answer of docfile streams to a target that takes fewer bytes than given.
pub(super) fn medium_full() -> Result<()> {
    Err(Error::new(Code::StgMediumFull, DOING)
        .note("the target took fewer bytes than it was given"))
}

fn run(
    source: &dyn SeekStream,
    target: &dyn SeekStream,
    len: u64,
    short: fn() -> Result<()>,
    copied: &mut Copied,
) -> Result<()> {
    if source.bytes_id().is_some() && source.bytes_id() == target.bytes_id() {
        let from = source.seek(0, SeekOrigin::CURRENT)?;
        let to = target.seek(0, SeekOrigin::CURRENT)?;
        if std::ptr::addr_eq(source, target) {
            // One position on both sides: it moves over bytes that are already there.
            source.seek(signed(len)?, SeekOrigin::CURRENT)?;
            (copied.read, copied.written) = (len, len);
            return Ok(());
        }
        if from < to && to < from.saturating_add(len) {
            return backwards(source, target, (from, to, len), copied);
        }
    }
    let mut piece = vec![0; buffer_len(len)];
    let mut left = len;
    while left > 0 {
        let want = buffer_len(left);
        let got = source.read(piece.get_mut(..want).unwrap_or_default())?;
        if got == 0 {
            break;
        }
        copied.read += got as u64;
        left = left.saturating_sub(got as u64);
        let put = target.write(piece.get(..got).unwrap_or_default())?;
        copied.written += put as u64;
        if put < got {
            return short();
        }
    }
    Ok(())
}

/// The target begins inside what is copied: the last piece goes first, as it would be overwritten.
fn backwards(
    source: &dyn SeekStream,
    target: &dyn SeekStream,
    (from, to, len): (u64, u64, u64),
    copied: &mut Copied,
) -> Result<()> {
    let mut piece = vec![0; buffer_len(len)];
    let mut left = len;
    while left > 0 {
        let step = buffer_len(left);
        left -= step as u64;
        source.seek(signed(from + left)?, SeekOrigin::SET)?;
        let part = piece.get_mut(..step).unwrap_or_default();
        let mut done = 0;
        while done < step {
            match source.read(part.get_mut(done..).unwrap_or_default())? {
                0 => return Err(Error::new(Code::StgReadFault, DOING).note("the source was cut")),
                got => done += got,
            }
        }
        copied.read += step as u64;
        target.seek(signed(to + left)?, SeekOrigin::SET)?;
        copied.written += target.write(part)? as u64;
    }
    source.seek(signed(from + len)?, SeekOrigin::SET)?;
    target.seek(signed(to + len)?, SeekOrigin::SET)?;
    Ok(())
}

fn buffer_len(left: u64) -> usize {
    usize::try_from(left).map_or(PIECE, |left| left.min(PIECE))
}

fn signed(position: u64) -> Result<i64> {
    i64::try_from(position).map_err(|error| Error::new(Code::StgMediumFull, DOING).source(error))
}
