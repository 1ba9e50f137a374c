//! The headers, under every name that programs include them by.

use super::place;
use super::{Plan, System};
use std::fs;
use std::path::{Path, PathBuf};

/// Stand-ins for headers that Windows has of its own.
const NOT_ON_WINDOWS: &str = "posix";
const SPELLINGS: &str = "spellings.txt";

/// Copies them below `include/openimsg` of the root, with their aliases.
pub(crate) fn put(from: &Path, plan: &Plan<'_>) -> Result<(), String> {
    let to = plan.root.join("include/openimsg");
    for name in names(from)? {
        if !(plan.system.is_windows() && name.starts_with(NOT_ON_WINDOWS)) {
            place::file(&from.join(&name), &to.join(&name))?;
        }
    }
    let table = from.join(SPELLINGS);
    let table = fs::read_to_string(&table).map_err(|e| format!("{}: {e}", table.display()))?;
    for (alias, target) in spellings(&table) {
        // A file system that does not tell letter case has it already.
        let name = to.join(alias);
        if name.symlink_metadata().is_err() {
            place::alias(&name, target)?;
        }
    }
    Ok(())
}

/// What the compiler is told to find them.
pub(crate) fn flags(system: System) -> String {
    let ours = r#"-I"${includedir}/openimsg""#;
    if system.is_windows() {
        return ours.into();
    }
    format!(r#"{ours} -I"${{includedir}}/openimsg/{NOT_ON_WINDOWS}""#)
}

/// The headers of a folder and of those in it, as paths from it.
fn names(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(part) = open.pop() {
        let entries = fs::read_dir(folder.join(&part));
        for entry in entries.map_err(|e| format!("{}: {e}", folder.display()))? {
            let entry = entry.map_err(|e| format!("{}: {e}", folder.display()))?;
            let name = part.join(entry.file_name());
            if entry.path().is_dir() {
                open.push(name);
            } else if name.extension().is_some_and(|ext| ext == "h") {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The rows of the table: an alias, and the header that it stands for.
fn spellings(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let (alias, target) = line.trim().split_once(char::is_whitespace)?;
        Some((alias, target.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    #[test]
    fn every_spelling_stands_for_a_header_that_is_there() {
        let folder = files::root().join("crates/openimsg-capi/include");
        let names = names(&folder).expect("headers");
        let table = fs::read_to_string(folder.join(SPELLINGS)).expect("table");
        assert!(spellings(&table).count() > 10);
        for (alias, target) in spellings(&table) {
            assert!(names.contains(&PathBuf::from(target)), "{alias} {target}");
            assert!(!names.contains(&PathBuf::from(alias)), "{alias} is a header");
        }
    }

    #[test]
    fn a_comment_is_no_spelling() {
        let rows: Vec<_> = spellings("# one two\nMAPIX.H  mapix.h\n\n").collect();
        assert_eq!(rows, [("MAPIX.H", "mapix.h")]);
    }
}
