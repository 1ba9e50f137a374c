//! What goes to standard error: `imsg: FILE: what was being done: reason (place)`.

use crate::text::one_line;
use openimsg::{Cause, Error, Finding};
use std::fmt;
use std::path::Path;

/// Why an input failed, in the form it is printed.
#[derive(Debug)]
pub(crate) struct Failure {
    doing: String,
    reason: String,
    place: Option<String>,
}

impl Failure {
    /// A failure of the command's own.
    pub(crate) fn new(doing: impl Into<String>, reason: impl Into<String>) -> Failure {
        Failure { doing: doing.into(), reason: reason.into(), place: None }
    }

    /// Adds where in the input it happened; a place that is there stays.
    pub(crate) fn at(mut self, place: impl Into<String>) -> Failure {
        self.place.get_or_insert(place.into());
        self
    }

    /// A failure of the file system, about this path.
    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Failure {
        Failure::new(doing, error.to_string()).at(path.display().to_string())
    }

    /// The same failure while something larger was being done.
    pub(crate) fn within(mut self, outer: impl fmt::Display) -> Failure {
        self.doing = format!("{outer}: {}", self.doing);
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let mut reason = error.code().text().to_owned();
        if let Some(detail) = error.detail() {
            reason = format!("{reason}: {detail}");
        }
        if error.code().cause() == Cause::Machine
            && let Some(source) = std::error::Error::source(&error)
        {
            reason = format!("{reason}: {source}");
        }
        let place = error.where_().map(ToString::to_string);
        Failure { doing: error.doing().to_owned(), reason, place }
    }
}

/// Writing the output failed; a closed pipe is noticed where the output is, and is no failure.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::new("write output", error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", one_line(&self.doing), one_line(&self.reason))?;
        match &self.place {
            Some(place) => write!(f, " ({})", one_line(place)),
            None => Ok(()),
        }
    }
}

/// A line for standard error about one input; an empty name is the command itself.
pub(crate) fn line(input: &str, what: impl fmt::Display) -> String {
    if input.is_empty() {
        return format!("imsg: {what}");
    }
    format!("imsg: {}: {what}", one_line(input))
}

/// The findings that a reading verb reports: not the notes, which are about legal files.
pub(crate) fn worth_telling(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity() > openimsg::Severity::Note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use openimsg::{Code, Place};

    #[test]
    fn a_failure_names_the_work_the_reason_and_the_place_on_one_line() {
        let error = Error::new(Code::CorruptData, "read property")
            .note("cut off")
            .place(Place::new("/a\nb").at(40));
        let failure = Failure::from(error);
        assert_eq!(
            line("x.msg", &failure),
            "imsg: x.msg: read property: the stored bytes break the format: cut off (/a\\nb, byte 0x28)"
        );
        assert_eq!(line("", Failure::new("a", "b")), "imsg: a: b");
    }
}
