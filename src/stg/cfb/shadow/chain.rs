//! Chains that metadata lies in, with changed sectors over them.

use super::super::file::Cfb;
use super::super::header::Version;
use super::super::special::{END_OF_CHAIN, FREE, MAX_REGULAR};
use super::table::Table;
use crate::error::{Code, Error, Result};
use std::collections::BTreeMap;

/// A chain that metadata lies in (directory, mini FAT, mini stream), with changed sectors over it.
pub(super) struct Chain {
    /// The sectors of the chain; `FREE` for new ones without a place.
    sectors: Vec<u32>,
    changed: BTreeMap<usize, Vec<u8>>,
    sector_len: usize,
    cut: Vec<u32>,
}

impl Chain {
    pub(super) fn new(sectors: &[u32], version: Version) -> Chain {
        let sector_len = usize::try_from(version.sector()).unwrap_or(512);
        Chain { sectors: sectors.to_vec(), changed: BTreeMap::new(), sector_len, cut: Vec::new() }
    }

    /// Sectors in the chain.
    pub(super) fn len(&self) -> usize {
        self.sectors.len()
    }

    pub(super) fn first(&self) -> u32 {
        self.sectors.first().copied().unwrap_or(END_OF_CHAIN)
    }

    /// The bytes of a range that does not cross a sector's end.
    pub(super) fn read(&self, cfb: &Cfb, at: usize, buffer: &mut [u8]) -> Result<()> {
        let (sector, within) = (at / self.sector_len, at % self.sector_len);
        if let Some(bytes) = self.changed.get(&sector) {
            if let Some(from) = bytes.get(within..within + buffer.len()) {
                buffer.copy_from_slice(from);
            }
            return Ok(());
        }
        let home = self.sectors.get(sector).copied().unwrap_or(FREE);
        match cfb.fat.offset(home) {
            Some(offset) => cfb.base.read(offset + within as u64, buffer),
            None => {
                let note = "a sector of the directory or the mini stream is missing";
                Err(Error::new(Code::StgDocFileCorrupt, "commit storage").note(note))
            }
        }
    }

    /// Changes bytes in a range that does not cross a sector's end.
    pub(super) fn write(&mut self, cfb: &Cfb, at: usize, bytes: &[u8]) -> Result<()> {
        let (sector, within) = (at / self.sector_len, at % self.sector_len);
        if !self.changed.contains_key(&sector) {
            let mut whole = vec![0; self.sector_len];
            self.read(cfb, sector * self.sector_len, &mut whole)?;
            self.changed.insert(sector, whole);
        }
        let whole = self.changed.entry(sector).or_default();
        if let Some(target) = whole.get_mut(within..within + bytes.len()) {
            target.copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Adds a sector of these bytes.
    pub(super) fn grow(&mut self, fill: u8) {
        self.changed.insert(self.sectors.len(), vec![fill; self.sector_len]);
        self.sectors.push(FREE);
    }

    /// Cuts the chain to so many sectors.
    pub(super) fn shrink(&mut self, len: usize) {
        let gone = self.sectors.split_off(len.min(self.sectors.len()));
        self.cut.extend(gone.into_iter().filter(|sector| *sector <= MAX_REGULAR));
        self.changed.retain(|at, _| *at < len);
    }

    /// Gives every changed sector a new home, links the chain anew and hands the bytes to `put`.
    pub(super) fn settle(
        &mut self,
        table: &mut Table,
        put: &mut dyn FnMut(u32, &[u8]) -> Result<()>,
    ) -> Result<()> {
        for sector in std::mem::take(&mut self.cut) {
            table.free(sector)?;
        }
        let changed = std::mem::take(&mut self.changed);
        for (at, bytes) in &changed {
            let home = table.take()?;
            if let Some(slot) = self.sectors.get_mut(*at) {
                let old = std::mem::replace(slot, home);
                if old <= MAX_REGULAR {
                    table.free(old)?;
                }
            }
            put(home, bytes)?;
        }
        for at in changed.keys() {
            self.link(table, *at)?;
            if let Some(before) = at.checked_sub(1) {
                self.link(table, before)?;
            }
        }
        // A chain that was only cut ends earlier.
        if let Some(last) = self.sectors.len().checked_sub(1) {
            self.link(table, last)?;
        }
        Ok(())
    }

    fn link(&self, table: &mut Table, at: usize) -> Result<()> {
        let next = self.sectors.get(at + 1).copied().unwrap_or(END_OF_CHAIN);
        match self.sectors.get(at) {
            Some(sector) => table.set(*sector, next),
            None => Ok(()),
        }
    }
}
