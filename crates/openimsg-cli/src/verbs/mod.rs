//! The verbs of the command, one file each.

pub(crate) mod body;
pub(crate) mod check;
pub(crate) mod dump;
pub(crate) mod extract;
pub(crate) mod from_eml;
mod item;
pub(crate) mod new;
pub(crate) mod set;
pub(crate) mod show;
pub(crate) mod to_eml;

use openimsg::{CompoundFile, Finding, Message, Result, Storage};
use std::path::Path;
use std::sync::Arc;

/// The name of an input as it is printed.
pub(crate) fn display(path: &Path) -> String {
    path.display().to_string()
}

/// Tells that a verb is used wrongly, with its usage, and gives the exit status.
pub(crate) fn wrong_usage(verb: &str, reason: &str) -> u8 {
    use clap::CommandFactory as _;
    let mut command = crate::args::Args::command();
    command.build();
    let command = command.find_subcommand(verb).unwrap_or(&command);
    let _ = command.clone().error(clap::error::ErrorKind::TooManyValues, reason).print();
    2
}

/// A message that is open for reading, and the file it lies in.
struct Opened {
    message: Message<'static>,
    file: Arc<CompoundFile>,
}

fn open(path: &Path) -> Result<Opened> {
    let file = Arc::new(CompoundFile::open(path)?);
    let storage: Arc<dyn Storage> = Arc::<CompoundFile>::clone(&file);
    Ok(Opened { message: Message::open(storage)?, file })
}

impl Opened {
    /// What was noticed about the file so far.
    fn findings(&self) -> Vec<Finding> {
        let mut findings = self.file.findings();
        findings.extend(self.message.findings());
        findings
    }
}
