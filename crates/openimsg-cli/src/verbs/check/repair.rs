//! `imsg check --repair OUT`: a sound file with all that can be reached of a damaged one.

use crate::driver::{Desk, Verdict};
use crate::errors::{Failure, line};
use crate::json::write_line;
use crate::verbs::dump::json::{FindingJson, findings};
use openimsg::{Finding, Salvage, SalvageItem, Severity};
use serde::Serialize;
use std::path::Path;

/// What a repair does with the file and its findings.
pub(super) struct Repair<'a> {
    pub(super) out: &'a Path,
    pub(super) force: bool,
    pub(super) json: bool,
    pub(super) quiet: bool,
}

#[derive(Serialize)]
struct Checked<'a> {
    file: &'a str,
    findings: Vec<FindingJson<'a>>,
    repair: Repaired<'a>,
}

#[derive(Serialize)]
struct Repaired<'a> {
    out: &'a str,
    complete: bool,
    storages: u64,
    streams: u64,
    bytes_kept: u64,
    bytes_declared: u64,
    items: Vec<ItemJson<'a>>,
}

#[derive(Serialize)]
struct ItemJson<'a> {
    #[serde(flatten)]
    finding: FindingJson<'a>,
    kept: Option<u64>,
    declared: Option<u64>,
    new_path: Option<&'a str>,
}

impl<'a> From<&'a SalvageItem> for ItemJson<'a> {
    fn from(item: &'a SalvageItem) -> Self {
        ItemJson {
            finding: FindingJson::from(item.finding()),
            kept: item.kept(),
            declared: item.declared(),
            new_path: item.new_path(),
        }
    }
}

impl Repair<'_> {
    /// Writes the sound file, and tells what was found and what was lost.
    pub(super) fn run(&self, file: &Path, desk: &mut Desk<'_>) -> Result<Verdict, Failure> {
        // A file that cannot even be opened has no findings; what is wrong is among the items.
        let mut found: Vec<Finding> = openimsg::check_file(file).unwrap_or_default();
        if self.quiet {
            found.retain(|finding| finding.severity() > Severity::Note);
        }
        let salvage = Salvage::open(file)?;
        match std::fs::symlink_metadata(self.out) {
            Err(_) => salvage.write(self.out)?,
            Ok(_) if !self.force => {
                let reason = "it exists already; --force replaces it";
                return Err(
                    Failure::new("write repaired file", reason).at(super::display(self.out))
                );
            }
            Ok(there) if !there.is_file() => {
                let reason = "there is a link or a folder in its place";
                return Err(
                    Failure::new("write repaired file", reason).at(super::display(self.out))
                );
            }
            Ok(_) => salvage.replace(self.out)?,
        }
        let (name, out) = (super::display(file), super::display(self.out));
        let summary = salvage.summary();
        if self.json {
            let repair = Repaired {
                out: &out,
                complete: salvage.is_complete(),
                storages: summary.storages,
                streams: summary.streams,
                bytes_kept: summary.bytes_kept,
                bytes_declared: summary.bytes_declared,
                items: salvage.report().iter().map(ItemJson::from).collect(),
            };
            let checked = Checked { file: &name, findings: findings(&found), repair };
            write_line(desk.out, &checked)?;
        } else {
            found.iter().try_for_each(|finding| tell(desk, &name, finding))?;
            salvage.report().iter().try_for_each(|item| tell(desk, &name, item))?;
            let kept = format!(
                "{} streams and {} storages, {} of {} bytes",
                summary.streams, summary.storages, summary.bytes_kept, summary.bytes_declared
            );
            let end = if salvage.is_complete() { "nothing was lost" } else { "see above" };
            tell(desk, &name, format_args!("repaired as {out}: {kept}; {end}"))?;
        }
        Ok(if salvage.is_complete() { Verdict::Good } else { Verdict::Bad })
    }
}

/// A line on standard output about the file.
pub(super) fn tell(
    desk: &mut Desk<'_>,
    name: &str,
    what: impl std::fmt::Display,
) -> Result<(), Failure> {
    let line = line(name, what);
    Ok(writeln!(desk.out, "{}", line.strip_prefix("imsg: ").unwrap_or(&line))?)
}
