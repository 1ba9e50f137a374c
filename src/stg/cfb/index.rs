//! The members of one storage, sorted by name.
//!
//! The tree in the file is walked, not trusted: every slot belongs to the first storage that lists
//! it, a link to a slot that is taken is cut, and order and colours do not matter. Files with a
//! sound tree come out sorted; others are sorted here. Looking up is a binary search.

use super::super::name::ElementName;
use super::dirent::Dirent;
use super::file::Cfb;
use crate::error::{Place, Result};
use crate::finding::{Finding, Severity};

/// The slots of the members of the storage in `slot`, sorted by name.
pub(crate) fn members(cfb: &Cfb, slot: u32) -> Result<Vec<u32>> {
    let mut found: Vec<u32> = Vec::new();
    let mut stack: Vec<(u32, Dirent)> = Vec::new();
    let mut last: Option<ElementName> = None;
    let mut sorted = true;
    let mut next = cfb.dirent(slot)?.map_or(super::special::NO_STREAM, |entry| entry.child());
    loop {
        // Down the left side of what is new, then visit, then to the right.
        if let Some(entry) = claim(cfb, slot, next)? {
            stack.push((next, entry));
            next = entry.left();
            continue;
        }
        let Some((at, entry)) = stack.pop() else { break };
        if entry.kind().is_some() {
            let name = entry.name();
            sorted &= last.is_none_or(|last| last < name);
            last = Some(name);
            found.push(at);
        }
        next = entry.right();
    }
    if !sorted {
        cfb.find(Finding::new(
            Severity::Warning,
            "dir-order",
            Place::new(cfb.path_of(slot)).rule("MS-CFB 2.6.4"),
            "the members are not in the order of their names; other programs may miss some",
        ));
        let mut named = Vec::with_capacity(found.len());
        for at in found {
            named.push((cfb.dirent(at)?.map(|entry| entry.name()), at));
        }
        named.sort_by(|a, b| a.0.cmp(&b.0));
        found = named.into_iter().map(|(_, at)| at).collect();
    }
    Ok(found)
}

/// The entry in slot `at`, if it can belong to `storage`.
fn claim(cfb: &Cfb, storage: u32, at: u32) -> Result<Option<Dirent>> {
    if at == super::special::NO_STREAM {
        return Ok(None);
    }
    let problem = match cfb.own(at, storage) {
        Some(true) => return cfb.dirent(at),
        Some(false) => {
            ("dir-link", format!("directory slot {at} is linked twice; the second link is cut"))
        }
        None => {
            ("dir-range", format!("a link leads to directory slot {at}, which is not in the file"))
        }
    };
    let place = Place::new(cfb.path_of(storage)).rule("MS-CFB 2.6.4");
    cfb.find(Finding::new(Severity::Error, problem.0, place, problem.1));
    Ok(None)
}
