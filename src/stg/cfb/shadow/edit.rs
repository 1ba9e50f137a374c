//! What changes in a file, and the walk that makes it so.

use super::super::super::mode::ElementKind;
use super::super::super::name::ElementName;
use super::super::dirent::{NewDirent, TYPE_STORAGE, TYPE_STREAM};
use super::super::header::MINI_CUTOFF;
use super::super::special::{END_OF_CHAIN, NO_STREAM};
use super::super::write::{Content, Meta};
use super::Editor;
use crate::error::{Code, Error, Result};
use crate::wire::{FileTime, Guid};
use std::collections::HashSet;
use std::sync::Arc;

/// All changes of one commit. Storage 0 is the root; each stands before those inside it.
#[derive(Default)]
pub(crate) struct Edit {
    pub(crate) storages: Vec<StorageEdit>,
}

/// A storage in which something changed.
pub(crate) struct StorageEdit {
    /// Class, bits and times, if they may have changed.
    pub(crate) meta: Option<Meta>,
    /// Whether `members` is the whole list. Else members are the same as before, and those are named
    /// that changed inside.
    pub(crate) whole: bool,
    /// In name order.
    pub(crate) members: Vec<MemberEdit>,
}

/// A member of a storage.
pub(crate) struct MemberEdit {
    pub(crate) name: ElementName,
    /// Where it is in the committed file; `None` for a new one.
    pub(crate) slot: Option<u32>,
    pub(crate) change: Change,
}

/// What changed inside a member.
pub(crate) enum Change {
    Nothing,
    /// A storage: that of this number.
    Storage(usize),
    Stream(StreamEdit),
}

/// The new bytes of a stream.
pub(crate) struct StreamEdit {
    pub(crate) content: Arc<dyn Content>,
    /// Up to here bytes are as in the committed file, but for the pieces in `changed`.
    pub(crate) kept: u64,
    /// Offset and length of the pieces that were written, in order.
    pub(crate) changed: Vec<(u64, u64)>,
}

fn damaged() -> Error {
    Error::new(Code::StgDocFileCorrupt, "commit storage").note("the directory is damaged")
}

impl Editor<'_> {
    /// Makes all changes; what they move is settled afterwards.
    pub(super) fn apply(&mut self, edit: &Edit) -> Result<()> {
        let mut slots = vec![NO_STREAM; edit.storages.len()];
        if let Some(root) = slots.first_mut() {
            *root = 0;
        }
        for (at, storage) in edit.storages.iter().enumerate() {
            let slot = slots.get(at).copied().filter(|slot| *slot != NO_STREAM);
            let slot = slot.ok_or_else(damaged)?;
            let members = match storage.whole {
                true => self.relist(slot, &storage.members)?,
                false => storage.members.iter().filter_map(|member| member.slot).collect(),
            };
            if let Some(meta) = &storage.meta {
                self.directory.set_meta(slot, meta)?;
            }
            for (member, slot) in storage.members.iter().zip(members) {
                match &member.change {
                    Change::Nothing => {}
                    Change::Stream(stream) => self.write_stream(slot, stream)?,
                    Change::Storage(inside) => {
                        *slots.get_mut(*inside).ok_or_else(damaged)? = slot;
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives a storage these members and no others; the slot of each.
    fn relist(&mut self, storage: u32, members: &[MemberEdit]) -> Result<Vec<u32>> {
        // What the committed file has in a slot that was taken again is somebody else.
        let is_new = self.fresh.contains(&storage);
        let before = if is_new { Vec::new() } else { self.cfb.members(storage)? };
        let stay: HashSet<u32> = members.iter().filter_map(|member| member.slot).collect();
        for gone in before.iter().filter(|slot| !stay.contains(slot)) {
            self.remove(*gone)?;
        }
        let mut slots = Vec::with_capacity(members.len());
        for member in members {
            slots.push(match member.slot {
                Some(slot) => {
                    if !self.directory.entry(slot)?.name().is_identical(&member.name) {
                        self.directory.rename(slot, member.name.units())?;
                    }
                    slot
                }
                None => self.create(member)?,
            });
        }
        // A new member may have got the slot of one that went, without its links.
        if slots != before || members.iter().any(|member| member.slot.is_none()) {
            self.directory.link(storage, &slots)?;
        }
        Ok(slots)
    }

    /// An entry for a new member.
    fn create(&mut self, member: &MemberEdit) -> Result<u32> {
        let slot = self.directory.take()?;
        let stream = !matches!(member.change, Change::Storage(_));
        let mut bytes = Vec::with_capacity(128);
        NewDirent {
            name: member.name.units(),
            object_type: if stream { TYPE_STREAM } else { TYPE_STORAGE },
            black: true,
            left: NO_STREAM,
            right: NO_STREAM,
            child: NO_STREAM,
            class: Guid::NULL,
            state_bits: 0,
            created: FileTime::default(),
            modified: FileTime::default(),
            start: if stream { END_OF_CHAIN } else { 0 },
            size: 0,
        }
        .write(&mut bytes);
        self.directory.put(slot, &bytes)?;
        self.fresh.insert(slot);
        Ok(slot)
    }

    /// Takes a member away, with all in it.
    fn remove(&mut self, slot: u32) -> Result<()> {
        let version = self.cfb.header.version;
        let mut todo = vec![slot];
        while let Some(slot) = todo.pop() {
            let entry = self.cfb.entry(slot)?;
            match entry.kind() {
                Some(ElementKind::Storage) => todo.extend(self.cfb.members(slot)?),
                Some(ElementKind::Stream) => {
                    let size = entry.size(version);
                    if size >= MINI_CUTOFF {
                        let sectors = size.div_ceil(version.sector());
                        self.table.free_chain(entry.start(), sectors)?;
                    } else {
                        self.mini.free(entry.start(), size)?;
                    }
                }
                None => {}
            }
            self.directory.free(slot)?;
        }
        Ok(())
    }
}
