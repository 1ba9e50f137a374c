//! Commit of the outermost level to a file: the plan of a new file, and moving on to it.

use super::super::cfb::{Cfb, Content, Dirent, Element, Meta, Plan, Version, What};
use super::super::mode::ElementKind;
use super::node::{Member, Source, StorageNode, StreamNode};
use crate::error::{Code, Error, Result};
use std::collections::HashSet;
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
            Todo::Committed(cfb, slot) => committed_members(&cfb, slot, &mut inside)?,
        };
        let first = plan.add_members(entry, members);
        todo.extend(inside.into_iter().map(|(at, storage)| (first + at, storage)));
    }
    Ok(plan)
}

/// The members of a node; what is a storage goes to `inside` with its position.
fn node_members(node: &Arc<StorageNode>, inside: &mut Vec<(u32, Todo)>) -> Result<Vec<Element>> {
    let state = node.loaded_read()?;
    let mut members = Vec::with_capacity(state.members.as_ref().map_or(0, |members| members.len()));
    for (name, member) in state.members.iter().flatten() {
        let at = u32::try_from(members.len()).unwrap_or(u32::MAX);
        let what = match (member, &state.source) {
            (Member::Storage(node), _) => {
                inside.push((at, Todo::Node(Arc::clone(node))));
                What::Storage { meta: node.read().meta, first: 0, count: 0 }
            }
            (Member::Stream(node), _) => What::Stream(node.read().pages.content()),
            (Member::Untouched(_, slot), Source::Committed(cfb, _)) => {
                match committed_member(cfb, *slot, &cfb.entry(*slot)?, at, inside)? {
                    Some(what) => what,
                    None => continue,
                }
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

/// The members of a storage of a committed file.
fn committed_members(
    cfb: &Arc<Cfb>,
    slot: u32,
    inside: &mut Vec<(u32, Todo)>,
) -> Result<Vec<Element>> {
    let mut members: Vec<Element> = Vec::new();
    for slot in cfb.members(slot)? {
        let entry = cfb.entry(slot)?;
        let name = entry.name();
        // Of two members with one name, the first counts.
        if members.last().is_some_and(|last| last.name == name) {
            continue;
        }
        let at = u32::try_from(members.len()).unwrap_or(u32::MAX);
        if let Some(what) = committed_member(cfb, slot, &entry, at, inside)? {
            members.push(Element { name, what });
        }
    }
    Ok(members)
}

/// The `at`-th member of a storage, as a committed file has it in `slot`.
fn committed_member(
    cfb: &Arc<Cfb>,
    slot: u32,
    entry: &Dirent,
    at: u32,
    inside: &mut Vec<(u32, Todo)>,
) -> Result<Option<What>> {
    Ok(match entry.kind() {
        Some(ElementKind::Storage) => {
            inside.push((at, Todo::Committed(Arc::clone(cfb), slot)));
            let meta = Meta {
                class: entry.class(),
                state_bits: entry.state_bits(),
                created: entry.created(),
                modified: entry.modified(),
            };
            Some(What::Storage { meta, first: 0, count: 0 })
        }
        Some(ElementKind::Stream) => {
            let content: Arc<dyn Content> = Arc::new(cfb.stream(slot, entry)?);
            Some(What::Stream(content))
        }
        None => None,
    })
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
///
/// A node whose new members cannot be read stays as it was: pending, over the file before.
pub(crate) fn rebase(root: &Arc<StorageNode>, cfb: &Arc<Cfb>) {
    let held = held(root);
    let mut todo = vec![(Arc::clone(root), 0)];
    while let Some((node, slot)) = todo.pop() {
        let mut state = node.write();
        let source = Source::Committed(Arc::clone(cfb), slot);
        let mut kept = Vec::new();
        for (name, member) in state.members.iter().flatten() {
            if held.contains(&address(member)) {
                kept.push((*name, member.clone()));
            }
        }
        let mut members = None;
        if !kept.is_empty() {
            let Ok(mut fresh) = source.members() else { continue };
            for (name, member) in kept {
                let Some(Member::Untouched(_, slot)) = fresh.get(&name).cloned() else { continue };
                match &member {
                    Member::Storage(node) => todo.push((Arc::clone(node), slot)),
                    Member::Stream(node) => rebase_stream(node, cfb, slot),
                    Member::Untouched(..) => continue,
                }
                fresh.insert(name, member);
            }
            members = Some(fresh);
        }
        state.source = source;
        state.members = members;
        state.dirty = false;
        state.removed.clear();
    }
}

/// Tells nodes apart; nothing is read through it.
fn address(member: &Member) -> usize {
    match member {
        Member::Storage(node) => Arc::as_ptr(node).addr(),
        Member::Stream(node) => Arc::as_ptr(node).addr(),
        Member::Untouched(..) => 0,
    }
}

/// The nodes below `root` that a handle or an inner level holds, and all storages on the way to them.
fn held(root: &Arc<StorageNode>) -> HashSet<usize> {
    let mut held = HashSet::new();
    // Parents come before their members; each knows the place of its parent.
    let mut storages = vec![(Arc::clone(root), 0, false)];
    let mut at = 0;
    while let Some((node, ..)) = storages.get(at) {
        let node = Arc::clone(node);
        let mut inside = false;
        for member in node.read().members.iter().flatten().map(|(_, member)| member) {
            match member {
                Member::Storage(node) => {
                    // One is the tree's.
                    let itself = Arc::strong_count(node) > 1;
                    storages.push((Arc::clone(node), at, itself));
                }
                Member::Stream(node) if Arc::strong_count(node) > 1 => {
                    held.insert(address(member));
                    inside = true;
                }
                _ => {}
            }
        }
        if let Some((_, _, held)) = storages.get_mut(at) {
            *held |= inside;
        }
        at += 1;
    }
    while let Some((node, parent, is_held)) = storages.pop() {
        if is_held {
            held.insert(Arc::as_ptr(&node).addr());
            if let Some((_, _, held)) = storages.get_mut(parent) {
                *held = true;
            }
        }
    }
    held
}

/// On failure the stream stays as it was; its content is the same.
fn rebase_stream(node: &Arc<StreamNode>, cfb: &Arc<Cfb>, slot: u32) {
    use super::content::{Pages, Under};
    let open = || Pages::over(Under::Committed(Arc::new(cfb.stream(slot, &cfb.entry(slot)?)?)));
    if let Ok(pages) = open() {
        let mut state = node.write();
        state.pages = pages;
        state.dirty = false;
    }
}
