//! Which output each input has, decided from the whole list before anything is written.

use super::walk::{Found, has_extension};
use crate::names;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf, absolute};

/// Where outputs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Out {
    /// Beside each input.
    Beside,
    /// This file.
    File(PathBuf),
    /// Into this folder; what lies in folders stays in folders of the same names.
    Folder(PathBuf),
    /// Standard output.
    Stdout,
}

/// All inputs, and where the output of each goes.
#[derive(Debug)]
pub(super) struct Plan {
    roots: Vec<PathBuf>,
    out: Out,
    extension: &'static str,
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    found: Found,
    /// 1, or the number that keeps its output apart from others of the name.
    number: u32,
}

/// The extensions that give way to that of the output; others stay in front of it.
const KNOWN: &[&str] = &["msg", "oft", "eml", "mht", "mhtml", "mime", "tnef", "dat"];

impl Plan {
    /// Finds a free name for each, in order. Names that differ in case or composition are one.
    pub(super) fn new(
        roots: Vec<PathBuf>,
        found: Vec<Found>,
        out: Out,
        extension: &'static str,
    ) -> Plan {
        let items = found.into_iter().map(|found| Item { found, number: 1 }).collect();
        let mut plan = Plan { roots, out, extension, items };
        let mut taken = Taken::default();
        for at in 0..plan.items.len() {
            let free = (1..u32::MAX).find(|number| {
                let Some(output) = plan.named(at, *number) else { return true };
                // Nothing becomes its own output.
                let own = plan.out == Out::Beside && same(&output, &plan.input(at));
                !own && taken.claim(&plan.place(&output))
            });
            if let Some(item) = plan.items.get_mut(at) {
                item.number = free.unwrap_or(u32::MAX);
            }
        }
        plan
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The path of an input.
    pub(super) fn input(&self, at: usize) -> PathBuf {
        let Some((item, root)) = self.item(at) else { return PathBuf::new() };
        let below = &item.found.below;
        if below.as_os_str().is_empty() { root.clone() } else { root.join(below) }
    }

    /// Why it is no input, if it is not.
    pub(super) fn trouble(&self, at: usize) -> Option<&str> {
        self.items.get(at).and_then(|item| item.found.trouble.as_deref())
    }

    /// The path of its output; `None` for standard output.
    pub(super) fn output(&self, at: usize) -> Option<PathBuf> {
        self.named(at, self.items.get(at)?.number)
    }

    fn item(&self, at: usize) -> Option<(&Item, &PathBuf)> {
        let item = self.items.get(at)?;
        Some((item, self.roots.get(item.found.root)?))
    }

    fn named(&self, at: usize, number: u32) -> Option<PathBuf> {
        let (item, root) = self.item(at)?;
        let stdin = root == Path::new("-");
        let below = match &*item.found.below {
            _ if stdin => Path::new("message"),
            empty if empty.as_os_str().is_empty() => {
                root.file_name().map_or(Path::new("message"), Path::new)
            }
            below => below,
        };
        match &self.out {
            Out::Stdout => None,
            Out::File(path) => Some(path.clone()),
            Out::Folder(folder) => Some(folder.join(self.renamed(below, number))),
            Out::Beside if stdin => None,
            Out::Beside => Some(self.renamed(&self.input(at), number)),
        }
    }

    /// The path with the extension of the output, and the number if it is not the first.
    fn renamed(&self, path: &Path, number: u32) -> PathBuf {
        let known = has_extension(path, KNOWN);
        let stem = if known { path.file_stem() } else { path.file_name() };
        let mut name = OsString::from(stem.unwrap_or_default());
        if number > 1 {
            name.push(format!("-{number}"));
        }
        name.push(".");
        name.push(self.extension);
        path.with_file_name(name)
    }

    /// What is the same for two spellings of one place.
    fn place(&self, output: &Path) -> PathBuf {
        match &self.out {
            Out::Beside => absolute(output).unwrap_or_else(|_| output.to_path_buf()),
            _ => output.to_path_buf(),
        }
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let key = |path: &Path| absolute(path).map(|path| names::key(&path.to_string_lossy()));
    matches!((key(one), key(other)), (Ok(one), Ok(other)) if one == other)
}

/// The names that are taken, as digests: a million of them cost 32 MB.
#[derive(Debug, Default)]
struct Taken(HashSet<[u8; 16]>);

impl Taken {
    fn claim(&mut self, path: &Path) -> bool {
        let digest = Sha256::digest(names::key(&path.to_string_lossy()).as_bytes());
        let short = digest.iter().copied().zip(0..16_usize);
        let mut key = [0; 16];
        for (byte, at) in short {
            if let Some(place) = key.get_mut(at) {
                *place = byte;
            }
        }
        self.0.insert(key)
    }
}
