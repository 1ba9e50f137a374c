//! What is shown of HTML, for those who do not read HTML: words, lines, bullets, tabs.
//!
//! One walk over the pieces of HTML serves two writers: RTF with the HTML inside, and plain text.
//! Not here: fonts, colours, and what style sheets say.
//!
//! Spec: msg-format 5.8.

use super::markup::{Piece, Pieces, attribute, may_lead, referred, resolved};

/// The most lists in lists whose numbers are counted.
const LISTS: usize = 32;

/// Who writes what is shown.
pub(in crate::body) trait Sink {
    /// Markup: kept for HTML, not shown. The number is that of the tag, msg-format 5.3.
    fn markup(&mut self, parameter: u16, markup: &str);
    /// Text that HTML has as it is shown.
    fn shared(&mut self, text: &str);
    /// The end of a line that HTML has too.
    fn shared_line(&mut self);
    /// Text that is shown in the place of markup.
    fn only(&mut self, text: &str);
    /// The end of a line in the place of markup; of a paragraph, or in one.
    fn line(&mut self, paragraph: bool);
    /// A kind of letter begins or ends.
    fn style(&mut self, style: Style, on: bool);
    /// A link to `target` ended.
    fn link_end(&mut self, target: &str);
}

/// Kinds of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::body) enum Style {
    Bold,
    Italic,
    Underline,
    Strike,
    Link,
}

/// Writes HTML to a sink.
pub(in crate::body) fn lay_out(html: &str, sink: &mut impl Sink) {
    let mut layout = Layout {
        sink,
        part: Part::Outside,
        preformatted: 0,
        lists: Vec::new(),
        link: None,
        bullet: None,
        started: false,
        in_line: false,
        after_space: true,
        blank_line: false,
    };
    for piece in Pieces::new(html) {
        match piece {
            Piece::Tag { all, name, closes } => layout.tag(all, name, closes),
            Piece::Hidden(all) => layout.group(0xF0, all),
            Piece::Reference(all) => layout.reference(all),
            Piece::Text(text) if layout.part == Part::Head => layout.group(0, text),
            Piece::Text(text) if layout.preformatted > 0 => layout.lines(text),
            Piece::Text(text) => layout.words(text),
        }
    }
}

/// Where in the document a piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Body,
    Head,
    Html,
    Outside,
}

struct Layout<'a, S> {
    sink: &'a mut S,
    part: Part,
    /// How many `pre` are open.
    preformatted: u32,
    /// The open lists: the number of the last row, or none.
    lists: Vec<Option<u32>>,
    /// Where the open link leads.
    link: Option<String>,
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

impl<S: Sink> Layout<'_, S> {
    /// Markup, with what its parameter says of its place.
    fn group(&mut self, parameter: u16, markup: &str) {
        let part = match self.part {
            Part::Body => 0,
            Part::Head => 1,
            Part::Html => 2,
            Part::Outside => 3,
        };
        let paragraph = if self.part == Part::Body && self.in_line { 4 } else { 0 };
        self.sink.markup(parameter | part | paragraph, markup);
    }

    /// Ends the line, if there is anything in it.
    fn end_line(&mut self) {
        if self.in_line {
            self.sink.line(true);
        }
        self.in_line = false;
        self.after_space = true;
    }

    /// Text follows: what has to stand before it.
    fn begin_text(&mut self) {
        let blank = std::mem::take(&mut self.blank_line) && self.started && !self.in_line;
        match self.bullet.take() {
            Some(bullet) => self.sink.only(&bullet),
            None if blank => self.sink.line(true),
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
                self.sink.shared(" ");
                hidden = rest;
            } else {
                self.sink.only(" ");
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
            self.sink.shared(plain);
            let (special, after) = after.split_at_checked(1).unwrap_or((after, ""));
            self.group(0x50, special);
            self.sink.only(special);
            rest = after;
        }
        self.sink.shared(rest);
    }

    /// Text whose white space and line ends are shown.
    fn lines(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['\r', '\n']) {
            let (line, end) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.begin_text();
            self.word(line);
            self.sink.shared_line();
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
            match referred(all) {
                Some(c) => self.sink.only(c.encode_utf8(&mut [0; 4])),
                None => self.sink.only(all),
            }
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

    /// What a tag means for those who do not read it.
    fn shown(&mut self, all: &str, name: &str, closes: bool) {
        match name {
            "br" => {
                if !self.in_line {
                    self.begin_text();
                }
                self.sink.line(false);
                self.after_space = true;
            }
            "hr" => {
                self.end_line();
                self.begin_text();
                self.sink.only("________________________________");
                self.end_line();
            }
            "b" | "strong" => self.sink.style(Style::Bold, !closes),
            "i" | "em" => self.sink.style(Style::Italic, !closes),
            "u" => self.sink.style(Style::Underline, !closes),
            "s" | "strike" | "del" => self.sink.style(Style::Strike, !closes),
            "a" => self.link(all, closes),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_line();
                // Outlook's own paragraphs have no space between them.
                self.blank_line |= name != "p" || (!closes && !all.contains("MsoNormal"));
                if name != "p" {
                    self.sink.style(Style::Bold, !closes);
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
                    self.sink.only("\t");
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

    /// A link begins or ends. One that begins before another has ended ends it.
    fn link(&mut self, all: &str, closes: bool) {
        if let Some(target) = self.link.take() {
            self.sink.style(Style::Link, false);
            self.sink.link_end(&target);
        }
        let target = attribute(all, "href").filter(|_| !closes).map(resolved);
        if let Some(target) = target.filter(|target| may_lead(target)) {
            self.sink.style(Style::Link, true);
            self.link = Some(target);
        }
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
                format!("{number}.\t")
            }
            _ => "\u{2022}\t".to_owned(),
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
