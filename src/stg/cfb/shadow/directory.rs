//! Directory slots of the state that is being made.

use super::super::dirent::{self, DIRENT_LEN, Dirent};
use super::super::file::Cfb;
use super::super::special::NO_STREAM;
use super::super::write::{Links, Meta, link_tree};
use super::chain::Chain;
use crate::error::{Code, Error, Result};
use std::sync::Arc;

/// Where the fields of an entry lie.
mod field {
    pub(super) const COLOR: usize = 67;
    pub(super) const LEFT: usize = 68;
    pub(super) const RIGHT: usize = 72;
    pub(super) const CHILD: usize = 76;
    pub(super) const CLASS: usize = 80;
    pub(super) const STATE_BITS: usize = 96;
    pub(super) const CREATED: usize = 100;
    pub(super) const MODIFIED: usize = 108;
    pub(super) const START: usize = 116;
    pub(super) const SIZE: usize = 120;
}

pub(super) struct Directory {
    cfb: Arc<Cfb>,
    pub(super) chain: Chain,
    slots: u32,
    /// Slots that this commit freed.
    freed: Vec<u32>,
    cursor: u32,
    per_sector: usize,
}

type Bytes = [u8; DIRENT_LEN];

fn patch<const N: usize>(bytes: &mut Bytes, at: usize, value: [u8; N]) {
    if let Some(target) = bytes.get_mut(at..at + N) {
        target.copy_from_slice(&value);
    }
}

impl Directory {
    pub(super) fn new(cfb: &Arc<Cfb>, first: u32) -> Directory {
        let version = cfb.header.version;
        Directory {
            cfb: Arc::clone(cfb),
            chain: Chain::new(cfb.dir_sectors(), version),
            slots: cfb.slots(),
            freed: Vec::new(),
            cursor: first,
            per_sector: 1 << (version.shift() - 7),
        }
    }

    pub(super) fn entry(&self, slot: u32) -> Result<Dirent> {
        let mut bytes = [0; DIRENT_LEN];
        self.chain.read(&self.cfb, slot as usize * DIRENT_LEN, &mut bytes)?;
        Ok(Dirent::from_bytes(bytes))
    }

    /// Writes an entry if it differs from what is there.
    pub(super) fn put(&mut self, slot: u32, bytes: &[u8]) -> Result<()> {
        if self.entry(slot)?.bytes().as_slice() == bytes {
            return Ok(());
        }
        self.chain.write(&self.cfb, slot as usize * DIRENT_LEN, bytes)
    }

    fn change(&mut self, slot: u32, change: impl FnOnce(&mut Bytes)) -> Result<()> {
        let mut bytes = *self.entry(slot)?.bytes();
        change(&mut bytes);
        self.put(slot, &bytes)
    }

    /// A free slot.
    pub(super) fn take(&mut self) -> Result<u32> {
        if let Some(slot) = self.freed.pop() {
            return Ok(slot);
        }
        while self.cursor < self.slots {
            let slot = self.cursor;
            self.cursor += 1;
            if slot > 0 && self.entry(slot)?.object_type() == 0 {
                return Ok(slot);
            }
        }
        let slot = self.slots;
        let mut free = Vec::with_capacity(DIRENT_LEN);
        dirent::write_free(&mut free);
        self.chain.grow(0);
        for at in 0..self.per_sector {
            let at = slot as usize + at;
            self.chain.write(&self.cfb, at * DIRENT_LEN, &free)?;
        }
        let more = u32::try_from(self.per_sector).unwrap_or(0);
        let too_many = || Error::new(Code::StgDocFileTooLarge, "commit storage");
        self.slots = self.slots.checked_add(more).ok_or_else(too_many)?;
        self.cursor = slot + 1;
        Ok(slot)
    }

    /// The slot before which none is free.
    pub(super) fn hint(&self) -> u32 {
        self.freed.iter().copied().min().unwrap_or(u32::MAX).min(self.cursor)
    }

    /// Makes a slot free. Only once: the caller knows that it is in use.
    pub(super) fn free(&mut self, slot: u32) -> Result<()> {
        let mut free = Vec::with_capacity(DIRENT_LEN);
        dirent::write_free(&mut free);
        self.put(slot, &free)?;
        self.freed.push(slot);
        Ok(())
    }

    /// Gives an element a new name.
    pub(super) fn rename(&mut self, slot: u32, name: &[u16]) -> Result<()> {
        self.change(slot, |bytes| {
            bytes.iter_mut().take(64).for_each(|byte| *byte = 0);
            for (target, unit) in bytes.chunks_exact_mut(2).zip(name) {
                target.copy_from_slice(&unit.to_le_bytes());
            }
            let len = u16::try_from(2 * (name.len() + 1)).unwrap_or(64);
            patch(bytes, 64, len.to_le_bytes());
        })
    }

    /// Class, bits and times of a storage. The root has no creation time.
    pub(super) fn set_meta(&mut self, slot: u32, meta: &Meta) -> Result<()> {
        self.change(slot, |bytes| {
            patch(bytes, field::CLASS, meta.class.to_bytes());
            patch(bytes, field::STATE_BITS, meta.state_bits.to_le_bytes());
            if slot != 0 {
                patch(bytes, field::CREATED, meta.created.ticks().to_le_bytes());
            }
            patch(bytes, field::MODIFIED, meta.modified.ticks().to_le_bytes());
        })
    }

    /// Where the bytes of a stream begin, and how many they are.
    pub(super) fn set_stream(&mut self, slot: u32, start: u32, size: u64) -> Result<()> {
        self.change(slot, |bytes| {
            patch(bytes, field::START, start.to_le_bytes());
            patch(bytes, field::SIZE, size.to_le_bytes());
        })
    }

    /// Links the members of a storage, in name order, into a balanced tree.
    pub(super) fn link(&mut self, storage: u32, members: &[u32]) -> Result<()> {
        let blank = Links { left: NO_STREAM, right: NO_STREAM, black: true };
        let mut links = vec![blank; members.len()];
        let count = u32::try_from(members.len()).unwrap_or(0);
        let root = if count == 0 { NO_STREAM } else { link_tree(&mut links, 0, count) };
        let slot = |at: u32| members.get(at as usize).copied().unwrap_or(NO_STREAM);
        for (at, links) in members.iter().zip(&links) {
            self.change(*at, |bytes| {
                patch(bytes, field::COLOR, [u8::from(links.black)]);
                patch(bytes, field::LEFT, slot(links.left).to_le_bytes());
                patch(bytes, field::RIGHT, slot(links.right).to_le_bytes());
            })?;
        }
        self.change(storage, |bytes| patch(bytes, field::CHILD, slot(root).to_le_bytes()))
    }
}
