//! Enumerating the members of a storage in a level.

use super::super::Storage;
use super::super::cfb::{self, Meta};
use super::super::mode::{ElementKind, Mode, StatStg};
use super::super::name::ElementName;
use super::node::{Member, Source, StorageState};
use crate::error::Result;
use std::collections::VecDeque;
use std::sync::Arc;

/// At most `limit` members after `after`, in name order. The members are known already.
pub(super) fn elements_after(
    state: &StorageState,
    after: Option<&ElementName>,
    limit: usize,
) -> Result<Vec<StatStg>> {
    let Some(members) = &state.members else { return Ok(Vec::new()) };
    let mut beside = match &state.source {
        Source::Foreign(storage) => Some(Beside::new(storage, after, limit)),
        _ => None,
    };
    let mut out = Vec::new();
    for (name, member) in members.after(after).take(limit) {
        out.push(match (member, &mut beside) {
            (Member::Untouched(kind, _), Some(beside)) => {
                beside.find(name)?.unwrap_or_else(|| blank(name, *kind, 0, Meta::default()))
            }
            _ => member_stat(&state.source, name, member)?,
        });
    }
    Ok(out)
}

fn blank(name: &ElementName, kind: ElementKind, size: u64, meta: Meta) -> StatStg {
    StatStg {
        name: Some(*name),
        kind,
        size,
        modified: meta.modified,
        created: meta.created,
        mode: Mode::default(),
        class: meta.class,
        state_bits: meta.state_bits,
    }
}

/// What `Stat` tells of a member. An untouched one is as the source has it; a member of a level
/// below is looked for from level to level.
fn member_stat(source: &Source, name: &ElementName, member: &Member) -> Result<StatStg> {
    let (mut source, mut member) = (source.clone(), member.clone());
    loop {
        let (kind, slot) = match member {
            Member::Storage(node) => {
                return Ok(blank(name, ElementKind::Storage, 0, node.read().meta));
            }
            Member::Stream(node) => {
                let size = node.read().pages.size();
                return Ok(blank(name, ElementKind::Stream, size, Meta::default()));
            }
            Member::Untouched(kind, slot) => (kind, slot),
        };
        let below = match &source {
            Source::Committed(cfb, _) => {
                return Ok(cfb::stat_of(&cfb.entry(slot)?, cfb, Mode::default()));
            }
            Source::Foreign(storage) => {
                let found = Beside::new(storage, None, 64).find(name)?;
                return Ok(found.unwrap_or_else(|| blank(name, kind, 0, Meta::default())));
            }
            Source::Outer(outer) => {
                let state = outer.loaded_read()?;
                let member = state.members.as_ref().and_then(|members| members.get(name));
                member.map(|member| (state.source.clone(), member.clone()))
            }
            Source::New => None,
        };
        match below {
            Some(below) => (source, member) = below,
            None => return Ok(blank(name, kind, 0, Meta::default())),
        }
    }
}

/// Somebody else's enumeration, walked beside our own: both are in name order.
struct Beside<'a> {
    storage: &'a Arc<dyn Storage>,
    after: Option<ElementName>,
    step: usize,
    ready: VecDeque<StatStg>,
}

impl Beside<'_> {
    fn new<'a>(
        storage: &'a Arc<dyn Storage>,
        after: Option<&ElementName>,
        limit: usize,
    ) -> Beside<'a> {
        let step = limit.clamp(1, 1024);
        Beside { storage, after: after.copied(), step, ready: VecDeque::new() }
    }

    /// What it tells of `name`, which comes after all names asked for before.
    fn find(&mut self, name: &ElementName) -> Result<Option<StatStg>> {
        loop {
            while let Some(stat) = self.ready.pop_front() {
                match stat.name {
                    Some(next) if next == *name => return Ok(Some(stat)),
                    Some(next) if next > *name => {
                        self.ready.push_front(stat);
                        return Ok(None);
                    }
                    _ => {}
                }
            }
            self.ready = self.storage.elements_after(self.after.as_ref(), self.step)?.into();
            let last = self.ready.back().and_then(|stat| stat.name);
            if last.is_none() || last <= self.after {
                return Ok(None);
            }
            self.after = last;
        }
    }
}
