//! The header of a compressed RTF value, and what is said where the value is not what it tells.

use super::decode::End;
use super::{HEADER, LZFU, MELA};
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity, Validation};
use crate::wire::Reader;

/// How much of the header COMPSIZE counts.
const COUNTED: usize = 12;

/// The element that places name; the layers above put the path of the stream in its stead.
const PLACE: &str = "compressed RTF";

pub(super) const DECOMPRESS: &str = "decompress RTF";

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Header {
    /// COMPSIZE.
    pub(super) comp_size: u32,
    /// RAWSIZE.
    pub(super) raw_size: u32,
    /// COMPTYPE.
    pub(super) comp_type: u32,
    /// CRC.
    pub(super) crc: u32,
}

impl Header {
    pub(super) fn read(value: &[u8]) -> Result<Header> {
        let mut fields = Reader::new(value);
        let mut field = || fields.u32();
        let header = (|| {
            let (comp_size, raw_size) = (field()?, field()?);
            Some(Header { comp_size, raw_size, comp_type: field()?, crc: field()? })
        })();
        header.ok_or_else(|| {
            unreadable(format!("{} bytes, fewer than the header has", value.len()), 0)
        })
    }

    /// The header of contents; sizes that it cannot tell are the greatest.
    pub(super) fn of(contents: usize, raw_size: usize, comp_type: u32, crc: u32) -> Header {
        let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let comp_size = size(contents.saturating_add(COUNTED));
        Header { comp_size, raw_size: size(raw_size), comp_type, crc }
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let fields = [self.comp_size, self.raw_size, self.comp_type, self.crc];
        fields.iter().flat_map(|field| field.to_le_bytes()).collect()
    }

    /// How many bytes follow the header, as COMPSIZE has it; none if it does not reach so far.
    pub(super) fn contents_len(&self) -> Option<usize> {
        wide(self.comp_size).checked_sub(COUNTED)
    }

    fn len(&self) -> usize {
        wide(self.comp_size).saturating_add(HEADER - COUNTED)
    }

    /// COMPSIZE is less than the header.
    pub(super) fn too_short(&self) -> Error {
        let len = self.len();
        unreadable(format!("the header says {len} bytes, fewer than its own"), 0)
    }

    /// The type is none that is known, and the contents are not RTF.
    pub(super) fn unknown(&self) -> Error {
        let note = format!("the type is {:#010x}, neither LZFu nor MELA", self.comp_type);
        unreadable(note, 8)
    }

    /// The value is longer or shorter than COMPSIZE.
    pub(super) fn tell_comp_size(&self, what: String, report: &mut Report) -> Result<()> {
        let text = format!("{what}, the header says {}", self.len());
        report.warning("lzfu-comp-size", 0, text)
    }

    /// Compares the checksum of tokens, or the one of stored RTF, which is 0.
    pub(super) fn tell_crc(&self, crc: u32, report: &mut Report) -> Result<()> {
        let crc = match self.comp_type {
            LZFU => crc,
            MELA => 0,
            _ => return Ok(()),
        };
        if crc == self.crc {
            return Ok(());
        }
        let text = format!("the checksum is {crc:#010x}, the header says {:#010x}", self.crc);
        report.warning("lzfu-crc", 12, text)
    }

    /// How the tokens ended, after `len` bytes of text.
    pub(super) fn tell_end(&self, end: End, len: usize, report: &mut Report) -> Result<()> {
        let (code, at, text) = match end {
            End::Token => return Ok(()),
            End::Missing(at) => ("lzfu-no-end", at, "no end token"),
            End::Cut(at) => ("lzfu-cut-token", at, "cut off inside a token"),
        };
        let lost = len < wide(self.raw_size);
        let text = format!("{text} after {len} of {} bytes of RTF", self.raw_size);
        report.deviation(lost, code, HEADER + at, text)
    }

    /// Compares stored RTF, of which `kept` bytes are the text, with RAWSIZE; `rest` if more than NULs
    /// was left out. Writers exist that count 12 bytes of the header in RAWSIZE (Aspose.Email: every
    /// MELA value seen so far), so it is no more than an upper bound.
    pub(super) fn tell_stored(
        &self,
        kept: usize,
        contents: usize,
        rest: bool,
        report: &mut Report,
    ) -> Result<()> {
        if contents == wide(self.raw_size) {
            return Ok(());
        }
        let claimed = wide(self.raw_size).min(self.contents_len().unwrap_or_default());
        let text = self.raw_size_text(contents);
        report.deviation(kept < claimed || rest, "lzfu-raw-size", 4, text)
    }

    /// The type is not known, yet the contents are RTF.
    pub(super) fn tell_type(&self, report: &mut Report) -> Result<()> {
        let text = format!("the type is {:#010x}, yet the contents are plain RTF", self.comp_type);
        report.warning("lzfu-type", 8, text)
    }

    /// Compares the length of the text with RAWSIZE.
    pub(super) fn tell_raw_size(&self, len: usize, report: &mut Report) -> Result<()> {
        match len == wide(self.raw_size) {
            true => Ok(()),
            false => report.warning("lzfu-raw-size", 4, self.raw_size_text(len)),
        }
    }

    /// The same, and NULs beyond RAWSIZE cut off.
    pub(super) fn fitted(&self, mut bytes: Vec<u8>, report: &mut Report) -> Result<Vec<u8>> {
        self.tell_raw_size(bytes.len(), report)?;
        let raw_size = wide(self.raw_size);
        if bytes.get(raw_size..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0)) {
            bytes.truncate(raw_size);
        }
        Ok(bytes)
    }

    fn raw_size_text(&self, len: usize) -> String {
        format!("{len} bytes of RTF, the header says {}", self.raw_size)
    }
}

/// Collects findings, or turns the first into an error.
pub(super) struct Report {
    pub(super) validation: Validation,
    pub(super) findings: Vec<Finding>,
}

impl Report {
    pub(super) fn warning(&mut self, code: &'static str, at: usize, text: String) -> Result<()> {
        self.deviation(false, code, at, text)
    }

    fn deviation(&mut self, lost: bool, code: &'static str, at: usize, text: String) -> Result<()> {
        if self.validation == Validation::Strict {
            return Err(unreadable(text, at));
        }
        let severity = if lost { Severity::Error } else { Severity::Warning };
        self.findings.push(Finding::new(severity, code, place(at), text));
        Ok(())
    }
}

pub(super) fn unreadable(note: String, at: usize) -> Error {
    Error::new(Code::CorruptData, DECOMPRESS).note(note).place(place(at))
}

pub(super) fn too_big(limit: u64) -> Error {
    let place = Place::new(PLACE).rule("limit: RTF raw size");
    Error::new(Code::TooBig, DECOMPRESS).note(format!("more than {limit} bytes")).place(place)
}

fn place(at: usize) -> Place {
    Place::new(PLACE).at(u64::try_from(at).unwrap_or(u64::MAX)).rule("MS-OXRTFCP")
}

/// A 32-bit size as one of memory.
pub(super) fn wide(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
