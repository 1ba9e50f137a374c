//! DIFAT and FAT: where they lie, how their sectors are marked, what belongs to nobody.
//! Spec: structured-storage 1.3, 1.4, 1.5, 1.8.

use super::super::fat::Links;
use super::super::file::Cfb;
use super::super::header::{MINI_SECTOR, Version};
use super::super::special::{DIFSECT, END_OF_CHAIN, FATSECT, FREE, MAX_REGULAR, RANGE_LOCK};
use super::Report;
use super::chain::{Chains, Owned};
use crate::error::{Place, Result};
use crate::finding::Severity;

/// The sectors that hold FAT and DIFAT.
pub(super) struct Tables {
    pub(super) fat: u64,
    pub(super) difat: u64,
    /// Which they are; the range-lock sector is not among them.
    fat_sectors: Owned,
    difat_sectors: Owned,
}

/// The whole DIFAT, also what opening passes over.
struct Difat<'a> {
    cfb: &'a Cfb,
    tables: Tables,
    sectors: &'a mut Owned,
    /// Entries so far, how many the file has a use for, and the first hole among them.
    entries: u64,
    needed: u64,
    hole: Option<u64>,
}

pub(super) fn check_difat(cfb: &Cfb, sectors: &mut Owned, report: &mut Report) -> Result<Tables> {
    let count = u64::from(cfb.fat.num_sectors);
    let tables = Tables {
        fat: 0,
        difat: 0,
        fat_sectors: Owned::new(count),
        difat_sectors: Owned::new(count),
    };
    if has_range_lock(cfb) {
        sectors.take(RANGE_LOCK);
    }
    let needed = count.div_ceil(cfb.header.version.sector() / 4);
    let mut difat = Difat { cfb, tables, sectors, entries: 0, needed, hole: None };
    for (at, entry) in cfb.header.difat.iter().enumerate() {
        difat.entry(*entry, 76 + 4 * at as u64, report)?;
    }
    difat.chain(report)?;
    let (found, tables) = (difat.tables.fat, difat.tables);
    let place = || Place::new("").rule("MS-CFB 2.3");
    if found < needed {
        report.add(Severity::Warning, "fat-short", || {
            (place(), format!("{count} sectors need {needed} sectors of FAT, there are {found}"))
        });
    }
    if found > needed {
        report.add(Severity::Note, "fat-long", || {
            (place(), format!("{count} sectors need {needed} sectors of FAT, there are {found}"))
        });
    }
    Ok(tables)
}

fn has_range_lock(cfb: &Cfb) -> bool {
    cfb.header.version == Version::V4 && u64::from(cfb.fat.num_sectors) > RANGE_LOCK
}

impl Difat<'_> {
    fn entry(&mut self, sector: u32, offset: u64, report: &mut Report) -> Result<()> {
        self.entries += 1;
        let place = || Place::new("").at(offset).rule("MS-CFB 2.5");
        if sector == FREE {
            self.hole.get_or_insert(offset);
            return Ok(());
        }
        self.tables.fat += 1;
        // What the file has no use for cannot be missing, and owns nothing.
        let used = self.entries <= self.needed;
        let severity = if used { Severity::Error } else { Severity::Warning };
        if let Some(hole) = self.hole.take() {
            report.add(severity, "difat-hole", || {
                let place = Place::new("").at(hole).rule("MS-CFB 2.5");
                (place, "an entry is free, and others follow: a part of the FAT is missing")
            });
        }
        if self.cfb.fat.offset(sector).is_none() {
            report.add(severity, "difat-range", || {
                (place(), format!("a FAT sector {sector:#x}, which is not in the file"))
            });
        } else if used && self.sectors.take(u64::from(sector)) {
            self.tables.fat_sectors.take(u64::from(sector));
        } else if used {
            report.add(severity, "difat-shared", || {
                (place(), format!("FAT sector {sector:#x} is in use already"))
            });
        } else if self.cfb.fat.next(&self.cfb.base, sector)? == FATSECT
            && self.sectors.take(u64::from(sector))
        {
            self.tables.fat_sectors.take(u64::from(sector));
        }
        Ok(())
    }

    /// The list of DIFAT sectors. Every one is owned once, so it ends.
    fn chain(&mut self, report: &mut Report) -> Result<()> {
        let (cfb, header) = (self.cfb, &self.cfb.header);
        let per_sector = header.version.sector() / 4 - 1;
        let mut sector = header.first_difat_sector;
        if header.num_difat_sectors == 0 && sector == 0 {
            // Seen in real files: zero for "none".
            return Ok(());
        }
        let mut from = 68;
        while sector <= MAX_REGULAR {
            let place = || Place::new("").at(from).rule("MS-CFB 2.5");
            let Some(offset) = cfb.fat.offset(sector) else {
                report.add(Severity::Error, "difat-chain", || {
                    (place(), format!("a DIFAT sector {sector:#x}, which is not in the file"))
                });
                return Ok(());
            };
            if !self.sectors.take(u64::from(sector)) {
                report.add(Severity::Error, "difat-chain", || {
                    (place(), format!("DIFAT sector {sector:#x} is in use already"))
                });
                return Ok(());
            }
            self.tables.difat += 1;
            self.tables.difat_sectors.take(u64::from(sector));
            for at in 0..per_sector {
                let entry = cfb.base.u32_at(offset + 4 * at)?;
                self.entry(entry, offset + 4 * at, report)?;
            }
            from = offset + 4 * per_sector;
            sector = cfb.base.u32_at(from)?;
        }
        if sector != END_OF_CHAIN && self.tables.difat > 0 {
            report.add(Severity::Note, "difat-end", || {
                let place = Place::new("").at(from).rule("MS-CFB 2.5");
                (place, format!("the list of DIFAT sectors ends in {sector:#x}, not ENDOFCHAIN"))
            });
        }
        Ok(())
    }
}

/// Every entry of the FAT and the mini FAT, once all chains are known.
pub(super) fn check_marks(
    cfb: &Cfb,
    tables: &Tables,
    chains: &Chains<'_>,
    report: &mut Report,
) -> Result<()> {
    let entry_place = |sector: u64| {
        // The entry itself, where its block is known.
        let shift = cfb.header.version.shift() - 2;
        let block = usize::try_from(sector >> shift).ok().and_then(|at| cfb.fat.blocks.get(at));
        let offset = block.and_then(|block| cfb.fat.offset(*block));
        let place = Place::new("").rule("MS-CFB 2.3");
        match offset {
            Some(offset) => place.at(offset + 4 * (sector & ((1 << shift) - 1))),
            None => place,
        }
    };
    let (mut lost, mut first_lost) = (0_u64, 0);
    let mut links = Links::new(&cfb.fat, &cfb.base);
    for sector in 0..cfb.fat.num_sectors {
        let (at, next) = (u64::from(sector), links.next(sector)?);
        let expected = match at {
            _ if tables.fat_sectors.has(at) => Some(FATSECT),
            _ if tables.difat_sectors.has(at) => Some(DIFSECT),
            _ => None,
        };
        let wrong = match expected {
            Some(mark) => next != mark,
            None => next == FATSECT || next == DIFSECT,
        };
        if wrong {
            report.add(Severity::Warning, "fat-mark", || {
                let what = match expected {
                    Some(FATSECT) => "a FAT sector",
                    Some(_) => "a DIFAT sector",
                    None => "neither FAT nor DIFAT",
                };
                (entry_place(at), format!("sector {sector:#x} is {what} and marked {next:#x}"))
            });
        } else if at == RANGE_LOCK && has_range_lock(cfb) {
            if next != END_OF_CHAIN {
                report.add(Severity::Warning, "range-lock", || {
                    (entry_place(at), "the range-lock sector is not marked ENDOFCHAIN")
                });
            }
        } else if expected.is_none() && next != FREE && !chains.sectors.has(at) {
            if lost == 0 {
                first_lost = sector;
            }
            lost += 1;
        }
    }
    if lost > 0 {
        report.add(Severity::Note, "fat-lost", || {
            let text = format!("{lost} sectors in use belong to nothing, {first_lost:#x} first");
            (entry_place(u64::from(first_lost)), text)
        });
    }
    let per_block = u32::try_from(cfb.header.version.sector() / 4).unwrap_or(128);
    let entries = u32::try_from(cfb.fat.blocks.len()).unwrap_or(0).saturating_mul(per_block);
    let mut excess = 0_u64;
    for sector in cfb.fat.num_sectors..entries {
        excess += u64::from(links.next(sector)? != FREE);
    }
    if excess > 0 {
        report.add(Severity::Note, "fat-excess", || {
            let text = format!("{excess} entries for sectors after the end are not free");
            (entry_place(u64::from(cfb.fat.num_sectors)), text)
        });
    }
    check_minis(cfb, chains, report)
}

fn check_minis(cfb: &Cfb, chains: &Chains<'_>, report: &mut Report) -> Result<()> {
    let minis = cfb.mini_size().div_ceil(MINI_SECTOR);
    let entries = cfb.minifat_sectors().len() as u64 * (cfb.header.version.sector() / 4);
    let (mut lost, mut excess) = (0_u64, 0_u64);
    for mini in 0..u32::try_from(entries).unwrap_or(u32::MAX) {
        let used = cfb.mini_next(mini)? != FREE;
        if u64::from(mini) >= minis {
            excess += u64::from(used);
        } else if used && !chains.minis.has(u64::from(mini)) {
            lost += 1;
        }
    }
    let place = || Place::new("").rule("MS-CFB 2.4");
    if lost > 0 {
        report.add(Severity::Note, "minifat-lost", || {
            (place(), format!("{lost} mini sectors in use belong to nothing"))
        });
    }
    if excess > 0 {
        report.add(Severity::Note, "minifat-excess", || {
            (place(), format!("{excess} entries for mini sectors after the end are not free"))
        });
    }
    Ok(())
}
