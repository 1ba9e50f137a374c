//! Where a mail lies: bytes that are read in pieces, and the tree of its parts as places in them.
//!
//! ```text
//!   lines   the bytes line by line, whatever ends a line
//!   tree    the parts: where their headers and contents begin and end, and what they are
//!   scan    lines -> tree, in one pass, without recursion
//! ```
//! Spec: msg-format 6.8.

mod lines;
mod scan;
mod tree;

use lines::Lines;
pub(super) use scan::{HEADER_BYTES, is_field, scan};
pub(super) use tree::{Kind, Multi, Part, PartId, Tree};

use crate::error::{Code, Error, Result};
use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// How much is read at once.
pub(super) const PIECE: usize = 64 << 10;
const DOING: &str = "read mail";

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// The bytes of a mail.
pub(super) struct Source<'a> {
    file: RefCell<Box<dyn ReadSeek + 'a>>,
    len: u64,
}

/// The error of a source.
pub(super) fn failed(error: io::Error) -> Error {
    Error::from_io(error, Code::CallFailed, DOING)
}

impl<'a> Source<'a> {
    /// Takes bytes of which the first is at position 0.
    pub(super) fn new(mut file: impl Read + Seek + 'a) -> Result<Source<'a>> {
        let len = file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Source { file: RefCell::new(Box::new(file)), len })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// A reader of some of the bytes.
    pub(super) fn piece(&self, range: Range<u64>) -> Piece<'_, 'a> {
        Piece { source: self, at: range.start, end: range.end.min(self.len) }
    }

    /// The first bytes of a range, at most `limit`.
    pub(super) fn head(&self, range: Range<u64>, limit: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.piece(range).take(limit).read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}

/// A reader of a range of a source. It keeps its own position.
pub(super) struct Piece<'s, 'a> {
    source: &'s Source<'a>,
    at: u64,
    end: u64,
}

impl Read for Piece<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        let Some(part) = buffer.get_mut(..most).filter(|part| !part.is_empty()) else {
            return Ok(0);
        };
        let mut file = self.source.file.borrow_mut();
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(part)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}
