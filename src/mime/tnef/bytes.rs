//! The bytes of a TNEF stream, read in pieces: a position, the end, and a sum of what went by.

use crate::error::{Code, Error, Result};
use std::io::{ErrorKind, Read, Seek, SeekFrom};

const DOING: &str = "read TNEF";
const PIECE: usize = 8 << 10;

/// What a TNEF stream is read from.
pub(super) trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// A source from where it stood to its end. Positions count from there.
pub(super) struct Bytes<'a> {
    source: &'a mut dyn Source,
    base: u64,
    len: u64,
    at: u64,
    /// A part of the source, from `buffer_at` on.
    buffer: Vec<u8>,
    buffer_at: u64,
    sum: u16,
}

fn fault(error: std::io::Error) -> Error {
    Error::from_io(error, Code::StgReadFault, DOING)
}

impl<'a> Bytes<'a> {
    pub(super) fn new(source: &'a mut dyn Source) -> Result<Bytes<'a>> {
        let base = source.stream_position().map_err(fault)?;
        let end = source.seek(SeekFrom::End(0)).map_err(fault)?;
        let len = end.saturating_sub(base);
        Ok(Bytes { source, base, len, at: 0, buffer: Vec::new(), buffer_at: 0, sum: 0 })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Goes to a position and begins a new sum.
    pub(super) fn seek(&mut self, at: u64) {
        self.at = at;
        self.sum = 0;
    }

    /// The sum of the bytes that were passed since the last [`Bytes::seek`], as checksums have it.
    pub(super) fn sum(&self) -> u16 {
        self.sum
    }

    /// The bytes up to `end`, from here on: not nothing, unless the end is reached.
    fn next(&mut self, most: u64) -> Result<&[u8]> {
        let held = self.buffer.len() as u64;
        let inside = self.at.checked_sub(self.buffer_at).filter(|skip| *skip < held);
        let skip = match inside {
            Some(skip) => skip,
            None => {
                self.fill()?;
                0
            }
        };
        let rest = usize::try_from(skip).ok().and_then(|skip| self.buffer.get(skip..));
        let rest = rest.unwrap_or_default();
        let len = usize::try_from(most).unwrap_or(usize::MAX).min(rest.len());
        Ok(rest.get(..len).unwrap_or_default())
    }

    /// Reads the piece that begins here.
    fn fill(&mut self) -> Result<()> {
        self.buffer_at = self.at;
        self.buffer.clear();
        let there = self.len.saturating_sub(self.at);
        if there == 0 {
            return Ok(());
        }
        self.source.seek(SeekFrom::Start(self.base.saturating_add(self.at))).map_err(fault)?;
        self.buffer.resize(usize::try_from(there).unwrap_or(PIECE).min(PIECE), 0);
        let mut got = 0;
        while let Some(rest) = self.buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
            match self.source.read(rest) {
                Ok(0) => break,
                Ok(more) => got = got.saturating_add(more),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(fault(error)),
            }
        }
        self.buffer.truncate(got);
        if got == 0 {
            // It became shorter while it was read.
            self.len = self.at;
        }
        Ok(())
    }

    fn pass(&mut self, part: usize, sum: u16) {
        self.at = self.at.saturating_add(part as u64);
        self.sum = self.sum.wrapping_add(sum);
    }
}

fn sum_of(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum: u16, byte| sum.wrapping_add(u16::from(*byte)))
}

/// A part of the stream: what one attribute holds, or the stream itself.
pub(super) struct Data<'b, 'a> {
    bytes: &'b mut Bytes<'a>,
    end: u64,
}

impl<'b, 'a> Data<'b, 'a> {
    /// From the position on up to `end`.
    pub(super) fn new(bytes: &'b mut Bytes<'a>, end: u64) -> Data<'b, 'a> {
        Data { bytes, end }
    }

    pub(super) fn at(&self) -> u64 {
        self.bytes.at
    }

    /// How many bytes there are, not how many were promised.
    pub(super) fn left(&self) -> u64 {
        self.end.min(self.bytes.len).saturating_sub(self.bytes.at)
    }

    /// The next bytes in pieces, as many as there are of `len`; how many there were.
    pub(super) fn pieces(
        &mut self,
        len: u64,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        let mut done = 0;
        loop {
            let most = self.left().min(len.saturating_sub(done));
            if most == 0 {
                return Ok(done);
            }
            let piece = self.bytes.next(most)?;
            let (part, sum) = (piece.len(), sum_of(piece));
            take(piece)?;
            self.bytes.pass(part, sum);
            done = done.saturating_add(part as u64);
        }
    }

    /// Passes over bytes, as far as there are any.
    pub(super) fn skip(&mut self, len: u64) -> Result<()> {
        self.pieces(len, |_| Ok(())).map(drop)
    }

    /// Passes over everything up to a position.
    pub(super) fn skip_to(&mut self, at: u64) -> Result<()> {
        self.skip(at.saturating_sub(self.at()))
    }

    /// The next `len` bytes, or fewer if there are fewer. Memory is asked for as they come.
    pub(super) fn up_to(&mut self, len: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.pieces(len, |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    /// The same, but the position and the sum stay.
    pub(super) fn peek(&mut self, len: u64) -> Result<Vec<u8>> {
        let (at, sum) = (self.bytes.at, self.bytes.sum);
        let bytes = self.up_to(len);
        (self.bytes.at, self.bytes.sum) = (at, sum);
        bytes
    }

    /// The next `N` bytes; `None`, and no step, if there are fewer.
    pub(super) fn array<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        if self.left() < N as u64 {
            return Ok(None);
        }
        let bytes = self.up_to(N as u64)?;
        Ok(bytes.try_into().ok())
    }

    pub(super) fn u16(&mut self) -> Result<Option<u16>> {
        Ok(self.array()?.map(u16::from_le_bytes))
    }

    pub(super) fn u32(&mut self) -> Result<Option<u32>> {
        Ok(self.array()?.map(u32::from_le_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn positions_count_from_where_the_source_stood_and_the_sum_from_the_last_step() {
        let mut source = Cursor::new([9, 9, 1, 2, 3, 255, 255]);
        source.set_position(2);
        let mut bytes = Bytes::new(&mut source).unwrap();
        assert_eq!(bytes.len(), 5);
        bytes.seek(1);
        let mut data = Data::new(&mut bytes, 100);
        assert_eq!(data.left(), 4);
        assert_eq!(data.u16().unwrap(), Some(0x0302));
        assert_eq!(data.u32().unwrap(), None);
        assert_eq!(data.up_to(u64::MAX).unwrap(), [255, 255]);
        assert_eq!(bytes.sum(), 2 + 3 + 255 + 255);
    }

    #[test]
    fn a_part_ends_where_it_ends() {
        let mut source = Cursor::new(vec![7; 20_000]);
        let mut bytes = Bytes::new(&mut source).unwrap();
        bytes.seek(10);
        let mut data = Data::new(&mut bytes, 15_000);
        data.skip(1).unwrap();
        assert_eq!(data.up_to(u64::MAX).unwrap().len(), 14_989);
        assert_eq!((data.left(), data.at()), (0, 15_000));
        assert_eq!(bytes.sum(), u16::try_from(14_990 * 7 % 65_536).unwrap());
    }
}
