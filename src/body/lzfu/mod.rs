//! Compressed RTF, the value of `PR_RTF_COMPRESSED`: a header and a token stream, or the text.
//!
//! ```text
//! offset 0   COMPSIZE  u32  bytes after this field: contents + 12
//!        4   RAWSIZE   u32  bytes of RTF
//!        8   COMPTYPE  u32  "LZFu": tokens, "MELA": the RTF itself
//!       12   CRC       u32  of the contents (LZFu), 0 (MELA)
//!       16   contents
//!
//! tokens: a control byte, then eight tokens, the least significant bit first:
//!   bit 0   1 byte    that byte
//!   bit 1   2 bytes   oooo oooo oooo llll, big-endian: the l + 2 bytes at dictionary offset o;
//!                     the end if o is the write offset of the dictionary
//! ```
//!
//! Not for what the RTF says: HTML inside it, code pages and trailing NULs (which one value in
//! eight has) are left to the reader of the RTF. Every size in the header is a claim. A reader
//! may rely on this: the text never exceeds the limit given, nor 8 times the contents plus 17
//! bytes, and no more than that is ever reserved.
//!
//! `docs/format/compressed-rtf.md` takes a value apart byte by byte.
//! Spec: F-060, F-061, F-062, F-063, F-064, F-065, F-066, F-067, F-068 (msg-format 4; MS-OXRTFCP).

mod decode;
mod dictionary;
mod encode;
#[cfg(test)]
mod tests;

use self::decode::End;
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity, Validation};
use crate::wire::{Reader, crc::crc32};

const LZFU: u32 = u32::from_le_bytes(*b"LZFu");
const MELA: u32 = u32::from_le_bytes(*b"MELA");

/// The length of the header, and of its part that COMPSIZE counts.
const HEADER: usize = 16;
const COUNTED: usize = 12;

/// What every RTF text begins with.
const RTF: &[u8] = b"{\\rtf";

/// The element that places name; the layers above put the path of the stream in its stead.
const PLACE: &str = "compressed RTF";

const DECOMPRESS: &str = "decompress RTF";

/// The text of a compressed RTF value, and what was wrong with the value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rtf {
    /// The RTF, byte for byte; 8-bit characters are in its own code page.
    pub bytes: Vec<u8>,
    /// What a lenient reading met, in the order it met it; empty after a strict one.
    pub findings: Vec<Finding>,
}

/// Gives the RTF of a compressed RTF value (the whole of `PR_RTF_COMPRESSED`).
///
/// `limit` is the most bytes of RTF to give. A lenient reading accepts, with a finding each:
///
/// | Finding | What is wrong | What the text is |
/// |---|---|---|
/// | `lzfu-comp-size` | COMPSIZE is not the length | from the bytes that are there and in COMPSIZE |
/// | `lzfu-crc` | the checksum is not that of the contents | as decoded |
/// | `lzfu-no-end` | the tokens stop without the end token | up to there |
/// | `lzfu-cut-token` | they stop inside a reference | up to there |
/// | `lzfu-raw-size` | RAWSIZE is not the length of the RTF | as decoded, less NULs beyond RAWSIZE |
/// | `lzfu-type` | COMPTYPE is unknown, the contents are RTF | the contents |
/// | `lzfu-no-header` | there is no header, only RTF | the whole value |
///
/// They are warnings, but errors where text is known to be lost: tokens that stop before
/// RAWSIZE bytes are reached, and stored RTF (MELA) that RAWSIZE cuts or that is not all there.
/// Bytes after the end token are padding, in both modes.
///
/// Spec: F-060, F-063, F-064, F-065, F-066, F-067, F-068 (msg-format 4.4, Q-50, Q-51). MAPI:
/// `WrapCompressedRTFStream`.
///
/// # Errors
/// - [`Code::CorruptData`] if there is no text at all to be had: fewer than 16 bytes, or an
///   unknown COMPTYPE before contents that are not RTF. In strict mode at the first deviation.
/// - [`Code::TooBig`] if the text is longer than `limit`.
///
/// # Example
/// ```
/// use openimsg::{Validation, body};
///
/// let mut value = body::rtf_compress(b"{\\rtf1 hello}");
/// let rtf = body::rtf_decompress(&value, Validation::Strict, 1 << 20)?;
/// assert_eq!(rtf.bytes, b"{\\rtf1 hello}");
///
/// value[12] ^= 1; // the checksum
/// let rtf = body::rtf_decompress(&value, Validation::Lenient, 1 << 20)?;
/// assert_eq!(rtf.bytes, b"{\\rtf1 hello}");
/// assert_eq!(rtf.findings[0].code(), "lzfu-crc");
/// # Ok::<(), openimsg::Error>(())
/// ```
pub fn rtf_decompress(compressed: &[u8], validation: Validation, limit: u64) -> Result<Rtf> {
    let mut report = Report { validation, findings: Vec::new() };
    let Some(header) = Header::read(compressed) else {
        let note = format!("{} bytes, fewer than the header has", compressed.len());
        return Err(unreadable(note, 0));
    };
    let known = header.comp_type == LZFU || header.comp_type == MELA;
    if !known && compressed.starts_with(RTF) {
        report.warning("lzfu-no-header", 0, "RTF without the header of compressed RTF".into())?;
        return Ok(Rtf { bytes: plain(compressed, limit)?, findings: report.findings });
    }

    let contents = header.contents(compressed, &mut report)?;
    if !known && !contents.starts_with(RTF) {
        let note = format!("the type is {:#010x}, neither LZFu nor MELA", header.comp_type);
        return Err(unreadable(note, 8));
    }
    let crc = if header.comp_type == LZFU { crc32(0, contents) } else { 0 };
    if known && crc != header.crc {
        let text = format!("the checksum is {:#010x}, the header says {:#010x}", crc, header.crc);
        report.warning("lzfu-crc", 12, text)?;
    }
    let bytes = match header.comp_type {
        LZFU => header.decoded(contents, limit, &mut report)?,
        MELA => header.stored(contents, limit, &mut report)?,
        other => {
            let text = format!("the type is {other:#010x}, yet the contents are plain RTF");
            report.warning("lzfu-type", 8, text)?;
            header.fitted(plain(contents, limit)?, &mut report)?
        }
    };
    Ok(Rtf { bytes, findings: report.findings })
}

/// Compresses RTF (LZFu), with the bytes that the reference encoder gives.
///
/// Exception: where the reference encoder would damage the text, which takes a text of more than
/// 4 000 bytes that repeats in an unlucky rhythm, the result is one that decodes to `rtf`.
/// Incompressible text grows by an eighth. The sizes in the header are 32 bits wide; those of a
/// text that needs more read 0xFFFFFFFF.
///
/// Spec: F-061, F-062 (msg-format 4.5). MAPI: `WrapCompressedRTFStream` for writing.
///
/// # Example
/// ```
/// let value = openimsg::body::rtf_compress(b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
/// assert_eq!(value[8..12], *b"LZFu");
/// assert_eq!(value.len(), 16 + 14);
/// ```
#[must_use]
pub fn rtf_compress(rtf: &[u8]) -> Vec<u8> {
    let contents = encode::encode(rtf);
    with_header(LZFU, crc32(0, &contents), rtf.len(), &contents)
}

/// Wraps RTF without compressing it (MELA).
///
/// Spec: F-063 (msg-format 4.1). MAPI: `WrapCompressedRTFStream` with
/// `STORE_UNCOMPRESSED_RTF`.
///
/// # Example
/// ```
/// let value = openimsg::body::rtf_store(b"{\\rtf1 hello}");
/// assert_eq!(value[8..12], *b"MELA");
/// assert_eq!(value[16..], *b"{\\rtf1 hello}");
/// ```
#[must_use]
pub fn rtf_store(rtf: &[u8]) -> Vec<u8> {
    with_header(MELA, 0, rtf.len(), rtf)
}

fn with_header(comp_type: u32, crc: u32, raw_size: usize, contents: &[u8]) -> Vec<u8> {
    let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let mut value = Vec::with_capacity(HEADER + contents.len());
    for field in [size(contents.len().saturating_add(COUNTED)), size(raw_size), comp_type, crc] {
        value.extend_from_slice(&field.to_le_bytes());
    }
    value.extend_from_slice(contents);
    value
}

struct Header {
    /// COMPSIZE.
    comp_size: u32,
    /// RAWSIZE.
    raw_size: u32,
    /// COMPTYPE.
    comp_type: u32,
    /// CRC.
    crc: u32,
}

impl Header {
    fn read(value: &[u8]) -> Option<Header> {
        let mut fields = Reader::new(value);
        let (comp_size, raw_size) = (fields.u32()?, fields.u32()?);
        Some(Header { comp_size, raw_size, comp_type: fields.u32()?, crc: fields.u32()? })
    }

    /// The bytes after the header, as far as COMPSIZE goes.
    fn contents<'a>(&self, value: &'a [u8], report: &mut Report) -> Result<&'a [u8]> {
        let end = wide(self.comp_size).saturating_add(HEADER - COUNTED);
        if end != value.len() {
            let text = format!("{} bytes, the header says {end}", value.len());
            report.warning("lzfu-comp-size", 0, text)?;
        }
        value.get(HEADER..end.min(value.len())).ok_or_else(|| {
            unreadable(format!("the header says {end} bytes, fewer than its own"), 0)
        })
    }

    fn decoded(&self, contents: &[u8], limit: u64, report: &mut Report) -> Result<Vec<u8>> {
        let (bytes, end) = decode::decode(contents, self.raw_size, limit)?;
        let (code, at, text) = match end {
            End::Token => return self.fitted(bytes, report),
            End::Missing(at) => ("lzfu-no-end", at, "no end token"),
            End::Cut(at) => ("lzfu-cut-token", at, "cut off inside a token"),
        };
        let lost = bytes.len() < wide(self.raw_size);
        let text = format!("{text} after {} of {} bytes of RTF", bytes.len(), self.raw_size);
        report.deviation(lost, code, HEADER + at, text)?;
        self.fitted(bytes, report)
    }

    /// Writers exist that count 12 bytes of the header in RAWSIZE (Aspose.Email: every MELA
    /// value seen so far), so it is no more than an upper bound.
    fn stored(&self, contents: &[u8], limit: u64, report: &mut Report) -> Result<Vec<u8>> {
        let (kept, rest) = contents.split_at(contents.len().min(wide(self.raw_size)));
        let claimed = wide(self.raw_size).min(wide(self.comp_size).saturating_sub(COUNTED));
        if kept.len() != wide(self.raw_size) || !rest.is_empty() {
            let lost = kept.len() < claimed || rest.iter().any(|byte| *byte != 0);
            report.deviation(lost, "lzfu-raw-size", 4, self.raw_size_text(contents.len()))?;
        }
        plain(kept, limit)
    }

    /// Compares the length with RAWSIZE, and cuts off NULs beyond it.
    fn fitted(&self, mut bytes: Vec<u8>, report: &mut Report) -> Result<Vec<u8>> {
        let raw_size = wide(self.raw_size);
        if bytes.len() != raw_size {
            report.warning("lzfu-raw-size", 4, self.raw_size_text(bytes.len()))?;
            if bytes.get(raw_size..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0)) {
                bytes.truncate(raw_size);
            }
        }
        Ok(bytes)
    }

    fn raw_size_text(&self, len: usize) -> String {
        format!("{len} bytes of RTF, the header says {}", self.raw_size)
    }
}

/// Collects findings, or turns the first into an error.
struct Report {
    validation: Validation,
    findings: Vec<Finding>,
}

impl Report {
    fn warning(&mut self, code: &'static str, at: usize, text: String) -> Result<()> {
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

/// The bytes as they are, if the limit allows.
fn plain(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= limit) {
        Ok(bytes.to_vec())
    } else {
        Err(too_big(limit))
    }
}

fn unreadable(note: String, at: usize) -> Error {
    Error::new(Code::CorruptData, DECOMPRESS).note(note).place(place(at))
}

fn too_big(limit: u64) -> Error {
    let place = Place::new(PLACE).rule("limit: RTF raw size");
    Error::new(Code::TooBig, DECOMPRESS).note(format!("more than {limit} bytes")).place(place)
}

fn place(at: usize) -> Place {
    Place::new(PLACE).at(u64::try_from(at).unwrap_or(u64::MAX)).rule("MS-OXRTFCP")
}

/// A 32-bit size as one of memory.
fn wide(size: u32) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
