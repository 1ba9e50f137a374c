//! A caller's `IMAPISupport`, of which only the allocators are asked for. Spec: C-030.

use super::{Foreign, Iface, answered};
use crate::abi::*;
use crate::ffi::Out;
use openimsg::mapi::session::Support;
use openimsg::{Code, Error, Result};
use std::sync::Arc;

/// An allocation routine of the caller's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Routine {
    Buffer(AllocateBuffer),
    More(AllocateMore),
    Free(FreeBuffer),
}

/// The caller's support object.
#[derive(Debug)]
pub(crate) struct ForeignSupport(Foreign<SupportTable<Iface>>);

impl ForeignSupport {
    /// `None` for null.
    pub(crate) fn keep(support: Iface) -> Option<Arc<dyn Support<Routine>>> {
        Foreign::keep(support).map(|support| Arc::new(ForeignSupport(support)) as _)
    }
}

impl Support<Routine> for ForeignSupport {
    fn mem_alloc_routines(&self) -> Result<[Routine; 3]> {
        const DOING: &str = "get allocation routines";
        let (mut allocate, mut more, mut free) = (None, None, None);
        let scode = (self.0.table().get_mem_alloc_routines)(
            self.0.this(),
            Out::lend(&mut allocate),
            Out::lend(&mut more),
            Out::lend(&mut free),
        );
        answered(scode, DOING)?;
        match (allocate, more, free) {
            (Some(allocate), Some(more), Some(free)) => {
                Ok([Routine::Buffer(allocate), Routine::More(more), Routine::Free(free)])
            }
            _ => Err(Error::new(Code::CallFailed, DOING).note("the support object gave none")),
        }
    }
}
