//! Commit of an inner level: its changes become changes of the node below.
//!
//! It costs what was touched in the level since its last commit, and what is held of it. What nobody
//! holds leaves the level: a new element moves down with all in it, others are as in the level below
//! again. So levels that commit and go, from the inside out, take an element down through all of them
//! in steps of equal cost. A level that stays open holds its element in every level below, and a
//! commit of one of those passes through it: with all of d levels open that is d steps a commit.
//! A handle holds all above it (`Claim::keep`): what nobody holds has no handle below it either.

use super::node::{Member, Source, StorageNode, StorageState, StreamNode};
use crate::error::Result;
use std::sync::Arc;

/// Publishes what changed in `inner` into `outer`. The nodes of the inner level stay valid and
/// continue from there. No recursion: depth is the file's choice.
pub(crate) fn merge(inner: &Arc<StorageNode>, outer: &Arc<StorageNode>) -> Result<()> {
    let mut work = vec![(Arc::clone(inner), Arc::clone(outer))];
    while let Some((inner, outer)) = work.pop() {
        let mut from = inner.write();
        if from.members.is_none() && !from.dirty {
            continue;
        }
        let mut to = outer.loaded()?;
        merge_storage(&mut from, &mut to, &mut work);
    }
    Ok(())
}

fn merge_storage(
    from: &mut StorageState,
    to: &mut StorageState,
    work: &mut Vec<(Arc<StorageNode>, Arc<StorageNode>)>,
) {
    if from.dirty {
        to.meta = from.meta;
        to.dirty = true;
        from.dirty = false;
    }
    let target = to.members.get_or_insert_default();
    for name in std::mem::take(&mut from.removed) {
        if target.remove(&name).is_some() {
            to.removed.insert(name);
        }
    }
    let Some(members) = &mut from.members else { return };
    let mut kept = Vec::new();
    for name in members.take_touched() {
        #[cfg(test)]
        tests::looked_at_one();
        let Some((name, member)) = members.get_key_value(&name) else { continue };
        let (name, held) = (*name, is_held(member));
        let outer = match member {
            Member::Untouched(..) => continue,
            Member::Storage(node) => Member::Storage(merge_below(node, held, work)),
            Member::Stream(node) => Member::Stream(merge_stream(node, held)),
        };
        let same = match (target.get(&name), &outer) {
            (Some(Member::Storage(there)), Member::Storage(outer)) => Arc::ptr_eq(there, outer),
            (Some(Member::Stream(there)), Member::Stream(outer)) => Arc::ptr_eq(there, outer),
            _ => false,
        };
        if !same {
            target.insert(name, outer);
        }
        match held {
            true => kept.push(name),
            false => members.forget(&name),
        }
    }
    members.give_back_touched(kept);
}

/// Whether a handle or an inner level holds the node; one is the tree's.
fn is_held(member: &Member) -> bool {
    match member {
        Member::Storage(node) => Arc::strong_count(node) > 1,
        Member::Stream(node) => Arc::strong_count(node) > 1,
        Member::Untouched(..) => false,
    }
}

/// The node of the level below that a storage goes on in.
fn merge_below(
    node: &Arc<StorageNode>,
    held: bool,
    work: &mut Vec<(Arc<StorageNode>, Arc<StorageNode>)>,
) -> Arc<StorageNode> {
    let mut state = node.write();
    let outer = match &state.source {
        Source::Outer(outer) => Arc::clone(outer),
        // New in the inner level, and nobody's here: it moves with all in it.
        _ if !held => return Arc::clone(node),
        _ => {
            // New in the outer level too, and from now on linked.
            let outer = StorageNode::new(Source::New, state.meta, true);
            state.source = Source::Outer(Arc::clone(&outer));
            outer
        }
    };
    work.push((Arc::clone(node), Arc::clone(&outer)));
    outer
}

/// The same for a stream.
fn merge_stream(node: &Arc<StreamNode>, held: bool) -> Arc<StreamNode> {
    let mut state = node.write();
    let outer = match &state.outer {
        Some(outer) => Arc::clone(outer),
        None if !held => {
            state.dirty = true;
            return Arc::clone(node);
        }
        None => {
            let outer = StreamNode::new(state.pages.clone(), true, None);
            state.outer = Some(Arc::clone(&outer));
            outer
        }
    };
    if state.dirty {
        let mut below = outer.write();
        below.pages = state.pages.clone();
        below.dirty = true;
        state.dirty = false;
    }
    outer
}

#[cfg(test)]
mod tests {
    use crate::stg::{MEMBER_READ, MEMBER_RW};
    use crate::{CommitFlags, CompoundFile, ElementName, Mode, Storage};
    use std::cell::Cell;
    use std::sync::Arc;

    thread_local! {
        static LOOKED_AT: Cell<u64> = const { Cell::new(0) };
    }

    /// Counts a member that a commit looked at.
    pub(super) fn looked_at_one() {
        LOOKED_AT.with(|count| count.set(count.get() + 1));
    }

    fn looked_at(work: impl FnOnce()) -> u64 {
        LOOKED_AT.with(|count| count.set(0));
        work();
        LOOKED_AT.with(Cell::get)
    }

    fn name(text: &str) -> ElementName {
        ElementName::new(text).unwrap()
    }

    #[test]
    fn a_commit_looks_at_what_was_touched_since_the_last() {
        let file = CompoundFile::memory();
        let level = file.create_storage(&name("t"), MEMBER_RW.and(Mode::TRANSACTED)).unwrap();
        let held = level.create_stream(&name("held"), MEMBER_RW).unwrap();
        let made = looked_at(|| {
            for at in 0..1000 {
                level.create_stream(&name(&at.to_string()), MEMBER_RW).unwrap();
                level.commit(CommitFlags::empty()).unwrap();
            }
        });
        assert_eq!(made, 2 * 1000, "each once, and the one that is open each time");
        let changed = looked_at(|| {
            level.open_stream(&name("7"), MEMBER_RW).unwrap().write_at(0, b"x").unwrap();
            level.commit(CommitFlags::empty()).unwrap();
        });
        assert_eq!(changed, 2);
        held.write_at(0, b"x").unwrap();
        drop(held);
        level.commit(CommitFlags::empty()).unwrap();
        assert_eq!(looked_at(|| level.commit(CommitFlags::empty()).unwrap()), 0);
        file.commit(CommitFlags::empty()).unwrap();
        let copy = CompoundFile::from_bytes(file.to_bytes().unwrap()).unwrap();
        let level = copy.open_storage(&name("t"), MEMBER_READ).unwrap();
        let sizes: u64 = level.elements().unwrap().iter().map(|stat| stat.size).sum();
        assert_eq!((level.elements().unwrap().len(), sizes), (1001, 2));
    }

    #[test]
    fn levels_that_commit_and_go_cost_the_same_at_every_depth() {
        let file: Arc<dyn Storage> = Arc::new(CompoundFile::memory());
        let mut chain = vec![Arc::clone(&file)];
        for _ in 0..2000 {
            let above = chain.last().unwrap();
            let mode = MEMBER_RW.and(Mode::TRANSACTED);
            chain.push(above.create_storage(&name("t"), mode).unwrap());
        }
        let all = looked_at(|| {
            while let Some(level) = chain.pop() {
                level.commit(CommitFlags::empty()).unwrap();
            }
        });
        assert!(all <= 2 * 2000, "{all}");
    }
}
