//! The page that is written: blocks, in quotes and rows of lists.

/// The most quotes and lists in each other; what is deeper stands where these end.
const DEEPEST: usize = 32;

/// What blocks stand in.
#[derive(Debug)]
enum Container {
    Quote,
    /// The number of its next row, or none.
    List(Option<u32>),
    /// A row of a list: what begins it until that is written, its width, and whether it follows
    /// without a blank line.
    Row {
        marker: Option<String>,
        width: usize,
        tight: bool,
    },
}

/// Markdown being written, block by block.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    containers: Vec<Container>,
    /// How many of the containers the last block stood in too.
    common: usize,
    /// Containers that were too deep to be opened.
    deep_quotes: usize,
    deep_lists: usize,
    /// Whether the last block was a row of a list of Outlook's.
    after_loose_row: bool,
}

impl Page {
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn cut(&mut self, len: usize) {
        self.containers.truncate(len);
        self.common = self.common.min(len);
    }

    pub(super) fn open_quote(&mut self) {
        if self.containers.len() < DEEPEST {
            self.containers.push(Container::Quote);
        } else {
            self.deep_quotes = self.deep_quotes.saturating_add(1);
        }
    }

    pub(super) fn close_quote(&mut self) {
        if let Some(deep) = self.deep_quotes.checked_sub(1) {
            self.deep_quotes = deep;
        } else if let Some(at) = self.last(|one| matches!(one, Container::Quote)) {
            self.cut(at);
        }
    }

    /// Begins a list whose first row has this number, if its rows have any.
    pub(super) fn open_list(&mut self, first: Option<u32>) {
        if self.containers.len() < DEEPEST {
            self.containers.push(Container::List(first));
        } else {
            self.deep_lists = self.deep_lists.saturating_add(1);
        }
    }

    pub(super) fn close_list(&mut self) {
        if let Some(deep) = self.deep_lists.checked_sub(1) {
            self.deep_lists = deep;
        } else if let Some(at) = self.last(|one| matches!(one, Container::List(_))) {
            self.cut(at);
        }
    }

    /// Begins a row of the innermost list, or of one that nobody opened.
    pub(super) fn open_row(&mut self) {
        if self.deep_lists > 0 {
            return;
        }
        let outer = self.last(|one| !matches!(one, Container::Row { .. }));
        let first = self.containers.len() == outer.map_or(0, |at| at.saturating_add(1));
        self.cut(outer.map_or(0, |at| at.saturating_add(1)));
        let nested = self.containers.iter().any(|one| matches!(one, Container::Row { .. }));
        let number = match self.containers.last_mut() {
            Some(Container::List(Some(next))) => {
                let number = *next;
                *next = next.saturating_add(1);
                Some(number)
            }
            _ => None,
        };
        let started = match self.containers.last() {
            Some(Container::List(_)) => self.common >= self.containers.len(),
            _ => !first,
        };
        let marker = number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. "));
        if self.containers.len() < DEEPEST {
            let (width, tight) = (marker.len(), started || nested);
            self.containers.push(Container::Row { marker: Some(marker), width, tight });
        }
    }

    pub(super) fn close_row(&mut self) {
        if let Some(Container::Row { .. }) = self.containers.last() {
            self.cut(self.containers.len().saturating_sub(1));
        }
    }

    fn last(&self, is: impl Fn(&Container) -> bool) -> Option<usize> {
        self.containers.iter().rposition(is)
    }

    /// Writes a block that is a row of a list by itself.
    pub(super) fn put_row(&mut self, marker: &str, lines: &str, end: &str) {
        let width = marker.len();
        let row =
            Container::Row { marker: Some(marker.into()), width, tight: self.after_loose_row };
        self.containers.push(row);
        self.put(lines, end);
        self.cut(self.containers.len().saturating_sub(1));
        self.after_loose_row = true;
    }

    /// Writes a block of lines; `end` stands at the end of each but the last.
    pub(super) fn put(&mut self, lines: &str, end: &str) {
        let tight = self.containers.iter().rev().find_map(|one| match one {
            Container::Row { marker: Some(_), tight, .. } => Some(*tight),
            _ => None,
        });
        if !self.text.is_empty() && tight != Some(true) {
            let common = self.common;
            self.prefix(common);
            self.end_line();
        }
        let mut lines = lines.split('\n').peekable();
        while let Some(line) = lines.next() {
            self.prefix(self.containers.len());
            self.text.push_str(line);
            if lines.peek().is_some() && !line.is_empty() {
                self.text.push_str(end);
                self.text.push('\n');
            } else {
                self.end_line();
            }
        }
        self.common = self.containers.len();
        self.after_loose_row = false;
    }

    /// What stands before a line in the first `count` containers.
    fn prefix(&mut self, count: usize) {
        for container in self.containers.iter_mut().take(count) {
            match container {
                Container::Quote => self.text.push_str("> "),
                Container::List(_) => {}
                Container::Row { marker, width, .. } => match marker.take() {
                    Some(marker) => self.text.push_str(&marker),
                    None => self.text.extend(std::iter::repeat_n(' ', *width)),
                },
            }
        }
    }

    fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}
