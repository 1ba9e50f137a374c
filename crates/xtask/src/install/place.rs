//! Putting single files in their places. Each comes whole: it is written beside its place and
//! renamed into it, so that a program that runs with the old library goes on with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Copies a file that can be run or loaded.
pub(crate) fn program(from: &Path, to: &Path) -> Result<(), String> {
    put(to, 0o755, |beside| fs::copy(from, beside).map(drop))
}

/// Copies any other file.
pub(crate) fn file(from: &Path, to: &Path) -> Result<(), String> {
    put(to, 0o644, |beside| fs::copy(from, beside).map(drop))
}

pub(crate) fn write(to: &Path, text: &str) -> Result<(), String> {
    put(to, 0o644, |beside| fs::write(beside, text))
}

/// Another name for a file of the same folder: a link where there are links, else a copy.
pub(crate) fn alias(name: &Path, target: &str) -> Result<(), String> {
    #[cfg(unix)]
    {
        put(name, 0, |beside| std::os::unix::fs::symlink(target, beside))
    }
    #[cfg(not(unix))]
    {
        file(&name.with_file_name(target), name)
    }
}

fn put(to: &Path, mode: u32, make: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), String> {
    let beside = beside(to);
    let work = || {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        // What an install that was broken off left behind.
        if beside.symlink_metadata().is_ok() {
            fs::remove_file(&beside)?;
        }
        make(&beside)?;
        allow(&beside, mode)?;
        fs::rename(&beside, to)
    };
    work().map_err(|error: io::Error| format!("{}: {error}", to.display()))
}

fn beside(to: &Path) -> PathBuf {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    to.with_file_name(format!(".{name}.new"))
}

/// Everybody may read what is installed, however private the checkout is.
#[cfg(unix)]
fn allow(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    match mode {
        0 => Ok(()),
        mode => fs::set_permissions(path, fs::Permissions::from_mode(mode)),
    }
}

#[cfg(not(unix))]
fn allow(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}
