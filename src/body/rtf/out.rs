//! Where the reader's text goes: as it is, or escaped for HTML.
//!
//! An ampersand is escaped unless it begins a character reference, and where one ends may come in
//! a later piece of text. It is written as it is and looked at again when the next bytes are
//! known; what is moved then is never more than [`LONGEST`] bytes.
//!
//! Spec: msg-format 5.4 (4), D-9.

/// The most bytes between the ampersand and the semicolon of a character reference.
const LONGEST: usize = 32;

/// Text being made, up to a limit.
#[derive(Debug)]
pub(super) struct Out {
    text: String,
    limit: usize,
    /// Where an ampersand of shared text stands that may yet begin a reference.
    ampersand: Option<usize>,
    /// Whether the last thing written was the end of a cell.
    after_cell: bool,
    full: bool,
    /// What goes between the text, by place: each no further on than the next.
    later: Vec<(usize, String)>,
}

impl Out {
    pub(super) fn new(limit: usize) -> Out {
        Out {
            text: String::new(),
            limit,
            ampersand: None,
            after_cell: false,
            full: false,
            later: Vec::new(),
        }
    }

    /// Whether there was more to write than the limit allows.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// The text; `None` if there was more to write than the limit allows.
    pub(super) fn finish(mut self) -> Option<String> {
        self.settle();
        if self.later.is_empty() || self.full {
            return (!self.full).then_some(self.text);
        }
        let more: usize = self.later.iter().map(|(_, text)| text.len()).sum();
        let mut whole = String::with_capacity(self.text.len().saturating_add(more));
        let mut from = 0;
        for (at, text) in &self.later {
            whole.push_str(self.text.get(from..*at).unwrap_or_default());
            whole.push_str(text);
            from = *at;
        }
        whole.push_str(self.text.get(from..).unwrap_or_default());
        (whole.len() <= self.limit).then_some(whole)
    }

    /// How much text there is. What is written as it is stays at its place, and so does what is escaped.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Writes text where others already follow; the places of several are told in their order.
    pub(super) fn later(&mut self, at: usize, text: String) {
        self.later.push((at, text));
    }

    fn push(&mut self, text: &str) {
        self.after_cell = false;
        if self.text.len().saturating_add(text.len()) <= self.limit {
            self.text.push_str(text);
        } else {
            self.full = true;
        }
    }

    /// Writes text as it is.
    pub(super) fn raw(&mut self, text: &str) {
        self.settle();
        self.push(text);
    }

    /// The end of a line.
    pub(super) fn line(&mut self) {
        self.raw("\r\n");
    }

    /// The end of a cell.
    pub(super) fn cell(&mut self) {
        self.raw("\t");
        self.after_cell = true;
    }

    /// The end of a row; its last cell needs no tab.
    pub(super) fn row(&mut self) {
        if self.after_cell && self.text.ends_with('\t') {
            self.text.pop();
        }
        self.line();
    }

    /// Writes text that is no HTML: all its markup characters are escaped.
    pub(super) fn escaped(&mut self, text: &str) {
        self.settle();
        let mut rest = text;
        while let Some(at) = rest.find(['<', '>', '&']) {
            let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.push(plain);
            self.push(match after.bytes().next() {
                Some(b'<') => "&lt;",
                Some(b'>') => "&gt;",
                _ => "&amp;",
            });
            rest = after.get(1..).unwrap_or_default();
        }
        self.push(rest);
    }

    /// Writes text that RTF and HTML share: its markup characters are escaped.
    pub(super) fn shared(&mut self, text: &str) {
        let mut rest = text;
        loop {
            if let Some(at) = self.ampersand {
                let Some(next) = rest.bytes().next() else { return };
                let name = self.text.as_bytes().get(at + 1..).unwrap_or_default();
                if !continues(name, next) {
                    self.settle();
                    continue;
                }
                self.push(rest.get(..1).unwrap_or_default());
                rest = rest.get(1..).unwrap_or_default();
                if next == b';' {
                    self.ampersand = None;
                }
                continue;
            }
            let stop = rest.bytes().position(|byte| matches!(byte, b'<' | b'>' | b'&'));
            let Some((plain, after)) = stop.and_then(|stop| rest.split_at_checked(stop)) else {
                return self.push(rest);
            };
            self.push(plain);
            match after.bytes().next() {
                Some(b'<') => self.push("&lt;"),
                Some(b'>') => self.push("&gt;"),
                _ => {
                    self.ampersand = Some(self.text.len());
                    self.push("&");
                }
            }
            rest = after.get(1..).unwrap_or_default();
        }
    }

    /// Escapes the ampersand that turned out to begin nothing.
    fn settle(&mut self) {
        let Some(at) = self.ampersand.take() else { return };
        if self.text.len().saturating_add(4) > self.limit {
            self.full = true;
        } else if self.text.is_char_boundary(at + 1) {
            self.text.insert_str(at + 1, "amp;");
        }
    }
}

/// Whether `next` continues the character reference whose text after the ampersand is `name`.
fn continues(name: &[u8], next: u8) -> bool {
    if name.len() >= LONGEST {
        return false;
    }
    match (name, next) {
        ([], b'#') | ([b'#'], b'x' | b'X') => true,
        ([b'#', b'x' | b'X', digits @ ..], next) => {
            next.is_ascii_hexdigit() || next == b';' && !digits.is_empty()
        }
        ([b'#', digits @ ..], next) => next.is_ascii_digit() || next == b';' && !digits.is_empty(),
        ([], next) => next.is_ascii_alphabetic(),
        (_, next) => next.is_ascii_alphanumeric() || next == b';',
    }
}
