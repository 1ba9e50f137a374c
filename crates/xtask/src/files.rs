//! The repository's files: where its root is, and which files lie under a folder.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold what machines made or fetched.
const NOT_OURS: &[&str] = &["target", "out", "node_modules", "__pycache__", "venv"];

/// The repository's root. Cargo names this crate's folder when it runs us, so a
/// binary built from one checkout and run from another checks the other.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = here.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    here.ancestors().nth(2).map(Path::to_path_buf).unwrap_or(here)
}

/// The files under `folder` of the repository with one of `extensions`, as paths
/// from the root with `/` between the parts, in order. A missing folder has none.
pub(crate) fn under(folder: &str, extensions: &[&str]) -> Vec<String> {
    let root = root();
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (Ok(kind), name) = (entry.file_type(), entry.file_name()) else { continue };
            let name = name.to_string_lossy();
            if kind.is_dir() {
                if !name.starts_with('.') && !NOT_OURS.contains(&&*name) {
                    open.push(entry.path());
                }
            } else if kind.is_file() && has_extension(&name, extensions) {
                found.extend(from_root(&root, &entry.path()));
            }
        }
    }
    found.sort();
    found
}

/// The text of a file named from the root.
pub(crate) fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(root().join(path)).map_err(|error| format!("{path}: {error}"))
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ext| extensions.iter().any(|known| ext.eq_ignore_ascii_case(known)))
}

fn from_root(root: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = parts.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_walked_from_the_root_in_order() {
        let found = under("crates/xtask", &["rs"]);
        assert!(found.contains(&"crates/xtask/src/files.rs".to_owned()));
        assert!(found.is_sorted());
        assert!(under("no/such/folder", &["rs"]).is_empty());
    }
}
