//! The reader's characters: bytes in the page of a font, and characters by number.
//!
//! Bytes of a page with characters of several bytes are kept until something comes that cannot go
//! on with them, since the bytes of one character may be in several tokens. Halves of surrogate
//! pairs are kept until other text comes.
//!
//! Spec: F-073, F-074, F-075, F-076, F-077 (msg-format 5.6).

use super::group::{DEFAULT_FONT, Dest};
use super::reader::{Mode, Reader};
use super::report::Flaw;

impl Reader<'_> {
    /// Bytes in the page of the current font.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        match self.now.dest {
            Dest::Colors => self.rich.colors(bytes),
            Dest::Instruction => self.rich.instruction(bytes),
            Dest::FontTable if self.mode == Mode::Rich => self.font_name(bytes),
            _ => {}
        }
        if bytes.is_empty() || !self.visible() {
            return;
        }
        self.count(bytes.len());
        if self.pending.is_empty()
            && bytes.is_ascii()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            self.write(text);
            return;
        }
        let at = self.current_page();
        let Some(page) = self.fonts.page(at) else { return };
        if page.is_multi_byte() {
            self.pending.extend_from_slice(bytes);
        } else if let [byte] = *bytes {
            let c = page.single(byte).unwrap_or('\u{FFFD}');
            self.decoded(c.encode_utf8(&mut [0; 4]), c == '\u{FFFD}');
        } else {
            let decoded = page.code_page.decode(bytes);
            self.decoded(&decoded.text, decoded.malformed);
        }
    }

    fn current_page(&mut self) -> usize {
        if let Some(page) = self.page {
            return page;
        }
        let page = self.fonts.prepare(self.fonts.page_of(self.font()));
        self.page = Some(page);
        page
    }

    /// The current font.
    pub(super) fn font(&self) -> i32 {
        if self.now.font == DEFAULT_FONT { self.fonts.default } else { self.now.font }
    }

    /// Decodes the bytes that are pending: nothing that follows belongs to them.
    pub(super) fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.pending);
        self.count(bytes.len());
        let at = self.current_page();
        if let Some(page) = self.fonts.page(at) {
            let decoded = page.code_page.decode(&bytes);
            self.decoded(&decoded.text, decoded.malformed);
        }
        self.pending = bytes;
        self.pending.clear();
    }

    fn decoded(&mut self, text: &str, malformed: bool) {
        self.flaw_unless(!malformed, Flaw::Characters);
        if text.contains('\0') {
            self.write(&text.replace('\0', ""));
        } else {
            self.write(text);
        }
    }

    /// Writes text that is visible.
    fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.flush_half();
        self.count(text.len());
        self.begin_text();
        match self.mode {
            Mode::Html if self.now.dest == Dest::Body => self.out.shared(text),
            Mode::Rich => self.out.escaped(text),
            _ => self.out.raw(text),
        }
    }

    /// Half a surrogate pair without the other is no character.
    pub(super) fn flush_half(&mut self) {
        if self.high.take().is_some() {
            self.flaw(Flaw::Surrogate);
            self.begin_text();
            self.out.raw("\u{FFFD}");
        }
    }

    /// Text follows: HTML made of RTF may need tags before it.
    pub(super) fn begin_text(&mut self) {
        if self.mode == Mode::Rich {
            self.rich.text(&mut self.out, &self.now.looks);
        }
    }

    /// `\u`: a character by its number, and fallback for readers that do not know the word.
    pub(super) fn unicode(&mut self, number: i32) {
        self.flush();
        self.skip = self.now.fallback;
        if !self.visible() {
            return;
        }
        let number = if number < 0 { number.saturating_add(0x1_0000) } else { number };
        let number = u32::try_from(number).unwrap_or(0xD800);
        if let 0xF020..=0xF0FF = number
            && self.fonts.is_symbol(self.font())
            && let Ok(byte) = u8::try_from(number & 0xFF)
        {
            self.bytes(&[byte]);
            return;
        }
        match (self.high, u16::try_from(number)) {
            (Some(high), Ok(low @ 0xDC00..=0xDFFF)) => {
                self.high = None;
                let pair = char::decode_utf16([high, low]).next();
                self.put(pair.and_then(Result::ok));
            }
            (_, Ok(high @ 0xD800..=0xDBFF)) => {
                self.flush_half();
                self.high = Some(high);
            }
            (_, Ok(0)) => {}
            _ => self.put(char::from_u32(number)),
        }
    }

    /// Writes a character, or that there is none.
    fn put(&mut self, c: Option<char>) {
        self.flaw_unless(c.is_some(), Flaw::Surrogate);
        self.write(c.unwrap_or('\u{FFFD}').encode_utf8(&mut [0; 4]));
    }
}
