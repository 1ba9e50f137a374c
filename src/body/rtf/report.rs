//! What the reader met on its way: each kind of damage once, where it was first, and how often.

use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};

/// The element that places name; the layers above put the path of the stream in its stead.
const PLACE: &str = "RTF";

/// What can be wrong with RTF that still has a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    NotRtf,
    FromHtml,
    Unclosed,
    ExtraClose,
    AfterEnd,
    Depth,
    Fonts,
    CodePage,
    Characters,
    Surrogate,
    Hex,
    Binary,
    Picture,
}

impl Flaw {
    /// Its stable code, its weight, and what it says.
    fn facts(self) -> (&'static str, Severity, &'static str) {
        use Severity::{Error, Warning};
        match self {
            Flaw::NotRtf => ("rtf-none", Warning, "it does not begin as RTF does"),
            Flaw::FromHtml => ("rtf-fromhtml", Warning, "\\fromhtml with another number than 1"),
            Flaw::Unclosed => ("rtf-unclosed", Warning, "groups are open at the end"),
            Flaw::ExtraClose => ("rtf-extra-close", Warning, "a brace closes no group"),
            Flaw::AfterEnd => ("rtf-after-end", Warning, "bytes follow the last brace"),
            Flaw::Depth => {
                ("rtf-depth", Error, "groups nested so deep that their formatting is lost")
            }
            Flaw::Fonts => ("rtf-fonts", Warning, "more fonts than the limit allows"),
            Flaw::CodePage => ("rtf-code-page", Warning, "a code page that is not supported"),
            Flaw::Characters => {
                ("rtf-characters", Error, "bytes without a character in their code page")
            }
            Flaw::Surrogate => ("rtf-surrogate", Error, "a number that is no character"),
            Flaw::Hex => ("rtf-hex", Warning, "a backslash without what belongs to it"),
            Flaw::Binary => ("rtf-bin", Warning, "binary data longer than the RTF"),
            Flaw::Picture => ("rtf-picture", Warning, "a picture larger than the limit allows"),
        }
    }
}

/// The flaws so far.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<(Flaw, usize, u64)>);

impl Report {
    pub(super) fn add(&mut self, flaw: Flaw, at: usize) {
        match self.0.iter_mut().find(|(known, ..)| *known == flaw) {
            Some((_, _, times)) => *times = times.saturating_add(1),
            None => self.0.push((flaw, at, 1)),
        }
    }

    /// The findings; `doing` if none is wanted, and the first is an error.
    pub(super) fn finish(self, strict: Option<&'static str>) -> Result<Vec<Finding>> {
        let mut findings = Vec::with_capacity(self.0.len());
        for (flaw, at, times) in self.0 {
            let (code, severity, text) = flaw.facts();
            if let Some(doing) = strict {
                let deep = flaw == Flaw::Depth;
                let cause = if deep { Code::TooComplex } else { Code::CorruptData };
                return Err(Error::new(cause, doing).note(text).place(place(at)));
            }
            let text = if times > 1 { format!("{text} ({times} times)") } else { text.into() };
            findings.push(Finding::new(severity, code, place(at), text));
        }
        Ok(findings)
    }
}

fn place(at: usize) -> Place {
    Place::new(PLACE).at(u64::try_from(at).unwrap_or(u64::MAX))
}

/// A limit that was hit.
pub(super) fn too_big(doing: &'static str, what: &'static str, limit: u64) -> Error {
    let place = Place::new(PLACE).rule(what);
    Error::new(Code::TooBig, doing).note(format!("more than {limit}")).place(place)
}
