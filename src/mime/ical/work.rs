//! What every part of a conversion has at hand: where it is, and the report.

use crate::error::{Code, Place, Result};
use crate::finding::{Finding, Severity};
use crate::mime::Conversion;

/// The report of the conversion, and the object in the message that it is about.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) place: &'a str,
    pub(crate) conversion: &'a mut Conversion,
}

impl Work<'_> {
    /// A property that may be damaged: then it is a loss, and the rest goes on without it.
    pub(crate) fn read<T>(&mut self, item: &str, found: Result<Option<T>>) -> Result<Option<T>> {
        match found {
            Err(error) if error.code() == Code::CorruptData => {
                self.lose("calendar-field", item, error.to_string());
                Ok(None)
            }
            other => other,
        }
    }

    pub(crate) fn lose(&mut self, code: &'static str, item: &str, detail: impl Into<String>) {
        self.conversion.lose(code, self.place, item, detail);
    }

    /// Notes what was read otherwise than it says.
    pub(crate) fn find(&mut self, code: &'static str, text: impl Into<String>) {
        let finding = Finding::new(Severity::Warning, code, Place::new(self.place), text);
        let findings = &mut self.conversion.findings;
        // The same one after itself says nothing new.
        if findings.len() < Conversion::MAX_LOSSES && findings.last() != Some(&finding) {
            findings.push(finding);
        }
    }
}
