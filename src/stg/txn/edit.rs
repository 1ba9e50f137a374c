//! Commit of the outermost level to a file, where it lies: what changed, by slots of the file.

use super::super::cfb::shadow::{Change, Edit, MemberEdit, StorageEdit, StreamEdit};
use super::super::cfb::{Cfb, Content};
use super::content::Under;
use super::node::{Member, Source, StorageNode, StorageState, StreamNode};
use crate::error::Result;
use std::collections::HashSet;
use std::sync::Arc;

/// The changes below `root` against `cfb`, which it lies over. `None` where they cannot be told in
/// slots of that file; then everything is to be written.
pub(crate) fn edit_of(root: &Arc<StorageNode>, cfb: &Arc<Cfb>) -> Result<Option<Edit>> {
    let mut edit = Edit::default();
    let mut nodes = vec![Arc::clone(root)];
    let mut slots = HashSet::new();
    while let Some(node) = nodes.get(edit.storages.len()).cloned() {
        let state = node.read();
        let Some(storage) = storage_edit(&state, cfb, &mut nodes, &mut slots)? else {
            return Ok(None);
        };
        edit.storages.push(storage);
    }
    Ok(Some(edit))
}

fn storage_edit(
    state: &StorageState,
    cfb: &Arc<Cfb>,
    nodes: &mut Vec<Arc<StorageNode>>,
    slots: &mut HashSet<u32>,
) -> Result<Option<StorageEdit>> {
    let whole = state.members.is_some() && (state.dirty || !state.removed.is_empty());
    let own: HashSet<u32> = match &state.source {
        Source::Committed(of, slot) if Arc::ptr_eq(of, cfb) && whole => {
            cfb.members(*slot)?.into_iter().collect()
        }
        Source::Committed(of, _) if Arc::ptr_eq(of, cfb) => HashSet::new(),
        Source::New => HashSet::new(),
        _ => return Ok(None),
    };
    let mut members = Vec::new();
    for (name, member) in state.members.iter().flatten() {
        let (slot, change) = match member {
            Member::Untouched(..) if !whole => continue,
            Member::Untouched(_, slot) => (Some(*slot), Change::Nothing),
            Member::Storage(node) => match storage_slot(node, cfb) {
                None => return Ok(None),
                Some((slot, false)) => (slot, Change::Nothing),
                Some((slot, true)) => {
                    nodes.push(Arc::clone(node));
                    (slot, Change::Storage(nodes.len() - 1))
                }
            },
            Member::Stream(node) => stream_edit(node, cfb, |slot| !whole || own.contains(&slot)),
        };
        if slot.is_none() && !whole {
            return Ok(None);
        }
        if let Some(slot) = slot {
            // Every slot is one element's, in the storage where it was.
            let known = !whole || own.contains(&slot);
            if !known || !slots.insert(slot) {
                return Ok(None);
            }
        }
        members.push(MemberEdit { name: *name, slot, change });
    }
    let meta = state.dirty.then_some(state.meta);
    Ok(Some(StorageEdit { meta, whole, members }))
}

/// The slot of a member storage, and whether anything below it was touched. `None` for one that lies
/// over something else.
fn storage_slot(node: &Arc<StorageNode>, cfb: &Arc<Cfb>) -> Option<(Option<u32>, bool)> {
    let state = node.read();
    let touched = state.dirty || state.members.is_some();
    match &state.source {
        Source::New => Some((None, true)),
        Source::Committed(of, slot) if Arc::ptr_eq(of, cfb) => Some((Some(*slot), touched)),
        _ => None,
    }
}

/// The slot of a member stream, and what changed in it.
fn stream_edit(
    node: &Arc<StreamNode>,
    cfb: &Arc<Cfb>,
    is_own: impl Fn(u32) -> bool,
) -> (Option<u32>, Change) {
    let state = node.read();
    let pages = &state.pages;
    let slot = match pages.under() {
        Under::Committed(stream) if stream.is_of(cfb) => Some(stream.slot()),
        _ => None,
    };
    let slot = slot.filter(|slot| is_own(*slot));
    if slot.is_some() && !state.dirty {
        return (slot, Change::Nothing);
    }
    let changed = pages.changed_ranges().map(|(at, len)| (at, len as u64)).collect();
    let kept = if slot.is_some() { pages.under_len().min(pages.size()) } else { 0 };
    let content: Arc<dyn Content> = Arc::new(pages.clone());
    (slot, Change::Stream(StreamEdit { content, kept, changed }))
}

/// About how many bytes of streams below `root` are new.
pub(crate) fn changed_bytes(root: &Arc<StorageNode>) -> u64 {
    let mut bytes = 0_u64;
    let mut todo = vec![Arc::clone(root)];
    while let Some(node) = todo.pop() {
        for member in node.read().members.iter().flatten().map(|(_, member)| member) {
            match member {
                Member::Storage(node) => todo.push(Arc::clone(node)),
                Member::Stream(node) => {
                    let state = node.read();
                    let pages = state.pages.changed_ranges().map(|(_, len)| len as u64);
                    bytes = bytes.saturating_add(pages.sum());
                }
                Member::Untouched(..) => {}
            }
        }
    }
    bytes
}
