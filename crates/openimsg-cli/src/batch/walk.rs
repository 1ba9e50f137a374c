//! The inputs that the arguments name: files as they are, folders with what is in them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// An input below one of the arguments.
#[derive(Debug)]
pub(super) struct Found {
    /// Which argument.
    pub(super) root: usize,
    /// The path below it; empty for the argument itself.
    pub(super) below: Box<Path>,
    /// Why it is no input after all: a folder that cannot be read.
    pub(super) trouble: Option<Box<str>>,
}

/// Lists the inputs: the arguments in their order, in folders by name, each folder's own files and
/// folders mixed. Links in folders are not followed.
///
/// `takes` chooses by name what is an input in a folder. Says of each argument whether it is a folder.
pub(super) fn walk(roots: &[PathBuf], takes: impl Fn(&Path) -> bool) -> (Vec<Found>, Vec<bool>) {
    let (mut found, mut folders) = (Vec::new(), Vec::new());
    for (root, path) in roots.iter().enumerate() {
        let folder = path != Path::new("-") && path.is_dir();
        folders.push(folder);
        if folder {
            walk_folder(root, path, &takes, &mut found);
        } else {
            found.push(Found { root, below: Path::new("").into(), trouble: None });
        }
    }
    (found, folders)
}

fn walk_folder(root: usize, path: &Path, takes: &impl Fn(&Path) -> bool, found: &mut Vec<Found>) {
    // What is still to be looked at, the next on top.
    let mut todo = vec![(PathBuf::new(), true)];
    while let Some((below, folder)) = todo.pop() {
        if !folder {
            found.push(Found { root, below: below.into(), trouble: None });
            continue;
        }
        match members(&path.join(&below), takes) {
            Ok(members) => {
                let members = members.into_iter().rev();
                todo.extend(members.map(|(name, folder)| (below.join(name), folder)));
            }
            Err(error) => {
                let trouble = Some(error.to_string().into());
                found.push(Found { root, below: below.into(), trouble });
            }
        }
    }
}

/// The folders and the inputs in a folder, by name; true for folders.
fn members(
    folder: &Path,
    takes: &impl Fn(&Path) -> bool,
) -> std::io::Result<Vec<(OsString, bool)>> {
    let mut members = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        if kind.is_dir() || (kind.is_file() && takes(Path::new(&name))) {
            members.push((name, kind.is_dir()));
        }
    }
    members.sort();
    Ok(members)
}

/// Whether a name ends in one of these extensions.
pub(crate) fn has_extension(name: &Path, extensions: &[&str]) -> bool {
    let own = name.extension().and_then(|own| own.to_str()).unwrap_or_default();
    extensions.iter().any(|extension| own.eq_ignore_ascii_case(extension))
}
