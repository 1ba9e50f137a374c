//! Reading compressed RTF as it comes: [`RtfDecompressor`].
//!
//! ```text
//!  source -> input (8 KiB, no further than COMPSIZE) -> Text (the last 4 KiB and what follows) -> caller
//!               '- checksum                              '- NULs beyond RAWSIZE are held back
//! ```
//! What is wrong with the value is the same as [`rtf_decompress`](super::rtf_decompress) finds; most
//! of it is known at the end only.

use super::decode::{End, Stop, Text};
use super::header::{DECOMPRESS, Header, Report, wide};
use super::{HEADER, LZFU, MELA, RTF};
use crate::error::{Code, Error};
use crate::finding::{Finding, Validation};
use crate::wire::{Reader, crc::crc32};
use std::io::{self, Read};

/// How much is read of the source at once, and about how much text is made of it at once.
const PIECE: usize = 8 << 10;
const ENOUGH: usize = 24 << 10;

/// Reads the RTF out of a compressed RTF value, piece by piece.
///
/// The same text and the same findings as [`rtf_decompress`](super::rtf_decompress) gives, in about
/// 50 KiB of memory whatever the size. The checksum and the sizes can only be told at the end: the
/// text that was read before is not confirmed by them, and [`RtfDecompressor::findings`] is complete
/// once a read gave nothing.
///
/// Spec: F-060, F-063, F-064, F-066, F-068 (msg-format 4.4). MAPI: `WrapCompressedRTFStream`.
///
/// # Errors
/// Reading fails with an `io::Error` that holds an [`Error`] (`get_ref`, `downcast_ref`):
/// - [`Code::CorruptData`] if there is no text to be had, and in strict mode at a deviation;
/// - [`Code::TooBig`] if the text is longer than the limit.
///
/// Errors of the source are passed on as they are; after them reading may go on.
///
/// # Example
/// ```
/// use openimsg::{Validation, body::{RtfDecompressor, rtf_compress}};
/// use std::io::Read;
///
/// let value = rtf_compress(b"{\\rtf1 hello}");
/// let mut rtf = RtfDecompressor::new(&value[..], Validation::Lenient, 1 << 20);
/// let mut text = String::new();
/// rtf.read_to_string(&mut text)?;
/// assert_eq!(text, "{\\rtf1 hello}");
/// assert!(rtf.findings().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct RtfDecompressor<R> {
    source: R,
    pub(super) input: Vec<u8>,
    /// How much of `input` is used up.
    used: usize,
    /// How many bytes of the contents came before `input`.
    before: usize,
    /// How many bytes of the contents may still come.
    room: u64,
    /// Whether the value goes on after the contents, or its source has ended.
    longer: bool,
    ended: bool,
    header: Header,
    crc: u32,
    phase: Phase,
    pub(super) text: Text,
    /// How much of `text.bytes` was given out.
    given: usize,
    nuls: Nuls,
    /// What ended the tokens.
    end: Option<End>,
    /// Of stored RTF: whether bytes beyond RAWSIZE say something.
    rest: bool,
    report: Report,
    /// What is wrong with the value, until it is told.
    fault: Option<Error>,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Head,
    Tokens,
    /// Stored RTF (MELA): RAWSIZE bytes of it.
    Stored,
    /// An unknown type, but RTF.
    Unknown,
    /// RTF without a header.
    Bare,
    /// The text is complete; what is left of the contents counts for the checksum only.
    Rest,
    Done,
    Failed(Code),
}

/// NULs after RAWSIZE, which belong to the text only if something follows them.
#[derive(Debug, Clone, Copy, Default)]
struct Nuls {
    /// From where on NULs are held back; nowhere if none are.
    from: Option<usize>,
    held: usize,
    /// To be given out before anything else.
    owed: usize,
}

impl<R: Read> RtfDecompressor<R> {
    /// A reader of the value that begins where `source` is and goes to its end. `limit` is the most
    /// bytes of RTF to give. Nothing is read yet.
    pub fn new(source: R, validation: Validation, limit: u64) -> Self {
        RtfDecompressor {
            source,
            input: Vec::new(),
            used: 0,
            before: 0,
            room: u64::MAX,
            longer: false,
            ended: false,
            header: Header::default(),
            crc: 0,
            phase: Phase::Head,
            text: Text::new(limit),
            given: 0,
            nuls: Nuls::default(),
            end: None,
            rest: false,
            report: Report { validation, findings: Vec::new() },
            fault: None,
        }
    }

    /// What a lenient reading met; complete once a read gave nothing.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.report.findings
    }

    /// The source, which was read to its end, or one byte beyond the contents.
    pub fn into_inner(self) -> R {
        self.source
    }

    /// Text that is there, as far as the buffer takes it.
    fn give(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            if self.nuls.owed > 0 {
                let len = self.nuls.owed.min(buffer.len());
                buffer.get_mut(..len).unwrap_or_default().fill(0);
                self.nuls.owed -= len;
                return len;
            }
            let gone = self.text.len() - self.text.bytes.len();
            let mut there = self.text.bytes.get(self.given..).unwrap_or_default();
            if there.is_empty() {
                return 0;
            }
            if let Some(from) = self.nuls.from {
                let before = from.saturating_sub(gone + self.given);
                if before == 0 {
                    let nuls = there.iter().take_while(|byte| **byte == 0).count();
                    self.nuls.held += nuls;
                    self.given += nuls;
                    if nuls < there.len() {
                        self.nuls = Nuls { from: None, held: 0, owed: self.nuls.held };
                    }
                    continue;
                }
                there = there.get(..before).unwrap_or(there);
            }
            let len = there.len().min(buffer.len());
            if let (Some(to), Some(from)) = (buffer.get_mut(..len), there.get(..len)) {
                to.copy_from_slice(from);
            }
            self.given += len;
            return len;
        }
    }

    /// Reads on in the source; `false` if there are no contents left.
    fn fill(&mut self) -> Result<bool, Fault> {
        let room = PIECE.min(usize::try_from(self.room).unwrap_or(PIECE));
        if room == 0 || self.ended {
            return Ok(false);
        }
        self.input.drain(..self.used);
        self.before += self.used;
        self.used = 0;
        let old = self.input.len();
        self.input.resize(old + room, 0);
        let read = self.source.read(self.input.get_mut(old..).unwrap_or_default());
        let len = read.as_ref().map_or(0, |len| (*len).min(room));
        self.input.truncate(old + len);
        read?;
        self.ended = len == 0;
        self.room = self.room.saturating_sub(u64::try_from(len).unwrap_or(u64::MAX));
        self.crc = crc32(self.crc, self.input.get(old..).unwrap_or_default());
        Ok(len > 0)
    }

    /// The header, and what tells which kind of value it is.
    fn head(&mut self) -> Result<(), Fault> {
        let wanted = HEADER + RTF.len();
        while self.input.len() < wanted && !self.ended {
            self.room = u64::try_from(wanted - self.input.len()).unwrap_or(0);
            self.fill()?;
        }
        self.room = u64::MAX;
        self.header = Header::read(&self.input)?;
        let known = matches!(self.header.comp_type, LZFU | MELA);
        if !known && self.input.starts_with(RTF) {
            let text = "RTF without the header of compressed RTF".into();
            self.report.warning("lzfu-no-header", 0, text)?;
            self.phase = Phase::Bare;
            return Ok(());
        }
        let Some(len) = self.header.contents_len() else {
            return Err(self.header.too_short().into());
        };
        self.input.drain(..HEADER);
        if self.input.len() > len {
            self.longer = true;
            self.input.truncate(len);
        }
        self.room = u64::try_from(len - self.input.len()).unwrap_or(0);
        if !known && !self.input.starts_with(RTF) {
            return Err(self.header.unknown().into());
        }
        self.crc = crc32(0, &self.input);
        (self.phase, self.nuls.from) = match self.header.comp_type {
            LZFU => (Phase::Tokens, Some(wide(self.header.raw_size))),
            MELA => (Phase::Stored, None),
            _ => (Phase::Unknown, Some(wide(self.header.raw_size))),
        };
        Ok(())
    }

    /// More text of tokens.
    fn tokens(&mut self) -> Result<(), Fault> {
        let mut last = false;
        loop {
            let mut tokens = Reader::new(self.input.get(self.used..).unwrap_or_default());
            let stop = self.text.read(&mut tokens, last, ENOUGH)?;
            let from = self.before + self.used;
            self.used += tokens.position();
            match stop {
                Stop::Full => return Ok(()),
                Stop::Input => last = !self.fill()?,
                Stop::End(end) => {
                    self.end = Some(match end {
                        End::Token => End::Token,
                        End::Missing(at) => End::Missing(from + at),
                        End::Cut(at) => End::Cut(from + at),
                    });
                    self.phase = Phase::Rest;
                    return Ok(());
                }
            }
        }
    }

    /// More text that is stored as it is.
    fn stored(&mut self) -> Result<(), Fault> {
        if self.used == self.input.len() && !self.fill()? {
            self.phase = if self.phase == Phase::Bare { Phase::Done } else { Phase::Rest };
            return Ok(());
        }
        let most = match self.phase {
            Phase::Stored => wide(self.header.raw_size).saturating_sub(self.text.len()),
            _ => usize::MAX,
        };
        let here = self.input.get(self.used..).unwrap_or_default();
        let (kept, rest) = here.split_at(here.len().min(most));
        self.text.append(kept)?;
        self.rest |= rest.iter().any(|byte| *byte != 0);
        self.used = self.input.len();
        Ok(())
    }

    /// The rest of the contents, and what is wrong with the value.
    fn finish(&mut self) -> Result<(), Fault> {
        loop {
            self.used = self.input.len();
            if !self.fill()? {
                break;
            }
        }
        let contents = self.before + self.used;
        if self.room == 0 && !self.longer {
            self.longer = self.source.read(&mut [0])? > 0;
        }
        self.tell(contents)?;
        self.phase = Phase::Done;
        Ok(())
    }

    /// The findings, in the order of those of the whole value.
    fn tell(&mut self, contents: usize) -> crate::error::Result<()> {
        let (header, report) = (&self.header, &mut self.report);
        if self.room > 0 {
            header.tell_comp_size(format!("{} bytes", contents.saturating_add(HEADER)), report)?;
        } else if self.longer {
            header.tell_comp_size("more bytes".into(), report)?;
        }
        header.tell_crc(self.crc, report)?;
        match (header.comp_type, self.end) {
            (MELA, _) => header.tell_stored(self.text.len(), contents, self.rest, report),
            (LZFU, end) => {
                header.tell_end(end.unwrap_or(End::Token), self.text.len(), report)?;
                header.tell_raw_size(self.text.len(), report)
            }
            _ => {
                header.tell_type(report)?;
                header.tell_raw_size(self.text.len(), report)
            }
        }
    }

    fn failed(&self) -> bool {
        matches!(self.phase, Phase::Failed(_))
    }

    fn advance(&mut self) -> Result<(), Fault> {
        if self.given == self.text.bytes.len() {
            self.given -= self.text.slide();
        }
        match self.phase {
            Phase::Head => self.head(),
            Phase::Tokens => self.tokens(),
            Phase::Stored | Phase::Unknown | Phase::Bare => self.stored(),
            Phase::Rest => self.finish(),
            Phase::Done => Ok(()),
            Phase::Failed(code) => {
                let again = || Error::new(code, DECOMPRESS).note("it failed before");
                Err(self.fault.take().unwrap_or_else(again).into())
            }
        }
    }
}

impl<R: Read> Read for RtfDecompressor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let len = self.give(buffer);
            if len > 0 || self.phase == Phase::Done {
                return Ok(len);
            }
            match self.advance() {
                Ok(()) => {}
                Err(Fault::Source(error)) => return Err(error),
                Err(Fault::Value(error)) if self.failed() => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
                // The text before it comes first.
                Err(Fault::Value(error)) => {
                    self.phase = Phase::Failed(error.code());
                    self.fault = Some(error);
                }
            }
        }
    }
}

impl<R> std::fmt::Debug for RtfDecompressor<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RtfDecompressor")
            .field("phase", &self.phase)
            .field("text", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// What went wrong: reading the source, or the value.
enum Fault {
    Source(io::Error),
    Value(Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Source(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Value(error)
    }
}
