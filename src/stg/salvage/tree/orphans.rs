//! Elements that no storage lists: into a storage of their own, unless they are mere remains.

use super::super::super::mode::ElementKind;
use super::super::super::name::ElementName;
use super::super::names::{Names, is_same, legal};
use super::super::report::Report;
use super::super::tables::Bits;
use super::super::volume::ROOT;
use super::super::walk::Walker;
use super::{FOUND, LOST, Member, NOBODY, Tree, finished};
use crate::error::Result;
use crate::finding::Severity;
use std::collections::{HashMap, HashSet};

impl Tree {
    /// Elements that no storage lists: the topmost of them, each with all below it.
    pub(super) fn find_orphans(
        &mut self,
        walker: &mut Walker,
        report: &mut Report,
    ) -> Result<Vec<u32>> {
        let mut orphans = Vec::new();
        for slot in 0..self.volume.slots() {
            if self.parent(slot) == NOBODY {
                let entry = self.volume.entry(slot)?;
                if entry.kind().is_some() && self.volume.is_plausible(&entry) {
                    orphans.push(slot);
                }
            }
        }
        // Who is listed by another orphan is not a topmost one.
        let mut listed: Vec<(u32, Vec<u32>)> = Vec::new();
        for slot in &orphans {
            if self.volume.entry(*slot)?.kind() == Some(ElementKind::Storage) {
                listed.push((*slot, self.list(*slot, self.volume.slots(), None)?));
            }
        }
        let tops = self.topmost(&orphans, &listed);
        let mut lists: HashMap<u32, Vec<u32>> = listed.into_iter().collect();
        let mut names = Names::default();
        for slot in &tops {
            let old = self.volume.entry(*slot)?.name();
            let name = names.free(&legal(&old));
            if !is_same(&name, &old) {
                self.names.insert(*slot, name);
            }
            self.set_parent(*slot, FOUND);
            self.lost.push(Member { name, slot: Some(*slot), stream: None });
        }
        let mut walked = Vec::new();
        let top_set: HashSet<u32> = tops.iter().copied().collect();
        let mut todo: Vec<u32> = tops.iter().rev().copied().collect();
        while let Some(storage) = todo.pop() {
            let Some(mut slots) = lists.remove(&storage) else { continue };
            slots.retain(|slot| !top_set.contains(slot));
            let members = self.members_of(&slots, walker, report)?;
            for member in &members {
                if let (Some(slot), None) = (member.slot, &member.stream) {
                    todo.push(slot);
                }
            }
            self.members.insert(storage, members);
            walked.push(storage);
        }
        for member in &mut self.lost {
            let Some(slot) = member.slot else { continue };
            let entry = self.volume.entry(slot)?;
            if entry.kind() == Some(ElementKind::Stream) {
                let size = entry.size(self.volume.tables.version);
                member.stream = Some(walker.plain(slot, entry.start(), size)?);
            }
        }
        Ok(walked)
    }

    /// Those orphans that no other orphan lists, and one of each ring of orphans that list each other.
    fn topmost(&mut self, orphans: &[u32], listed: &[(u32, Vec<u32>)]) -> Vec<u32> {
        let lists: HashMap<u32, &[u32]> =
            listed.iter().map(|(slot, members)| (*slot, &**members)).collect();
        let mut reached = Bits::new(self.volume.slots());
        let mut tops = Vec::new();
        for ring in [false, true] {
            for slot in orphans {
                if reached.has(*slot) || !ring && self.parent(*slot) != NOBODY {
                    continue;
                }
                tops.push(*slot);
                let mut todo = vec![*slot];
                while let Some(at) = todo.pop() {
                    if reached.set(at) {
                        todo.extend(lists.get(&at).copied().unwrap_or_default());
                    }
                }
            }
        }
        tops
    }

    /// Completes what goes to the storage that we add. A stream of which nothing is left, or whose
    /// sectors somebody else has by now, is left out.
    pub(super) fn finish_lost(
        &mut self,
        storages: &[u32],
        walker: &mut Walker,
        report: &mut Report,
    ) -> Result<()> {
        self.finish_streams(storages, walker, report)?;
        let mut lost = std::mem::take(&mut self.lost);
        let mut kept_members = Vec::with_capacity(lost.len());
        for mut member in lost.drain(..) {
            let Some(slot) = member.slot else { continue };
            let stream = match member.stream.take() {
                None => None,
                Some(kept) => Some(finished(slot, kept, walker)?),
            };
            let stale = stream
                .as_ref()
                .is_some_and(|kept| kept.first_is_other || kept.len == 0 && kept.size > 0);
            let item = report.add(Severity::Warning, "salvage-orphan", || {
                let text = match stale {
                    true => "no storage lists it, and none of its bytes are its own: left out",
                    false => "no storage lists it",
                };
                (self.place(slot), text)
            });
            if let (Some(item), Some(kept)) = (item, &stream) {
                item.bytes = Some((if stale { 0 } else { kept.len }, kept.size));
            }
            if stale {
                if let Some(kept) = &stream {
                    walker.forget(kept);
                    let declared = &mut report.summary.bytes_declared;
                    *declared = declared.saturating_add(kept.size);
                }
                continue;
            }
            if let Some(kept) = &stream {
                self.tell(slot, kept, report)?;
            }
            member.stream = stream;
            kept_members.push(member);
        }
        kept_members.sort_by_key(|member| member.name);
        self.lost = kept_members;
        if !self.lost.is_empty() {
            let mut names = Names::default();
            let members = self.members.entry(ROOT).or_default();
            for member in members.iter() {
                names.take(member.name);
            }
            let name = names.free(&ElementName::ascii(LOST));
            let at = members.partition_point(|member| member.name < name);
            members.insert(at, Member { name, slot: None, stream: None });
        }
        Ok(())
    }
}
