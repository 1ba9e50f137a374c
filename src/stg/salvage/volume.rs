//! Directory, mini FAT and mini stream of a damaged file, as far as they can be found.

use super::super::cfb::{Dirent, special};
use super::head::Head;
use super::report::Report;
use super::tables::{Bits, Tables, View};
use crate::error::{Code, Error, Place, Result};
use crate::finding::Severity;
use crate::wire::{u16_at, u32_at};
use special::{END_OF_CHAIN, FREE, MAX_REGULAR, NO_STREAM};

pub(super) const ROOT: u32 = 0;
pub(super) const MINI_SECTOR: u64 = 64;
pub(super) const MINI_CUTOFF: u64 = 4096;
const DIRENT_LEN: usize = 128;

/// A damaged file with everything found that streams are read by.
pub(super) struct Volume {
    pub(super) tables: Tables,
    pub(super) dir: Vec<u32>,
    /// Slots that opening finds; those above were searched.
    pub(super) plain_slots: u32,
    plain: Mini,
    better: Mini,
}

/// Mini FAT and mini stream, by one of the two ways.
#[derive(Default, PartialEq, Eq)]
struct Mini {
    fat: Vec<u32>,
    sectors: Vec<u32>,
    size: u64,
}

impl Volume {
    pub(super) fn find(tables: Tables, head: &Head, report: &mut Report) -> Result<Volume> {
        let mut volume = Volume {
            tables,
            dir: Vec::new(),
            plain_slots: 0,
            plain: Mini::default(),
            better: Mini::default(),
        };
        volume.find_directory(head, report)?;
        if volume.dir.is_empty() {
            let note = "no directory can be found: there is nothing to salvage";
            let place = Place::new("").at(48).rule("MS-CFB 2.6");
            return Err(Error::new(Code::StgDocFileCorrupt, "salvage compound file")
                .note(note)
                .place(place));
        }
        volume.find_minis(head, report)?;
        Ok(volume)
    }

    fn per_dir_sector(&self) -> usize {
        usize::try_from(self.tables.version.sector()).unwrap_or(512) / DIRENT_LEN
    }

    /// Directory slots.
    pub(super) fn slots(&self) -> u32 {
        let slots = self.dir.len().saturating_mul(self.per_dir_sector());
        // The numbers above have other uses, and no file is so large.
        u32::try_from(slots).unwrap_or(u32::MAX).min(1 << 28)
    }

    /// Where a slot's entry begins.
    pub(super) fn entry_offset(&self, slot: u32) -> Option<u64> {
        let per_sector = self.per_dir_sector();
        let sector = *self.dir.get(slot as usize / per_sector)?;
        let within = (slot as usize % per_sector) * DIRENT_LEN;
        Some(self.tables.offset(sector)? + within as u64)
    }

    /// The entry of a slot, blank outside the directory.
    pub(super) fn entry(&self, slot: u32) -> Result<Dirent> {
        let mut bytes = [0; DIRENT_LEN];
        if let Some(offset) = self.entry_offset(slot).filter(|_| slot < self.slots()) {
            self.tables.base.read(offset, &mut bytes)?;
        }
        Ok(Dirent::from_bytes(bytes))
    }

    /// The chain that the header names, and what else of the directory lies about.
    fn find_directory(&mut self, head: &Head, report: &mut Report) -> Result<()> {
        let (plain, mut whole) = self.tables.chain(View::Plain, head.first_dir)?;
        self.dir = plain;
        let found = self.dir.len();
        self.plain_slots = self.slots();
        if self.tables.is_rebuilt() {
            let (better, ended) = self.tables.chain(View::Better, head.first_dir)?;
            // Sectors without any entry at the end of the chain say that it went astray.
            let mut known = self.dir.len();
            while let Some(last) = known.checked_sub(1).and_then(|last| self.dir.get(last))
                && !self.has_entries(*last)?
            {
                known -= 1;
            }
            let better = self.directory_part(better, known)?;
            let begins = better.starts_with(self.dir.get(..known).unwrap_or_default());
            if better.len() > known && begins {
                whole = ended;
                self.dir.truncate(known);
                self.plain_slots = self.slots();
                self.dir = better;
            }
        }
        if !whole || self.leads_outside()? {
            self.append_lost_parts()?;
        }
        let more = self.dir.len().saturating_sub(found);
        if more > 0 {
            report.add(Severity::Warning, "salvage-directory", || {
                let text = format!("its chain has {found} sectors, {more} more were found");
                (Place::new("").at(48).rule("MS-CFB 2.6"), text)
            });
        }
        Ok(())
    }

    /// Whether a sector has an entry in use.
    fn has_entries(&self, sector: u32) -> Result<bool> {
        let Some(offset) = self.tables.offset(sector) else { return Ok(false) };
        for at in 0..self.per_dir_sector() {
            let mut bytes = [0; DIRENT_LEN];
            self.tables.base.read(offset + (at * DIRENT_LEN) as u64, &mut bytes)?;
            let entry = Dirent::from_bytes(bytes);
            if entry.object_type() != 0 && self.is_plausible(&entry) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A chain as far as it looks like a directory, but for its first sectors, which are believed.
    fn directory_part(&self, chain: Vec<u32>, believed: usize) -> Result<Vec<u32>> {
        let mut part = Vec::with_capacity(chain.len());
        for sector in chain {
            if part.len() >= believed && !self.looks_like_directory(sector)? {
                break;
            }
            part.push(sector);
        }
        Ok(part)
    }

    /// Whether an entry names a slot that is not there, as when the directory was cut.
    fn leads_outside(&self) -> Result<bool> {
        let slots = self.slots();
        for slot in 0..slots {
            let entry = self.entry(slot)?;
            if (entry.kind().is_some() || slot == ROOT)
                && [entry.left(), entry.right(), entry.child()]
                    .iter()
                    .any(|link| *link != NO_STREAM && *link >= slots)
            {
                return Ok(true);
            }
        }
        Ok(slots == 0)
    }

    /// Appends chains of directory sectors that nothing leads to, the first sector first.
    fn append_lost_parts(&mut self) -> Result<()> {
        let tables = &self.tables;
        let mut used = Bits::new(tables.sectors);
        let own: Vec<u32> = tables.own_sectors().chain(self.dir.iter().copied()).collect();
        for sector in own {
            used.set(sector);
        }
        self.mark_streams(&mut used)?;
        let mut followers = Bits::new(tables.sectors);
        for sector in 0..tables.sectors {
            if !tables.is_guess(sector) {
                followers.set(tables.next(View::Better, sector)?);
            }
        }
        let mut parts: Vec<Vec<u32>> = Vec::new();
        for first in 0..tables.sectors {
            let free = !tables.is_guess(first) && tables.next(View::Better, first)? == FREE;
            if free
                || used.has(first)
                || followers.has(first)
                || !self.looks_like_directory(first)?
            {
                continue;
            }
            let mut part = Vec::new();
            let mut sector = first;
            let mut all = true;
            while sector < tables.sectors && used.set(sector) {
                // Where the next one is only a guess, the part ends with what looks right.
                all = self.looks_like_directory(sector)?;
                if !all {
                    break;
                }
                part.push(sector);
                sector = tables.next(View::Better, sector)?;
            }
            if all || part.last().is_some_and(|last| tables.is_guess(*last)) {
                parts.push(part);
            }
        }
        if self.dir.is_empty() {
            // What begins with the root is the beginning.
            let mut root = None;
            for (at, part) in parts.iter().enumerate() {
                let offset = part.first().and_then(|first| tables.offset(*first)).unwrap_or(0);
                let mut entry = [0; DIRENT_LEN];
                tables.base.read(offset, &mut entry)?;
                if root.is_none() && Dirent::from_bytes(entry).object_type() == 5 {
                    root = Some(at);
                }
            }
            if let Some(root) = root {
                let root = parts.remove(root);
                parts.insert(0, root);
            } else {
                // No root: a directory without one cannot be told from other bytes.
                return Ok(());
            }
        }
        self.dir.extend(parts.into_iter().flatten());
        Ok(())
    }

    /// Marks the sectors of all streams that are known so far, each sector once.
    fn mark_streams(&self, used: &mut Bits) -> Result<()> {
        for slot in 0..self.slots() {
            let entry = self.entry(slot)?;
            let stream = entry.object_type() == 2 && entry.size(self.tables.version) >= MINI_CUTOFF;
            if slot != ROOT && !stream {
                continue;
            }
            let mut sector = entry.start();
            while sector < self.tables.sectors && used.set(sector) {
                sector = self.tables.next(View::Plain, sector)?;
            }
        }
        Ok(())
    }

    /// Whether all entries of a sector can be entries, and one of them is in use.
    fn looks_like_directory(&self, sector: u32) -> Result<bool> {
        let Some(offset) = self.tables.offset(sector) else { return Ok(false) };
        let mut any = false;
        for at in 0..self.per_dir_sector() {
            let mut bytes = [0; DIRENT_LEN];
            self.tables.base.read(offset + (at * DIRENT_LEN) as u64, &mut bytes)?;
            let entry = Dirent::from_bytes(bytes);
            match entry.object_type() {
                0 if u16_at(&bytes, 64) == 0 => {}
                1 | 2 | 5 if self.is_plausible(&entry) => any = true,
                _ => return Ok(false),
            }
        }
        Ok(any)
    }

    /// Whether an entry in use can be one: its name, its colour and its links.
    pub(super) fn is_plausible(&self, entry: &Dirent) -> bool {
        let slots = u64::from(self.tables.sectors) * self.per_dir_sector() as u64;
        entry.has_sound_name_length()
            && !entry.name().units().contains(&0)
            && entry.color() <= 1
            && [entry.left(), entry.right(), entry.child()]
                .iter()
                .all(|link| *link == NO_STREAM || u64::from(*link) < slots)
    }

    fn find_minis(&mut self, head: &Head, report: &mut Report) -> Result<()> {
        let root = self.entry(ROOT)?;
        let size = root.size(self.tables.version);
        let chain = |view, first| {
            if first > MAX_REGULAR { Ok(Vec::new()) } else { Ok(self.tables.chain(view, first)?.0) }
        };
        let mini = |view| -> Result<Mini> {
            let fat = chain(view, head.first_minifat)?;
            let sectors = if size == 0 { Vec::new() } else { chain(view, root.start())? };
            Ok(Mini { fat, sectors, size })
        };
        let (plain, mut better) = (mini(View::Plain)?, mini(View::Better)?);
        // The size may be what is damaged; the chain tells how much there can be.
        if root.start() <= MAX_REGULAR && root.start() < self.tables.sectors {
            if size == 0 {
                better.sectors = chain(View::Better, root.start())?;
            }
            // A guess goes on to the end of the file; there the size is all that is known.
            let needed = size.div_ceil(self.tables.version.sector());
            let known = better.sectors.iter().take_while(|s| !self.tables.is_guess(**s)).count();
            let most = usize::try_from(needed).unwrap_or(usize::MAX).max(known);
            better.sectors.truncate(most);
            better.size = better.sectors.len() as u64 * self.tables.version.sector();
        }
        // No table is longer than what it is about.
        let most = (better.size / MINI_SECTOR).div_ceil(self.tables.per_block());
        better.fat.truncate(usize::try_from(most).unwrap_or(usize::MAX).max(plain.fat.len()));
        if better.sectors.len() > plain.sectors.len() && self.tables.is_rebuilt() {
            report.add(Severity::Warning, "salvage-mini", || {
                let text = format!(
                    "the mini stream has {} sectors by the FAT as it is, {} by the one rebuilt",
                    plain.sectors.len(),
                    better.sectors.len()
                );
                (Place::new("").rule("MS-CFB 2.4"), text)
            });
        }
        (self.plain, self.better) = (plain, better);
        Ok(())
    }

    fn mini(&self, view: View) -> &Mini {
        if view == View::Plain { &self.plain } else { &self.better }
    }

    /// Whether the second way can lead to more than the first.
    pub(super) fn has_better(&self, minis: bool) -> bool {
        self.tables.is_rebuilt() || minis && self.plain != self.better || minis && self.short_fat()
    }

    fn short_fat(&self) -> bool {
        (self.better.fat.len() as u64 * self.tables.per_block()) < self.mini_units()
    }

    /// Mini sectors that there can be.
    pub(super) fn mini_units(&self) -> u64 {
        let room = |mini: &Mini| {
            let room = mini.sectors.len() as u64 * self.tables.version.sector();
            room.min(mini.size).div_ceil(MINI_SECTOR)
        };
        room(&self.plain).max(room(&self.better))
    }

    /// The sectors of mini FAT and mini stream, better first.
    pub(super) fn mini_sectors(&self) -> (&[u32], &[u32]) {
        (&self.better.fat, &self.better.sectors)
    }

    /// Where a mini sector begins.
    pub(super) fn mini_offset(&self, view: View, unit: u32) -> Option<u64> {
        let mini = self.mini(view);
        let at = u64::from(unit) * MINI_SECTOR;
        if at >= mini.size {
            return None;
        }
        let shift = self.tables.version.shift();
        let sector = *mini.sectors.get(usize::try_from(at >> shift).ok()?)?;
        Some(self.tables.offset(sector)? + (at & (self.tables.version.sector() - 1)))
    }

    /// What follows a mini sector.
    pub(super) fn mini_next(&self, view: View, unit: u32) -> Result<u32> {
        let mini = self.mini(view);
        let shift = self.tables.version.shift() - 2;
        let sector = mini.fat.get((unit >> shift) as usize);
        match sector.and_then(|sector| self.tables.offset(*sector)) {
            Some(offset) => {
                let within = u64::from(unit & ((1 << shift) - 1));
                let mut bytes = [0; 4];
                self.tables.base.read(offset + 4 * within, &mut bytes)?;
                Ok(u32_at(&bytes, 0))
            }
            None if view == View::Plain => Ok(END_OF_CHAIN),
            None => Ok(unit.saturating_add(1)),
        }
    }

    /// Whether what follows a mini sector is only guessed.
    pub(super) fn mini_is_guess(&self, unit: u32) -> bool {
        let shift = self.tables.version.shift() - 2;
        self.better.fat.get((unit >> shift) as usize).is_none()
    }
}
