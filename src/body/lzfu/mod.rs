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
mod header;
mod read;
#[cfg(test)]
mod tests;
mod write;

use self::header::{Header, Report, too_big, wide};
use crate::error::Result;
use crate::finding::{Finding, Validation};
use crate::wire::crc::crc32;

pub use self::read::RtfDecompressor;
pub use self::write::RtfCompressor;

const LZFU: u32 = u32::from_le_bytes(*b"LZFu");
const MELA: u32 = u32::from_le_bytes(*b"MELA");

/// The length of the header.
const HEADER: usize = 16;

/// What every RTF text begins with.
const RTF: &[u8] = b"{\\rtf";

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
    let header = Header::read(compressed)?;
    let known = header.comp_type == LZFU || header.comp_type == MELA;
    if !known && compressed.starts_with(RTF) {
        report.warning("lzfu-no-header", 0, "RTF without the header of compressed RTF".into())?;
        return Ok(Rtf { bytes: plain(compressed, limit)?, findings: report.findings });
    }

    let rest = compressed.get(HEADER..).unwrap_or_default();
    let len = header.contents_len().unwrap_or_default();
    if len != rest.len() || header.contents_len().is_none() {
        header.tell_comp_size(format!("{} bytes", compressed.len()), &mut report)?;
    }
    if header.contents_len().is_none() {
        return Err(header.too_short());
    }
    let contents = rest.get(..len).unwrap_or(rest);
    if !known && !contents.starts_with(RTF) {
        return Err(header.unknown());
    }
    let crc = if header.comp_type == LZFU { crc32(0, contents) } else { 0 };
    header.tell_crc(crc, &mut report)?;
    let bytes = match header.comp_type {
        LZFU => {
            let (bytes, end) = decode::decode(contents, header.raw_size, limit)?;
            header.tell_end(end, bytes.len(), &mut report)?;
            header.fitted(bytes, &mut report)?
        }
        MELA => {
            let (kept, rest) = contents.split_at(contents.len().min(wide(header.raw_size)));
            let rest = rest.iter().any(|byte| *byte != 0);
            header.tell_stored(kept.len(), contents.len(), rest, &mut report)?;
            plain(kept, limit)?
        }
        _ => {
            header.tell_type(&mut report)?;
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
    let header = Header::of(contents.len(), raw_size, comp_type, crc);
    let mut value = Vec::with_capacity(HEADER + contents.len());
    value.extend_from_slice(&header.to_bytes());
    value.extend_from_slice(contents);
    value
}

/// The bytes as they are, if the limit allows.
fn plain(bytes: &[u8], limit: u64) -> Result<Vec<u8>> {
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= limit) {
        Ok(bytes.to_vec())
    } else {
        Err(too_big(limit))
    }
}
