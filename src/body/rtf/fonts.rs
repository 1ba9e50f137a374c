//! Which code page bytes are in: the document's, that of a font, and how each is decoded.
//!
//! Spec: F-073, F-076, F-077 (msg-format 5.6).

use std::collections::HashMap;

use crate::wire::CodePage;

/// A font that stands for none: bytes are in the document's page.
pub(super) const NO_FONT: i32 = i32::MIN;

/// What the font table says about one font.
#[derive(Debug, Clone, Copy, Default)]
struct Font {
    charset: Option<i32>,
    code_page: Option<i32>,
}

/// The fonts and the code page of a document.
#[derive(Debug)]
pub(super) struct Fonts {
    fonts: HashMap<i32, Font>,
    /// The font that the table is speaking of.
    defined: i32,
    /// `\deff`
    pub(super) default: i32,
    document: CodePage,
    /// The page for documents that name none, or none that is supported.
    last_resort: CodePage,
    pages: Vec<Page>,
}

/// One page, prepared for single bytes.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) code_page: CodePage,
    /// The characters of bytes 80 to FF, if each byte is one.
    upper: Option<Vec<char>>,
}

impl Page {
    fn new(code_page: CodePage) -> Page {
        let upper = (!is_multi_byte(code_page)).then(|| {
            (0x80..=0xFFu8)
                .map(|byte| code_page.decode(&[byte]).text.chars().next().unwrap_or('\u{FFFD}'))
                .collect()
        });
        Page { code_page, upper }
    }

    /// The character of one byte, if the page is one of single bytes.
    pub(super) fn single(&self, byte: u8) -> Option<char> {
        let upper = self.upper.as_ref()?;
        match byte.checked_sub(0x80) {
            None => Some(char::from(byte)),
            Some(at) => upper.get(usize::from(at)).copied(),
        }
    }

    /// Whether a character may take several bytes.
    pub(super) fn is_multi_byte(&self) -> bool {
        self.upper.is_none()
    }
}

impl Fonts {
    pub(super) fn new(last_resort: Option<CodePage>) -> Fonts {
        let last_resort =
            last_resort.filter(|page| usable(*page)).unwrap_or(CodePage::WINDOWS_1252);
        Fonts {
            fonts: HashMap::new(),
            defined: NO_FONT,
            default: NO_FONT,
            document: last_resort,
            last_resort,
            pages: Vec::new(),
        }
    }

    /// Sets the document's page by number; `false` if it is not supported.
    pub(super) fn set_document(&mut self, number: i32) -> bool {
        let page = code_page(number);
        self.document = page.unwrap_or(self.last_resort);
        page.is_some()
    }

    /// The document's page is that of the system that wrote it, whichever that was.
    pub(super) fn set_system(&mut self) {
        self.document = self.last_resort;
    }

    /// Begins the entry of a font; `false` if the table holds `limit` others.
    pub(super) fn define(&mut self, number: i32, limit: usize) -> bool {
        let fits = self.fonts.len() < limit || self.fonts.contains_key(&number);
        if fits {
            self.fonts.insert(number, Font::default());
        }
        self.defined = number;
        fits
    }

    pub(super) fn set_charset(&mut self, charset: i32) {
        if let Some(font) = self.fonts.get_mut(&self.defined) {
            font.charset = Some(charset);
        }
    }

    pub(super) fn set_code_page(&mut self, number: i32) {
        if let Some(font) = self.fonts.get_mut(&self.defined) {
            font.code_page = Some(number);
        }
    }

    /// Whether the font's characters are pictures: F020 to F0FF stand for its bytes.
    pub(super) fn is_symbol(&self, font: i32) -> bool {
        self.fonts.get(&font).is_some_and(|font| font.charset == Some(2))
    }

    /// The font that the table speaks of, if it is known and has letters, and the page of its name.
    pub(super) fn defined_text(&self) -> Option<(i32, CodePage)> {
        let known = self.fonts.contains_key(&self.defined) && !self.is_symbol(self.defined);
        known.then(|| (self.defined, self.page_of(self.defined)))
    }

    /// The page of text in a font.
    pub(super) fn page_of(&self, font: i32) -> CodePage {
        let Some(font) = self.fonts.get(&font) else { return self.document };
        if let Some(page) = font.code_page.and_then(code_page) {
            return page;
        }
        match font.charset {
            None | Some(1) => self.document,
            Some(0) if self.document == CodePage::UTF_8 || !is_multi_byte(self.document) => {
                self.document
            }
            Some(charset) => charset_page(charset).and_then(code_page).unwrap_or(self.document),
        }
    }

    /// Where [`Fonts::page`] has a page prepared.
    pub(super) fn prepare(&mut self, code_page: CodePage) -> usize {
        let known = self.pages.iter().position(|page| page.code_page == code_page);
        known.unwrap_or_else(|| {
            self.pages.push(Page::new(code_page));
            self.pages.len() - 1
        })
    }

    pub(super) fn page(&self, at: usize) -> Option<&Page> {
        self.pages.get(at)
    }
}

/// A page by the number that RTF gives; that of US-ASCII says nothing of higher bytes.
fn code_page(number: i32) -> Option<CodePage> {
    let number = if number == 20127 { 1252 } else { number };
    CodePage::new(u32::try_from(number).ok()?).filter(|page| usable(*page))
}

/// Whether text in this page can stand in RTF, whose own bytes are ASCII.
fn usable(page: CodePage) -> bool {
    let ascii = b"RTF rtf 0123456789";
    let kept = page.decode(ascii).text.as_bytes() == ascii;
    kept && !page.is_seven_bit() && page.number() != 65000
}

/// Whether a character of this page may take several bytes.
fn is_multi_byte(page: CodePage) -> bool {
    matches!(
        page.number(),
        932 | 936 | 949 | 950 | 1361 | 10001
            ..=10003
                | 10008
                | 20932
                | 20936
                | 20949
                | 51932
                | 51936
                | 51949
                | 51950
                | 54936
                | 65001
    )
}

/// The code page of `\fcharset`; the numbers of a few writers are code pages themselves.
fn charset_page(charset: i32) -> Option<i32> {
    Some(match charset {
        0 | 2 => 1252,
        77 => 10000,
        78 => 10001,
        79 => 10003,
        80 => 10008,
        81 => 10002,
        83 => 10005,
        84 => 10004,
        85 => 10006,
        86 => 10081,
        87 => 10021,
        88 => 10029,
        89 => 10007,
        128 => 932,
        129 => 949,
        130 => 1361,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        254 => 437,
        255 => 850,
        256.. => charset,
        _ => return None,
    })
}
