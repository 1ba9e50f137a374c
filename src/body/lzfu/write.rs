//! Writing compressed RTF as it comes: [`RtfCompressor`].

use super::encode::Encoder;
use super::header::Header;
use super::{HEADER, LZFU};
use crate::wire::crc::crc32;
use std::io::{self, Seek, SeekFrom, Write};

/// How much text is taken at once.
const PIECE: usize = 32 << 10;

/// Compresses RTF (LZFu) into a value, piece by piece.
///
/// The same bytes as [`rtf_compress`](super::rtf_compress) gives, in less than 1 MiB of memory
/// whatever the size. The header has the sizes and the checksum, which are known at the end: it is
/// written by [`RtfCompressor::finish`], so that the target must be able to go back. Dropped without
/// it, the target has no readable value.
///
/// Spec: F-061, F-062 (msg-format 4.5). MAPI: `WrapCompressedRTFStream` for writing.
///
/// # Example
/// ```
/// use openimsg::body::{RtfCompressor, rtf_compress};
/// use std::io::{Cursor, Write};
///
/// let mut rtf = RtfCompressor::new(Cursor::new(Vec::new()))?;
/// rtf.write_all(b"{\\rtf1 ")?;
/// rtf.write_all(b"hello}")?;
/// assert_eq!(rtf.finish()?.into_inner(), rtf_compress(b"{\\rtf1 hello}"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RtfCompressor<W> {
    pub(super) target: W,
    /// Where in the target the value begins.
    start: u64,
    pub(super) encoder: Encoder,
    /// How many tokens of `encoder` are in the target.
    written: usize,
    /// The bytes of the text, of the contents so far, and their checksum.
    raw_size: usize,
    contents: usize,
    crc: u32,
}

impl<W: Write + Seek> RtfCompressor<W> {
    /// A writer of the value that begins where `target` is; it has the place of the header after this.
    /// What the target holds beyond the value stays.
    ///
    /// # Errors
    /// Those of the target.
    pub fn new(mut target: W) -> io::Result<Self> {
        let start = target.stream_position()?;
        target.write_all(&[0; HEADER])?;
        Ok(RtfCompressor {
            target,
            start,
            encoder: Encoder::new(PIECE),
            written: 0,
            raw_size: 0,
            contents: 0,
            crc: 0,
        })
    }

    /// Writes the rest and the header. The target comes back with its position after the value.
    ///
    /// # Errors
    /// Those of the target.
    pub fn finish(mut self) -> io::Result<W> {
        self.encoder.finish();
        self.pass_on()?;
        let header = Header::of(self.contents, self.raw_size, LZFU, self.crc);
        let end = self.target.stream_position()?;
        self.target.seek(SeekFrom::Start(self.start))?;
        self.target.write_all(&header.to_bytes())?;
        self.target.seek(SeekFrom::Start(end))?;
        self.target.flush()?;
        Ok(self.target)
    }
}

impl<W: Write> RtfCompressor<W> {
    /// Writes what there is of tokens. After an error it goes on where it stopped.
    fn pass_on(&mut self) -> io::Result<()> {
        let out = self.encoder.out();
        while let Some(rest) = out.get(self.written..).filter(|rest| !rest.is_empty()) {
            match self.target.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(len) => self.written += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.crc = crc32(self.crc, out);
        self.contents = self.contents.saturating_add(out.len());
        out.clear();
        self.written = 0;
        Ok(())
    }
}

impl<W: Write> Write for RtfCompressor<W> {
    /// Takes text; an error means that none of it was taken.
    fn write(&mut self, rtf: &[u8]) -> io::Result<usize> {
        self.pass_on()?;
        let piece = rtf.get(..PIECE).unwrap_or(rtf);
        self.encoder.push(piece);
        self.raw_size = self.raw_size.saturating_add(piece.len());
        Ok(piece.len())
    }

    /// Writes the tokens that are complete, and flushes the target. What the last bytes become depends
    /// on those that follow, so that they stay.
    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.target.flush()
    }
}

impl<W> std::fmt::Debug for RtfCompressor<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RtfCompressor").field("text", &self.raw_size).finish_non_exhaustive()
    }
}
