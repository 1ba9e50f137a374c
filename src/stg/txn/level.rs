//! Levels on other storages: a transacted view of whatever implements [`Storage`].

use super::super::Storage;
use super::super::life::Claim;
use super::super::mode::{Clock, Mode};
use super::super::name::ElementName;
use super::handle::{Role, TxnStorage};
use super::node::{Member, Source, StorageNode, foreign_meta};
use super::replay;
use super::root::Root;
use super::spill::Spill;
use crate::error::Result;
use std::collections::HashSet;
use std::sync::Arc;

/// A level to put another level on; see `overlay`.
pub struct Level {
    pub(super) node: Arc<StorageNode>,
    pub(super) root: Arc<Root>,
    pub(super) claim: Claim,
    /// Whether what is published into it goes straight to the file.
    pub(super) straight: bool,
}

impl Level {
    /// Whether both belong to one root.
    pub(crate) fn is_beside(&self, other: &Level) -> bool {
        Arc::ptr_eq(&self.root, &other.root)
    }

    /// Whether both are views of one storage, in whatever levels.
    pub(crate) fn is_same(&self, other: &Level) -> bool {
        let others: HashSet<_> = other.node.views().iter().map(Arc::as_ptr).collect();
        self.node.views().iter().any(|node| others.contains(&Arc::as_ptr(node)))
    }
}

impl Level {
    /// Whether this storage was opened through `outer`, at any depth, by a way that does not begin
    /// with one of the members `left_out`. Sees what no commit has brought into `outer` yet.
    pub(crate) fn is_below(&self, outer: &Level, left_out: &[ElementName]) -> bool {
        let outers: HashSet<_> = outer.node.views().iter().map(Arc::as_ptr).collect();
        let mut first = Arc::clone(&self.node);
        let nodes = self.claim.kept_above().filter_map(|kept| kept.downcast::<StorageNode>().ok());
        for node in nodes {
            if Arc::ptr_eq(&node, &first) {
                continue;
            }
            if node.views().iter().any(|node| outers.contains(&Arc::as_ptr(node))) {
                let views: HashSet<_> = first.views().iter().map(Arc::as_ptr).collect();
                let state = node.read();
                let is_left_out = |name: &ElementName| {
                    let member = state.members.as_ref().and_then(|members| members.get(name));
                    matches!(member, Some(Member::Storage(it)) if views.contains(&Arc::as_ptr(it)))
                };
                return !left_out.iter().any(is_left_out);
            }
            first = node;
        }
        false
    }
}

/// A transacted view of any storage: its commit writes the changes into `storage` and does not
/// commit that.
pub(crate) fn overlay(storage: &Arc<dyn Storage>, clock: Clock) -> Result<Arc<dyn Storage>> {
    let mode = Mode::READWRITE.and(Mode::TRANSACTED).and(Mode::SHARE_EXCLUSIVE);
    if let Some(Level { node: outer, root, claim, straight }) = storage.level()? {
        let source = Source::Outer(Arc::clone(&outer));
        let node = StorageNode::new(
            source,
            StorageNode::source_meta(&Source::Outer(Arc::clone(&outer)))?,
            false,
        );
        let claim = claim.keep(Arc::clone(&node) as _);
        return Ok(Arc::new(TxnStorage {
            node,
            root,
            name: storage.stat()?.name,
            mode,
            claim,
            role: Role::Inner(outer),
            straight,
        }));
    }
    let commit = Box::new(replay::Replay::new(Arc::clone(storage)));
    let meta = foreign_meta(&**storage)?;
    Ok(Arc::new(TxnStorage::root(commit, meta, mode, clock, Spill::default())))
}
