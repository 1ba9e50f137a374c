//! The FAT of the state that is being made: which sectors it takes, frees and links.
//!
//! Blocks of the FAT are read when asked for. A sector is taken only if it is free in the committed
//! state and in every older one that somebody still reads; else the file grows. What this commit
//! frees it does not take again.

use super::super::file::Cfb;
use super::super::header::{HEADER_DIFAT, Version};
use super::super::special::{DIFSECT, END_OF_CHAIN, FATSECT, FREE, MAX_REGULAR, RANGE_LOCK};
use crate::error::{Code, Error, Result};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// A FAT over a committed one.
pub(super) struct Table {
    cfb: Arc<Cfb>,
    version: Version,
    /// Sectors of the committed file.
    committed: u32,
    /// Sectors with those that this commit appends.
    total: u32,
    /// The words of every block that was looked into.
    blocks: BTreeMap<u32, Vec<u32>>,
    /// Blocks that changed and have no new home yet, and those that have one.
    dirty: BTreeSet<u32>,
    moved: BTreeSet<u32>,
    new_difat: usize,
    /// The sector that each block lies in; `FREE` for one that has none yet.
    homes: Vec<u32>,
    difat: Vec<u32>,
    /// Free sectors that must not be taken now.
    blocked: HashSet<u32>,
    /// Where the search for a free sector goes on; none where nothing is taken again.
    cursor: Option<u32>,
    /// How far it came.
    searched: u32,
    freed: Vec<u32>,
}

impl Table {
    /// Over the FAT of `cfb`. With `reuse`, free sectors are taken before the file grows, but for the
    /// `blocked` ones.
    pub(super) fn new(cfb: &Arc<Cfb>, reuse: bool, first: u32, blocked: HashSet<u32>) -> Table {
        Table {
            cfb: Arc::clone(cfb),
            version: cfb.header.version,
            committed: cfb.fat.num_sectors,
            total: cfb.fat.num_sectors,
            blocks: BTreeMap::new(),
            dirty: BTreeSet::new(),
            moved: BTreeSet::new(),
            new_difat: 0,
            homes: cfb.fat.blocks.clone(),
            difat: cfb.fat.difat_sectors.clone(),
            blocked,
            cursor: reuse.then_some(first),
            searched: first,
            freed: Vec::new(),
        }
    }

    fn per_block(&self) -> u32 {
        1 << (self.version.shift() - 2)
    }

    fn block(&mut self, number: u32) -> Result<&mut Vec<u32>> {
        if !self.blocks.contains_key(&number) {
            let per_block = self.per_block();
            let first = number.saturating_mul(per_block);
            let mut words = vec![FREE; per_block as usize];
            if let Some(offset) = self.home(number).and_then(|home| self.cfb.fat.offset(home)) {
                let mut bytes = vec![0; words.len() * 4];
                self.cfb.base.read(offset, &mut bytes)?;
                let there = self.committed.saturating_sub(first);
                // What stands there for sectors beyond the file means nothing.
                for (word, bytes) in
                    words.iter_mut().zip(bytes.as_chunks::<4>().0).take(there as usize)
                {
                    *word = u32::from_le_bytes(*bytes);
                }
            }
            self.blocks.insert(number, words);
        }
        Ok(self.blocks.entry(number).or_default())
    }

    fn home(&self, block: u32) -> Option<u32> {
        self.homes.get(block as usize).copied().filter(|home| *home <= MAX_REGULAR)
    }

    /// The word of a sector.
    pub(super) fn get(&mut self, sector: u32) -> Result<u32> {
        let per_block = self.per_block();
        let words = self.block(sector / per_block)?;
        Ok(words.get((sector % per_block) as usize).copied().unwrap_or(FREE))
    }

    /// Changes the word of a sector.
    pub(super) fn set(&mut self, sector: u32, value: u32) -> Result<()> {
        let per_block = self.per_block();
        let number = sector / per_block;
        let words = self.block(number)?;
        if let Some(word) = words.get_mut((sector % per_block) as usize)
            && *word != value
        {
            *word = value;
            // One that was moved already is written when all have settled.
            if !self.moved.contains(&number) {
                self.dirty.insert(number);
            }
        }
        Ok(())
    }

    /// A sector that the committed state does not use. Its word is ENDOFCHAIN until it is linked.
    pub(super) fn take(&mut self) -> Result<u32> {
        if let Some(sector) = self.find_free()? {
            self.set(sector, END_OF_CHAIN)?;
            return Ok(sector);
        }
        if self.version == Version::V4 && u64::from(self.total) == RANGE_LOCK {
            let lock = self.total;
            self.total += 1;
            self.set(lock, END_OF_CHAIN)?;
        }
        let sector = self.total;
        let end = (u64::from(sector) + 2) << self.version.shift();
        if sector >= MAX_REGULAR || (self.version == Version::V3 && end > 1 << 31) {
            let note = "the file would be larger than its version allows";
            return Err(Error::new(Code::StgDocFileTooLarge, "commit storage").note(note));
        }
        self.total += 1;
        self.set(sector, END_OF_CHAIN)?;
        Ok(sector)
    }

    /// The next sector from the cursor on that is free and may be taken.
    fn find_free(&mut self) -> Result<Option<u32>> {
        let per_block = self.per_block();
        while let Some(first) = self.cursor {
            if first >= self.committed {
                self.cursor = None;
                break;
            }
            let number = first / per_block;
            let end = (number + 1).saturating_mul(per_block).min(self.committed);
            let words = std::mem::take(self.block(number)?);
            let mut rest = words.iter().zip(number * per_block..end);
            let range_lock = self.version == Version::V4;
            let found = rest.find(|(word, sector)| {
                **word == FREE
                    && *sector >= first
                    && !(range_lock && u64::from(*sector) == RANGE_LOCK)
                    && !self.blocked.contains(sector)
            });
            let found = found.map(|(_, sector)| sector);
            self.blocks.insert(number, words);
            let next = found.map_or(end, |sector| sector + 1);
            (self.cursor, self.searched) = (Some(next), next);
            if found.is_some() {
                return Ok(found);
            }
            if !self.dirty.contains(&number) && !self.moved.contains(&number) {
                // Only looked through; it can be read again.
                self.blocks.remove(&number);
            }
        }
        Ok(None)
    }

    /// Gives a sector back. Its bytes stay as they are until the next commit.
    pub(super) fn free(&mut self, sector: u32) -> Result<()> {
        self.set(sector, FREE)?;
        self.blocked.insert(sector);
        self.freed.push(sector);
        Ok(())
    }

    /// Gives a whole chain back.
    pub(super) fn free_chain(&mut self, first: u32, sectors: u64) -> Result<()> {
        let mut sector = first;
        for _ in 0..sectors {
            if sector >= self.committed {
                break;
            }
            let next = self.get(sector)?;
            self.free(sector)?;
            sector = next;
        }
        Ok(())
    }

    /// All sectors of a chain of so many.
    pub(super) fn chain(&mut self, first: u32, sectors: u64) -> Result<Vec<u32>> {
        let mut chain = Vec::new();
        let mut sector = first;
        for _ in 0..sectors {
            if sector >= self.committed {
                let note = "a chain is shorter than its stream";
                return Err(Error::new(Code::StgDocFileCorrupt, "commit storage").note(note));
            }
            chain.push(sector);
            sector = self.get(sector)?;
        }
        Ok(chain)
    }

    /// Finds new homes for every block of FAT and DIFAT that changed, which changes the FAT again,
    /// until nothing moves any more.
    pub(super) fn settle(&mut self) -> Result<()> {
        let per_difat = self.per_block() as usize - 1;
        loop {
            if let Some(block) = self.dirty.pop_first() {
                self.moved.insert(block);
                // Sectors that a crash left behind have no blocks yet; those before ours get theirs.
                while self.homes.len() <= block as usize {
                    let missing = u32::try_from(self.homes.len()).unwrap_or(block);
                    self.homes.push(FREE);
                    if missing < block {
                        self.block(missing)?;
                        self.dirty.insert(missing);
                    }
                }
                let old = self.home(block);
                let home = self.take()?;
                self.set(home, FATSECT)?;
                if let Some(slot) = self.homes.get_mut(block as usize) {
                    *slot = home;
                }
                if let Some(old) = old {
                    self.free(old)?;
                }
                continue;
            }
            // DIFAT sectors lead to each other: all before one that changes, change.
            let last = self.moved.last().map_or(0, |last| *last as usize + 1);
            if self.new_difat >= last.saturating_sub(HEADER_DIFAT).div_ceil(per_difat) {
                return Ok(());
            }
            let home = self.take()?;
            self.set(home, DIFSECT)?;
            match self.difat.get_mut(self.new_difat) {
                Some(slot) => {
                    let old = std::mem::replace(slot, home);
                    self.free(old)?;
                }
                None => self.difat.push(home),
            }
            self.new_difat += 1;
        }
    }

    /// The blocks of FAT and DIFAT that [`Table::settle`] moved: each with its sector.
    pub(super) fn write(&self, put: &mut dyn FnMut(u32, &[u8]) -> Result<()>) -> Result<()> {
        let mut bytes = Vec::with_capacity(1 << self.version.shift());
        for block in &self.moved {
            let (Some(words), Some(home)) = (self.blocks.get(block), self.home(*block)) else {
                continue;
            };
            bytes.clear();
            words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
            put(home, &bytes)?;
        }
        let per_difat = self.per_block() as usize - 1;
        for (at, home) in self.difat.iter().enumerate().take(self.new_difat) {
            bytes.clear();
            let first = HEADER_DIFAT + at * per_difat;
            for entry in first..first + per_difat {
                let word = self.homes.get(entry).copied().unwrap_or(FREE);
                bytes.extend(word.to_le_bytes());
            }
            let next = self.difat.get(at + 1).copied().unwrap_or(END_OF_CHAIN);
            bytes.extend(next.to_le_bytes());
            put(*home, &bytes)?;
        }
        Ok(())
    }

    pub(super) fn homes(&self) -> &[u32] {
        &self.homes
    }

    pub(super) fn difat(&self) -> &[u32] {
        &self.difat
    }

    /// Sectors up to the last one that the new state, the committed one or an older one uses, and no
    /// fewer than the FAT speaks of. What lies behind may be cut off.
    pub(super) fn used(&mut self) -> Result<u32> {
        let blocks = u32::try_from(self.homes.len()).unwrap_or(0);
        let least = blocks.saturating_sub(1).saturating_mul(self.per_block()).saturating_add(1);
        let mut used = self.total;
        while used > least && self.get(used - 1)? == FREE && !self.blocked.contains(&(used - 1)) {
            used -= 1;
        }
        Ok(used)
    }

    /// Sectors of the file with what was appended.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// Where the next commit may begin to search: what is freed or blocked now may be free then.
    pub(super) fn hint(&self, before: u32) -> u32 {
        let lowest = self.blocked.iter().min().copied().unwrap_or(u32::MAX);
        self.searched.max(before).min(lowest)
    }

    /// What this commit has freed.
    pub(super) fn into_freed(self) -> Vec<u32> {
        self.freed
    }
}
