//! The members of one storage, sorted by name.
//!
//! The tree in the file is walked, not trusted: every slot belongs to the first storage that lists
//! it, a link to a slot that is taken is cut, and order and colours do not matter. Files with a
//! sound tree come out sorted; others are sorted here. Looking up is a binary search.

use super::super::name::ElementName;
use super::dirent::Dirent;
use super::file::Cfb;
use super::special::NO_STREAM;
use crate::error::{Place, Result};
use crate::finding::{Finding, Severity};
use std::collections::HashSet;

/// The slots of the members of the storage in `slot`, sorted by name.
pub(crate) fn members(cfb: &Cfb, slot: u32) -> Result<Vec<u32>> {
    let mut walk = Walk { cfb, storage: slot, seen: HashSet::new() };
    let mut found: Vec<u32> = Vec::new();
    let mut stack: Vec<u32> = Vec::new();
    let mut last: Option<ElementName> = None;
    let mut sorted = true;
    let mut next = cfb.dirent(slot)?.map_or(NO_STREAM, |entry| entry.child());
    loop {
        // Down the left side of what is new, then visit, then to the right.
        if let Some(entry) = walk.claim(next)? {
            stack.push(next);
            next = entry.left();
            continue;
        }
        let Some(at) = stack.pop() else { break };
        let entry = cfb.entry(at)?;
        if entry.kind().is_some() {
            let name = entry.name();
            sorted &= last.is_none_or(|last| last < name);
            last = Some(name);
            found.push(at);
        }
        next = entry.right();
    }
    if !sorted {
        cfb.find(|| {
            Finding::new(
                Severity::Warning,
                "dir-order",
                Place::new(cfb.path_of(slot)).rule("MS-CFB 2.6.4"),
                "the members are not in the order of their names; other programs may miss some",
            )
        });
        let mut named = Vec::with_capacity(found.len());
        for at in found {
            named.push((cfb.entry(at)?.name(), at));
        }
        // Stable: of equal names the first in tree order stays the first.
        named.sort_by_key(|(name, _)| *name);
        found = named.into_iter().map(|(_, at)| at).collect();
    }
    Ok(found)
}

/// One walk through the members of one storage.
struct Walk<'a> {
    cfb: &'a Cfb,
    storage: u32,
    /// Slots met by this walk. The owner alone does not tell a second walk from a link that leads
    /// back.
    seen: HashSet<u32>,
}

impl Walk<'_> {
    /// The entry in slot `at`, if it can belong to the storage and was not met before.
    fn claim(&mut self, at: u32) -> Result<Option<Dirent>> {
        if at == NO_STREAM {
            return Ok(None);
        }
        let (cfb, storage) = (self.cfb, self.storage);
        let (code, text) = match cfb.own(at, storage) {
            Some(true) if self.seen.insert(at) => return cfb.dirent(at),
            Some(_) => {
                ("dir-link", format!("directory slot {at} is linked twice; the second link is cut"))
            }
            None => (
                "dir-range",
                format!("a link leads to directory slot {at}, which is not in the file"),
            ),
        };
        cfb.find(|| {
            let place = Place::new(cfb.path_of(storage)).rule("MS-CFB 2.6.4");
            Finding::new(Severity::Error, code, place, text)
        });
        Ok(None)
    }
}
