//! Chains, with an owner for every sector. Spec: structured-storage 1.3, 1.5, part 4.

use super::super::dirent::Dirent;
use super::super::fat::Links;
use super::super::file::{Cfb, ROOT};
use super::super::header::{Header, MINI_CUTOFF, MINI_SECTOR};
use super::super::special::{DIFSECT, END_OF_CHAIN, FATSECT, FREE};
use super::Report;
use crate::error::{Place, Result};
use crate::finding::Severity;

/// Which sectors have an owner: one bit each.
pub(super) struct Owned {
    bits: Vec<u64>,
    len: u64,
}

impl Owned {
    pub(super) fn new(len: u64) -> Owned {
        Owned { bits: vec![0; usize::try_from(len.div_ceil(64)).unwrap_or(0)], len }
    }

    fn word(at: u64) -> usize {
        usize::try_from(at / 64).unwrap_or(usize::MAX)
    }

    pub(super) fn has(&self, at: u64) -> bool {
        self.bits.get(Owned::word(at)).is_some_and(|word| word >> (at % 64) & 1 != 0)
    }

    /// True if it had no owner and exists.
    pub(super) fn take(&mut self, at: u64) -> bool {
        if at >= self.len || self.has(at) {
            return false;
        }
        if let Some(word) = self.bits.get_mut(Owned::word(at)) {
            *word |= 1 << (at % 64);
        }
        true
    }
}

/// Sectors that the metadata take, for the counts in the header.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) directory: u64,
    pub(super) minifat: u64,
}

/// What a walk along a chain met.
struct Walk {
    units: u64,
    /// The chain did not end in ENDOFCHAIN: what it came to.
    bad: Option<Bad>,
    /// The position of the last sector of the file, if that is in the chain and incomplete.
    cut: Option<u64>,
}

enum Bad {
    /// Somebody's sector.
    Shared(u32),
    /// A number that is no sector of the file.
    Nowhere(u32),
    /// The FAT says that the sector before is free, or a part of the FAT.
    Marked(u32),
}

impl Bad {
    fn text(&self) -> String {
        match self {
            Bad::Shared(to) => format!("comes to sector {to:#x}, which is in use already"),
            Bad::Nowhere(to) => format!("leads to {to:#x}, which is not in the file"),
            Bad::Marked(FREE) => "ends at a sector that is marked free".to_owned(),
            Bad::Marked(_) => "runs into the allocation table".to_owned(),
        }
    }
}

/// All chains of one file.
pub(super) struct Chains<'a> {
    cfb: &'a Cfb,
    links: Links<'a>,
    pub(super) sectors: Owned,
    pub(super) minis: Owned,
    pub(super) metadata: Metadata,
}

impl<'a> Chains<'a> {
    pub(super) fn new(cfb: &'a Cfb, sectors: Owned) -> Chains<'a> {
        let minis = Owned::new(cfb.mini_size().div_ceil(MINI_SECTOR).min(capacity(cfb)));
        let links = Links::new(&cfb.fat, &cfb.base);
        Chains { cfb, links, sectors, minis, metadata: Metadata::default() }
    }

    fn walk(&mut self, first: u32) -> Result<Walk> {
        let cfb = self.cfb;
        let mut walk = Walk { units: 0, bad: None, cut: None };
        let incomplete = !cfb.base.len().is_multiple_of(cfb.header.version.sector());
        let mut sector = first;
        while sector != END_OF_CHAIN {
            if cfb.fat.offset(sector).is_none() {
                let special = matches!(sector, FREE | FATSECT | DIFSECT) && walk.units > 0;
                walk.bad = Some(if special { Bad::Marked(sector) } else { Bad::Nowhere(sector) });
                break;
            }
            if !self.sectors.take(u64::from(sector)) {
                walk.bad = Some(Bad::Shared(sector));
                break;
            }
            if incomplete && sector + 1 == cfb.fat.num_sectors {
                walk.cut = Some(walk.units);
            }
            walk.units += 1;
            sector = self.links.next(sector)?;
        }
        Ok(walk)
    }

    fn walk_minis(&mut self, first: u32) -> Result<Walk> {
        let mut walk = Walk { units: 0, bad: None, cut: None };
        let mut mini = first;
        while mini != END_OF_CHAIN {
            if self.cfb.mini_offset(mini).is_none() {
                let special = mini == FREE && walk.units > 0;
                walk.bad = Some(if special { Bad::Marked(mini) } else { Bad::Nowhere(mini) });
                break;
            }
            if !self.minis.take(u64::from(mini)) {
                walk.bad = Some(Bad::Shared(mini));
                break;
            }
            walk.units += 1;
            mini = self.cfb.mini_next(mini)?;
        }
        Ok(walk)
    }

    /// Directory, mini FAT and mini stream: they own their sectors before any stream does.
    pub(super) fn check_metadata(&mut self, report: &mut Report) -> Result<()> {
        let cfb = self.cfb;
        let header = &cfb.header;
        self.metadata.directory =
            self.metadata(header.first_dir_sector, "directory", report)?.units;
        if Header::has_chain(header.first_minifat_sector) {
            self.metadata.minifat =
                self.metadata(header.first_minifat_sector, "mini FAT", report)?.units;
        }
        let root = cfb.entry(ROOT)?;
        let size = cfb.mini_size();
        let place = || Place::new("").rule("MS-CFB 2.6.2");
        if size == 0 && !Header::has_chain(root.start()) {
            return Ok(());
        }
        if !size.is_multiple_of(MINI_SECTOR) {
            let text = || (place(), format!("the mini stream has {size} bytes"));
            report.add(Severity::Note, "mini-size", text);
        }
        let walk = self.metadata(root.start(), "mini stream", report)?;
        let needed = size.div_ceil(header.version.sector());
        if walk.units < needed && walk.bad.is_none() {
            report.add(Severity::Error, "chain-short", || {
                let text = format!("the mini stream has {} of {needed} sectors", walk.units);
                (place(), text)
            });
        }
        if walk.units > needed {
            report.add(Severity::Note, "chain-long", || {
                let text = format!("the mini stream has {} sectors for {needed}", walk.units);
                (place(), text)
            });
        }
        let minis = size.div_ceil(MINI_SECTOR);
        let entries = self.metadata.minifat * (header.version.sector() / 4);
        if entries < minis {
            report.add(Severity::Warning, "minifat-short", || {
                let text = format!("{minis} mini sectors, but {entries} entries for them");
                (Place::new("").rule("MS-CFB 2.4"), text)
            });
        }
        Ok(())
    }

    fn metadata(&mut self, first: u32, what: &str, report: &mut Report) -> Result<Walk> {
        let walk = self.walk(first)?;
        if let Some(bad) = &walk.bad {
            let code = match bad {
                Bad::Shared(_) => "chain-shared",
                _ => "chain-broken",
            };
            report.add(Severity::Error, code, || {
                (
                    Place::new("").rule("MS-CFB 2.3"),
                    format!("the chain of the {what} {}", bad.text()),
                )
            });
        }
        Ok(walk)
    }

    /// The chain of one stream against its size.
    pub(super) fn check_stream(
        &mut self,
        slot: u32,
        entry: &Dirent,
        report: &mut Report,
    ) -> Result<()> {
        let cfb = self.cfb;
        let size = entry.size(cfb.header.version);
        let place = || Place::new(cfb.path_of(slot)).rule("MS-CFB 2.3");
        if size == 0 {
            if entry.start() != END_OF_CHAIN {
                report.add(Severity::Note, "stream-empty", || {
                    (place(), format!("it is empty and names sector {:#x}", entry.start()))
                });
            }
            return Ok(());
        }
        let (unit, walk) = match size {
            ..MINI_CUTOFF => (MINI_SECTOR, self.walk_minis(entry.start())?),
            _ => (cfb.header.version.sector(), self.walk(entry.start())?),
        };
        let needed = size.div_ceil(unit);
        match &walk.bad {
            Some(bad @ Bad::Shared(_)) => report.add(Severity::Error, "stream-shared", || {
                (place(), format!("after {} sectors its chain {}", walk.units, bad.text()))
            }),
            bad if walk.units < needed => report.add(Severity::Error, "stream-short", || {
                let why = bad.as_ref().map_or_else(|| "ends".to_owned(), Bad::text);
                let text = format!(
                    "its chain has {} of {needed} sectors for {size} bytes, then {why}",
                    walk.units
                );
                (place(), text)
            }),
            Some(bad) => report.add(Severity::Warning, "stream-end", || {
                (place(), format!("after its last sector its chain {}", bad.text()))
            }),
            None if walk.units > needed => report.add(Severity::Warning, "stream-long", || {
                (place(), format!("its chain has {} sectors for {needed}", walk.units))
            }),
            None => {}
        }
        // The end of an incomplete last sector, seen from the beginning of the stream.
        let end = walk.cut.map(|at| at * unit + cfb.base.len() % cfb.header.version.sector());
        if let Some(end) = end.filter(|end| *end < size) {
            report.add(Severity::Error, "stream-truncated", || {
                (place().at(end), format!("the file ends after {end} of {size} bytes"))
            });
        }
        Ok(())
    }
}

/// Mini sectors that the mini stream's chain has room for.
fn capacity(cfb: &Cfb) -> u64 {
    cfb.mini_sectors().len() as u64 * (cfb.header.version.sector() / MINI_SECTOR)
}
