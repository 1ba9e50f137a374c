//! `imsg check`: every rule of the formats that a file breaks, and a sound copy of a damaged file.

mod repair;

use super::display;
use super::dump::json::findings;
use crate::driver::{Desk, Kind, Verdict, each};
use crate::errors::Failure;
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
///
/// With --repair OUT, all that can be reached of one FILE is written to OUT, a new file that breaks no
/// rule of the container: also where FILE cannot be opened any more, because parts of its header, its
/// tables or its directory are wrong or gone. The findings come first, then what was lost or changed,
/// element by element, with the bytes that are left, then a summary. What no storage lists any more
/// comes into a storage `Lost and found`. Status 0 if nothing was lost, 1 if something was or is only
/// guessed (OUT is there and sound), or if nothing could be written. FILE stays as it is, unless it is
/// OUT itself, with --force. What the message says about itself, such as its counts, is not changed;
/// check OUT to see.
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
    /// Write a sound file with all that can be reached of FILE
    #[arg(long, value_name = "OUT")]
    repair: Option<PathBuf>,
    /// Replace OUT if it exists
    #[arg(long, requires = "repair")]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  imsg check letter.msg            what is wrong with it?
  imsg check --quiet archive/*.msg only what counts
  imsg check --json letter.msg     for programs
  imsg check --repair sound.msg damaged.msg
                                   save what is left of a damaged file";

#[derive(Serialize)]
struct Checked<'a, T> {
    file: &'a str,
    findings: Vec<T>,
}

impl Check {
    pub(crate) fn run(self) -> u8 {
        let Some(out) = &self.repair else {
            let work = |file: &PathBuf, desk: &mut Desk<'_>| self.check(file, desk);
            return each(Kind::Reads, &self.files, |file| display(file), work);
        };
        if self.files.len() != 1 {
            return super::wrong_usage("check", "--repair takes one FILE");
        }
        let (force, json, quiet) = (self.force, self.json, self.quiet);
        let repair = repair::Repair { out, force, json, quiet };
        let work = |file: &PathBuf, desk: &mut Desk<'_>| repair.run(file, desk);
        each(Kind::Acts, &self.files, |file| display(file), work)
    }

    fn check(&self, file: &Path, desk: &mut Desk<'_>) -> Result<Verdict, Failure> {
        let mut found = openimsg::check_file(file)?;
        let counts = found.iter().any(|finding| finding.severity() > Severity::Note);
        if self.quiet {
            found.retain(|finding| finding.severity() > Severity::Note);
        }
        let name = display(file);
        if self.json {
            let checked = Checked { file: &name, findings: findings(&found) };
            write_line(desk.out, &checked)?;
        } else {
            for finding in &found {
                repair::tell(desk, &name, finding)?;
            }
        }
        Ok(if counts { Verdict::Bad } else { Verdict::Good })
    }
}
