//! The verbs of the command, one file each.

pub(crate) mod check;
pub(crate) mod dump;
pub(crate) mod extract;
pub(crate) mod new;
pub(crate) mod set;
pub(crate) mod show;

use openimsg::{CompoundFile, Message, Result};
use std::path::Path;

/// The name of an input as it is printed.
fn display(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}

/// Opens a message file for reading.
fn open(path: &Path) -> Result<Message<'static>> {
    Message::open(CompoundFile::open(path)?)
}
