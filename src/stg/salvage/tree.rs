//! The elements of a damaged file: those that storages list, and those that none lists any more.

mod orphans;

use super::super::cfb::{Dirent, special::NO_STREAM};
use super::super::mode::ElementKind;
use super::super::name::ElementName;
use super::names::{Names, is_same, legal};
use super::report::Report;
use super::tables::Bits;
use super::volume::{ROOT, Volume};
use super::walk::{Kept, Walker};
use crate::error::{Place, Result};
use crate::finding::Severity;
use std::collections::HashMap;
use std::sync::Arc;

/// Where elements go that no storage lists. Messages take no notice of such a storage.
const LOST: &[u8] = b"Lost and found";

/// A member of a storage in the new file.
pub(super) struct Member {
    pub(super) name: ElementName,
    /// The slot of its entry; `None` for the storage that we add.
    pub(super) slot: Option<u32>,
    /// Its content, if it is a stream.
    pub(super) stream: Option<Kept>,
}

/// What is in a slot that a storage lists.
struct Found {
    /// Opening does not find it.
    doubtful: bool,
    /// Its type is guessed.
    guessed: bool,
    name: ElementName,
    slot: u32,
    kind: ElementKind,
}

/// The members of each storage that has any, under the slot of its entry.
pub(super) struct Tree {
    pub(super) members: HashMap<u32, Vec<Member>>,
    /// The members of the storage that we add.
    pub(super) lost: Vec<Member>,
    parents: Vec<u32>,
    /// Names that changed.
    names: HashMap<u32, ElementName>,
    volume: Arc<Volume>,
}

/// A slot that no storage has.
const NOBODY: u32 = u32::MAX;
/// The storage that we add, as a parent.
const FOUND: u32 = u32::MAX - 1;

impl Tree {
    /// Finds all elements and what can be had of each stream.
    pub(super) fn find(volume: &Arc<Volume>, report: &mut Report) -> Result<Tree> {
        let mut tree = Tree {
            members: HashMap::new(),
            lost: Vec::new(),
            parents: vec![NOBODY; volume.slots() as usize],
            names: HashMap::new(),
            volume: Arc::clone(volume),
        };
        let mut walker = Walker::new(Arc::clone(volume));
        tree.set_parent(ROOT, ROOT);
        let listed = tree.walk_from(ROOT, &mut walker, report)?;
        let orphans = tree.find_orphans(&mut walker, report)?;
        // What is there by the file's own word has its sectors before anything is guessed.
        tree.finish_streams(&listed, &mut walker, report)?;
        tree.finish_lost(&orphans, &mut walker, report)?;
        Ok(tree)
    }

    fn parent(&self, slot: u32) -> u32 {
        self.parents.get(slot as usize).copied().unwrap_or(NOBODY)
    }

    fn set_parent(&mut self, slot: u32, parent: u32) {
        if let Some(place) = self.parents.get_mut(slot as usize) {
            *place = parent;
        }
    }

    /// The path of an element for people, in the old file or in the new one.
    fn path(&self, slot: u32, new: bool) -> Result<String> {
        let mut names = Vec::new();
        let mut at = slot;
        // As deep as anybody reads.
        while at != ROOT && at != NOBODY && names.len() < 64 {
            if at == FOUND {
                names.push(String::from_utf8_lossy(LOST).into_owned());
                break;
            }
            let renamed = self.names.get(&at).filter(|_| new);
            let name = match renamed {
                Some(name) => *name,
                None => self.volume.entry(at)?.name(),
            };
            names.push(name.to_string());
            at = self.parent(at);
        }
        Ok(names.iter().rev().map(|name| format!("/{name}")).collect())
    }

    fn place(&self, slot: u32) -> Place {
        let place = Place::new(self.path(slot, false).unwrap_or_default());
        match self.volume.entry_offset(slot) {
            Some(offset) => place.at(offset),
            None => place,
        }
    }

    /// All storages below one, itself first; each gets its members.
    fn walk_from(
        &mut self,
        storage: u32,
        walker: &mut Walker,
        report: &mut Report,
    ) -> Result<Vec<u32>> {
        // First what opening finds, so that nothing we add takes a member or a name from it.
        let (mut walked, mut lists) = (Vec::new(), HashMap::new());
        let plain = self.volume.plain_slots;
        self.list_below(vec![storage], plain, &mut walked, &mut lists)?;
        if plain < self.volume.slots() {
            let mut seen = Bits::new(self.volume.slots());
            let mut todo = Vec::new();
            for storage in &walked {
                let more = self.list(*storage, self.volume.slots(), Some(&mut seen))?;
                let (storages, doubtful) = self.storages(&mut self.found(&more)?);
                todo.extend(storages.into_iter().chain(doubtful));
                if let Some(list) = lists.get_mut(storage) {
                    list.extend(more);
                }
            }
            self.list_below(todo, self.volume.slots(), &mut walked, &mut lists)?;
        }
        for storage in &walked {
            let slots = lists.remove(storage).unwrap_or_default();
            let members = self.members_of(&slots, walker, report)?;
            self.members.insert(*storage, members);
        }
        Ok(walked)
    }

    /// Lists these storages and all below them, slots up to `limit`.
    fn list_below(
        &mut self,
        mut todo: Vec<u32>,
        limit: u32,
        walked: &mut Vec<u32>,
        lists: &mut HashMap<u32, Vec<u32>>,
    ) -> Result<()> {
        // What is only taken for a storage, or is the second of one name, comes last.
        let mut later = Vec::new();
        while let Some(storage) = todo.pop().or_else(|| later.pop()) {
            let slots = self.list(storage, limit, None)?;
            let (storages, doubtful) = self.storages(&mut self.found(&slots)?);
            todo.extend(storages);
            later.extend(doubtful);
            lists.insert(storage, slots);
            walked.push(storage);
        }
        Ok(())
    }

    /// The slots in the tree of one storage that nobody has yet, in its order. A slot belongs to who
    /// lists it first. `again` marks the way through slots that are this storage's already.
    fn list(&mut self, storage: u32, limit: u32, mut again: Option<&mut Bits>) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        let mut stack: Vec<(u32, bool)> = Vec::new();
        let mut next = self.volume.entry(storage)?.child();
        loop {
            let parent = if next < limit { Some(self.parent(next)) } else { None };
            let new = parent == Some(NOBODY);
            let mine = parent == Some(storage)
                && next != ROOT
                && again.as_mut().is_some_and(|seen| seen.set(next));
            if new || mine {
                if let (true, Some(seen)) = (new, again.as_mut()) {
                    seen.set(next);
                }
                self.set_parent(next, storage);
                stack.push((next, new));
                next = self.volume.entry(next)?.left();
                continue;
            }
            let Some((at, new)) = stack.pop() else { break };
            if new {
                found.push(at);
            }
            next = self.volume.entry(at)?.right();
        }
        Ok(found)
    }

    /// Storage or stream: as the entry says, or, where its type is none, as its fields suggest.
    fn kind(&self, entry: &Dirent) -> Option<(ElementKind, bool)> {
        if let Some(kind) = entry.kind() {
            return Some((kind, false));
        }
        if !self.volume.is_plausible(entry) || entry.object_type() == 5 {
            return None;
        }
        if entry.child() != NO_STREAM {
            return Some((ElementKind::Storage, true));
        }
        let size = entry.size(self.volume.tables.version);
        let len = self.volume.tables.base.len();
        (1..=len).contains(&size).then_some((ElementKind::Stream, true))
    }

    /// What is in these slots.
    fn found(&self, slots: &[u32]) -> Result<Vec<Found>> {
        let mut found = Vec::with_capacity(slots.len());
        for slot in slots {
            let entry = self.volume.entry(*slot)?;
            if let Some((kind, guessed)) = self.kind(&entry) {
                let doubtful = guessed || *slot >= self.volume.plain_slots;
                found.push(Found { doubtful, guessed, name: entry.name(), slot: *slot, kind });
            }
        }
        Ok(found)
    }

    /// Sorts members, of equal names the one that opening takes first; which of them are storages, and
    /// which of those opening does not go into.
    fn storages(&self, found: &mut [Found]) -> (Vec<u32>, Vec<u32>) {
        found.sort_by_key(|found| (found.doubtful, found.name));
        let (mut storages, mut doubtful) = (Vec::new(), Vec::new());
        let mut last = None;
        for found in found {
            let second = last.replace(found.name) == Some(found.name);
            match found.kind {
                ElementKind::Stream => {}
                ElementKind::Storage if found.doubtful || second => doubtful.push(found.slot),
                ElementKind::Storage => storages.push(found.slot),
            }
        }
        (storages, doubtful)
    }

    /// The members of one storage with legal names, in their order.
    fn members_of(
        &mut self,
        slots: &[u32],
        walker: &mut Walker,
        report: &mut Report,
    ) -> Result<Vec<Member>> {
        let mut found = self.found(slots)?;
        let rising = found.windows(2).all(|pair| match pair {
            [first, second] => first.name < second.name,
            _ => true,
        });
        if !rising || found.iter().any(|found| !is_same(&legal(&found.name), &found.name)) {
            self.storages(&mut found);
            self.rename(&mut found, report)?;
            found.sort_by_key(|found| found.name);
        }
        let mut members = Vec::with_capacity(found.len());
        for Found { guessed, name, slot, kind, .. } in found {
            if guessed {
                report.add(Severity::Warning, "salvage-type", || {
                    let what = if kind == ElementKind::Stream { "stream" } else { "storage" };
                    (self.place(slot), format!("its type is damaged; it is taken for a {what}"))
                });
            }
            let stream = match kind {
                ElementKind::Storage => None,
                ElementKind::Stream => {
                    let entry = self.volume.entry(slot)?;
                    let size = entry.size(self.volume.tables.version);
                    Some(walker.plain(slot, entry.start(), size)?)
                }
            };
            members.push(Member { name, slot: Some(slot), stream });
        }
        Ok(members)
    }

    /// Gives names that are not legal, or taken, to those who need one.
    fn rename(&mut self, found: &mut [Found], report: &mut Report) -> Result<()> {
        let mut names = Names::default();
        let mut rest = Vec::new();
        for (at, Found { name, .. }) in found.iter().enumerate() {
            // Legal names first, so that none of them has to give way.
            if !is_same(&legal(name), name) || !names.take(*name) {
                rest.push(at);
            }
        }
        for at in rest {
            let Some(Found { name, slot, .. }) = found.get_mut(at) else { continue };
            let wanted = legal(name);
            let new = names.free(&wanted);
            let (code, text) = match is_same(&wanted, name) {
                true => ("salvage-duplicate", "another member has its name"),
                false => ("salvage-name", "its name is empty, or holds one of / \\ : ! or NUL"),
            };
            self.names.insert(*slot, new);
            *name = new;
            let now = self.path(*slot, true)?;
            if let Some(item) = report.add(Severity::Warning, code, || (self.place(*slot), text)) {
                item.now = Some(now);
            }
        }
        Ok(())
    }

    /// Completes the streams of these storages, and says what is wrong with them.
    fn finish_streams(
        &mut self,
        storages: &[u32],
        walker: &mut Walker,
        report: &mut Report,
    ) -> Result<()> {
        for storage in storages {
            let Some(mut members) = self.members.remove(storage) else { continue };
            for member in &mut members {
                let (Some(slot), Some(kept)) = (member.slot, member.stream.take()) else {
                    continue;
                };
                let kept = finished(slot, kept, walker)?;
                self.tell(slot, &kept, report)?;
                member.stream = Some(kept);
            }
            self.members.insert(*storage, members);
        }
        Ok(())
    }

    /// What is wrong with a stream, if anything.
    fn tell(&self, slot: u32, kept: &Kept, report: &mut Report) -> Result<()> {
        let mut add = |severity, code, text: String| {
            if let Some(item) = report.add(severity, code, || (self.place(slot), text)) {
                item.bytes = Some((kept.len, kept.size));
            }
        };
        if !kept.is_whole() {
            add(Severity::Error, "salvage-short", kept.end.text());
        }
        if kept.reread {
            let text = "the FAT as it is leads elsewhere; it is read by the one rebuilt";
            add(Severity::Warning, "salvage-reread", text.to_owned());
        }
        if kept.guessed {
            let text = "a link is lost; sectors were taken for its by their place";
            add(Severity::Warning, "salvage-guess", text.to_owned());
        }
        if let Some(other) = kept.other {
            let whose = match other {
                super::walk::Other::Table => "the file's own tables".to_owned(),
                super::walk::Other::Slot(ROOT) => "the mini stream".to_owned(),
                super::walk::Other::Slot(other) => self.path(other, false)?,
            };
            let text = format!("it shares sectors with {whose}; each has a copy, one is wrong");
            add(Severity::Warning, "salvage-shared", text);
        }
        if kept.zeros > 0 {
            let text = format!("the file ends inside it; the last {} bytes are zero", kept.zeros);
            add(Severity::Warning, "salvage-zeros", text);
        }
        Ok(())
    }
}

/// A stream by the best way there is.
fn finished(slot: u32, kept: Kept, walker: &mut Walker) -> Result<Kept> {
    if kept.is_settled() { Ok(kept) } else { walker.better(slot, kept) }
}
