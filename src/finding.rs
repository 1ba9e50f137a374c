//! What a lenient reading noticed on its way: findings, their severity, and how strict to be.
//!
//! Every layer reports through these types. A finding is not an error: the call that found it
//! went on and gave what it could. It prints on one line, and its code is short and stable, so
//! that scripts and tests can name it. Uses only [`Place`].

use std::fmt;

use crate::error::Place;

/// How much deviation from the format a reader accepts.
///
/// Spec: msg-format 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Validation {
    /// Accepts what real programs write and what can still be read; each deviation is a
    /// [`Finding`].
    #[default]
    Lenient,
    /// The first deviation is an error. Meant for checking our own output.
    Strict,
}

/// How bad a [`Finding`] is; the order is that of weight.
///
/// Spec: msg-format 12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Legal, or what Outlook itself writes, or a bound that other readers have.
    Note,
    /// A deviation that costs no content.
    Warning,
    /// Something is lost or unreadable.
    Error,
}

impl Severity {
    /// The word that findings are printed with: `note`, `warning` or `error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One deviation that was met and survived.
///
/// `Display` prints `severity: text (place) [code]` on one line: control characters in the text
/// and the place, which may come from the file, are escaped.
///
/// # Example
/// ```
/// use openimsg::{Finding, Place, Severity};
///
/// let place = Place::new("/__substg1.0_10090102").at(12);
/// let finding = Finding::new(Severity::Warning, "lzfu-crc", place, "the checksum is wrong");
/// assert_eq!(finding.severity(), Severity::Warning);
/// assert_eq!(
///     finding.to_string(),
///     "warning: the checksum is wrong (/__substg1.0_10090102, byte 0xc) [lzfu-crc]",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    severity: Severity,
    code: &'static str,
    place: Place,
    text: String,
}

impl Finding {
    /// A finding of this weight; `code` is a short stable identifier such as `lzfu-crc`.
    #[must_use]
    pub fn new(
        severity: Severity,
        code: &'static str,
        place: Place,
        text: impl Into<String>,
    ) -> Self {
        Finding { severity, code, place, text: text.into() }
    }

    /// The same finding in another element of the file, offset and rule unchanged.
    ///
    /// For a layer that handed bytes to one below: only it knows where in the file they lay.
    #[must_use]
    pub fn in_element(mut self, path: impl Into<String>) -> Self {
        let mut place = Place::new(path);
        if let Some(offset) = self.place.offset() {
            place = place.at(offset);
        }
        if let Some(rule) = self.place.broken_rule() {
            place = place.rule(rule);
        }
        self.place = place;
        self
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The short stable identifier, such as `lzfu-crc`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Where it was found.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What was found, for people.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity)?;
        one_line(f, &self.text)?;
        f.write_str(" (")?;
        one_line(f, &self.place.to_string())?;
        write!(f, ") [{}]", self.code)
    }
}

/// Writes `text` with its control characters and line separators escaped.
fn one_line(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    use fmt::Write as _;
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            write!(f, "{}", c.escape_default())?;
        } else {
            f.write_char(c)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_whatever_the_file_named_its_elements() {
        let place = Place::new("/a\nb").at(4).rule("MS-OXMSG 2.4");
        let finding = Finding::new(Severity::Error, "x", place, "lost\u{2028}\u{1b}[2J");
        let line = finding.to_string();
        assert_eq!(line, "error: lost\\u{2028}\\u{1b}[2J (/a\\nb, byte 0x4, MS-OXMSG 2.4) [x]");
    }

    #[test]
    fn moving_a_finding_to_its_element_keeps_offset_and_rule() {
        let finding = Finding::new(Severity::Note, "x", Place::new("rtf").at(12).rule("r"), "t");
        let moved = finding.clone().in_element("/__substg1.0_10090102");
        assert_eq!(*moved.place(), Place::new("/__substg1.0_10090102").at(12).rule("r"));
        assert_eq!(
            (moved.severity(), moved.code(), moved.text()),
            (finding.severity(), finding.code(), finding.text())
        );
    }

    #[test]
    fn severities_are_ordered_and_leniency_is_the_default() {
        assert!(Severity::Note < Severity::Warning && Severity::Warning < Severity::Error);
        assert_eq!(Validation::default(), Validation::Lenient);
    }
}
