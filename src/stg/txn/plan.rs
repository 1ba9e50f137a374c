//! Commit of the outermost level to a file: the plan of a new file, and moving on to it.

use super::super::cfb::{Cfb, Content, Element, Meta, Plan, Version, What};
use super::super::mode::ElementKind;
use super::super::name::ElementName;
use super::node::{Member, Source, StorageNode, StreamNode};
use crate::error::{Code, Error, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A storage that is still to be laid out.
enum Todo {
    Node(Arc<StorageNode>),
    Committed(Arc<Cfb>, u32),
}

/// Everything that is seen through `root`, as a plan. Untouched parts come straight from the file.
pub(crate) fn plan_of(root: &Arc<StorageNode>, version: Version, transaction: u32) -> Result<Plan> {
    let mut plan = Plan::new(version, transaction, root.read().meta);
    let mut todo = vec![(0, Todo::Node(Arc::clone(root)))];
    while let Some((entry, storage)) = todo.pop() {
        let mut inside = Vec::new();
        let members = match storage {
            Todo::Node(node) => node_members(&node, &mut inside)?,
            Todo::Committed(cfb, slot) => {
                let slots = cfb.members(slot)?;
                committed_members(&cfb, slots.into_iter(), &mut inside)?
            }
        };
        let first = plan.add_members(entry, members);
        todo.extend(inside.into_iter().map(|(at, storage)| (first + at, storage)));
    }
    Ok(plan)
}

/// The members of a node; what is a storage goes to `inside` with its position.
fn node_members(node: &Arc<StorageNode>, inside: &mut Vec<(u32, Todo)>) -> Result<Vec<Element>> {
    let state = node.loaded_read()?;
    let mut members = Vec::new();
    for (name, member) in state.members.iter().flatten() {
        let at = u32::try_from(members.len()).unwrap_or(u32::MAX);
        let what = match (member, &state.source) {
            (Member::Storage(node), _) => {
                inside.push((at, Todo::Node(Arc::clone(node))));
                What::Storage { meta: node.read().meta, first: 0, count: 0 }
            }
            (Member::Stream(node), _) => What::Stream(Arc::new(node.read().pages.clone())),
            (Member::Untouched(_, slot), Source::Committed(cfb, _)) => {
                let mut slots = committed_members(cfb, std::iter::once(*slot), inside)?;
                if let (Some((place, _)), true) = (inside.last_mut(), is_storage(cfb, *slot)?) {
                    *place = at;
                }
                let Some(Element { what, .. }) = slots.pop() else { continue };
                what
            }
            // A level on a file has no other sources.
            (Member::Untouched(..), _) => {
                return Err(Error::new(Code::StgUnknown, "commit storage"));
            }
        };
        members.push(Element { name: *name, what });
    }
    Ok(members)
}

fn is_storage(cfb: &Cfb, slot: u32) -> Result<bool> {
    Ok(cfb.entry(slot)?.kind() == Some(ElementKind::Storage))
}

/// The members in these slots of a committed file.
fn committed_members(
    cfb: &Arc<Cfb>,
    slots: impl Iterator<Item = u32>,
    inside: &mut Vec<(u32, Todo)>,
) -> Result<Vec<Element>> {
    let mut members: Vec<Element> = Vec::new();
    let mut last: Option<ElementName> = None;
    for slot in slots {
        let entry = cfb.entry(slot)?;
        let name = entry.name();
        if last == Some(name) {
            continue;
        }
        last = Some(name);
        let at = u32::try_from(members.len()).unwrap_or(u32::MAX);
        let what = match entry.kind() {
            Some(ElementKind::Storage) => {
                inside.push((at, Todo::Committed(Arc::clone(cfb), slot)));
                let meta = Meta {
                    class: entry.class(),
                    state_bits: entry.state_bits(),
                    created: entry.created(),
                    modified: entry.modified(),
                };
                What::Storage { meta, first: 0, count: 0 }
            }
            Some(ElementKind::Stream) => {
                let content: Arc<dyn Content> = Arc::new(cfb.stream(slot, &entry)?);
                What::Stream(content)
            }
            None => continue,
        };
        members.push(Element { name, what });
    }
    Ok(members)
}

/// Whether anything below `root` differs from what is committed.
pub(crate) fn is_dirty(root: &Arc<StorageNode>) -> bool {
    let mut todo = vec![Arc::clone(root)];
    while let Some(node) = todo.pop() {
        let state = node.read();
        if state.dirty || !state.removed.is_empty() {
            return true;
        }
        for member in state.members.iter().flatten().map(|(_, member)| member) {
            match member {
                Member::Storage(node) => todo.push(Arc::clone(node)),
                Member::Stream(node) if node.read().dirty => return true,
                _ => {}
            }
        }
    }
    false
}

/// Moves all nodes on to a file that was just committed and holds the same. Nodes that nobody holds
/// are forgotten, so that memory does not grow from commit to commit.
pub(crate) fn rebase(root: &Arc<StorageNode>, cfb: &Arc<Cfb>) -> Result<()> {
    let mut todo = vec![(Arc::clone(root), 0)];
    while let Some((node, slot)) = todo.pop() {
        let mut state = node.write();
        state.source = Source::Committed(Arc::clone(cfb), slot);
        state.dirty = false;
        state.removed.clear();
        let Some(old) = state.members.take() else { continue };
        let kept: BTreeMap<_, _> = old.into_iter().filter(|(_, member)| is_held(member)).collect();
        if kept.is_empty() {
            continue;
        }
        let mut members = state.source.members()?;
        for (name, member) in kept {
            let Some(Member::Untouched(_, slot)) = members.get(&name).cloned() else { continue };
            match &member {
                Member::Storage(node) => todo.push((Arc::clone(node), slot)),
                Member::Stream(node) => rebase_stream(node, cfb, slot)?,
                Member::Untouched(..) => continue,
            }
            members.insert(name, member);
        }
        state.members = Some(members);
    }
    Ok(())
}

/// Whether a handle or an inner level holds the node.
fn is_held(member: &Member) -> bool {
    match member {
        // A storage may be held through something open deeper: its nodes decide for themselves.
        Member::Storage(node) => Arc::strong_count(node) > 1 || has_held(node),
        Member::Stream(node) => Arc::strong_count(node) > 1,
        Member::Untouched(..) => false,
    }
}

fn has_held(node: &Arc<StorageNode>) -> bool {
    let mut todo = vec![Arc::clone(node)];
    while let Some(node) = todo.pop() {
        for member in node.read().members.iter().flatten().map(|(_, member)| member) {
            match member {
                Member::Storage(node) if Arc::strong_count(node) > 1 => return true,
                Member::Stream(node) if Arc::strong_count(node) > 1 => return true,
                Member::Storage(node) => todo.push(Arc::clone(node)),
                _ => {}
            }
        }
    }
    false
}

fn rebase_stream(node: &Arc<StreamNode>, cfb: &Arc<Cfb>, slot: u32) -> Result<()> {
    use super::content::{Pages, Under};
    let stream = cfb.stream(slot, &cfb.entry(slot)?)?;
    let mut state = node.write();
    state.pages = Pages::over(Under::Committed(Arc::new(stream)))?;
    state.dirty = false;
    Ok(())
}
