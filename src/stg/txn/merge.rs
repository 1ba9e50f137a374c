//! Commit of an inner level: its changes become changes of the node below.

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
    for (name, member) in from.members.iter().flatten() {
        match member {
            Member::Untouched(..) => {}
            Member::Storage(node) => {
                let mut state = node.write();
                let outer = match &state.source {
                    Source::Outer(outer) => Arc::clone(outer),
                    _ => {
                        // New in the inner level: new in the outer one, and from now on linked.
                        let outer = StorageNode::new(Source::New, state.meta, true);
                        state.source = Source::Outer(Arc::clone(&outer));
                        outer
                    }
                };
                target.insert(*name, Member::Storage(Arc::clone(&outer)));
                work.push((Arc::clone(node), outer));
            }
            Member::Stream(node) => {
                let mut state = node.write();
                let known = state.outer.clone();
                let outer =
                    known.unwrap_or_else(|| StreamNode::new(state.pages.clone(), true, None));
                if state.dirty {
                    let mut below = outer.write();
                    below.pages = state.pages.clone();
                    below.dirty = true;
                    state.dirty = false;
                }
                target.insert(*name, Member::Stream(Arc::clone(&outer)));
                state.outer = Some(outer);
            }
        }
    }
}
