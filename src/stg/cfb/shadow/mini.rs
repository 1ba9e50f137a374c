//! Mini sectors of the state that is being made.
//!
//! The mini stream and the mini FAT are chains whose changed sectors get new homes, so the mini
//! sectors in them may be taken, freed and taken again at once: the old ones stay where they are.

use super::super::file::Cfb;
use super::super::header::MINI_SECTOR;
use super::super::special::{END_OF_CHAIN, FREE};
use super::chain::Chain;
use super::table::Table;
use crate::error::Result;
use std::sync::Arc;

pub(super) struct Mini {
    cfb: Arc<Cfb>,
    sector_len: usize,
    /// Mini sectors, used or free.
    count: u32,
    fat: Chain,
    stream: Chain,
    cursor: u32,
    freed: bool,
}

const MINI: usize = 64;

impl Mini {
    pub(super) fn new(cfb: &Arc<Cfb>, first: u32) -> Mini {
        let version = cfb.header.version;
        Mini {
            cfb: Arc::clone(cfb),
            sector_len: usize::try_from(version.sector()).unwrap_or(512),
            count: u32::try_from(cfb.mini_size().div_ceil(MINI_SECTOR)).unwrap_or(0),
            fat: Chain::new(cfb.minifat_sectors(), version),
            stream: Chain::new(cfb.mini_sectors(), version),
            cursor: first,
            freed: false,
        }
    }

    fn word(&self, mini: u32) -> Result<u32> {
        let mut bytes = [0; 4];
        self.fat.read(&self.cfb, mini as usize * 4, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn set(&mut self, mini: u32, value: u32) -> Result<()> {
        if self.word(mini)? == value {
            return Ok(());
        }
        self.fat.write(&self.cfb, mini as usize * 4, &value.to_le_bytes())
    }

    fn take(&mut self) -> Result<u32> {
        while self.cursor < self.count {
            let mini = self.cursor;
            self.cursor += 1;
            if self.word(mini)? == FREE {
                return Ok(mini);
            }
        }
        let mini = self.count;
        self.count += 1;
        self.cursor = self.count;
        if mini as usize * 4 >= self.fat.len() * self.sector_len {
            self.fat.grow(0xFF);
        }
        if mini as usize * MINI >= self.stream.len() * self.sector_len {
            self.stream.grow(0);
        }
        Ok(mini)
    }

    /// The mini sectors of a stream.
    fn chain(&self, start: u32, size: u64) -> Result<Vec<u32>> {
        let mut chain = Vec::new();
        let mut mini = start;
        for _ in 0..size.div_ceil(MINI_SECTOR) {
            if mini >= self.count {
                break;
            }
            chain.push(mini);
            mini = self.word(mini)?;
        }
        Ok(chain)
    }

    /// Frees the mini sectors of a stream.
    pub(super) fn free(&mut self, start: u32, size: u64) -> Result<()> {
        for mini in self.chain(start, size)? {
            self.free_one(mini)?;
        }
        Ok(())
    }

    fn free_one(&mut self, mini: u32) -> Result<()> {
        self.cursor = self.cursor.min(mini);
        self.freed = true;
        self.set(mini, FREE)
    }

    /// Puts a stream of so few bytes in the place of one that began at `start`; where it begins.
    pub(super) fn replace(&mut self, start: u32, size: u64, bytes: &[u8]) -> Result<u32> {
        let old = self.chain(start, size)?;
        let needed = bytes.len().div_ceil(MINI);
        for gone in old.iter().skip(needed) {
            self.free_one(*gone)?;
        }
        let mut chain: Vec<u32> = old.into_iter().take(needed).collect();
        while chain.len() < needed {
            let mini = self.take()?;
            // In use from here on, so that it is not found again.
            self.set(mini, END_OF_CHAIN)?;
            chain.push(mini);
        }
        for (at, (mini, piece)) in chain.iter().zip(bytes.chunks(MINI)).enumerate() {
            self.set(*mini, chain.get(at + 1).copied().unwrap_or(END_OF_CHAIN))?;
            let mut whole = [0; MINI];
            if let Some(target) = whole.get_mut(..piece.len()) {
                target.copy_from_slice(piece);
            }
            self.stream.write(&self.cfb, *mini as usize * MINI, &whole)?;
        }
        Ok(chain.first().copied().unwrap_or(END_OF_CHAIN))
    }

    /// Cuts what is free at the end, and gives all that changed its place in the file.
    pub(super) fn settle(
        &mut self,
        table: &mut Table,
        put: &mut dyn FnMut(u32, &[u8]) -> Result<()>,
    ) -> Result<()> {
        if self.freed {
            while let Some(last) = self.count.checked_sub(1) {
                if self.word(last)? != FREE {
                    break;
                }
                self.count = last;
            }
            self.stream.shrink((self.count as usize * MINI).div_ceil(self.sector_len));
            self.fat.shrink((self.count as usize * 4).div_ceil(self.sector_len));
        }
        self.stream.settle(table, put)?;
        self.fat.settle(table, put)
    }

    /// The mini sector before which none is free.
    pub(super) fn hint(&self) -> u32 {
        self.cursor.min(self.count)
    }

    /// First sector and bytes of the mini stream.
    pub(super) fn stream(&self) -> (u32, u64) {
        (self.stream.first(), u64::from(self.count) * MINI_SECTOR)
    }

    /// First sector and number of sectors of the mini FAT.
    pub(super) fn fat(&self) -> (u32, usize) {
        (self.fat.first(), self.fat.len())
    }
}
