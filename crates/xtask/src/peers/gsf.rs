//! libgsf through its command: the container only, every stream read.

use super::{Note, PATIENCE};
use crate::run::{Finished, within, works};
use std::path::Path;
use std::process::Command;

/// How many streams one command is asked for: it opens the file anew each time.
const AT_ONCE: usize = 200;

pub(super) fn found() -> bool {
    works(Command::new("gsf").arg("help"))
}

pub(super) fn read(path: &Path) -> Vec<Note> {
    match gsf("list", path, &[]) {
        Ok(listing) => {
            let listing = String::from_utf8_lossy(&listing);
            let streams: Vec<_> = listing.lines().filter_map(stream).collect();
            streams.chunks(AT_ONCE).flat_map(|streams| read_streams(path, streams)).collect()
        }
        Err(text) => vec![Note::Complaint(text)],
    }
}

/// A stream of the listing: its size and name.
#[derive(Debug, PartialEq)]
struct Listed<'a> {
    size: usize,
    name: &'a str,
}

/// A line is `f`, the size to the right, the name; folders begin with `d`.
fn stream(line: &str) -> Option<Listed<'_>> {
    let (size, name) = line.strip_prefix('f')?.trim_start().split_once(' ')?;
    Some(Listed { size: size.parse().ok()?, name })
}

/// Reads some streams with one command. Only when that goes wrong is each of them
/// read alone, to say which it is.
fn read_streams(path: &Path, streams: &[Listed<'_>]) -> Vec<Note> {
    let names: Vec<&str> = streams.iter().map(|stream| stream.name).collect();
    let size: usize = streams.iter().map(|stream| stream.size).sum();
    let said = match gsf("cat", path, &names) {
        Ok(bytes) if bytes.len() == size => return Vec::new(),
        Ok(bytes) => format!("{} bytes of {size}", bytes.len()),
        Err(text) => text,
    };
    match streams {
        [stream] => vec![Note::Complaint(format!("{}: {said}", stream.name))],
        _ => streams.chunks(1).flat_map(|stream| read_streams(path, stream)).collect(),
    }
}

/// Runs one command of gsf; anything on its error output is what went wrong.
fn gsf(verb: &str, path: &Path, streams: &[&str]) -> Result<Vec<u8>, String> {
    let mut command = Command::new("gsf");
    command.arg(verb).arg(path).args(streams);
    match within(&mut command, PATIENCE) {
        Ok(Some(Finished { status, stdout, stderr })) if status.success() && stderr.is_empty() => {
            Ok(stdout)
        }
        Ok(Some(Finished { status, stderr, .. })) => {
            let text = String::from_utf8_lossy(&stderr);
            let text: Vec<_> = text.split_whitespace().collect();
            Err(format!("gsf {verb}: {status}: {}", text.join(" ")))
        }
        Ok(None) => Err(format!("gsf {verb}: no end after {} s", PATIENCE.as_secs())),
        Err(error) => Err(format!("gsf {verb}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_the_listing_are_found_and_folders_left_out() {
        let line = "f                               32 __nameid_version1.0/__substg1.0_00020102";
        let name = "__nameid_version1.0/__substg1.0_00020102";
        assert_eq!(stream(line), Some(Listed { size: 32, name }));
        assert_eq!(stream("d                                0 *root*"), None);
        assert_eq!(stream("/some/file.msg:"), None);
    }
}
