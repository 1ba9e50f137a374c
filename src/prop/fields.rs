//! A cursor over a structured value that says where it ends too early.

use crate::error::{Code, Error, Place, Result};
use crate::wire::{CodePage, Reader, Text};

/// Reads the fields of one structured value. Every error names the value, the byte and the rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    reader: Reader<'a>,
    doing: &'static str,
    rule: &'static str,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8], doing: &'static str, rule: &'static str) -> Fields<'a> {
        Fields { reader: Reader::new(bytes), doing, rule }
    }

    /// An error at the current position.
    pub(crate) fn fault(&self, note: impl Into<String>) -> Error {
        let at = u64::try_from(self.position()).unwrap_or(u64::MAX);
        let place = Place::new("value").at(at).rule(self.rule);
        Error::new(Code::CorruptData, self.doing).note(note).place(place)
    }

    fn need<T>(&self, got: Option<T>) -> Result<T> {
        got.ok_or_else(|| self.fault("the bytes end early"))
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let got = self.reader.take(len);
        self.need(got)
    }

    /// As many bytes as a 32-bit field claims.
    pub(crate) fn take_claimed(&mut self, len: u32) -> Result<&'a [u8]> {
        let got = usize::try_from(len).ok().and_then(|len| self.reader.take(len));
        self.need(got)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let got = self.reader.array();
        self.need(got)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        let got = self.reader.u8();
        self.need(got)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        let got = self.reader.u16();
        self.need(got)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        let got = self.reader.u32();
        self.need(got)
    }

    /// A count of items that take at least `least` bytes each: no more than the bytes can hold.
    pub(crate) fn count(&mut self, least: usize) -> Result<usize> {
        let before = *self;
        let claimed = self.u32()?;
        self.fits(claimed, least).ok_or_else(|| before.fault("more items than bytes"))
    }

    /// The same for a 16-bit count.
    pub(crate) fn short_count(&mut self, least: usize) -> Result<usize> {
        let before = *self;
        let claimed = u32::from(self.u16()?);
        self.fits(claimed, least).ok_or_else(|| before.fault("more items than bytes"))
    }

    fn fits(&self, claimed: u32, least: usize) -> Option<usize> {
        let claimed = usize::try_from(claimed).ok()?;
        (claimed.checked_mul(least)? <= self.rest().len()).then_some(claimed)
    }

    /// 8-bit text up to its NUL, which is passed over.
    pub(crate) fn narrow(&mut self) -> Result<String> {
        let len = self.rest().iter().position(|byte| *byte == 0);
        let len = len.ok_or_else(|| self.fault("a text without its NUL"))?;
        let text = latin(self.take(len)?);
        self.take(1)?;
        Ok(text)
    }

    /// UTF-16 text up to its NUL, which is passed over.
    pub(crate) fn wide(&mut self) -> Result<String> {
        let units = self.rest().as_chunks::<2>().0;
        let len = units.iter().position(|unit| *unit == [0, 0]);
        let len = len.ok_or_else(|| self.fault("a text without its NUL"))?;
        let text = self.wide_units(len)?;
        self.take(2)?;
        Ok(text)
    }

    /// So many units of UTF-16 text.
    pub(crate) fn wide_units(&mut self, units: usize) -> Result<String> {
        let bytes = self.take(units.saturating_mul(2))?;
        Ok(Text::from_utf16le(bytes).into_string_lossy())
    }

    pub(crate) fn position(&self) -> usize {
        self.reader.position()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }
}

/// 8-bit text of a structure that does not say its code page.
pub(crate) fn latin(bytes: &[u8]) -> String {
    CodePage::WINDOWS_1252.decode(bytes).text.into_owned()
}

/// UTF-16LE with its NUL.
pub(crate) fn put_wide(out: &mut Vec<u8>, text: &str) {
    out.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
}
