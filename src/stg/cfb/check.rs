//! The rules of the compound file, each broken one named with its place.

use super::file::Cfb;
use crate::error::{Code, Error, Result};
use crate::finding::{Finding, Severity};

/// Every rule of the file format that these bytes break.
///
/// # Errors
/// Those of opening: bytes that cannot be opened at all.
pub fn check_bytes(bytes: Vec<u8>) -> Result<Vec<Finding>> {
    let cfb = Cfb::open(super::Base::Memory(bytes))?;
    Ok(check(&cfb))
}

/// The broken rules of an open file.
pub(crate) fn check(cfb: &Cfb) -> Vec<Finding> {
    cfb.findings()
}

/// Strict opening: the first broken rule is an error.
pub(crate) fn refuse_deviations(cfb: &Cfb) -> Result<()> {
    match check(cfb).into_iter().find(|finding| finding.severity() != Severity::Note) {
        None => Ok(()),
        Some(finding) => {
            let error = Error::new(Code::StgDocFileCorrupt, "open compound file strictly");
            Err(error.note(finding.text().to_owned()).place(finding.place().clone()))
        }
    }
}
