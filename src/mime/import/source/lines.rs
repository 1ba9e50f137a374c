//! Bytes line by line. LF, CR LF, CR and CR CR LF end a line.

use super::{PIECE, Piece, Source, failed};
use crate::error::Result;
use std::io::{ErrorKind, Read};
use std::ops::Range;

/// A line: where it begins, where its text ends, and where the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Line {
    pub(in super::super) start: u64,
    pub(in super::super) end: u64,
    pub(in super::super) next: u64,
}

/// Reads a range line by line with one buffer.
pub(in super::super) struct Lines<'s, 'a> {
    piece: Piece<'s, 'a>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Where in the source `at` is.
    offset: u64,
    over: bool,
}

impl<'s, 'a> Lines<'s, 'a> {
    pub(in super::super) fn new(source: &'s Source<'a>, range: Range<u64>) -> Lines<'s, 'a> {
        let offset = range.start;
        let piece = source.piece(range);
        Lines { piece, buffer: vec![0; PIECE], at: 0, filled: 0, offset, over: false }
    }

    /// The next line; `None` at the end. The first `keep` bytes of its text are put into `text`.
    pub(in super::super) fn next(
        &mut self,
        text: &mut Vec<u8>,
        keep: usize,
    ) -> Result<Option<Line>> {
        text.clear();
        let start = self.offset;
        loop {
            if !self.ensure(1)? {
                let line = Line { start, end: self.offset, next: self.offset };
                return Ok((start < self.offset).then_some(line));
            }
            let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
            let stop = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let plain = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
            let room = keep.saturating_sub(text.len()).min(plain.len());
            text.extend_from_slice(plain.get(..room).unwrap_or_default());
            self.advance(plain.len());
            if stop.is_some() {
                let end = self.offset;
                // What follows a CR decides how long the end of the line is.
                self.ensure(3)?;
                let rest = self.buffer.get(self.at..self.filled).unwrap_or_default();
                let len = match rest {
                    [b'\r', b'\n', ..] => 2,
                    [b'\r', b'\r', b'\n', ..] => 3,
                    _ => 1,
                };
                self.advance(len);
                return Ok(Some(Line { start, end, next: self.offset }));
            }
        }
    }

    fn advance(&mut self, len: usize) {
        self.at = self.at.saturating_add(len);
        self.offset = self.offset.saturating_add(len as u64);
    }

    /// Whether there are at least so many bytes in the buffer; reads them if they are not.
    fn ensure(&mut self, count: usize) -> Result<bool> {
        while self.filled.saturating_sub(self.at) < count && !self.over {
            if self.at > 0 {
                self.buffer.copy_within(self.at..self.filled, 0);
                self.filled -= self.at;
                self.at = 0;
            }
            let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.piece.read(room) {
                Ok(0) => self.over = true,
                Ok(read) => self.filled = self.filled.saturating_add(read),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(self.filled.saturating_sub(self.at) >= count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn lines(bytes: &[u8], keep: usize) -> Vec<(Vec<u8>, u64)> {
        let source = Source::new(Cursor::new(bytes)).unwrap();
        let mut lines = Lines::new(&source, 0..source.len());
        let (mut text, mut found, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(line) = lines.next(&mut text, keep).unwrap() {
            assert_eq!(line.start, at);
            at = line.next;
            found.push((text.clone(), line.next - line.end));
        }
        assert_eq!(at, bytes.len() as u64);
        found
    }

    #[test]
    fn every_end_of_a_line_is_one() {
        let found = lines(b"a\nb\r\nc\rd\r\r\n\r\n\n\re", 10);
        let expected: [(&[u8], u64); 8] =
            [(b"a", 1), (b"b", 2), (b"c", 1), (b"d", 3), (b"", 2), (b"", 1), (b"", 1), (b"e", 0)];
        assert_eq!(found, expected.map(|(text, len)| (text.to_vec(), len)));
    }

    #[test]
    fn long_lines_are_cut_in_what_is_kept_and_nowhere_else() {
        let mut bytes = vec![b'x'; 3 * PIECE - 1];
        bytes.extend(b"\r\nnext");
        assert_eq!(lines(&bytes, 4), [(b"xxxx".to_vec(), 2), (b"next".to_vec(), 0)]);
    }
}
