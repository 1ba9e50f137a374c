//! HTML made of RTF that has none inside: paragraphs, letters, links, tables.
//!
//! Tags are opened when text comes that needs them, so that what shows nothing makes none. Not
//! here: cells and borders (`table.rs`), pictures (`picture.rs`), names of fonts (`families.rs`), styles
//! by name, numbers of lists (the RTF has them as text).
//!
//! Spec: msg-format 5.9.

use super::families::Families;
use super::fonts::NO_FONT;
use super::out::Out;
use super::table::Table;
use super::words::{End, Look};
use crate::body::html::markup::may_lead;

/// How text and its paragraph look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looks {
    letters: Letters,
    align: Option<&'static str>,
    /// Left, right, and the first line, in 1/20 points.
    indents: [i32; 3],
    in_table: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Letters {
    bold: bool,
    italic: bool,
    underline: bool,
    strike: bool,
    raised: Option<&'static str>,
    /// In half points; 0 is none said.
    size: u16,
    /// The number of a color; 0 is that of the reader.
    color: u16,
    /// The number of a font that has a name; none is the usual one.
    font: Option<i32>,
}

impl Looks {
    /// Those of a document's beginning.
    pub(super) const NONE: Looks =
        Looks { letters: Letters::NONE, align: None, indents: [0; 3], in_table: false };

    /// Back to plain letters.
    pub(super) fn plain(&mut self) {
        self.letters = Letters::NONE;
    }

    /// Letters are in a font that has a name, or in the usual one.
    pub(super) fn set_font(&mut self, font: Option<i32>) {
        self.letters.font = font;
    }

    /// What the style of a paragraph says.
    fn paragraph(&self) -> String {
        let mut style = String::new();
        if let Some(align) = self.align {
            style.push_str(&format!("text-align:{align};"));
        }
        let names = ["margin-left", "margin-right", "text-indent"];
        for (name, twips) in names.into_iter().zip(self.indents) {
            if twips != 0 {
                style.push_str(&format!("{name}:{}pt;", f64::from(twips) / 20.0));
            }
        }
        style
    }

    pub(super) fn set(&mut self, look: Look, number: Option<i32>) {
        let on = number != Some(0);
        let value = || u16::try_from(number.unwrap_or_default()).unwrap_or_default();
        let indent = || number.unwrap_or_default().clamp(-MOST_INDENT, MOST_INDENT);
        let [left, right, first] = &mut self.indents;
        let letters = &mut self.letters;
        match look {
            Look::Bold => letters.bold = on,
            Look::Italic => letters.italic = on,
            Look::Underline => letters.underline = on,
            Look::NoUnderline => letters.underline = false,
            Look::Strike => letters.strike = on,
            Look::Sub => letters.raised = on.then_some("sub"),
            Look::Super => letters.raised = on.then_some("super"),
            Look::Baseline => letters.raised = None,
            Look::Size => letters.size = value(),
            Look::Color => letters.color = value(),
            Look::Left => self.align = None,
            Look::Center => self.align = Some("center"),
            Look::Right => self.align = Some("right"),
            Look::Justified => self.align = Some("justify"),
            Look::Paragraph => {
                (self.align, self.indents, self.in_table) = (None, [0; 3], false);
            }
            Look::IndentLeft => *left = indent(),
            Look::IndentRight => *right = indent(),
            Look::IndentFirst => *first = indent(),
            Look::InTable => self.in_table = true,
            Look::Red | Look::Green | Look::Blue => {}
        }
    }
}

impl Letters {
    const NONE: Letters = Letters {
        bold: false,
        italic: false,
        underline: false,
        strike: false,
        raised: None,
        size: 0,
        color: 0,
        font: None,
    };
}

/// What is open in the HTML that is being made.
#[derive(Debug)]
pub(super) struct Rich {
    began: bool,
    pub(super) table: Table,
    paragraph: bool,
    /// The letters of the text so far, and whether they have a span.
    letters: Letters,
    span: bool,
    link: bool,
    pub(super) families: Families,
    /// The font that letters are in where none is chosen.
    pub(super) usual: i32,
    /// The table of colors, and the one that is being told.
    colors: Vec<[u8; 3]>,
    color: [u8; 3],
    /// What a field does.
    instruction: Vec<u8>,
}

/// The most bytes of a field's instruction that are kept, and the most colors.
const INSTRUCTION: usize = 4096;
const COLORS: usize = 4096;

/// The greatest indent in 1/20 points: 22 inches.
const MOST_INDENT: i32 = 31_680;

const HEAD: &str = "<html>\r\n<head>\r\n<meta charset=\"utf-8\">\r\n\
    <style>p { margin: 0; white-space: pre-wrap }";

const HEAD_END: &str = "</style>\r\n</head>\r\n<body>\r\n";

impl Default for Rich {
    fn default() -> Self {
        Rich {
            began: false,
            table: Table::default(),
            paragraph: false,
            letters: Letters::NONE,
            span: false,
            link: false,
            families: Families::default(),
            usual: NO_FONT,
            colors: Vec::new(),
            color: [0; 3],
            instruction: Vec::new(),
        }
    }
}

impl Rich {
    /// Text follows that looks so.
    pub(super) fn text(&mut self, out: &mut Out, looks: &Looks) {
        self.open_paragraph(out, looks);
        if self.letters != looks.letters {
            self.close_letters(out);
            self.open_letters(out, looks.letters);
        }
    }

    fn open_letters(&mut self, out: &mut Out, letters: Letters) {
        self.letters = letters;
        let style = self.style(letters);
        self.span = !style.is_empty();
        if self.span {
            out.raw("<span style=\"");
            out.raw(&style);
            out.raw("\">");
        }
    }

    fn style(&self, letters: Letters) -> String {
        let mut style = String::new();
        if letters.bold {
            style.push_str("font-weight:bold;");
        }
        if letters.italic {
            style.push_str("font-style:italic;");
        }
        match (letters.underline, letters.strike) {
            (true, true) => style.push_str("text-decoration:underline line-through;"),
            (true, false) => style.push_str("text-decoration:underline;"),
            (false, true) => style.push_str("text-decoration:line-through;"),
            (false, false) => {}
        }
        if let Some(raised) = letters.raised {
            style.push_str(&format!("vertical-align:{raised};"));
        }
        if letters.size > 0 {
            let half = if letters.size % 2 == 1 { ".5" } else { "" };
            style.push_str(&format!("font-size:{}{half}pt;", letters.size / 2));
        }
        if let Some([red, green, blue]) = self.colors.get(usize::from(letters.color))
            && letters.color > 0
        {
            style.push_str(&format!("color:#{red:02x}{green:02x}{blue:02x};"));
        }
        if let Some(family) = letters.font.and_then(|font| self.families.get(font)) {
            style.push_str(&format!("font-family:'{family}';"));
        }
        style
    }

    fn close_letters(&mut self, out: &mut Out) {
        if self.span {
            out.raw("</span>");
        }
        self.span = false;
        self.letters = Letters::NONE;
    }

    fn begin(&mut self, out: &mut Out) {
        if !self.began {
            out.raw(HEAD);
            if let Some(family) = self.families.get(self.usual) {
                out.raw(&format!(" body {{ font-family: '{family}' }}"));
            }
            out.raw(HEAD_END);
        }
        self.began = true;
    }

    fn open_paragraph(&mut self, out: &mut Out, looks: &Looks) {
        self.begin(out);
        if self.paragraph {
            return;
        }
        if looks.in_table {
            self.open_cell(out);
        } else {
            self.close_table(out);
        }
        let style = looks.paragraph();
        if style.is_empty() {
            out.raw("<p>");
        } else {
            out.raw(&format!("<p style=\"{style}\">"));
        }
        self.paragraph = true;
    }

    fn close_paragraph(&mut self, out: &mut Out) {
        self.close_letters(out);
        self.close_link(out);
        if self.paragraph {
            out.raw("</p>\r\n");
        }
        self.paragraph = false;
    }

    fn open_cell(&mut self, out: &mut Out) {
        self.begin(out);
        self.table.open_cell(out, &self.colors);
    }

    fn close_table(&mut self, out: &mut Out) {
        self.close_paragraph(out);
        self.table.close(out);
    }

    /// Something ends.
    pub(super) fn end(&mut self, out: &mut Out, looks: &Looks, end: End) {
        match end {
            End::Line | End::NestedRow => {
                self.text(out, looks);
                out.raw("<br>\r\n");
            }
            End::NestedCell => {
                self.text(out, looks);
                out.raw("\t");
            }
            End::Paragraph => {
                if !self.paragraph {
                    self.open_paragraph(out, looks);
                    out.raw("<br>");
                }
                self.close_paragraph(out);
            }
            End::Cell => {
                self.close_paragraph(out);
                self.begin(out);
                self.table.end_cell(out, &self.colors);
            }
            End::Row => {
                self.close_paragraph(out);
                self.table.end_row(out);
            }
        }
    }

    /// The whole document ends.
    pub(super) fn finish(&mut self, out: &mut Out) {
        self.begin(out);
        self.close_table(out);
        out.raw("</body>\r\n</html>\r\n");
    }

    /// Another component of a color.
    pub(super) fn component(&mut self, look: Look, number: i32) {
        let [red, green, blue] = &mut self.color;
        let value = u8::try_from(number.clamp(0, 255)).unwrap_or_default();
        match look {
            Look::Red => *red = value,
            Look::Green => *green = value,
            Look::Blue => *blue = value,
            _ => {}
        }
    }

    /// Text of the table of colors: a semicolon ends one.
    pub(super) fn colors(&mut self, text: &[u8]) {
        for _ in text.iter().filter(|byte| **byte == b';') {
            if self.colors.len() < COLORS {
                self.colors.push(self.color);
            }
            self.color = [0; 3];
        }
    }

    /// A field begins.
    pub(super) fn new_instruction(&mut self) {
        self.instruction.clear();
    }

    /// Text of a field's instruction.
    pub(super) fn instruction(&mut self, text: &[u8]) {
        if self.instruction.len().saturating_add(text.len()) <= INSTRUCTION {
            self.instruction.extend_from_slice(text);
        }
    }

    /// The result of a field begins: a link, if the field is one. `true` if it was opened.
    pub(super) fn open_link(&mut self, out: &mut Out, looks: &Looks) -> bool {
        let instruction = std::mem::take(&mut self.instruction);
        let text = String::from_utf8_lossy(&instruction);
        let Some(target) = link_target(&text).filter(|_| !self.link) else { return false };
        self.open_paragraph(out, looks);
        self.close_letters(out);
        out.raw("<a href=\"");
        out.escaped(target);
        out.raw("\">");
        self.link = true;
        true
    }

    pub(super) fn close_link(&mut self, out: &mut Out) {
        if self.link {
            self.close_letters(out);
            out.raw("</a>");
        }
        self.link = false;
    }
}

/// Where `HYPERLINK "..."` leads, if that is a place that a message may lead to.
fn link_target(instruction: &str) -> Option<&str> {
    let rest = instruction.trim_start().strip_prefix("HYPERLINK")?.trim_start();
    let target = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(' ').next(),
    }?;
    may_lead(target).then_some(target)
}
