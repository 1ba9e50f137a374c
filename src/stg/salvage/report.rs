//! What a salvage says: one item for each loss or change, and a summary.

use crate::error::Place;
use crate::finding::{Finding, Severity};
use std::fmt;

/// How many items of one code are listed; the rest is counted.
const PER_CODE: u64 = 1000;

/// Something that was lost or changed when a damaged file was salvaged.
///
/// `Display` is one line, as that of a [`Finding`], with the bytes that were kept and the new name.
/// What the codes mean is in the list of [`Salvage`](crate::Salvage).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalvageItem {
    pub(super) finding: Finding,
    pub(super) bytes: Option<(u64, u64)>,
    pub(super) now: Option<String>,
}

impl SalvageItem {
    /// The code, the weight, the place in the damaged file, and the words.
    #[must_use]
    pub fn finding(&self) -> &Finding {
        &self.finding
    }

    /// The bytes of the stream that are in the new file, where the item is about its content.
    #[must_use]
    pub fn kept(&self) -> Option<u64> {
        self.bytes.map(|(kept, _)| kept)
    }

    /// The bytes that the damaged file says the stream has.
    #[must_use]
    pub fn declared(&self) -> Option<u64> {
        self.bytes.map(|(_, declared)| declared)
    }

    /// The path in the new file, where it is another one.
    #[must_use]
    pub fn new_path(&self) -> Option<&str> {
        self.now.as_deref()
    }
}

impl fmt::Display for SalvageItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.fmt(f)?;
        if let Some((kept, declared)) = self.bytes {
            write!(f, ", {kept} of {declared} bytes")?;
        }
        match &self.now {
            Some(now) => write!(f, ", now {}", now.escape_debug()),
            None => Ok(()),
        }
    }
}

/// What the new file holds, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SalvageSummary {
    /// Storages, without the root.
    pub storages: u64,
    /// Streams.
    pub streams: u64,
    /// Bytes in the streams.
    pub bytes_kept: u64,
    /// Bytes that the streams should have had; those of streams that were left out count too.
    pub bytes_declared: u64,
    /// Items, also those that are only counted in the report.
    pub items: u64,
}

/// Collects items, a bounded number of each code.
#[derive(Default)]
pub(super) struct Report {
    pub(super) items: Vec<SalvageItem>,
    pub(super) summary: SalvageSummary,
    counts: Vec<(&'static str, Severity, u64)>,
}

impl Report {
    /// Adds an item; place and text are made only if it is listed.
    pub(super) fn add<T: Into<String>>(
        &mut self,
        severity: Severity,
        code: &'static str,
        what: impl FnOnce() -> (Place, T),
    ) -> Option<&mut SalvageItem> {
        self.summary.items += 1;
        let known = self.counts.iter().position(|(known, ..)| *known == code);
        let at = known.unwrap_or_else(|| {
            self.counts.push((code, severity, 0));
            self.counts.len() - 1
        });
        let (_, _, count) = self.counts.get_mut(at)?;
        *count += 1;
        if *count > PER_CODE {
            return None;
        }
        let (place, text) = what();
        let finding = Finding::new(severity, code, place, text);
        self.items.push(SalvageItem { finding, bytes: None, now: None });
        self.items.last_mut()
    }

    /// Says how many are not listed.
    pub(super) fn finish(&mut self) {
        for (code, severity, count) in &self.counts {
            if let Some(more) = count.checked_sub(PER_CODE).filter(|more| *more > 0) {
                let text = format!("{more} more of this kind are not listed");
                let finding = Finding::new(*severity, code, Place::new(""), text);
                self.items.push(SalvageItem { finding, bytes: None, now: None });
            }
        }
    }
}
