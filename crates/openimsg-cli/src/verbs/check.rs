//! `imsg check`: every rule of the formats that a file breaks.

use super::dump::json::findings;
use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::{Failure, line};
use crate::json::write_line;
use clap::Args;
use openimsg::Severity;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// List every rule that a file breaks
///
/// One line per broken rule, with the element of the file and the byte offset in it, on standard
/// output. Notes are about things that are legal, or that Outlook itself writes, and do not count;
/// warnings cost no content; with an error something is lost. Status 1 if there is a warning or an
/// error. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Message files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// One JSON object per file, each on one line
    #[arg(long)]
    json: bool,
    /// No notes
    #[arg(long)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  imsg check letter.msg            what is wrong with it?
  imsg check --quiet archive/*.msg only what counts
  imsg check --json letter.msg     for programs";

#[derive(Serialize)]
struct Checked<'a, T> {
    file: &'a str,
    findings: Vec<T>,
}

impl Check {
    pub(crate) fn run(self) -> u8 {
        each(
            Kind::Reads,
            &self.files,
            |file| super::display(file),
            |file, desk| self.check(file, desk),
        )
    }

    fn check(&self, file: &Path, desk: &mut Desk<'_>) -> Result<Verdict, Failure> {
        let mut found = openimsg::check_file(file)?;
        let counts = found.iter().any(|finding| finding.severity() > Severity::Note);
        if self.quiet {
            found.retain(|finding| finding.severity() > Severity::Note);
        }
        let name = super::display(file);
        if self.json {
            let checked = Checked { file: &name, findings: findings(&found) };
            write_line(desk.out, &checked)?;
        } else {
            for finding in &found {
                let line = line(&name, finding);
                writeln!(desk.out, "{}", line.strip_prefix("imsg: ").unwrap_or(&line))?;
            }
        }
        Ok(if counts { Verdict::Bad } else { Verdict::Good })
    }
}
