//! Changing what a storage knows of itself: class, state bits, times.

use super::super::cfb::Meta;
use super::super::mode::ElementTimes;
use super::super::name::ElementName;
use super::node::{Member, StorageNode, touch};
use crate::error::Result;
use std::sync::Arc;

/// Sets the times of a member, or of the storage itself. Streams have none.
pub(super) fn set_times(
    node: &Arc<StorageNode>,
    name: Option<&ElementName>,
    times: ElementTimes,
) -> Result<()> {
    let node = match name {
        None => Arc::clone(node),
        Some(name) => match touch(node, name)? {
            Member::Storage(node) => node,
            _ => return Ok(()),
        },
    };
    let mut state = node.write();
    state.meta.created = times.created.unwrap_or(state.meta.created);
    state.meta.modified = times.modified.unwrap_or(state.meta.modified);
    state.dirty = true;
    Ok(())
}

/// Changes the class or the bits; what they were already is no change.
pub(super) fn change(node: &StorageNode, change: impl FnOnce(&mut Meta)) {
    let mut state = node.write();
    let before = (state.meta.class, state.meta.state_bits);
    change(&mut state.meta);
    if (state.meta.class, state.meta.state_bits) != before {
        state.dirty = true;
    }
}
