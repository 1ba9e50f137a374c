//! Handles on the streams of a level.

use super::super::Stream;
use super::super::life::Leaf;
use super::super::mode::{ElementKind, Mode, StatStg};
use super::super::name::ElementName;
use super::node::StreamNode;
use super::root::Root;
use crate::error::{Code, Error, Result};
use crate::wire::{FileTime, Guid};
use std::sync::Arc;

/// A stream of a level. Always direct: what is written is seen at once inside the level.
pub(crate) struct TxnStream {
    /// First, so that it goes first: its key is the address of the node, which must not be free yet.
    claim: Leaf,
    node: Arc<StreamNode>,
    root: Arc<Root>,
    name: ElementName,
    mode: Mode,
}

impl TxnStream {
    pub(crate) fn new(
        node: Arc<StreamNode>,
        root: Arc<Root>,
        name: ElementName,
        mode: Mode,
        claim: Leaf,
    ) -> TxnStream {
        TxnStream { claim, node, root, name, mode }
    }

    fn check_write(&self, doing: &'static str) -> Result<()> {
        self.claim.check(doing)?;
        match self.mode.can_write() {
            true => Ok(()),
            false => {
                Err(Error::new(Code::StgAccessDenied, doing).note("it was opened for reading"))
            }
        }
    }
}

impl Stream for TxnStream {
    fn stat(&self) -> Result<StatStg> {
        Ok(StatStg {
            name: Some(self.name),
            kind: ElementKind::Stream,
            size: self.size()?,
            modified: FileTime::default(),
            created: FileTime::default(),
            mode: self.mode.reported(),
            class: Guid::NULL,
            state_bits: 0,
        })
    }

    fn size(&self) -> Result<u64> {
        self.claim.check("stat stream")?;
        Ok(self.node.read().pages.size())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.claim.check("read stream")?;
        let _gate = self.root.shared();
        self.node.read().pages.read_at(offset, buffer)
    }

    fn is_simple(&self) -> bool {
        self.root.simple
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.check_write("write stream")?;
        if data.is_empty() {
            return Ok(());
        }
        check_end(offset.checked_add(data.len() as u64), "write stream")?;
        let _gate = self.root.shared();
        let mut state = self.node.write();
        state.pages.spill_to(&self.root.spill);
        state.pages.write_at(offset, data)?;
        state.dirty = true;
        Ok(())
    }

    fn set_size(&self, size: u64) -> Result<()> {
        self.check_write("set stream size")?;
        check_end(Some(size), "set stream size")?;
        let _gate = self.root.shared();
        let mut state = self.node.write();
        if state.pages.size() != size {
            state.dirty = true;
            state.pages.set_size(size);
        }
        Ok(())
    }
}

/// No compound file is larger than 16 TiB.
fn check_end(end: Option<u64>, doing: &'static str) -> Result<()> {
    match end {
        Some(end) if end <= 1 << 44 => Ok(()),
        _ => Err(Error::new(Code::StgMediumFull, doing).note("no compound file can be that large")),
    }
}
