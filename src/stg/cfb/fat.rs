//! Which sector follows which: the DIFAT names the FAT's sectors, the FAT links all others.
//!
//! Entries are read from the base when asked for; what is kept is four bytes per FAT sector.
//! Spec: structured-storage 1.3, 1.4, part 4.

use super::base::Base;
use super::header::Header;
use super::special::{END_OF_CHAIN, FREE, MAX_REGULAR};
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};

/// Geometry and FAT of one file.
pub(crate) struct Fat {
    shift: u32,
    /// Sectors by the file's length, not by any field; the last may be short.
    pub(crate) num_sectors: u32,
    /// The sector of FAT block k at position k; `FREE` where a block is missing.
    pub(crate) blocks: Vec<u32>,
    /// The sectors that hold the DIFAT itself.
    pub(crate) difat_sectors: Vec<u32>,
}

impl Fat {
    /// Finds the FAT's sectors through the header and the DIFAT chain.
    pub(crate) fn read(base: &Base, header: &Header, findings: &mut Vec<Finding>) -> Result<Fat> {
        let shift = header.version.shift();
        let sector = header.version.sector();
        let sectors = base.len().saturating_sub(sector).div_ceil(sector);
        let num_sectors = u32::try_from(sectors).unwrap_or(MAX_REGULAR).min(MAX_REGULAR);
        let per_block = sector / 4;
        let needed = usize::try_from(u64::from(num_sectors).div_ceil(per_block)).unwrap_or(0);
        let mut fat = Fat { shift, num_sectors, blocks: Vec::new(), difat_sectors: Vec::new() };
        let mut bad = 0_usize;
        for entry in header.difat.iter().take(needed) {
            fat.add_block(*entry, &mut bad);
        }
        let mut next = header.first_difat_sector;
        if header.num_difat_sectors == 0 && next == 0 {
            next = END_OF_CHAIN;
        }
        // The DIFAT is bounded by the FAT blocks that this file can need.
        while next <= MAX_REGULAR && fat.blocks.len() < needed {
            let Some(offset) = fat.offset(next) else {
                findings.push(finding(
                    "difat-sector",
                    format!("DIFAT sector {next} lies outside the file"),
                ));
                break;
            };
            fat.difat_sectors.push(next);
            for at in 0..per_block - 1 {
                if fat.blocks.len() < needed {
                    let entry = base.u32_at(offset + 4 * at)?;
                    fat.add_block(entry, &mut bad);
                }
            }
            next = base.u32_at(offset + 4 * (per_block - 1))?;
        }
        while fat.blocks.last() == Some(&FREE) {
            fat.blocks.pop();
        }
        if bad > 0 {
            findings.push(finding(
                "difat-entry",
                format!("{bad} DIFAT entries name sectors outside the file"),
            ));
        }
        if fat.blocks.is_empty() {
            let place = Place::new("").at(76).rule("MS-CFB 2.5");
            let note = "no sector of the file allocation table can be found";
            return Err(Error::new(Code::StgDocFileCorrupt, "open compound file")
                .note(note)
                .place(place));
        }
        Ok(fat)
    }

    fn add_block(&mut self, sector: u32, bad: &mut usize) {
        let inside = sector < self.num_sectors;
        *bad += usize::from(!inside && sector != FREE);
        self.blocks.push(if inside { sector } else { FREE });
    }

    /// Where a sector begins; `None` outside the file.
    #[inline]
    pub(crate) fn offset(&self, sector: u32) -> Option<u64> {
        (sector < self.num_sectors).then(|| (u64::from(sector) + 1) << self.shift)
    }

    /// The FAT entry of a sector. A missing FAT block counts as free.
    #[inline]
    pub(crate) fn next(&self, base: &Base, sector: u32) -> Result<u32> {
        let per_block_shift = self.shift - 2;
        let block = self.blocks.get((sector >> per_block_shift) as usize).copied().unwrap_or(FREE);
        match self.offset(block) {
            Some(offset) => {
                let within = sector & ((1 << per_block_shift) - 1);
                base.u32_at(offset + 4 * u64::from(within))
            }
            None => Ok(FREE),
        }
    }

    /// All sectors of a chain that metadata lies in (directory, mini FAT, mini stream).
    ///
    /// The sectors before the first broken link, and what broke it.
    pub(crate) fn chain(&self, base: &Base, first: u32) -> Result<(Vec<u32>, Option<String>)> {
        let mut sectors = Vec::new();
        let mut links = Links::new(self, base);
        let mut seen = vec![0_u64; (self.num_sectors as usize).div_ceil(64)];
        let mut sector = first;
        while sector != END_OF_CHAIN {
            if sector >= self.num_sectors {
                let what = match sectors.last() {
                    None => format!("starts at sector {sector:#x}, which is not in the file"),
                    Some(last) => format!(
                        "goes from sector {last:#x} to {sector:#x}, which is not in the file"
                    ),
                };
                return Ok((sectors, Some(what)));
            }
            let bit = 1_u64 << (sector % 64);
            let Some(word) = seen.get_mut((sector / 64) as usize) else { break };
            if *word & bit != 0 {
                return Ok((sectors, Some(format!("comes back to sector {sector:#x}"))));
            }
            *word |= bit;
            sectors.push(sector);
            sector = links.next(sector)?;
        }
        Ok((sectors, None))
    }
}

/// Follows chains. In a file that is read by windows it reads the FAT by whole sectors, and more of
/// them the longer the way goes straight on.
pub(crate) struct Links<'a> {
    fat: &'a Fat,
    base: &'a Base,
    /// FAT blocks from `first` on.
    bytes: Vec<u8>,
    first: u32,
    held: u32,
}

impl<'a> Links<'a> {
    /// At most so many FAT blocks at once.
    const MOST: u32 = 128;

    pub(crate) fn new(fat: &'a Fat, base: &'a Base) -> Links<'a> {
        Links { fat, base, bytes: Vec::new(), first: 0, held: 0 }
    }

    /// The sector after this one.
    #[inline]
    pub(crate) fn next(&mut self, sector: u32) -> Result<u32> {
        if let Base::Memory(_) = self.base {
            return self.fat.next(self.base, sector);
        }
        let per_block_shift = self.fat.shift - 2;
        let block = sector >> per_block_shift;
        if block.checked_sub(self.first).is_none_or(|at| at >= self.held) && !self.load(block)? {
            return Ok(FREE);
        }
        let at = (sector - (self.first << per_block_shift)) as usize * 4;
        Ok(crate::wire::u32_at(&self.bytes, at))
    }

    /// Reads a FAT block and those behind it; false if it is missing.
    fn load(&mut self, block: u32) -> Result<bool> {
        let straight = self.held > 0 && block == self.first + self.held;
        let most = if straight { (self.held * 2).min(Links::MOST) } else { 1 };
        let blocks = self.fat.blocks.get(block as usize..).unwrap_or_default();
        let start = blocks.first().copied().unwrap_or(FREE);
        let Some(offset) = self.fat.offset(start) else { return Ok(false) };
        // As many as lie one behind another.
        let run = blocks.iter().zip(start..).take(most as usize);
        let count = run.take_while(|(block, next)| **block == *next).count();
        self.bytes.resize(count << self.fat.shift, 0);
        self.first = block;
        self.held = 0;
        self.base.read_near(offset, &mut self.bytes)?;
        self.held = u32::try_from(count).unwrap_or(0);
        Ok(true)
    }
}

fn finding(code: &'static str, text: String) -> Finding {
    Finding::new(Severity::Error, code, Place::new("").rule("MS-CFB 2.5"), text)
}
