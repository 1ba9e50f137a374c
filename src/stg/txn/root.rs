//! What all handles of one root share, and what becomes of its commits.

use super::super::mode::{Clock, CommitFlags, Committed, Mode};
use super::node::{Member, Source, StorageNode};
use super::spill::Spill;
use crate::error::Result;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What a commit of the outermost level does.
pub(crate) trait RootCommit: Send + Sync {
    /// Publishes the changes below `root`; on success the nodes are clean and their sources current.
    fn commit(
        &self,
        root: &Arc<StorageNode>,
        flags: CommitFlags,
        clock: Clock,
    ) -> Result<Committed>;

    /// The last committed state.
    fn committed(&self) -> Source;

    /// The full path of a root that lies in a file.
    fn path(&self) -> Option<PathBuf> {
        None
    }
}

/// What all handles of one root share.
pub(crate) struct Root {
    /// Held for writing while the structure changes; ordinary work holds it for reading.
    gate: RwLock<()>,
    pub(crate) clock: Clock,
    /// Where the changed bytes of all levels lie.
    pub(crate) spill: Arc<Spill>,
    pub(super) commit: Box<dyn RootCommit>,
    /// The outermost node of a direct root: every commit below, up to a transacted storage, goes
    /// straight to the file. Spec: S-128.
    direct: Option<Arc<StorageNode>>,
    /// Streams only, one open at a time. Spec: S-142, S-143, S-145.
    pub(crate) simple: bool,
}

impl Root {
    /// Of a root opened with `mode` over `node`.
    pub(super) fn new(
        commit: Box<dyn RootCommit>,
        node: &Arc<StorageNode>,
        mode: Mode,
        clock: Clock,
        spill: Spill,
    ) -> Root {
        let (simple, spill) = (mode.has(Mode::SIMPLE), Arc::new(spill));
        let direct = (!mode.is_transacted()).then(|| Arc::clone(node));
        Root { gate: RwLock::default(), clock, spill, commit, direct, simple }
    }

    pub(crate) fn shared(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what a direct root has gathered to the file. The gate is held.
    pub(super) fn publish(&self, flags: CommitFlags) -> Result<Committed> {
        let Some(node) = &self.direct else { return Ok(Committed::Done) };
        if self.simple {
            pad(node);
        }
        self.commit.commit(node, flags, self.clock)
    }
}

/// What the streams of a simple root are at least, in bytes. Spec: S-145.
const SIMPLE_SIZE: u64 = 4096;

/// Fills up the small streams of a simple root.
fn pad(node: &StorageNode) {
    for member in node.read().members.iter().flatten().map(|(_, member)| member) {
        if let Member::Stream(node) = member {
            let mut state = node.write();
            if state.pages.size() < SIMPLE_SIZE {
                state.pages.set_size(SIMPLE_SIZE);
                state.dirty = true;
            }
        }
    }
}
