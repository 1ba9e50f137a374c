//! HTML as RTF: what Outlook shows, with the HTML inside.
//!
//! Markup goes into `\htmltag` groups as it is. Text that both forms show stands outside. What only
//! RTF needs (line ends, bold, bullets) stands between `\htmlrtf` and `\htmlrtf0`, without groups,
//! so that HTML that is badly nested still gives sound RTF.
//!
//! Spec: F-083 (msg-format 5.8; MS-OXRTFEX).

use super::markup::{Piece, Pieces, referred};
use super::write::{begin, push_text};

/// How HTML writes a no-break space: by number, since `\~` comes back as `&nbsp;`.
const NBSP: &str = "\\u160?";

/// The most lists in lists whose numbers are counted.
const LISTS: usize = 32;

/// Makes RTF of HTML, as Outlook does: [`rtf_to_html`](super::rtf_to_html) gives it back, and
/// programs that know only RTF show its text.
///
/// The HTML that comes back is the same to the character, except that line ends are CR LF and
/// NULs are gone. The RTF is ASCII, whatever the HTML is. A message that stores both has to say so:
/// `PR_RTF_IN_SYNC` true, `PR_NATIVE_BODY_INFO` 3.
///
/// Spec: F-083 (msg-format 5.8; MS-OXRTFEX).
///
/// # Example
/// ```
/// use openimsg::body::{RtfOptions, html_to_rtf, rtf_to_html, rtf_to_text};
///
/// let html = "<p>caf\u{E9} &amp; <b>bar</b></p><p>two</p>";
/// let rtf = html_to_rtf(html);
/// assert_eq!(rtf_to_html(&rtf, &RtfOptions::default())?.text, html);
/// let text = rtf_to_text(&rtf, &RtfOptions::default())?.text;
/// assert_eq!(text, "caf\u{E9} & bar\r\n\r\ntwo\r\n");
/// # Ok::<(), openimsg::Error>(())
/// ```
#[must_use]
pub fn html_to_rtf(html: &str) -> Vec<u8> {
    let mut wrap = Wrap {
        rtf: begin("\\fromhtml1"),
        part: Part::Outside,
        preformatted: 0,
        lists: Vec::new(),
        bullet: None,
        started: false,
        in_line: false,
        after_space: true,
        blank_line: false,
    };
    wrap.rtf.extend_from_slice(b"\\f0\\fs24 \r\n");
    for piece in Pieces::new(html) {
        match piece {
            Piece::Tag { all, name, closes } => wrap.tag(all, name, closes),
            Piece::Hidden(all) => wrap.group(0xF0, all),
            Piece::Reference(all) => wrap.reference(all),
            Piece::Text(text) if wrap.part == Part::Head => wrap.group(0, text),
            Piece::Text(text) if wrap.preformatted > 0 => wrap.lines(text),
            Piece::Text(text) => wrap.words(text),
        }
    }
    wrap.rtf.push(b'}');
    wrap.rtf
}

/// Where in the document a piece stands; the number is that of the tag's parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Body = 0,
    Head = 1,
    Html = 2,
    Outside = 3,
}

struct Wrap {
    rtf: Vec<u8>,
    part: Part,
    /// How many `pre` are open.
    preformatted: u32,
    /// The open lists: the number of the last row, or none.
    lists: Vec<Option<u32>>,
    /// What stands before the next text.
    bullet: Option<String>,
    /// Whether any text was shown.
    started: bool,
    /// Whether text was shown in the line.
    in_line: bool,
    /// Whether white space would not be shown here.
    after_space: bool,
    /// Whether a blank line stands before the next text.
    blank_line: bool,
}

impl Wrap {
    fn push(&mut self, rtf: &str) {
        self.rtf.extend_from_slice(rtf.as_bytes());
    }

    /// Markup: not shown by RTF, kept for HTML.
    fn group(&mut self, parameter: u16, markup: &str) {
        let part = match self.part {
            Part::Body => 0,
            Part::Head => 1,
            Part::Html => 2,
            Part::Outside => 3,
        };
        let paragraph: u16 = if self.part == Part::Body && self.in_line { 4 } else { 0 };
        self.push(&format!("{{\\*\\htmltag{} ", parameter | part | paragraph));
        let mut rest = markup;
        while let Some(at) = rest.find(['\r', '\n']) {
            let (line, end) = rest.split_at_checked(at).unwrap_or((rest, ""));
            push_text(&mut self.rtf, line, NBSP);
            self.push("\\par\r\n");
            let taken = if end.starts_with("\r\n") { 2 } else { 1 };
            rest = end.get(taken..).unwrap_or_default();
        }
        push_text(&mut self.rtf, rest, NBSP);
        self.push("}");
    }

    /// What only RTF shows.
    fn only_rtf(&mut self, rtf: &str) {
        self.push("\\htmlrtf ");
        self.push(rtf);
        self.push("\\htmlrtf0 ");
    }

    /// Ends the line, if there is anything in it.
    fn end_line(&mut self) {
        if self.in_line {
            self.only_rtf("\\par\r\n");
        }
        self.in_line = false;
        self.after_space = true;
    }

    /// Text follows: what has to stand before it.
    fn begin_text(&mut self) {
        let blank = std::mem::take(&mut self.blank_line) && self.started && !self.in_line;
        match self.bullet.take() {
            Some(bullet) => self.only_rtf(&bullet),
            None if blank => self.only_rtf("\\par\r\n"),
            None => {}
        }
        self.started = true;
        self.in_line = true;
        self.after_space = false;
    }

    /// Text whose white space only separates words.
    fn words(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\x0C');
            let end = rest.find(|c| !space(c)).unwrap_or(rest.len());
            let (blank, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            self.space(blank);
            let end = after.find(space).unwrap_or(after.len());
            let (word, after) = after.split_at_checked(end).unwrap_or((after, ""));
            if !word.is_empty() {
                self.begin_text();
                self.word(word);
            }
            rest = after;
        }
    }

    /// White space between words: one space is shown.
    fn space(&mut self, blank: &str) {
        if blank.is_empty() {
            return;
        }
        let mut hidden = blank;
        if !self.after_space {
            if let Some(rest) = blank.strip_prefix(' ') {
                self.push(" ");
                hidden = rest;
            } else {
                self.only_rtf(" ");
            }
            self.after_space = true;
        }
        if !hidden.is_empty() {
            self.group(0, hidden);
        }
    }

    /// Text without white space. What HTML would have to escape is not shared.
    fn word(&mut self, word: &str) {
        let mut rest = word;
        while let Some(at) = rest.find(['<', '>', '&']) {
            let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            push_text(&mut self.rtf, plain, NBSP);
            let (special, after) = after.split_at_checked(1).unwrap_or((after, ""));
            self.group(0x50, special);
            self.only_rtf(special);
            rest = after;
        }
        push_text(&mut self.rtf, rest, NBSP);
    }

    /// Text whose white space and line ends are shown.
    fn lines(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['\r', '\n']) {
            let (line, end) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.begin_text();
            self.word(line);
            self.push("\\par\r\n");
            self.in_line = false;
            let taken = if end.starts_with("\r\n") { 2 } else { 1 };
            rest = end.get(taken..).unwrap_or_default();
        }
        if !rest.is_empty() {
            self.begin_text();
            self.word(rest);
        }
    }

    fn reference(&mut self, all: &str) {
        let shown = self.part != Part::Head;
        if shown {
            self.begin_text();
        }
        self.group(0x50, all);
        if shown {
            let mut rtf = Vec::new();
            match referred(all) {
                Some(c) => push_text(&mut rtf, c.encode_utf8(&mut [0; 4]), "\\~"),
                None => push_text(&mut rtf, all, "\\~"),
            }
            self.only_rtf(&String::from_utf8_lossy(&rtf));
        }
    }

    fn tag(&mut self, all: &str, name: &str, closes: bool) {
        let name = name.to_ascii_lowercase();
        let name = name.as_str();
        match (name, closes) {
            ("html", false) | ("head", true) => self.part = Part::Html,
            ("head", false) => self.part = Part::Head,
            ("body", false) => self.part = Part::Body,
            _ if self.part == Part::Outside => self.part = Part::Body,
            _ => {}
        }
        if self.part == Part::Html && !matches!(name, "html" | "head" | "body") {
            self.part = Part::Body;
        }
        let parameter = parameter(name) | if closes { 8 } else { 0 };
        self.group(parameter, all);
        if self.part != Part::Head {
            self.shown(all, name, closes);
        }
    }

    /// What a tag means for those who see only RTF.
    fn shown(&mut self, all: &str, name: &str, closes: bool) {
        match name {
            "br" => {
                if !self.in_line {
                    self.begin_text();
                }
                self.only_rtf("\\line\r\n");
                self.after_space = true;
            }
            "hr" => {
                self.end_line();
                self.begin_text();
                self.only_rtf(&"_".repeat(32));
                self.end_line();
            }
            "b" | "strong" => self.switch("\\b", closes),
            "i" | "em" => self.switch("\\i", closes),
            "u" => self.switch("\\ul", closes),
            "s" | "strike" | "del" => self.switch("\\strike", closes),
            "a" if all.contains("href") || closes => {
                self.only_rtf(if closes { "\\ulnone\\cf0" } else { "\\ul\\cf1" });
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_line();
                // Outlook's own paragraphs have no space between them.
                self.blank_line |= name != "p" || (!closes && !all.contains("MsoNormal"));
                if name != "p" {
                    self.switch("\\b", closes);
                }
            }
            "pre" => {
                self.end_line();
                self.preformatted = match closes {
                    true => self.preformatted.saturating_sub(1),
                    false => self.preformatted.saturating_add(1),
                };
            }
            "ul" | "ol" => self.list(name == "ol", closes),
            "li" => {
                self.end_line();
                self.bullet = (!closes).then(|| self.next_bullet());
            }
            "td" | "th" => {
                if !closes && self.in_line {
                    self.only_rtf("\\tab ");
                }
                self.after_space = true;
            }
            "div" | "table" | "tr" | "blockquote" | "center" | "address" | "dl" | "dt" | "dd"
            | "form" | "fieldset" | "section" | "article" | "header" | "footer" | "nav"
            | "main" | "aside" | "figure" | "figcaption" | "caption" | "tbody" | "thead"
            | "body" | "html" | "hgroup" | "details" | "summary" => self.end_line(),
            _ => {}
        }
    }

    fn switch(&mut self, word: &str, closes: bool) {
        self.only_rtf(&format!("{word}{}", if closes { "0" } else { "" }));
    }

    fn list(&mut self, numbered: bool, closes: bool) {
        self.end_line();
        if closes {
            self.lists.pop();
        } else if self.lists.len() < LISTS {
            self.lists.push(numbered.then_some(0));
        }
    }

    /// What stands before the next row of a list.
    fn next_bullet(&mut self) -> String {
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number = number.saturating_add(1);
                format!("{number}.\\tab ")
            }
            _ => "\\bullet\\tab ".to_owned(),
        }
    }
}

/// The type of a tag, as its parameter tells it. Spec: msg-format 5.3.
fn parameter(name: &str) -> u16 {
    match name {
        "html" => 0x10,
        "head" => 0x20,
        "body" => 0x30,
        "p" => 0x40,
        "li" | "ul" | "ol" | "a" | "b" | "i" | "u" => 0x50,
        "br" => 0x70,
        "pre" => 0x80,
        "font" | "span" => 0x90,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => 0xA0,
        "title" => 0xB0,
        _ => 0xF0,
    }
}
