//! The reader: tokens in, text out. One state for each open group, on a stack of its own.
//!
//! ```text
//!  Tokens --> Reader --visible?--> bytes in a code page --> Out
//!               |                  characters by number ---^
//!               '-- Group: destination, font, \uc, \htmlrtf, hidden
//! ```
//!
//! What is written depends on the mode and the destination. In [`Mode::Html`] the contents of
//! `\htmltag` are written as they are, other text is escaped, and what stands between `\htmlrtf`
//! and `\htmlrtf0` is not written. [`Mode::Text`] is the same without tags and escapes.
//! [`Mode::Native`] is what an RTF viewer shows: it knows neither tags nor `\htmlrtf`.
//! [`Mode::Rich`] is the same as HTML, with its formatting.
//!
//! How bytes and numbers become characters is in `chars.rs`. Spec: msg-format 5.2, 5.4, 5.5.

use super::RtfOptions;
use super::fonts::{Fonts, NO_FONT};
use super::group::{DEFAULT_FONT, Dest, Group, START};
use super::kind::start_of;
use super::out::Out;
use super::picture::Picture;
use super::report::{Flaw, Report, too_big};
use super::rich::Rich;
use super::token::{Token, Tokens};
use super::words::{self, End, Word};
use crate::error::Result;

/// What is made of the RTF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Html,
    Text,
    Native,
    Rich,
}

pub(super) struct Reader<'a> {
    pub(super) tokens: Tokens<'a>,
    pub(super) mode: Mode,
    doing: &'static str,
    pub(super) options: &'a RtfOptions,
    groups: Vec<Group>,
    pub(super) now: Group,
    /// Open groups beyond those that have a state, and the state outside of them.
    deeper: u64,
    deepest: Group,
    pub(super) fonts: Fonts,
    /// The place of the current font's page, while it is known.
    pub(super) page: Option<usize>,
    code_page_named: bool,
    /// Bytes of a page with characters of several bytes, which may go on in the next token.
    pub(super) pending: Vec<u8>,
    /// The first half of a surrogate pair.
    pub(super) high: Option<u16>,
    /// Whether `\*` was just read.
    star: bool,
    /// How many fallback units of a `\u` are still to be skipped.
    pub(super) skip: u32,
    /// Whether reading goes on after the last brace, since tags follow.
    goes_on: bool,
    pub(super) out: Out,
    pub(super) rich: Rich,
    pub(super) picture: Picture,
    /// How many places of attachments were met.
    pub(super) attachments: u32,
    pub(super) report: Report,
    /// Bytes looked at, each time that one is. Tests hold it against the length of the RTF.
    pub(super) work: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        rtf: &'a [u8],
        mode: Mode,
        doing: &'static str,
        limit: u64,
        options: &'a RtfOptions,
    ) -> Self {
        let mut tokens = Tokens::new(rtf);
        tokens.advance(start_of(rtf));
        Reader {
            tokens,
            mode,
            doing,
            options,
            groups: Vec::new(),
            now: START,
            deeper: 0,
            deepest: START,
            fonts: Fonts::new(options.code_page),
            page: None,
            code_page_named: false,
            pending: Vec::new(),
            high: None,
            star: false,
            skip: 0,
            goes_on: false,
            out: Out::new(usize::try_from(limit).unwrap_or(usize::MAX)),
            rich: Rich::default(),
            picture: Picture::default(),
            attachments: 0,
            report: Report::default(),
            work: 0,
        }
    }

    /// Reads all of it and gives the text.
    pub(super) fn run(&mut self, limit: u64) -> Result<String> {
        let mut count = 0u64;
        let mut before = 0;
        while let Some(token) = self.tokens.next() {
            count += 1;
            if count > self.options.tokens {
                return Err(too_big(self.doing, "limit: RTF tokens", self.options.tokens));
            }
            let at = self.tokens.position();
            self.count(at - before);
            before = at;
            if !self.token(token) {
                break;
            }
            if self.out.is_full() {
                return Err(too_big(self.doing, "limit: text of RTF", limit));
            }
        }
        self.flush();
        self.flush_half();
        if !self.groups.is_empty() {
            self.flaw(Flaw::Unclosed);
        }
        if self.now.dest == Dest::Picture {
            self.end_picture();
        }
        if self.mode == Mode::Rich {
            self.rich.finish(&mut self.out);
        }
        let out = std::mem::replace(&mut self.out, Out::new(0));
        out.finish().ok_or_else(|| too_big(self.doing, "limit: text of RTF", limit))
    }

    pub(super) fn flaw(&mut self, flaw: Flaw) {
        self.report.add(flaw, self.tokens.position());
    }

    pub(super) fn flaw_unless(&mut self, fine: bool, flaw: Flaw) {
        if !fine {
            self.flaw(flaw);
        }
    }

    pub(super) fn count(&mut self, bytes: usize) {
        self.work = self.work.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Takes one token; `false` if it was the last that counts.
    fn token(&mut self, token: Token<'_>) -> bool {
        match token {
            Token::Open => self.open(),
            Token::Close => return self.close(),
            Token::Word(name, number) => self.word(name, number),
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Hex(byte) => {
                if !self.skipped() {
                    self.bytes(&[byte]);
                }
            }
            Token::Text(text) => {
                let units = u32::try_from(text.len()).unwrap_or(u32::MAX).min(self.skip);
                self.skip -= units;
                let from = usize::try_from(units).unwrap_or(usize::MAX);
                let text = text.get(from..).unwrap_or_default();
                match self.now.dest {
                    Dest::Picture => {
                        self.count(text.len());
                        self.picture.digits(text, self.options.picture_bytes);
                    }
                    _ => self.bytes(text),
                }
                // A line that was broken between \* and its word may have been indented.
                self.star &= text.iter().all(|byte| *byte == b' ');
                return true;
            }
            Token::Broken => self.flaw(Flaw::Hex),
            Token::Binary(bytes, whole) => {
                if !self.skipped() && self.now.dest == Dest::Picture {
                    self.picture.binary(bytes, self.options.picture_bytes);
                }
                self.flaw_unless(whole, Flaw::Binary);
            }
        }
        true
    }

    /// Whether the token that is being read is fallback of a `\u`, which it is then one unit of.
    fn skipped(&mut self) -> bool {
        self.star = false;
        let skipped = self.skip > 0;
        self.skip = self.skip.saturating_sub(1);
        skipped
    }

    fn open(&mut self) {
        self.flush();
        self.skip = 0;
        self.star = false;
        if self.groups.len() < self.options.group_depth {
            self.groups.push(self.now);
        } else {
            if self.deeper == 0 {
                self.deepest = self.now;
            }
            self.deeper = self.deeper.saturating_add(1);
            self.flaw(Flaw::Depth);
        }
        if self.now.dest == Dest::Picture {
            self.now.dest = Dest::Skip;
        }
    }

    fn close(&mut self) -> bool {
        self.flush();
        self.skip = 0;
        self.star = false;
        if self.deeper > 0 {
            self.deeper -= 1;
            if self.now.dest == Dest::Picture {
                self.end_picture();
            }
            self.now = self.deepest;
            self.page = None;
            return true;
        }
        let Some(outer) = self.groups.pop() else {
            self.flaw(Flaw::ExtraClose);
            return true;
        };
        if self.now.footnote && !outer.footnote && self.visible() {
            self.raw("]");
        }
        if self.now.dest == Dest::Picture {
            self.end_picture();
        }
        if self.now.link && !outer.link {
            self.rich.close_link(&mut self.out);
        }
        self.now = outer;
        self.page = None;
        !self.groups.is_empty() || self.goes_on()
    }

    /// After the last brace: whether more of a document follows that is to be read.
    fn goes_on(&mut self) -> bool {
        if self.goes_on {
            return true;
        }
        let rest = self.tokens.rest();
        self.count(rest.len());
        let blank = |byte: &u8| matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n' | 0x1A);
        if rest.iter().all(blank) {
            return false;
        }
        self.flaw(Flaw::AfterEnd);
        let tag = b"\\*\\htmltag";
        self.goes_on = self.mode != Mode::Text && rest.windows(tag.len()).any(|part| part == tag);
        self.goes_on
    }

    fn word(&mut self, name: &[u8], number: Option<i32>) {
        let word = words::find(name);
        // A writer that forgot the fallback must not lose the next character, nor the switch.
        if self.skip > 0 && !matches!(word, Word::Unicode | Word::HtmlRtf) {
            self.skipped();
            return;
        }
        let star = std::mem::take(&mut self.star);
        self.skip = 0;
        if !self.pending.is_empty() {
            self.flush();
        }
        let (value, on) = (number, number != Some(0));
        let number = number.unwrap_or_default();
        match (self.now.dest, word) {
            (Dest::Skip, _) => {}
            (Dest::Picture, Word::Pict(word)) => self.picture.set(word, number),
            (Dest::Picture, _) if star => self.now.dest = Dest::Skip,
            (Dest::Picture, _) => {}
            (_, Word::Picture) => self.begin_picture(),
            (Dest::FontTable, Word::Font) => {
                let fits = self.define_font(number);
                self.flaw_unless(fits, Flaw::Fonts);
            }
            (Dest::FontTable, Word::FontCharset) => self.fonts.set_charset(number),
            (Dest::FontTable, Word::FontCodePage) => self.fonts.set_code_page(number),
            (Dest::FontTable, _) if star => self.now.dest = Dest::Skip,
            (Dest::FontTable, _) => {}
            (_, Word::Ansi | Word::Charset(_) | Word::CodePage | Word::DefaultFont) => {
                self.document(word, number);
            }
            (_, Word::Font) => self.set_font(number),
            (_, Word::Plain) => {
                self.now.hidden = false;
                self.now.looks.plain();
                if self.now.dest != Dest::Tag {
                    self.set_font(DEFAULT_FONT);
                }
            }
            (_, Word::Unicode) => self.unicode(number),
            (_, Word::Fallback) => self.now.fallback = u32::try_from(number).unwrap_or(0),
            (_, Word::HtmlRtf) => self.now.suppressed = on && self.mode == Mode::Html,
            (_, Word::Hidden) => self.now.hidden = on && self.is_viewer(),
            (_, Word::End(end @ (End::Line | End::Paragraph))) => self.end(end),
            (Dest::Body, Word::Break) if self.is_viewer() => self.end(End::Paragraph),
            (Dest::Body, Word::End(end)) if self.is_viewer() => self.end(end),
            (Dest::Colors, Word::Look(look)) => self.rich.component(look, number),
            (_, Word::Look(look)) => self.now.looks.set(look, value),
            (_, Word::Char(c, html)) => self.character(c, html),
            (Dest::Body, Word::Mark(c, html)) => self.character(c, html),
            (_, Word::HtmlTag) => self.tag(),
            (_, Word::FontTable) => self.now.dest = Dest::FontTable,
            (_, Word::Footnote) if self.is_viewer() => self.footnote(),
            (_, Word::Bullet) if self.is_viewer() => {}
            (_, Word::Colors) if self.mode == Mode::Rich => self.now.dest = Dest::Colors,
            (_, Word::Instruction) if self.mode == Mode::Rich => {
                self.rich.new_instruction();
                self.now.dest = Dest::Instruction;
            }
            (Dest::Body, Word::FieldResult) if self.mode == Mode::Rich && self.visible() => {
                self.now.link |= self.rich.open_link(&mut self.out, &self.now.looks);
            }
            (_, Word::Skip | Word::Bullet | Word::Footnote | Word::Colors | Word::Instruction) => {
                self.now.dest = Dest::Skip
            }
            (Dest::Holder, Word::Shown) => self.now.dest = self.now.outer,
            (dest, Word::Holder) => {
                if dest != Dest::Holder {
                    self.now.outer = dest;
                }
                self.now.dest = Dest::Holder;
            }
            (_, Word::Attachment) => {
                self.attachment();
                if star {
                    self.now.dest = Dest::Skip;
                }
            }
            (_, Word::Other | Word::Pict(_)) if star => self.now.dest = Dest::Skip,
            _ => {}
        }
    }

    fn document(&mut self, word: Word, number: i32) {
        let supported = match word {
            Word::DefaultFont => {
                self.fonts.default = number;
                self.rich.usual = number;
                true
            }
            Word::Ansi if !self.code_page_named => {
                self.fonts.set_system();
                true
            }
            Word::Charset(page) if !self.code_page_named => {
                self.fonts.set_document(i32::try_from(page).unwrap_or_default())
            }
            Word::CodePage => {
                self.code_page_named = true;
                self.fonts.set_document(number)
            }
            _ => true,
        };
        self.page = None;
        self.flaw_unless(supported, Flaw::CodePage);
    }

    /// The contents of an HTML tag follow, or other markup. Its bytes are in the document's page.
    fn tag(&mut self) {
        if self.mode == Mode::Html && self.visible() {
            self.now.dest = Dest::Tag;
            self.set_font(NO_FONT);
        } else {
            self.now.dest = Dest::Skip;
        }
    }

    fn footnote(&mut self) {
        if self.visible() && !self.now.footnote {
            self.now.footnote = true;
            self.raw(" [");
        }
    }

    fn symbol(&mut self, symbol: u8) {
        if symbol == b'*' && self.skip == 0 {
            self.star = true;
            return;
        }
        if self.skipped() {
            return;
        }
        let viewer = self.is_viewer();
        match symbol {
            b'\\' | b'{' | b'}' => self.bytes(&[symbol]),
            b'~' => self.character('\u{A0}', "&nbsp;"),
            b'_' if viewer => self.character('\u{2011}', "&#8209;"),
            b'_' => self.character('\u{AD}', "&shy;"),
            b'\t' => self.character('\t', "\t"),
            b'\r' | b'\n' => self.end(End::Paragraph),
            _ => {}
        }
    }

    /// Whether text is written at present.
    pub(super) fn visible(&self) -> bool {
        let Group { dest, suppressed, hidden, .. } = self.now;
        matches!(dest, Dest::Body | Dest::Tag) && !suppressed && !hidden
    }

    fn set_font(&mut self, font: i32) {
        self.now.font = font;
        self.page = None;
        if self.mode == Mode::Rich {
            self.choose_family();
        }
    }

    /// Whether the text is what an RTF viewer shows.
    fn is_viewer(&self) -> bool {
        matches!(self.mode, Mode::Native | Mode::Rich)
    }

    /// Ends something visible.
    fn end(&mut self, end: End) {
        self.flush();
        if !self.visible() {
            return;
        }
        self.flush_half();
        match end {
            _ if self.mode == Mode::Rich => self.rich.end(&mut self.out, &self.now.looks, end),
            End::Line | End::Paragraph => self.out.line(),
            End::Cell | End::NestedCell => self.out.cell(),
            End::Row | End::NestedRow => self.out.row(),
        }
    }

    /// A character that has a control word; `html` is how shared text and tags write it.
    fn character(&mut self, c: char, html: &str) {
        self.flush();
        if !self.visible() {
            return;
        }
        let in_tag = self.now.dest == Dest::Tag && !matches!(c, '\u{A0}' | '\u{AD}');
        if matches!(self.mode, Mode::Html | Mode::Rich) && !in_tag {
            self.raw(html);
        } else {
            self.raw(c.encode_utf8(&mut [0; 4]));
        }
    }

    /// Writes something visible as it is.
    fn raw(&mut self, text: &str) {
        self.flush_half();
        self.begin_text();
        self.out.raw(text);
    }
}
