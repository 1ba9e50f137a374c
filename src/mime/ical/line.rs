//! Content lines: names, parameters, values, folded at 75 octets. Calendars and cards are made of them.
//!
//! Spec: RFC 5545 3.1, 3.3.11; RFC 2426 2.6.

use std::fmt::Write as _;

/// The most octets of a line before its CR LF.
const WIDTH: usize = 75;

/// A calendar or a card being written.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    out: String,
}

/// One content line, not folded yet. Its name comes from us; all else may come from a file.
#[derive(Debug)]
pub(crate) struct Line(String);

impl Line {
    pub(crate) fn new(name: &str) -> Line {
        Line(name.to_owned())
    }

    /// Adds a parameter. Control characters and quotes have no place in one: they become spaces and
    /// apostrophes.
    pub(crate) fn param(mut self, name: &str, value: &str) -> Line {
        let clean: String = value
            .chars()
            .map(|c| match c {
                '"' => '\'',
                c if c.is_control() || is_line_end(c) => ' ',
                c => c,
            })
            .collect();
        let clean = clean.trim();
        let quoted = clean.is_empty() || clean.contains([':', ';', ',', ' ', '=']);
        let quote = if quoted { "\"" } else { "" };
        let _ = write!(self.0, ";{name}={quote}{clean}{quote}");
        self
    }

    /// The same, if there is a value.
    pub(crate) fn maybe(self, name: &str, value: Option<&str>) -> Line {
        match value.filter(|value| !value.trim().is_empty()) {
            Some(value) => self.param(name, value),
            None => self,
        }
    }

    /// Adds a parameter with several values, which are ours.
    pub(crate) fn list(mut self, name: &str, values: &str) -> Line {
        let _ = write!(self.0, ";{name}={values}");
        self
    }

    /// Adds the value as it is: a number, a time, a rule, a URI. Control characters are dropped.
    pub(crate) fn value(mut self, value: &str) -> Line {
        self.0.push(':');
        self.0.extend(value.chars().filter(|c| !c.is_control() && !is_line_end(*c)));
        self
    }

    /// Adds the value as text.
    pub(crate) fn text(self, value: &str) -> Line {
        self.texts(&[value], ",")
    }

    /// Adds several texts as one value: a list with commas, or parts with semicolons.
    pub(crate) fn texts<T: AsRef<str>>(mut self, values: &[T], between: &str) -> Line {
        self.0.push(':');
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.0.push_str(between);
            }
            escape(&mut self.0, value.as_ref());
        }
        self
    }
}

/// Characters that some reader takes for the end of a line.
fn is_line_end(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn escape(out: &mut String, text: &str) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            // Outlook's lines end with a vertical tab inside a paragraph.
            '\n' | '\r' | '\u{B}' | '\u{C}' => out.push_str("\\n"),
            c if is_line_end(c) => out.push_str("\\n"),
            '\t' => out.push('\t'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
}

impl Lines {
    pub(crate) fn new() -> Lines {
        Lines::default()
    }

    /// Writes a line, folded between characters.
    pub(crate) fn push(&mut self, line: Line) {
        let mut used = 0;
        for c in line.0.chars() {
            if used + c.len_utf8() > WIDTH {
                self.out.push_str("\r\n ");
                used = 1;
            }
            self.out.push(c);
            used += c.len_utf8();
        }
        self.out.push_str("\r\n");
    }

    /// A line whose value is as it is.
    pub(crate) fn plain(&mut self, name: &str, value: &str) {
        self.push(Line::new(name).value(value));
    }

    /// A line of text, unless there is none.
    pub(crate) fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.push(Line::new(name).text(value));
        }
    }

    pub(crate) fn begin(&mut self, component: &str) {
        self.plain("BEGIN", component);
    }

    pub(crate) fn end(&mut self, component: &str) {
        self.plain("END", component);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// All lines so far.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// Takes over what was written apart.
    pub(crate) fn append(&mut self, other: &Lines) {
        self.out.push_str(&other.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: Line) -> String {
        let mut lines = Lines::new();
        lines.push(line);
        lines.finish()
    }

    #[test]
    fn text_is_escaped_and_lines_inside_become_one() {
        let text = "a,b;c\\d\r\ne\u{B}f\u{2028}g\u{0}\u{7}h";
        assert_eq!(written(Line::new("X").text(text)), "X:a\\,b\\;c\\\\d\\ne\\nf\\ngh\r\n");
    }

    #[test]
    fn lines_are_folded_at_75_octets_between_characters() {
        let line = written(Line::new("SUMMARY").text(&"ä€😀".repeat(40)));
        let mut whole = String::new();
        for (at, part) in line.trim_end().split("\r\n").enumerate() {
            assert!(part.len() <= 75, "{}", part.len());
            whole.push_str(if at == 0 { part } else { part.strip_prefix(' ').unwrap() });
        }
        assert_eq!(whole, format!("SUMMARY:{}", "ä€😀".repeat(40)));
    }

    #[test]
    fn a_parameter_cannot_break_out_of_its_quotes() {
        let line = Line::new("ATTENDEE").param("CN", "A \"B\"\r\nX: y").value("mailto:a@b\r\nX:y");
        assert_eq!(written(line), "ATTENDEE;CN=\"A 'B'  X: y\":mailto:a@bX:y\r\n");
        assert_eq!(written(Line::new("A").param("B", "Plain").value("")), "A;B=Plain:\r\n");
    }
}
