//! A table as rows of cells.

/// A table being read.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    in_cell: bool,
    /// Text outside of cells, as the caption is.
    outside: Vec<String>,
}

impl Table {
    /// Begins a row.
    pub(super) fn row(&mut self) {
        if self.rows.last().is_none_or(|row| !row.is_empty()) {
            self.rows.push(Vec::new());
        }
    }

    /// Ends a cell, or what stood before one; another begins or not.
    pub(super) fn cell(&mut self, text: String, begins: bool) {
        if self.in_cell {
            match self.rows.last_mut() {
                Some(row) => row.push(text),
                None => self.rows.push(vec![text]),
            }
        } else if !text.is_empty() {
            self.outside.push(text);
        }
        self.in_cell = begins;
    }

    /// Text outside of cells; it stands before the table.
    pub(super) fn outside(&mut self) -> Vec<String> {
        std::mem::take(&mut self.outside)
    }

    /// All that stands in cells, from the front.
    pub(super) fn cells(self) -> Vec<String> {
        self.rows.into_iter().flatten().filter(|cell| !cell.is_empty()).collect()
    }

    /// The lines of a table, or the cells of one that has fewer than two rows or columns.
    pub(super) fn lines(mut self) -> Result<String, Vec<String>> {
        self.rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
        let mut used: Vec<bool> = Vec::new();
        for row in &self.rows {
            used.resize(used.len().max(row.len()), false);
            for (used, cell) in used.iter_mut().zip(row) {
                *used |= !cell.is_empty();
            }
        }
        if self.rows.len() < 2 || used.iter().filter(|used| **used).count() < 2 {
            return Err(self.cells());
        }
        // The first row says how many columns there are; later ones may be shorter.
        if let Some(head) = self.rows.first_mut() {
            head.resize(used.len(), String::new());
        }
        let mut lines = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            if at > 0 {
                lines.push('\n');
            }
            lines.push('|');
            for cell in row {
                lines.push(' ');
                lines.push_str(&cell.replace('|', "\\|").replace('\n', "<br>"));
                lines.push_str(" |");
            }
            if at == 0 {
                lines.push_str("\n|");
                lines.push_str(&" --- |".repeat(row.len()));
            }
        }
        Ok(lines)
    }
}
