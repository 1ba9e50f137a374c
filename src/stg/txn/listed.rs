//! What a storage of a level lists: members come and go.

use super::super::mode::Mode;
use super::super::name::ElementName;
use super::handle::{TxnStorage, key};
use super::node::{Member, StorageNode, StorageState};
use crate::error::{Code, Error, Result};
use crate::wire::FileTime;
use std::sync::Arc;

impl TxnStorage {
    /// Marks the set of members as changed, now.
    pub(super) fn changed(&self, state: &mut StorageState) {
        Self::changed_at(state, self.root.clock.now());
    }

    pub(super) fn changed_at(state: &mut StorageState, now: FileTime) {
        state.dirty = true;
        state.meta.modified = now;
    }

    /// Takes a member away; handles on it die.
    pub(super) fn remove(&self, state: &mut StorageState, name: &ElementName) {
        match state.members.get_or_insert_default().remove(name) {
            Some(Member::Storage(node)) => self.claim.kill_child(key(&node)),
            Some(Member::Stream(node)) => self.claim.kill_child(key(&node)),
            Some(Member::Untouched(..)) | None => {}
        }
        state.removed.insert(*name);
        self.changed(state);
    }

    /// Lists a pending storage in its parent, in the place of whatever has its name.
    pub(super) fn join(
        &self,
        parent: &StorageNode,
        outer: &Arc<StorageNode>,
        name: &ElementName,
    ) -> Result<()> {
        let mut state = parent.loaded()?;
        let members = state.members.get_or_insert_default();
        if matches!(members.get(name), Some(Member::Storage(node)) if Arc::ptr_eq(node, outer)) {
            return Ok(());
        }
        if members.insert(*name, Member::Storage(Arc::clone(outer))).is_some() {
            state.removed.insert(*name);
        }
        self.changed(&mut state);
        Ok(())
    }

    /// Makes room for a new member of this name.
    pub(super) fn vacate(
        &self,
        state: &mut StorageState,
        name: &ElementName,
        mode: Mode,
        doing: &'static str,
    ) -> Result<()> {
        let taken = state.members.get_or_insert_default().contains_key(name);
        if taken && !mode.is_create() {
            let note = format!("there is an element named {name:?}");
            return Err(Error::new(Code::StgFileAlreadyExists, doing).note(note));
        }
        if taken {
            self.remove(state, name);
        }
        Ok(())
    }
}
