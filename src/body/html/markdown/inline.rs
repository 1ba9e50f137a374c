//! What stands in a block: words with their marks, escaped where they would mean something.

/// The longest name of a reference that Markdown knows.
const LONGEST_NAME: usize = 33;

/// What stands between the words before and those to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub(super) enum Gap {
    #[default]
    None,
    Space,
    Break,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Link,
    Bold,
    Italic,
    Strike,
}

/// How many elements that ask for a mark are open.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) bold: u32,
    pub(super) italic: u32,
    pub(super) strike: u32,
}

/// A block being written; a line feed is a line that breaks.
#[derive(Debug, Default)]
pub(super) struct Inline {
    text: String,
    pub(super) gap: Gap,
    pub(super) wanted: Wanted,
    /// Whether bold says nothing, as in a heading.
    pub(super) all_bold: bool,
    open: Vec<Mark>,
    /// Where the open link goes, or the one that the next word opens.
    link: Option<String>,
    /// The text of a code span.
    code: Option<String>,
}

impl Inline {
    /// Whether nothing was written since the block began.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.code.as_ref().is_none_or(|code| code.trim().is_empty())
    }

    /// Ends the block and gives it.
    pub(super) fn take(&mut self) -> String {
        let in_code = self.code.is_some();
        self.end_code();
        if in_code {
            self.begin_code();
        }
        self.close(0);
        self.gap = Gap::None;
        std::mem::take(&mut self.text)
    }

    pub(super) fn space(&mut self) {
        match &mut self.code {
            Some(code) if !code.is_empty() && !code.ends_with(' ') => code.push(' '),
            Some(code) if !code.is_empty() => {}
            _ => self.gap = self.gap.max(Gap::Space),
        }
    }

    /// Words as they are to be read.
    pub(super) fn words(&mut self, text: &str) {
        let mut in_word = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c.is_whitespace() {
                self.space();
                in_word = false;
            } else if let Some(code) = &mut self.code {
                code.extend((!c.is_control()).then_some(c));
            } else if !c.is_control() {
                if !in_word {
                    self.sync();
                    in_word = true;
                }
                self.escaped(c, chars.peek().copied());
            }
        }
    }

    /// Markdown as it is.
    pub(super) fn raw(&mut self, markdown: &str) {
        match &mut self.code {
            Some(code) => code.push_str(markdown),
            None => {
                self.sync();
                self.text.push_str(markdown);
            }
        }
    }

    fn escaped(&mut self, c: char, next: Option<char>) {
        let part_of_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' => self.text.push('\\'),
            '_' if !(part_of_word(self.text.chars().next_back()) && part_of_word(next)) => {
                self.text.push('\\');
            }
            ';' => self.break_reference(),
            _ => {}
        }
        self.text.push(c);
    }

    /// A semicolon follows: what would become a reference with it is text.
    fn break_reference(&mut self) {
        let tail = self.text.bytes().rev().take(LONGEST_NAME);
        let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let len = tail.take_while(name).count();
        let Some(end) = self.text.len().checked_sub(len) else { return };
        if len > 0 && self.text.get(..end).is_some_and(|text| text.ends_with('&')) {
            self.text.insert(end.saturating_sub(1), '\\');
        }
    }

    /// Brings the marks to what is wanted, with the gap before those that open.
    fn sync(&mut self) {
        let keep = self.open.iter().position(|mark| !self.wants(*mark));
        self.close(keep.unwrap_or(self.open.len()));
        match std::mem::take(&mut self.gap) {
            Gap::Space if !self.text.is_empty() => self.text.push(' '),
            Gap::Break if !self.text.is_empty() => self.text.push('\n'),
            _ => {}
        }
        for mark in [Mark::Link, Mark::Bold, Mark::Italic, Mark::Strike] {
            if self.wants(mark) && !self.open.contains(&mark) {
                self.open.push(mark);
                match mark {
                    Mark::Link => {
                        // An exclamation mark before would make a picture of it.
                        if self.text.ends_with('!') {
                            self.text.pop();
                            self.text.push_str("\\!");
                        }
                        self.text.push('[');
                    }
                    Mark::Bold => self.text.push_str("**"),
                    Mark::Italic => self.text.push('*'),
                    Mark::Strike => self.text.push_str("~~"),
                }
            }
        }
    }

    fn wants(&self, mark: Mark) -> bool {
        match mark {
            Mark::Link => self.link.is_some(),
            Mark::Bold => self.wanted.bold > 0 && !self.all_bold,
            Mark::Italic => self.wanted.italic > 0,
            Mark::Strike => self.wanted.strike > 0,
        }
    }

    /// Closes marks until `len` are open.
    fn close(&mut self, len: usize) {
        while self.open.len() > len {
            match self.open.pop() {
                Some(Mark::Bold) => self.text.push_str("**"),
                Some(Mark::Italic) => self.text.push('*'),
                Some(Mark::Strike) => self.text.push_str("~~"),
                Some(Mark::Link) => {
                    // A link is written once, however many blocks it goes over.
                    let url = self.link.take().unwrap_or_default();
                    self.text.push_str("](");
                    self.text.push_str(&url);
                    self.text.push(')');
                }
                None => {}
            }
        }
    }

    /// Ends the link, and begins another.
    pub(super) fn link(&mut self, url: Option<String>) {
        if let Some(at) = self.open.iter().position(|mark| *mark == Mark::Link) {
            self.close(at);
        }
        self.link = url;
    }

    pub(super) fn begin_code(&mut self) {
        self.code.get_or_insert_default();
    }

    pub(super) fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        let shown = code.trim();
        if !shown.is_empty() {
            self.sync();
            let fence = fence(shown, 1);
            let pad = if shown.starts_with('`') || shown.ends_with('`') { " " } else { "" };
            for part in [&fence, pad, shown, pad, &fence] {
                self.text.push_str(part);
            }
        }
        if code.ends_with(' ') {
            self.gap = self.gap.max(Gap::Space);
        }
    }
}

/// More backticks than follow each other in the code, and no fewer than `least`.
pub(super) fn fence(code: &str, least: usize) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(least.max(longest.saturating_add(1)))
}

/// A block with its lines escaped where their beginnings would mean something.
pub(super) fn with_plain_starts(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().saturating_add(2));
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            plain.push('\n');
        }
        match meaning(line).and_then(|at| line.split_at_checked(at)) {
            Some((before, after)) => {
                plain.push_str(before);
                plain.push('\\');
                plain.push_str(after);
            }
            None => plain.push_str(line),
        }
    }
    plain
}

/// Where to put the backslash in a line that would begin a heading, a quote, a list, a rule, a table.
fn meaning(line: &str) -> Option<usize> {
    let first = line.chars().next()?;
    let run = line.bytes().take_while(|byte| *byte == first as u8 && first.is_ascii()).count();
    let after = line.as_bytes().get(run);
    let ends = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == b' ');
    match first {
        '>' | '|' => Some(0),
        '#' | '+' | '=' => ends(after).then_some(0),
        '-' => (run > 1 || ends(after)).then_some(0),
        ':' => (after == Some(&b'-')).then_some(0),
        '0'..='9' => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let dot = matches!(line.as_bytes().get(digits), Some(b'.' | b')'));
            let ends = ends(line.as_bytes().get(digits.saturating_add(1)));
            (digits < 10 && dot && ends).then_some(digits)
        }
        _ => None,
    }
}
