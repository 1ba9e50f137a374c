//! Commit of a level over somebody else's storage: the changes are made there, one by one.

use super::super::mode::{Clock, CommitFlags, Committed, ElementTimes, MEMBER_RW, Mode};
use super::super::name::ElementName;
use super::super::{Storage, Stream};
use super::content::{Pages, Under};
use super::node::{Member, Source, StorageNode, StorageState, StreamNode};
use super::root::RootCommit;
use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// The storage that changes are made in. It is transacted itself: what is made here stays pending
/// until its owner commits it, so a failure half-way harms nothing that is committed.
pub(crate) struct Replay {
    target: Arc<dyn Storage>,
}

impl Replay {
    pub(crate) fn new(target: Arc<dyn Storage>) -> Replay {
        Replay { target }
    }
}

impl RootCommit for Replay {
    fn commit(&self, root: &Arc<StorageNode>, flags: CommitFlags, _: Clock) -> Result<Committed> {
        let mut work = vec![(Arc::clone(root), Arc::clone(&self.target))];
        while let Some((node, target)) = work.pop() {
            let mut state = node.write();
            replay_storage(&mut state, &target, &mut work)?;
        }
        forget(root);
        Ok(match flags.contains(CommitFlags::CONSOLIDATE) {
            true => Committed::CannotConsolidate,
            false => Committed::Done,
        })
    }

    fn committed(&self) -> Source {
        Source::Foreign(Arc::clone(&self.target))
    }
}

fn replay_storage(
    state: &mut StorageState,
    target: &Arc<dyn Storage>,
    work: &mut Vec<(Arc<StorageNode>, Arc<dyn Storage>)>,
) -> Result<()> {
    if state.members.is_none() && !state.dirty {
        return Ok(());
    }
    for name in &state.removed {
        match target.destroy_element(name) {
            Err(error) if error.code() != Code::StgFileNotFound => return Err(error),
            _ => {}
        }
    }
    for (name, member) in state.members.iter().flatten() {
        match member {
            Member::Untouched(..) => {}
            Member::Stream(node) => replay_stream(node, name, target)?,
            Member::Storage(node) => {
                let mut below = node.write();
                let inner = match &below.source {
                    Source::Foreign(storage) => Arc::clone(storage),
                    _ => {
                        let mode = MEMBER_RW.and(Mode::CREATE);
                        let storage = target.create_storage(name, mode)?;
                        below.source = Source::Foreign(Arc::clone(&storage));
                        storage
                    }
                };
                drop(below);
                work.push((Arc::clone(node), inner));
            }
        }
    }
    if state.dirty {
        let now = super::node::foreign_meta(&**target)?;
        let meta = state.meta;
        if now.class != meta.class {
            target.set_class(meta.class)?;
        }
        if now.state_bits != meta.state_bits {
            target.set_state_bits(meta.state_bits, u32::MAX)?;
        }
        let times = ElementTimes { created: Some(meta.created), modified: Some(meta.modified) };
        match target.set_element_times(None, times) {
            // Times are a courtesy; not every storage keeps them.
            Err(e)
                if !matches!(
                    e.code(),
                    Code::StgInvalidFunction | Code::StgUnimplementedFunction
                ) =>
            {
                return Err(e);
            }
            _ => {}
        }
    }
    state.removed.clear();
    state.dirty = false;
    Ok(())
}

fn replay_stream(
    node: &Arc<StreamNode>,
    name: &ElementName,
    target: &Arc<dyn Storage>,
) -> Result<()> {
    let mut state = node.write();
    if !state.dirty {
        return Ok(());
    }
    let stream = match state.pages.foreign() {
        Some(stream) => stream,
        None => target.create_stream(name, MEMBER_RW.and(Mode::CREATE))?,
    };
    state.pages.write_into(&*stream)?;
    state.pages = Pages::over(Under::Foreign(stream))?;
    state.dirty = false;
    Ok(())
}

/// Lets go of the elements that nobody holds: open handles on a foreign storage are not free.
fn forget(root: &Arc<StorageNode>) {
    let mut todo = vec![Arc::clone(root)];
    while let Some(node) = todo.pop() {
        let mut state = node.write();
        let Some(members) = &mut state.members else { continue };
        members.forget_where(|member| match member {
            Member::Stream(node) => Arc::strong_count(node) == 1,
            Member::Storage(node) => {
                todo.push(Arc::clone(node));
                false
            }
            Member::Untouched(..) => false,
        });
    }
}

impl Pages {
    /// The foreign stream below, if the bytes have one.
    fn foreign(&self) -> Option<Arc<dyn Stream>> {
        match self.under() {
            Under::Foreign(stream) => Some(Arc::clone(stream)),
            _ => None,
        }
    }

    /// Makes the changes in the stream below, or writes everything into a new one.
    fn write_into(&self, stream: &dyn Stream) -> Result<()> {
        let now = stream.size()?;
        if now != self.size() || self.under_len() < now {
            // First what was cut, even if the stream has grown again since.
            stream.set_size(self.under_len().min(self.size()))?;
            stream.set_size(self.size())?;
        }
        let mut piece = Vec::new();
        for (offset, len) in self.changed_ranges() {
            piece.resize(len, 0);
            if self.read_at(offset, &mut piece)? != len {
                return Err(Error::new(Code::StgReadFault, "commit storage"));
            }
            stream.write_at(offset, &piece)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
