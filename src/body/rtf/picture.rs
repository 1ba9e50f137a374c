//! Pictures in RTF, for HTML made of it: those that browsers know become part of the HTML.
//!
//! ```text
//!  {\pict\pngblip\picwgoal1500 89504e47..}   -->   <img src="data:image/png;base64,iVBOR.." width="100">
//!  {\pict\wmetafile8 0100..}                 -->   <img alt="[image]" title="Windows metafile">
//! ```
//!
//! What the bytes are is told by their first ones, not by what the RTF says. Not here: pictures
//! that are attachments, and where they stand.
//!
//! Spec: msg-format 5.9, 9.1.

use super::group::Dest;
use super::out::Out;
use super::reader::{Mode, Reader};
use super::report::Flaw;
use super::token::hex;
use super::words::Pict;

/// A picture that is being read.
#[derive(Debug, Default)]
pub(super) struct Picture {
    bytes: Vec<u8>,
    /// The first digit of a byte.
    half: Option<u8>,
    /// Whether there was more than the limit allows.
    too_big: bool,
    dib: bool,
    /// What it is, if it is nothing for HTML.
    foreign: Option<&'static str>,
    /// In 1/20 points, and in percent of that; 0 is none said.
    wide: i32,
    high: i32,
    scale_wide: i32,
    scale_high: i32,
}

/// The greatest width and height that is told, in CSS pixels.
const MOST_PIXELS: i64 = 16_384;

/// How many bytes are written at once; a multiple of three.
const PART: usize = 3 << 10;

impl Picture {
    /// A word about the picture.
    pub(super) fn set(&mut self, word: Pict, number: i32) {
        match word {
            Pict::Known => {}
            Pict::Dib => self.dib = true,
            Pict::Foreign(name) => self.foreign = Some(name),
            Pict::Wide => self.wide = number,
            Pict::High => self.high = number,
            Pict::ScaleWide => self.scale_wide = number,
            Pict::ScaleHigh => self.scale_high = number,
        }
    }

    /// Its bytes as they are.
    pub(super) fn binary(&mut self, bytes: &[u8], limit: u64) {
        let len = u64::try_from(self.bytes.len().saturating_add(bytes.len()));
        if self.too_big || len.is_ok_and(|len| len > limit) {
            self.too_big = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Its bytes as hexadecimal digits; what is none is passed by.
    pub(super) fn digits(&mut self, text: &[u8], limit: u64) {
        for digit in text.iter().filter_map(|digit| hex(*digit)) {
            match self.half.take() {
                Some(high) => self.binary(&[high << 4 | digit], limit),
                None => self.half = Some(digit),
            }
        }
    }

    /// Writes what HTML shows of it.
    fn write(&self, out: &mut Out) {
        let (header, kind) = match *self.bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => (Vec::new(), Some("png")),
            [0xFF, 0xD8, 0xFF, ..] => (Vec::new(), Some("jpeg")),
            _ if self.dib => match bitmap_header(&self.bytes) {
                Some(header) => (header, Some("bmp")),
                None => (Vec::new(), None),
            },
            _ => (Vec::new(), None),
        };
        match kind {
            Some(kind) => {
                out.raw("<img src=\"data:image/");
                out.raw(kind);
                out.raw(";base64,");
                // The first part is as long as makes the others begin where base64 does.
                let (first, rest) = self
                    .bytes
                    .split_at_checked(PART - header.len() % 3)
                    .unwrap_or((&self.bytes, &[]));
                out.raw(&base64(&[&header, first].concat()));
                for part in rest.chunks(PART) {
                    out.raw(&base64(part));
                }
                out.raw("\" alt=\"\"");
            }
            None => {
                out.raw("<img alt=\"[image]\"");
                if let Some(foreign) = self.foreign {
                    out.raw(" title=\"");
                    out.raw(foreign);
                    out.raw("\"");
                }
            }
        }
        for (name, twips, scale) in
            [("width", self.wide, self.scale_wide), ("height", self.high, self.scale_high)]
        {
            if let Some(pixels) = pixels(twips, scale) {
                out.raw(&format!(" {name}=\"{pixels}\""));
            }
        }
        out.raw(">");
    }
}

/// A length in CSS pixels: 15 to the 1/20 point.
fn pixels(twips: i32, scale: i32) -> Option<i64> {
    let scale = if scale > 0 { i64::from(scale) } else { 100 };
    let scaled = i64::from(twips).saturating_mul(scale).saturating_add(750) / 1500;
    (twips > 0).then_some(scaled.clamp(1, MOST_PIXELS))
}

/// What a file has before a bitmap that is in memory; none if it is no bitmap.
fn bitmap_header(bitmap: &[u8]) -> Option<Vec<u8>> {
    const FILE_HEADER: u32 = 14;
    let long = |at: usize| {
        let bytes = bitmap.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let short = |at: usize| {
        let bytes = bitmap.get(at..at.checked_add(2)?)?;
        Some(u32::from(u16::from_le_bytes(bytes.try_into().ok()?)))
    };
    let header = long(0)?;
    let palette = match header {
        12 => palette(short(10)?, 0).checked_mul(3)?,
        40..=124 => {
            let masks = match (header, long(16)?) {
                (40, 3) => 12,
                (40, 6) => 16,
                _ => 0,
            };
            palette(short(14)?, long(32)?).checked_mul(4)?.checked_add(masks)?
        }
        _ => return None,
    };
    let len = u32::try_from(bitmap.len()).ok()?;
    let pixels = header.checked_add(palette).filter(|pixels| *pixels <= len)?;
    let mut file = b"BM".to_vec();
    file.extend(len.checked_add(FILE_HEADER)?.to_le_bytes());
    file.extend([0; 4]);
    file.extend(pixels.checked_add(FILE_HEADER)?.to_le_bytes());
    Some(file)
}

/// How many colors a bitmap's table has: as many as are used, or all that its bits can tell.
fn palette(bits: u32, used: u32) -> u32 {
    match (used, bits) {
        (0, 1 | 2 | 4 | 8) => 1 << bits,
        (used, _) => used,
    }
}

/// Base64 of RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit =
        |six: u8| DIGITS.get(usize::from(six & 0x3F)).map_or('A', |digit| char::from(*digit));
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for three in bytes.chunks(3) {
        let (first, second, third) = match *three {
            [first, second, third] => (first, Some(second), Some(third)),
            [first, second] => (first, Some(second), None),
            [first] => (first, None, None),
            _ => break,
        };
        let (middle, last) = (second.unwrap_or(0), third.unwrap_or(0));
        text.push(digit(first >> 2));
        text.push(digit(first << 4 | middle >> 4));
        text.push(second.map_or('=', |middle| digit(middle << 2 | last >> 6)));
        text.push(third.map_or('=', digit));
    }
    text
}

impl Reader<'_> {
    /// Whether a picture or a mark that stands here is shown: also where text is not, in a shape.
    fn shows_marks(&self) -> bool {
        self.mode == Mode::Rich && self.now.shows_marks()
    }

    /// `\pict`: a picture follows.
    pub(super) fn begin_picture(&mut self) {
        self.now.dest = if self.shows_marks() { Dest::Picture } else { Dest::Skip };
        self.picture = Picture::default();
    }

    pub(super) fn end_picture(&mut self) {
        let picture = std::mem::take(&mut self.picture);
        self.count(picture.bytes.len());
        self.flaw_unless(!picture.too_big, Flaw::Picture);
        self.flush_half();
        self.begin_text();
        picture.write(&mut self.out);
    }

    /// `\objattph`: the next attachment has its place here.
    pub(super) fn attachment(&mut self) {
        if self.shows_marks() {
            self.attachments = self.attachments.saturating_add(1);
            self.flush_half();
            self.begin_text();
            self.out.raw(&format!("<a id=\"attachment-{}\"></a>", self.attachments));
        }
    }
}
