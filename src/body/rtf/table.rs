//! Tables in HTML made of RTF: which cells are one, and their borders.
//!
//! ```text
//!  \trowd \clvmgf \clbrdrt\brdrs\brdrw10 \cellx1000 \cellx2000      the row: each cell ends at \cellx
//!  \intbl a\cell b\cell\row                                         what stands in it
//! ```
//! RTF tells how far a cell goes to the right, HTML over how many columns. A column is where any cell
//! of the table ends, so that `colspan` and `rowspan` are known when the table has ended: they are
//! put into the text later. A cell that joins the one above it, or on its left, shows its text there, or
//! becomes a cell of its own if it has text below another. Nested tables are lines (`rich.rs`).
//!
//! Spec: msg-format 5.9.

use std::collections::HashMap;

use super::out::Out;
use super::words::RowWord;

/// The most cells of a row.
const CELLS: usize = 1024;
/// Ends of cells that are no further apart are one, in 1/20 points.
const SAME: i32 = 10;
/// The widest border, and the one that does not say, in 1/20 points.
const WIDEST: u16 = 240;
const USUAL: u16 = 10;

/// The side of a cell, in the order of CSS: top, right, bottom, left.
const SIDES: [&str; 4] = ["top", "right", "bottom", "left"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Border {
    /// None where nothing was said; `Some("none")` where there is none.
    line: Option<&'static str>,
    width: Option<u16>,
    color: u16,
}

/// What the definition of a row says about a cell.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    right: i32,
    joins_left: bool,
    /// The first of some below each other, and the others.
    first_down: bool,
    joins_up: bool,
    borders: [Border; 4],
    shade: u16,
}

/// A cell in the HTML.
#[derive(Debug)]
struct Shown {
    /// Where in the text its attributes go.
    at: usize,
    left: i32,
    right: i32,
    rows: u32,
}

/// Where the words of a border go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Side {
    #[default]
    Nowhere,
    Cell(usize),
    Row,
}

/// The definition of a row, and the table that is open.
#[derive(Debug, Default)]
pub(super) struct Table {
    cells: Vec<Cell>,
    next: Cell,
    left: i32,
    /// The border of cells that have none of their own.
    border: Border,
    side: Side,

    open: bool,
    row: bool,
    cell: bool,
    rows: usize,
    column: usize,
    /// The first column of those that are one with this.
    from: usize,
    shown: Vec<Shown>,
    /// Cells that others below may join, by where they end: which, and the last row.
    down: HashMap<i32, (usize, usize)>,
}

impl Table {
    /// A word of a row's definition.
    pub(super) fn define(&mut self, word: RowWord, number: i32) {
        let value = u16::try_from(number).unwrap_or_default();
        match word {
            RowWord::Begin => {
                self.cells.clear();
                (self.next, self.left) = (Cell::default(), 0);
                (self.border, self.side) = (Border::default(), Side::Nowhere);
            }
            RowWord::Left => self.left = number,
            RowWord::CellEnd => {
                self.next.right = number;
                if self.cells.len() < CELLS {
                    self.cells.push(self.next);
                }
                (self.next, self.side) = (Cell::default(), Side::Nowhere);
            }
            RowWord::JoinsLeft => self.next.joins_left = true,
            RowWord::FirstDown => self.next.first_down = true,
            RowWord::JoinsUp => self.next.joins_up = true,
            RowWord::Shade => self.next.shade = value,
            RowWord::Side(side) => self.side = Side::Cell(side),
            RowWord::RowSide => self.side = Side::Row,
            RowWord::OtherSide => self.side = Side::Nowhere,
            RowWord::Line(_) | RowWord::LineWidth | RowWord::LineColor => {
                let border = match self.side {
                    Side::Cell(side) => self.next.borders.get_mut(side),
                    Side::Row => Some(&mut self.border),
                    Side::Nowhere => None,
                };
                let Some(border) = border else { return };
                match word {
                    RowWord::Line(line) => border.line = Some(line),
                    RowWord::LineWidth => border.width = Some(value.min(WIDEST)),
                    _ => border.color = value,
                }
            }
        }
    }

    /// Text of the current cell follows.
    pub(super) fn open_cell(&mut self, out: &mut Out, colors: &[[u8; 3]]) {
        self.open_row(out);
        if self.cell {
            return;
        }
        self.cell = true;
        out.raw("<td");
        if let Some((first, right)) = self.group() {
            let style = self.style(&first, colors);
            let left = self.from.checked_sub(1).and_then(|before| self.cells.get(before));
            let left = left.map_or(self.left, |cell| cell.right);
            if first.first_down || first.joins_up {
                self.down.insert(right, (self.shown.len(), self.rows));
            }
            self.shown.push(Shown { at: out.len(), left, right, rows: 1 });
            if !style.is_empty() {
                out.raw(" style=\"");
                out.raw(&style);
                out.raw("\"");
            }
        }
        out.raw(">");
    }

    fn open_row(&mut self, out: &mut Out) {
        if !self.open {
            out.raw(match self.cells.is_empty() {
                true => "<table border=\"1\" cellspacing=\"0\">\r\n",
                false => "<table style=\"border-collapse:collapse\">\r\n",
            });
        }
        if !self.row {
            out.raw("<tr>");
        }
        (self.open, self.row) = (true, true);
    }

    /// What is said of the first of the cells that are one with this, and where the last one ends.
    fn group(&self) -> Option<(Cell, i32)> {
        let first = self.cells.get(self.from)?;
        let others = self.cells.get(self.from + 1..).unwrap_or_default();
        let last = others.iter().take_while(|cell| cell.joins_left).last().unwrap_or(first);
        Some((*first, last.right))
    }

    /// The current cell ends.
    pub(super) fn end_cell(&mut self, out: &mut Out, colors: &[[u8; 3]]) {
        self.open_row(out);
        self.column += 1;
        if self.cells.get(self.column).is_some_and(|next| next.joins_left) {
            return;
        }
        if !self.cell && !self.joined_above() {
            self.open_cell(out, colors);
        }
        if self.cell {
            out.raw("</td>");
        }
        self.cell = false;
        self.from = self.column;
    }

    /// Whether the current cell, which is empty, became part of one above.
    fn joined_above(&mut self) -> bool {
        let Some((_, right)) = self.group().filter(|(first, _)| first.joins_up) else {
            return false;
        };
        let Some((cell, row)) = self.down.get_mut(&right) else { return false };
        if row.checked_add(1) != Some(self.rows) {
            return false;
        }
        *row = self.rows;
        if let Some(shown) = self.shown.get_mut(*cell) {
            shown.rows = shown.rows.saturating_add(1);
        }
        true
    }

    pub(super) fn end_row(&mut self, out: &mut Out) {
        if self.cell {
            out.raw("</td>");
        }
        if self.row {
            out.raw("</tr>\r\n");
            self.rows += 1;
        }
        (self.cell, self.row, self.column, self.from) = (false, false, 0, 0);
    }

    pub(super) fn close(&mut self, out: &mut Out) {
        self.end_row(out);
        if !self.open {
            return;
        }
        out.raw("</table>\r\n");
        let mut edges: Vec<i32> = self.shown.iter().map(|cell| cell.right).collect();
        edges.sort_unstable();
        edges.dedup_by(|edge, before| edge.saturating_sub(*before) <= SAME);
        let up_to = |place: i32| edges.partition_point(|edge| *edge <= place.saturating_add(SAME));
        for cell in self.shown.drain(..) {
            let columns = up_to(cell.right).saturating_sub(up_to(cell.left));
            let mut spans = String::new();
            if columns > 1 {
                spans.push_str(&format!(" colspan=\"{columns}\""));
            }
            if cell.rows > 1 {
                spans.push_str(&format!(" rowspan=\"{}\"", cell.rows));
            }
            if !spans.is_empty() {
                out.later(cell.at, spans);
            }
        }
        (self.open, self.rows) = (false, 0);
        self.down.clear();
    }

    fn style(&self, cell: &Cell, colors: &[[u8; 3]]) -> String {
        let color = |number: u16| {
            let rgb = colors.get(usize::from(number)).filter(|_| number > 0);
            rgb.map(|[red, green, blue]| format!("#{red:02x}{green:02x}{blue:02x}"))
        };
        let borders =
            cell.borders.map(|border| if border.line.is_some() { border } else { self.border });
        let text = |border: &Border| {
            let line = border.line.filter(|line| *line != "none")?;
            let width = f64::from(border.width.unwrap_or(USUAL)) / 20.0;
            let color = color(border.color).unwrap_or_else(|| "black".into());
            Some(format!("{width}pt {line} {color};"))
        };
        let mut style = String::new();
        let [first, others @ ..] = &borders;
        if others.iter().all(|other| other == first) {
            style.extend(text(first).map(|text| format!("border:{text}")));
        } else {
            for (side, border) in SIDES.iter().zip(&borders) {
                style.extend(text(border).map(|text| format!("border-{side}:{text}")));
            }
        }
        style.extend(color(cell.shade).map(|color| format!("background:{color};")));
        style
    }
}
