//! The verbs of the command, one file each.

pub(crate) mod body;
pub(crate) mod check;
pub(crate) mod dump;
pub(crate) mod extract;
mod item;
pub(crate) mod new;
pub(crate) mod set;
pub(crate) mod show;

use openimsg::{CompoundFile, Finding, Message, Result, Storage};
use std::path::Path;
use std::sync::Arc;

/// The name of an input as it is printed.
fn display(path: &Path) -> String {
    path.display().to_string()
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
