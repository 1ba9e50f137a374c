//! Where the FAT is: as the file says, and as it can be rebuilt.
//!
//! A *plain* look-up takes the file at its word, as opening does. A *better* one uses a block that was
//! found by searching where the named one is missing or holds no FAT, and where none was found it
//! takes the next sector for the next one.

use super::super::cfb::{Base, Version, special};
use super::head::Head;
use super::report::Report;
use crate::error::{Place, Result};
use crate::finding::Severity;
use crate::wire::u32_at;
use special::{DIFSECT, END_OF_CHAIN, FATSECT, FREE, MAX_REGULAR};

/// Which of the two ways a chain is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Plain,
    Better,
}

/// The bytes, and what follows what in them.
pub(super) struct Tables {
    pub(super) base: Base,
    pub(super) version: Version,
    /// Sectors by the file's length.
    pub(super) sectors: u32,
    /// The sector of FAT block k at position k, `FREE` where it is missing.
    plain: Vec<u32>,
    /// The same, rebuilt.
    better: Vec<Option<u32>>,
    /// Sectors of the DIFAT.
    difat: Vec<u32>,
    rebuilt: bool,
}

impl Tables {
    pub(super) fn new(base: Base, head: &Head, report: &mut Report) -> Result<Tables> {
        let sector = head.version.sector();
        let sectors = base.len().saturating_sub(sector).div_ceil(sector);
        let sectors = u32::try_from(sectors).unwrap_or(MAX_REGULAR).min(MAX_REGULAR);
        let mut tables = Tables {
            base,
            version: head.version,
            sectors,
            plain: Vec::new(),
            better: Vec::new(),
            difat: Vec::new(),
            rebuilt: false,
        };
        tables.read_difat(head)?;
        tables.rebuild(head, report)?;
        Ok(tables)
    }

    /// Where a sector begins; `None` outside the file.
    pub(super) fn offset(&self, sector: u32) -> Option<u64> {
        (sector < self.sectors).then(|| (u64::from(sector) + 1) << self.version.shift())
    }

    /// FAT entries in a sector.
    pub(super) fn per_block(&self) -> u64 {
        self.version.sector() / 4
    }

    /// What follows a sector.
    pub(super) fn next(&self, view: View, sector: u32) -> Result<u32> {
        let shift = self.version.shift() - 2;
        let at = (sector >> shift) as usize;
        let block = match view {
            View::Plain => self.plain.get(at).copied(),
            View::Better => self.better.get(at).copied().flatten(),
        };
        match block.and_then(|block| self.offset(block)) {
            Some(offset) => {
                let within = sector & ((1 << shift) - 1);
                self.base.u32_at(offset + 4 * u64::from(within))
            }
            None if view == View::Plain => Ok(FREE),
            None if sector + 1 < self.sectors => Ok(sector + 1),
            None => Ok(END_OF_CHAIN),
        }
    }

    /// Whether what follows a sector is only guessed.
    pub(super) fn is_guess(&self, sector: u32) -> bool {
        let at = (sector >> (self.version.shift() - 2)) as usize;
        self.better.get(at).copied().flatten().is_none()
    }

    /// Whether the two ways differ at all.
    pub(super) fn is_rebuilt(&self) -> bool {
        self.rebuilt
    }

    /// The sectors that hold FAT and DIFAT.
    pub(super) fn own_sectors(&self) -> impl Iterator<Item = u32> + '_ {
        let better = self.better.iter().copied().flatten();
        self.difat.iter().copied().chain(better)
    }

    /// The sectors of a chain up to the first that is not there or was there before, and whether it
    /// ended well.
    pub(super) fn chain(&self, view: View, first: u32) -> Result<(Vec<u32>, bool)> {
        let mut chain = Vec::new();
        let mut seen = Bits::new(self.sectors);
        let mut sector = first;
        while sector < self.sectors && seen.set(sector) {
            chain.push(sector);
            sector = self.next(view, sector)?;
        }
        Ok((chain, sector == END_OF_CHAIN))
    }

    fn needed(&self) -> usize {
        usize::try_from(u64::from(self.sectors).div_ceil(self.per_block())).unwrap_or(0)
    }

    /// The blocks that header and DIFAT name, as opening finds them.
    fn read_difat(&mut self, head: &Head) -> Result<()> {
        let needed = self.needed();
        let add = |plain: &mut Vec<u32>, entry: u32, sectors: u32| {
            plain.push(if entry < sectors { entry } else { FREE });
        };
        for entry in head.difat.iter().take(needed) {
            add(&mut self.plain, *entry, self.sectors);
        }
        let mut next = head.first_difat;
        if head.num_difat == 0 && next == 0 {
            next = END_OF_CHAIN;
        }
        let per_sector = self.per_block() - 1;
        while self.plain.len() < needed {
            let Some(offset) = self.offset(next) else { break };
            self.difat.push(next);
            for at in 0..per_sector {
                if self.plain.len() < needed {
                    let entry = self.base.u32_at(offset + 4 * at)?;
                    add(&mut self.plain, entry, self.sectors);
                }
            }
            next = self.base.u32_at(offset + 4 * per_sector)?;
        }
        Ok(())
    }

    /// Searches a sector for each block that is missing or cannot be one.
    fn rebuild(&mut self, head: &Head, report: &mut Report) -> Result<()> {
        let needed = self.needed();
        self.plain.resize(needed, FREE);
        let mut taken = Bits::new(self.sectors);
        for at in 0..needed {
            let block = self.plain.get(at).copied().unwrap_or(FREE);
            let good = block != FREE && self.looks_like_fat(block, at)? && taken.set(block);
            self.better.push(good.then_some(block));
        }
        let missing = self.better.iter().filter(|block| block.is_none()).count();
        self.rebuilt = missing > 0;
        if missing == 0 {
            return Ok(());
        }
        // A FAT that is short is no damage: what it does not reach was never in use.
        let present = self.better.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        let promised = needed.min(head.num_fat as usize).max(present).max(1);
        let lost = self.better.iter().take(promised).filter(|block| block.is_none()).count();
        // The best of all sectors for each missing block, the first of equal ones.
        let mut best: Vec<(u64, u32)> = vec![(0, FREE); needed];
        for sector in 0..self.sectors {
            if taken.has(sector) {
                continue;
            }
            // A mini FAT looks the same, but that no sector of it is marked as a FAT's.
            let mini = (head.first_minifat..head.first_minifat.saturating_add(head.num_minifat))
                .contains(&sector);
            if let Some((at, votes)) = self.votes(sector, mini)?
                && self.better.get(at).is_some_and(Option::is_none)
                && let Some(best) = best.get_mut(at)
                && votes > best.0
            {
                *best = (votes, sector);
            }
        }
        let mut found = 0_usize;
        for (block, (votes, sector)) in self.better.iter_mut().zip(best) {
            if votes > 0 && block.is_none() {
                *block = Some(sector);
                found += 1;
            }
        }
        if lost > 0 {
            report.add(Severity::Warning, "salvage-fat", || {
                let mut text = format!(
                    "{lost} of {promised} sectors of the FAT are missing or hold something else; \
                     {found} were found by searching"
                );
                if found < lost {
                    text += ", without the others sectors are taken in their order";
                }
                (Place::new("").rule("MS-CFB 2.3"), text)
            });
        }
        Ok(())
    }

    fn sector_bytes(&self, sector: u32) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.version.sector()).unwrap_or(512)];
        self.base.read(self.offset(sector).unwrap_or(u64::MAX), &mut bytes)?;
        Ok(bytes)
    }

    /// Whether a sector that is named as FAT block `block` can be it: damage in less than half of the
    /// entries that the file has sectors for.
    fn looks_like_fat(&self, sector: u32, block: usize) -> Result<bool> {
        let mut entries = self.entries(sector)?;
        entries.truncate(self.used_entries(block));
        let bad = entries.iter().filter(|entry| !self.is_entry(**entry)).count();
        Ok(2 * (bad + repeated(&entries)) <= entries.len())
    }

    /// Entries of a block that are about sectors of the file; writers leave anything in the others.
    fn used_entries(&self, block: usize) -> usize {
        let before = self.per_block().saturating_mul(block as u64);
        let used = u64::from(self.sectors).saturating_sub(before).min(self.per_block());
        usize::try_from(used).unwrap_or(0)
    }

    fn entries(&self, sector: u32) -> Result<Vec<u32>> {
        let bytes = self.sector_bytes(sector)?;
        Ok((0..bytes.len() / 4).map(|at| u32_at(&bytes, 4 * at)).collect())
    }

    fn is_entry(&self, entry: u32) -> bool {
        entry < self.sectors || matches!(entry, FREE | END_OF_CHAIN | FATSECT | DIFSECT)
    }

    /// The FAT block that an unnamed sector looks like, and how much speaks for it: entries that lead
    /// to their neighbour, and the mark that a FAT has for itself. Block 0 has such marks, others may.
    fn votes(&self, sector: u32, marked: bool) -> Result<Option<(usize, u64)>> {
        let entries = self.entries(sector)?;
        let per_block = u32::try_from(self.per_block()).unwrap_or(128);
        let mut votes: Vec<(u32, u64)> = Vec::new();
        let mut vote = |block: u32, weight: u64| {
            let known = votes.iter().position(|(known, _)| *known == block);
            if let Some((_, count)) = known.and_then(|at| votes.get_mut(at)) {
                *count += weight;
            } else if votes.len() < 16 {
                // More than a few different ones are no FAT.
                votes.push((block, weight));
            }
        };
        for (at, entry) in (1_u32..).zip(&entries) {
            if *entry >= at && entry < &self.sectors && (entry - at).is_multiple_of(per_block) {
                vote((entry - at) / per_block, 1);
            }
        }
        if entries.get((sector % per_block) as usize) == Some(&FATSECT) {
            vote(sector / per_block, u64::from(per_block));
        }
        let best = votes.into_iter().max_by_key(|(block, count)| (*count, u32::MAX - block));
        let Some((block, count)) = best.filter(|(_, count)| *count >= 4) else { return Ok(None) };
        let used = entries.get(..self.used_entries(block as usize)).unwrap_or_default();
        if (marked || block == 0) && !used.contains(&FATSECT) {
            return Ok(None);
        }
        let sound = used.iter().all(|entry| self.is_entry(*entry)) && repeated(used) == 0;
        Ok(sound.then_some((block as usize, count)))
    }
}

/// How many regular entries lead where another one leads. In a FAT each sector has one that it
/// follows.
fn repeated(entries: &[u32]) -> usize {
    let mut regular: Vec<u32> = entries.iter().copied().filter(|e| *e <= MAX_REGULAR).collect();
    let all = regular.len();
    regular.sort_unstable();
    regular.dedup();
    all - regular.len()
}

/// A bit for each sector.
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn new(len: u32) -> Bits {
        Bits(vec![0; (len as usize).div_ceil(64)])
    }

    pub(super) fn has(&self, at: u32) -> bool {
        self.0.get((at / 64) as usize).is_some_and(|word| word >> (at % 64) & 1 != 0)
    }

    /// Sets a bit; false if it was set, or does not exist.
    pub(super) fn set(&mut self, at: u32) -> bool {
        let bit = 1_u64 << (at % 64);
        self.0.get_mut((at / 64) as usize).is_some_and(|word| {
            let new = *word & bit == 0;
            *word |= bit;
            new
        })
    }
}
