//! HTML as Markdown (CommonMark, with the tables and strikes of GitHub's).
//!
//! ```text
//!  HTML -> markup.rs -> this walk -> inline.rs: words and marks of a block, escaped
//!                          |  '----- table.rs: rows of cells
//!                          '-------> page.rs: blocks in quotes and lists -> Markdown
//! ```
//! One pass, no recursion, bounded depth. Not here: what style sheets say.

mod attribute;
mod inline;
mod page;
mod table;

use self::attribute::{attribute, target};
use self::inline::{Gap, Inline, fence, with_plain_starts};
use self::page::Page;
use self::table::Table;
use super::markup::{Piece, Pieces, referred};

/// Gives HTML as Markdown: headings, paragraphs, lists, quotes, code, tables, links, bold, italics and
/// what is struck out. Lines end with LF.
///
/// Any text is HTML for this; it never fails. Runs of white space are one space. Of pictures there is
/// the text in their place. Links that do not go to the web or to a mailbox (`javascript:`, `file:`,
/// and relatives) are only their text, and characters that Markdown would take for marks are escaped,
/// so that the result has no HTML but `<br>` in cells. The lists that Word writes as paragraphs are
/// lists; a table of one row or one column, or with tables inside, is for layout, and gives paragraphs.
///
/// # Example
/// ```
/// use openimsg::body::html_to_markdown;
///
/// let html = "<h1>Minutes</h1><p>See <a href='https://example.org/plan'>the <b>plan</b></a>.</p>\
///             <ul><li>boat<li>2 * 3</ul>";
/// let markdown = "# Minutes\n\nSee [the **plan**](https://example.org/plan).\n\n- boat\n- 2 \\* 3\n";
/// assert_eq!(html_to_markdown(html), markdown);
/// ```
#[must_use]
pub fn html_to_markdown(html: &str) -> String {
    let mut walk = Walk::default();
    for piece in Pieces::new(html) {
        match piece {
            Piece::Tag { all, name, closes } => walk.tag(all, name, closes),
            Piece::Hidden(all) => walk.hidden(all),
            Piece::Reference(all) => walk.reference(all),
            Piece::Text(text) => walk.text(text),
        }
    }
    walk.finish()
}

#[derive(Default)]
struct Walk {
    page: Page,
    inline: Inline,
    /// The level of the heading that is open.
    heading: Option<usize>,
    /// Lines that keep their white space.
    preformatted: Option<String>,
    /// The table that is open, unless it is for layout.
    table: Option<Table>,
    /// How many tables for layout are open.
    layouts: u32,
    /// What Word wrote in the place of a bullet or number, while that is read, and then.
    reading_bullet: Option<String>,
    bullet: Option<String>,
}

impl Walk {
    fn finish(mut self) -> String {
        self.end_preformatted();
        self.end_table();
        self.end_block();
        self.page.finish()
    }

    fn text(&mut self, text: &str) {
        if let Some(lines) = &mut self.preformatted {
            lines.push_str(text);
        } else if let Some(bullet) = &mut self.reading_bullet {
            bullet.push_str(text);
        } else {
            self.inline.words(text);
        }
    }

    fn reference(&mut self, all: &str) {
        match referred(all) {
            Some(c) => self.text(c.encode_utf8(&mut [0; 4])),
            None if all.starts_with("&#") => self.text(" "),
            // Whoever shows Markdown knows all names.
            None if self.preformatted.is_none() && self.reading_bullet.is_none() => {
                self.inline.raw(all);
            }
            None => self.text(all),
        }
    }

    /// Comments say where Word's bullets are.
    fn hidden(&mut self, all: &str) {
        if all.starts_with("<![if !supportLists]") {
            self.reading_bullet = Some(String::new());
        } else if let Some(bullet) = self.reading_bullet.take_if(|_| all.starts_with("<![endif]")) {
            let digits = bullet.trim().trim_end_matches(['.', ')']);
            let number = digits.parse::<u32>().ok().filter(|_| digits.len() < 10);
            self.bullet =
                Some(number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. ")));
        }
    }

    /// Ends a paragraph, a heading, or a line of a cell.
    fn end_block(&mut self) {
        if let Some(unfinished) = self.reading_bullet.take() {
            self.inline.words(&unfinished);
        }
        if self.table.is_some() {
            self.inline.gap = Gap::Break;
            self.bullet = None;
            return;
        }
        let block = self.inline.take();
        let bullet = self.bullet.take();
        if block.is_empty() {
            return;
        }
        match (self.heading, bullet) {
            (Some(level), _) => {
                let line = block.replace('\n', " ");
                // Marks of the kind at the end would be taken for part of the heading.
                let closed = line.strip_suffix('#').map(|line| format!("{line}\\#"));
                let marks = "#".repeat(level);
                self.page.put(&format!("{marks} {}", closed.unwrap_or(line)), "");
            }
            (None, Some(bullet)) => {
                self.page.put_row(&bullet, &with_plain_starts(&block), "  ");
            }
            (None, None) => self.page.put(&with_plain_starts(&block), "  "),
        }
    }

    fn end_preformatted(&mut self) {
        let Some(text) = self.preformatted.take() else { return };
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.strip_prefix('\n').unwrap_or(&text).trim_end();
        if !text.is_empty() {
            let shown: String =
                text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
            let fence = fence(&shown, 3);
            self.page.put(&format!("{fence}\n{shown}\n{fence}"), "");
        }
    }

    /// Ends a cell; another begins or not.
    fn end_cell(&mut self, begins: bool) {
        if let Some(table) = &mut self.table {
            table.cell(self.inline.take(), begins);
        }
    }

    /// Ends the open table, and writes it as one or as paragraphs.
    fn end_table(&mut self) {
        self.end_cell(false);
        let Some(mut table) = self.table.take() else { return };
        self.paragraphs(&table.outside());
        match table.lines() {
            Ok(lines) => self.page.put(&lines, ""),
            Err(cells) => self.paragraphs(&cells),
        }
    }

    fn paragraphs(&mut self, cells: &[String]) {
        for cell in cells {
            self.page.put(&with_plain_starts(cell), "  ");
        }
    }

    fn tag(&mut self, all: &str, name: &str, closes: bool) {
        let name = name.to_ascii_lowercase();
        let name = name.as_str();
        if self.preformatted.is_some() {
            match name {
                "br" => self.text("\n"),
                "pre" | "body" | "html" => self.end_preformatted(),
                _ => {}
            }
            return;
        }
        let count = |open: &mut u32| {
            *open = if closes { open.saturating_sub(1) } else { open.saturating_add(1) };
        };
        match name {
            "b" | "strong" => count(&mut self.inline.wanted.bold),
            "i" | "em" | "cite" | "dfn" => count(&mut self.inline.wanted.italic),
            "s" | "strike" | "del" => count(&mut self.inline.wanted.strike),
            "code" | "tt" | "kbd" | "samp" if closes => self.inline.end_code(),
            "code" | "tt" | "kbd" | "samp" => self.inline.begin_code(),
            "a" if closes => self.inline.link(None),
            "a" => {
                if let Some(href) = attribute(all, "href") {
                    self.inline.link(target(&href));
                }
            }
            "img" => {
                if let Some(alt) = attribute(all, "alt") {
                    self.text(&alt);
                }
            }
            "br" => self.line_break(),
            _ => self.block_tag(all, name, closes),
        }
    }

    fn line_break(&mut self) {
        if self.heading.is_some() {
            self.inline.space();
        } else if self.inline.gap == Gap::Break && self.table.is_none() {
            self.end_block();
        } else if !self.inline.is_empty() {
            self.inline.gap = Gap::Break;
        }
    }

    fn block_tag(&mut self, all: &str, name: &str, closes: bool) {
        let in_table = self.table.is_some();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_block();
                let level = name.get(1..).and_then(|level| level.parse().ok());
                self.heading = level.filter(|_| !closes && !in_table);
                self.inline.all_bold = self.heading.is_some();
            }
            "pre" => {
                self.end_block();
                self.preformatted = (!closes && !in_table).then(String::new);
            }
            "hr" => {
                self.end_block();
                if !in_table {
                    self.page.put("---", "");
                }
            }
            "blockquote" | "ul" | "ol" | "li" => {
                self.end_block();
                if in_table {
                    if name == "li" && !closes {
                        self.inline.raw("\u{2022} ");
                    }
                } else {
                    self.container(all, name, closes);
                }
            }
            "table" if closes => self.close_table(),
            "table" => self.open_table(),
            "tr" if in_table => {
                self.end_cell(false);
                if let Some(table) = &mut self.table {
                    table.row();
                }
            }
            "td" | "th" if in_table => self.end_cell(!closes),
            "p" | "div" | "tr" | "td" | "th" | "center" | "address" | "dl" | "dt" | "dd"
            | "form" | "fieldset" | "section" | "article" | "header" | "footer" | "nav"
            | "main" | "aside" | "figure" | "figcaption" | "caption" | "tbody" | "thead"
            | "body" | "html" | "hgroup" | "details" | "summary" | "option" => self.end_block(),
            _ => {}
        }
    }

    fn container(&mut self, all: &str, name: &str, closes: bool) {
        match (name, closes) {
            ("blockquote", false) => self.page.open_quote(),
            ("blockquote", true) => self.page.close_quote(),
            ("li", false) => self.page.open_row(),
            ("li", true) => self.page.close_row(),
            (_, true) => self.page.close_list(),
            (kind, false) => {
                let start = || attribute(all, "start")?.trim().parse().ok();
                let first = || start().filter(|start| *start < 100_000_000).unwrap_or(1);
                self.page.open_list((kind == "ol").then(first));
            }
        }
    }

    /// A table in a table: the outer one is for layout.
    fn open_table(&mut self) {
        if self.table.is_some() {
            self.end_cell(false);
        } else {
            self.end_block();
        }
        if let Some(mut outer) = self.table.take() {
            self.paragraphs(&outer.outside());
            self.paragraphs(&outer.cells());
            self.layouts = self.layouts.saturating_add(1);
        }
        // What is in a heading, or in the table of a table for layout, is as good a table.
        self.heading = None;
        self.inline.all_bold = false;
        self.table = Some(Table::default());
    }

    fn close_table(&mut self) {
        if self.table.is_some() {
            self.end_table();
        } else {
            self.end_block();
            self.layouts = self.layouts.saturating_sub(1);
        }
    }
}
