//! The rules of the compound file, each broken one named with its place.
//!
//! ```text
//!   header   fields of the first sector against the file
//!   alloc    DIFAT and FAT: where they are, how they are marked, what nobody uses
//!   chain    walks that give every sector one owner
//!   tree     the members of each storage: order, colours, links
//!   entry    the fields of one directory entry
//! ```
//! Everything is read once: time in proportion to the file's length, memory one bit for each sector,
//! mini sector and directory slot. Nothing is trusted and nothing recurses. The check sees only the
//! committed bytes, so it finds the same whatever was read before.
//!
//! Severities follow msg-format 12. *Note*: the specification leaves it open, or Windows, Outlook
//! and most other writers do it. *Warning*: a rule is broken and no content is lost by it. *Error*:
//! content is missing, cannot be reached, or has two owners.

mod alloc;
mod chain;
mod entry;
mod header;
mod tree;

use super::file::Cfb;
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};

/// How many findings of one code are listed; the rest is counted.
const PER_CODE: u64 = 100;

/// Every rule of the file format that these bytes break.
///
/// Codes are stable. In the file as a whole:
///
/// | code | severity | what |
/// |---|---|---|
/// | `header-minor` | note | another minor version than 0x3E |
/// | `header-major` | warning | a major version that does not fit the sector size |
/// | `header-byte-order`, `header-reserved` | warning | other bytes than prescribed |
/// | `header-none` | note | "no chain" written in another way than ENDOFCHAIN |
/// | `header-count` | warning | a count of sectors that is not so |
/// | `file-length` | warning | the last sector is incomplete |
/// | `file-size` | warning | version 3 above 2 GiB |
/// | `difat-range`, `difat-hole`, `difat-shared` | error | a part of the FAT cannot be found, or is found twice; a warning where the file needs no such part |
/// | `difat-chain` | error | the list of DIFAT sectors is broken |
/// | `difat-end` | note | it ends in FREESECT |
/// | `fat-short` | warning | sectors without an entry in the FAT |
/// | `fat-long`, `fat-excess` | note | entries for sectors that the file does not have |
/// | `fat-mark` | warning | FAT or DIFAT sectors not marked so, or others marked so |
/// | `fat-lost`, `minifat-lost` | note | sectors in use that belong to nothing |
/// | `minifat-short` | warning | mini sectors without an entry in the mini FAT |
/// | `minifat-excess` | note | entries for mini sectors that do not exist |
/// | `mini-size` | note | the mini stream is no multiple of 64 bytes |
/// | `range-lock` | warning | the range-lock sector is not set apart |
/// | `chain-broken`, `chain-shared`, `chain-short` | error | directory, mini FAT or mini stream |
/// | `chain-long` | note | the mini stream has more sectors than its size needs |
///
/// In an element (`/path`):
///
/// | code | severity | what |
/// |---|---|---|
/// | `stream-short` | error | the chain is shorter than the size |
/// | `stream-shared` | error | a sector of it belongs to another chain, or to this one twice |
/// | `stream-truncated` | error | the file ends inside it |
/// | `stream-long`, `stream-end` | warning | the chain goes on after the size, or ends wrongly |
/// | `stream-empty` | note | an empty stream that names a sector |
/// | `dir-name` | warning | a wrong length, or one of `/ \ : !` |
/// | `dir-name-padding` | note | bytes after the name |
/// | `dir-type` | error | an entry that is neither storage nor stream |
/// | `dir-root` | warning | the root has another type or name, or siblings |
/// | `dir-root-time` | note | the root has a creation time |
/// | `dir-color` | warning | neither red nor black |
/// | `dir-stream-fields`, `dir-storage-fields` | note | fields that its kind does not have are not zero |
/// | `dir-stream-child` | warning | a stream with members |
/// | `dir-size-high` | note | version 3 with a high half of the size |
/// | `dir-duplicate` | error | two members of one name |
/// | `dir-order` | warning | members in another order than that of names |
/// | `dir-red-red`, `dir-red-root` | warning | no red-black tree |
/// | `dir-black-height` | note | not balanced by its black members, as Windows itself leaves it |
/// | `dir-all-black` | note | not balanced, and black throughout, which is allowed |
/// | `dir-link`, `dir-range` | error | links that meet, lead back, or lead nowhere |
/// | `dir-orphan` | error | an element that no storage lists |
/// | `dir-free` | note | free entries that are not blank |
///
/// # Errors
/// Those of opening: bytes that cannot be opened at all.
pub fn check_bytes(bytes: Vec<u8>) -> Result<Vec<Finding>> {
    check(&*Cfb::open(super::Base::Memory(bytes))?)
}

/// The broken rules of an open file.
pub(crate) fn check(cfb: &Cfb) -> Result<Vec<Finding>> {
    let mut report = Report::default();
    let mut sectors = chain::Owned::new(u64::from(cfb.fat.num_sectors));
    header::check(cfb, &mut report)?;
    let tables = alloc::check_difat(cfb, &mut sectors, &mut report)?;
    let mut chains = chain::Chains::new(cfb, sectors);
    chains.check_metadata(&mut report)?;
    header::check_counts(cfb, &tables, &chains.metadata, &mut report);
    tree::check(cfb, &mut chains, &mut report)?;
    alloc::check_marks(cfb, &tables, &chains, &mut report)?;
    Ok(report.finish())
}

/// Strict opening: the first broken rule is an error.
pub(crate) fn refuse_deviations(cfb: &Cfb) -> Result<()> {
    match check(cfb)?.into_iter().find(|finding| finding.severity() != Severity::Note) {
        None => Ok(()),
        Some(finding) => {
            let error = Error::new(Code::StgDocFileCorrupt, "open compound file strictly");
            Err(error.note(finding.text().to_owned()).place(finding.place().clone()))
        }
    }
}

/// Findings, a bounded number of each code.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
    counts: Vec<(&'static str, Severity, u64)>,
}

impl Report {
    /// Adds a finding; place and text are made only if it is listed.
    fn add<T: Into<String>>(
        &mut self,
        severity: Severity,
        code: &'static str,
        what: impl FnOnce() -> (Place, T),
    ) {
        let at =
            self.counts.iter().position(|(known, level, _)| (*known, *level) == (code, severity));
        let count = match at.and_then(|at| self.counts.get_mut(at)) {
            Some((_, _, count)) => count,
            None => {
                self.counts.push((code, severity, 0));
                let Some((_, _, count)) = self.counts.last_mut() else { return };
                count
            }
        };
        *count += 1;
        if *count <= PER_CODE {
            let (place, text) = what();
            self.findings.push(Finding::new(severity, code, place, text));
        }
    }

    fn finish(mut self) -> Vec<Finding> {
        for (code, severity, count) in self.counts {
            if let Some(more) = count.checked_sub(PER_CODE).filter(|more| *more > 0) {
                let text = format!("{more} more of this kind are not listed");
                self.findings.push(Finding::new(severity, code, Place::new(""), text));
            }
        }
        self.findings
    }
}
