//! The members of one storage, sorted by name.
//!
//! The tree in the file is walked, not trusted: every slot belongs to the first storage that lists
//! it, a link to a slot that is taken is cut, and order and colours do not matter. Files with a
//! sound tree come out sorted; others are sorted here. Looking up is a binary search.

use super::super::name::ElementName;
use super::file::Cfb;
use super::special::NO_STREAM;
use crate::error::{Place, Result};
use crate::finding::{Finding, Severity};
use std::cmp::Ordering;
use std::collections::HashSet;

/// The slots of the members of the storage in `slot`, sorted by name.
pub(crate) fn members(cfb: &Cfb, slot: u32) -> Result<Vec<u32>> {
    let mut found: Vec<u32> = Vec::with_capacity(16);
    let sorted = walk(cfb, slot, |at| {
        found.push(at);
        Ok(())
    })?;
    if !sorted {
        cfb.find(|| {
            Finding::new(
                Severity::Warning,
                "dir-order",
                Place::new(cfb.path_of(slot)).rule("MS-CFB 2.6.4"),
                "the members are not in the order of their names; other programs may miss some",
            )
        });
        let mut named: Vec<(ElementName, u32)> = Vec::with_capacity(found.len());
        for at in found {
            named.push((cfb.entry(at)?.name(), at));
        }
        // Stable: of equal names the first in tree order stays the first.
        named.sort_by_key(|(name, _)| *name);
        found = named.into_iter().map(|(_, at)| at).collect();
    }
    Ok(found)
}

/// Visits the members of the storage in `slot` in the order of the tree. True if that is the order
/// of their names, without two of one name.
pub(crate) fn walk(cfb: &Cfb, slot: u32, mut visit: impl FnMut(u32) -> Result<()>) -> Result<bool> {
    let mut walk = Walk { cfb, storage: slot, seen: Seen::default() };
    let mut stack: Vec<u32> = Vec::with_capacity(16);
    let mut last: Option<u32> = None;
    let mut sorted = true;
    let mut next = cfb.dirent(slot)?.map_or(NO_STREAM, |entry| entry.child());
    loop {
        // Down the left side of what is new, then visit, then to the right.
        if walk.claim(next) {
            stack.push(next);
            next = cfb.with_entry(next, |entry| entry.left())?;
            continue;
        }
        let Some(at) = stack.pop() else { break };
        let kind;
        (kind, next) = cfb.with_entry(at, |entry| (entry.kind(), entry.right()))?;
        if kind.is_none() {
            continue;
        }
        if let Some(last) = last.replace(at) {
            let order = cfb.with_entry(last, |last| {
                cfb.with_entry(at, |entry| last.compare_entry(&entry))
            })??;
            sorted &= order == Ordering::Less;
        }
        visit(at)?;
    }
    Ok(sorted)
}

/// One walk through the members of one storage.
struct Walk<'a> {
    cfb: &'a Cfb,
    storage: u32,
    /// Slots met by this walk. The owner alone does not tell a second walk from a link that leads
    /// back.
    seen: Seen,
}

/// A set of slots: most storages have few members, and most files few slots.
#[derive(Default)]
struct Seen {
    few: [u32; Seen::FEW],
    num_few: usize,
    /// A bit for each slot of the file, once there are more than a few.
    bits: Vec<u64>,
    /// The same where bits would be many.
    many: Option<HashSet<u32>>,
}

impl Seen {
    /// Up to here a list is searched.
    const FEW: usize = 32;
    /// Up to so many slots in the file there is a bit for each.
    const BITS: u32 = 1 << 18;

    /// False if the slot is there already. `slots` is their number in the file.
    fn insert(&mut self, slot: u32, slots: u32) -> bool {
        if let Some(many) = &mut self.many {
            return many.insert(slot);
        }
        if !self.bits.is_empty() {
            return set(&mut self.bits, slot);
        }
        if self.few.get(..self.num_few).is_some_and(|few| few.contains(&slot)) {
            return false;
        }
        if let Some(free) = self.few.get_mut(self.num_few) {
            *free = slot;
            self.num_few += 1;
            return true;
        }
        if slots > Seen::BITS {
            return self.many.insert(self.few.into_iter().collect()).insert(slot);
        }
        self.bits = vec![0; (slots / 64) as usize + 1];
        for few in self.few {
            set(&mut self.bits, few);
        }
        set(&mut self.bits, slot)
    }
}

/// Sets a bit; false if it was set.
fn set(bits: &mut [u64], at: u32) -> bool {
    let bit = 1_u64 << (at % 64);
    bits.get_mut((at / 64) as usize).is_some_and(|word| {
        let new = *word & bit == 0;
        *word |= bit;
        new
    })
}

impl Walk<'_> {
    /// Whether the entry in slot `at` can belong to the storage and was not met before.
    fn claim(&mut self, at: u32) -> bool {
        if at == NO_STREAM {
            return false;
        }
        let (cfb, storage) = (self.cfb, self.storage);
        let (code, text) = match cfb.own(at, storage) {
            Some(true) if self.seen.insert(at, cfb.slots()) => return true,
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
        false
    }
}
