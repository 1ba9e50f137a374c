//! One committed compound file: immutable, shared by every handle on it.

use super::super::mode::ElementKind;
use super::super::name::ElementName;
use super::base::Base;
use super::chain::{self, CfbStream};
use super::dirent::{DIRENT_LEN, Dirent};
use super::fat::Fat;
use super::header::{HEADER_LEN, Header, MINI_SECTOR};
use super::index;
use super::special::{END_OF_CHAIN, NO_STREAM};
use crate::error::{Code, Error, Place, Result};
use crate::finding::{Finding, Severity};
use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The slot of the root storage.
pub(crate) const ROOT: u32 = 0;

/// A committed file. Opening reads the header, the DIFAT and the directory's chain; the rest when
/// asked for.
pub(crate) struct Cfb {
    pub(crate) base: Base,
    pub(crate) header: Header,
    pub(crate) fat: Fat,
    dir_sectors: Vec<u32>,
    minifat_sectors: Vec<u32>,
    mini_sectors: Vec<u32>,
    mini_size: u64,
    /// For each slot the storage that lists it, plus one; 0 until it is found in a storage.
    owners: Vec<AtomicU32>,
    /// Distinct bytes of streams opened so far; see [`Cfb::charge`].
    charged: AtomicU64,
    charged_slots: Vec<AtomicU64>,
    findings: Mutex<Vec<Finding>>,
}

/// Where the member that is looked for next may be: behind the last one, or, of names that end in a
/// number, as far from it as the numbers are. Most rows have a number each and no gaps.
#[derive(Default)]
pub(crate) struct Hint {
    next: AtomicUsize,
    /// The place of a number is the number and this, round the end of numbers.
    zero: AtomicUsize,
}

impl Hint {
    fn place(&self, number: Option<usize>) -> usize {
        match number {
            Some(number) => self.zero.load(Ordering::Relaxed).wrapping_add(number),
            None => self.next.load(Ordering::Relaxed),
        }
    }

    fn learn(&self, number: Option<usize>, place: usize) {
        self.next.store(place + 1, Ordering::Relaxed);
        if let Some(number) = number {
            self.zero.store(place.wrapping_sub(number), Ordering::Relaxed);
        }
    }
}

impl Cfb {
    /// Opens committed bytes.
    ///
    /// # Errors
    /// The codes of structured-storage 2.2 for a header, DIFAT or directory that cannot be read.
    pub(crate) fn open(base: Base) -> Result<Arc<Cfb>> {
        let mut first = [0; HEADER_LEN];
        let len = usize::try_from(base.len()).map_or(HEADER_LEN, |len| len.min(HEADER_LEN));
        let head = first.get_mut(..len).unwrap_or_default();
        base.read(0, head)?;
        let header = Header::read(head)?;
        let mut findings = Vec::new();
        let fat = Fat::read(&base, &header, &mut findings)?;
        let mut metadata = |first: u32, what: &'static str| -> Result<Vec<u32>> {
            if !Header::has_chain(first) {
                return Ok(Vec::new());
            }
            let (sectors, broken) = fat.chain(&base, first)?;
            if let Some(why) = broken {
                let text = format!("the chain of the {what} {why}");
                findings.push(Finding::new(
                    Severity::Error,
                    "metadata-chain",
                    Place::new(""),
                    text,
                ));
            }
            Ok(sectors)
        };
        let dir_sectors = metadata(header.first_dir_sector, "directory")?;
        let minifat_sectors = metadata(header.first_minifat_sector, "mini FAT")?;
        let slots = dir_sectors.len() * (1 << (header.version.shift() - 7));
        let mut cfb = Cfb {
            base,
            fat,
            header,
            dir_sectors,
            minifat_sectors,
            mini_sectors: Vec::new(),
            mini_size: 0,
            owners: (0..slots).map(|_| AtomicU32::new(0)).collect(),
            charged: AtomicU64::new(0),
            charged_slots: (0..slots.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            findings: Mutex::default(),
        };
        let Some(root) = cfb.dirent(ROOT)? else {
            let note = "the directory cannot be found";
            let place = Place::new("").at(48).rule("MS-CFB 2.6");
            return Err(Error::new(Code::StgDocFileCorrupt, "open compound file")
                .note(note)
                .place(place));
        };
        cfb.own(ROOT, ROOT);
        cfb.mini_size = root.size(cfb.header.version);
        if cfb.mini_size > 0 && Header::has_chain(root.start()) {
            let (sectors, broken) = cfb.fat.chain(&cfb.base, root.start())?;
            cfb.mini_sectors = sectors;
            if let Some(why) = broken {
                let text = format!("the chain of the mini stream {why}");
                findings.push(Finding::new(
                    Severity::Error,
                    "metadata-chain",
                    Place::new(""),
                    text,
                ));
            }
        }
        *cfb.findings.get_mut().unwrap_or_else(PoisonError::into_inner) = findings;
        Ok(Arc::new(cfb))
    }

    /// Directory slots in the file.
    pub(crate) fn slots(&self) -> u32 {
        u32::try_from(self.owners.len()).unwrap_or(NO_STREAM)
    }

    pub(crate) fn dir_sectors(&self) -> &[u32] {
        &self.dir_sectors
    }

    pub(crate) fn minifat_sectors(&self) -> &[u32] {
        &self.minifat_sectors
    }

    pub(crate) fn mini_sectors(&self) -> &[u32] {
        &self.mini_sectors
    }

    pub(crate) fn mini_size(&self) -> u64 {
        self.mini_size
    }

    /// Where a slot's entry begins in the base.
    #[inline]
    pub(crate) fn dirent_offset(&self, slot: u32) -> Option<u64> {
        let per_sector_shift = self.header.version.shift() - 7;
        let sector = *self.dir_sectors.get((slot >> per_sector_shift) as usize)?;
        let within = u64::from(slot & ((1 << per_sector_shift) - 1)) * DIRENT_LEN as u64;
        Some(self.fat.offset(sector)? + within)
    }

    /// The bytes of an entry, if they lie in memory.
    #[inline]
    fn dirent_bytes(&self, slot: u32) -> Option<&[u8; DIRENT_LEN]> {
        self.base.slice(self.dirent_offset(slot)?, DIRENT_LEN as u64)?.first_chunk()
    }

    /// The entry of a slot; `None` outside the directory.
    pub(crate) fn dirent(&self, slot: u32) -> Result<Option<Dirent>> {
        let Some(offset) = self.dirent_offset(slot) else { return Ok(None) };
        let mut bytes = [0; DIRENT_LEN];
        self.base.read_near(offset, &mut bytes)?;
        Ok(Some(Dirent::from_bytes(bytes)))
    }

    /// Looks at the entry of a slot that was found by a walk, where it lies if that is in memory.
    #[inline]
    pub(crate) fn with_entry<T>(
        &self,
        slot: u32,
        look: impl FnOnce(Dirent<&[u8; DIRENT_LEN]>) -> T,
    ) -> Result<T> {
        match self.dirent_bytes(slot) {
            Some(bytes) => Ok(look(Dirent::from_bytes(bytes))),
            None => Ok(look(Dirent::from_bytes(self.entry(slot)?.bytes()))),
        }
    }

    /// The entry of a slot that was found by a walk.
    pub(crate) fn entry(&self, slot: u32) -> Result<Dirent> {
        let missing = || Error::new(Code::StgDocFileCorrupt, "read directory");
        self.dirent(slot)?.ok_or_else(missing)
    }

    /// Gives a slot to a storage. True if it is that storage's now or already; `None` if there is no
    /// such slot. The root belongs to itself and to nobody else.
    pub(crate) fn own(&self, slot: u32, storage: u32) -> Option<bool> {
        let owner = self.owners.get(slot as usize)?;
        let mine = storage + 1;
        let set = owner.compare_exchange(0, mine, Ordering::Relaxed, Ordering::Relaxed);
        Some(match set {
            Ok(_) => true,
            Err(other) => other == mine && slot != ROOT,
        })
    }

    /// The path of an element for messages, such as `/__attach_version1.0_#00000000`.
    pub(crate) fn path_of(&self, slot: u32) -> String {
        let mut names = Vec::new();
        let mut at = slot;
        while at != ROOT && names.len() < 64 {
            let Ok(Some(entry)) = self.dirent(at) else { break };
            names.push(entry.name().to_string());
            let owner =
                self.owners.get(at as usize).map_or(0, |owner| owner.load(Ordering::Relaxed));
            let Some(parent) = owner.checked_sub(1) else { break };
            at = parent;
        }
        names.iter().rev().map(|name| format!("/{name}")).collect()
    }

    /// The members of a storage, sorted by name.
    pub(crate) fn members(&self, slot: u32) -> Result<Vec<u32>> {
        index::members(self, slot)
    }

    /// Visits the members of a storage; true if they come in the order of their names.
    pub(crate) fn walk(&self, slot: u32, visit: impl FnMut(u32) -> Result<()>) -> Result<bool> {
        index::walk(self, slot, visit)
    }

    /// The member of this name among sorted slots: its slot. `hint` tells where to look first, and
    /// learns from what is found.
    pub(crate) fn find_member(
        &self,
        members: &[u32],
        name: &ElementName,
        hint: &Hint,
    ) -> Result<Option<u32>> {
        let (mut low, mut high) = (0, members.len());
        let number = name.number();
        let probe = hint.place(number).min(high);
        let mut probes = 0;
        while low < high {
            // The member before the expected place, then that place, then halves.
            let middle = match probes {
                0 => probe.saturating_sub(1),
                1 if probe < high && probe >= low => probe,
                _ => low.midpoint(high),
            };
            probes += 1;
            let Some(slot) = members.get(middle) else { break };
            // The first of equal names is the one that counts.
            match self.with_entry(*slot, |entry| entry.compare(name))? {
                std::cmp::Ordering::Less => low = middle + 1,
                _ => high = middle,
            }
        }
        let Some(slot) = members.get(low) else { return Ok(None) };
        hint.learn(number, low);
        let is_it = self.with_entry(*slot, |entry| entry.compare(name).is_eq())?;
        Ok(is_it.then_some(*slot))
    }

    /// Opens the bytes of a stream entry.
    pub(crate) fn stream(self: &Arc<Cfb>, slot: u32, entry: &Dirent) -> Result<CfbStream> {
        debug_assert_eq!(entry.kind(), Some(ElementKind::Stream));
        CfbStream::open(Arc::clone(self), slot, entry.start(), entry.size(self.header.version))
    }

    /// The same by its slot.
    pub(crate) fn stream_at(self: &Arc<Cfb>, slot: u32) -> Result<CfbStream> {
        let version = self.header.version;
        let (start, size) = self.with_entry(slot, |entry| (entry.start(), entry.size(version)))?;
        CfbStream::open(Arc::clone(self), slot, start, size)
    }

    /// All bytes of a stream entry of at most `limit` bytes, where they lie if that is in memory and
    /// in one piece. `None` for longer and for damaged ones, which are to be opened.
    pub(crate) fn bytes(&self, slot: u32, limit: u64) -> Result<Option<Cow<'_, [u8]>>> {
        let version = self.header.version;
        let (start, size) = self.with_entry(slot, |entry| (entry.start(), entry.size(version)))?;
        if size > limit { Ok(None) } else { chain::bytes(self, slot, start, size) }
    }

    /// Hands each stream of a storage whose name is wanted to `work`, in name order. False if not all
    /// could be: long and damaged ones are to be opened.
    pub(crate) fn each_stream_below<'a>(
        &'a self,
        slot: u32,
        wanted: &dyn Fn(&ElementName) -> bool,
        work: &mut dyn FnMut(&ElementName, Cow<'a, [u8]>),
    ) -> Result<bool> {
        // More than the values of a recipient mostly have; nobody may want it.
        const LIMIT: u64 = 1 << 16;
        let mut all = true;
        let sorted = self.walk(slot, |slot| {
            let (kind, name) = self.with_entry(slot, |entry| (entry.kind(), entry.name()))?;
            if kind == Some(ElementKind::Stream) && wanted(&name) {
                match self.bytes(slot, LIMIT)? {
                    Some(bytes) => work(&name, bytes),
                    None => all = false,
                }
            }
            Ok(())
        })?;
        Ok(sorted && all)
    }

    /// Where a mini sector begins in the base.
    #[inline]
    pub(crate) fn mini_offset(&self, mini: u32) -> Option<u64> {
        let at = u64::from(mini) * MINI_SECTOR;
        if at >= self.mini_size {
            return None;
        }
        let shift = self.header.version.shift();
        let sector = *self.mini_sectors.get(usize::try_from(at >> shift).ok()?)?;
        Some(self.fat.offset(sector)? + (at & (self.header.version.sector() - 1)))
    }

    /// The mini FAT entry of a mini sector.
    #[inline]
    pub(crate) fn mini_next(&self, mini: u32) -> Result<u32> {
        let per_sector_shift = self.header.version.shift() - 2;
        let sector = self.minifat_sectors.get((mini >> per_sector_shift) as usize);
        match sector.and_then(|sector| self.fat.offset(*sector)) {
            Some(offset) => {
                let within = u64::from(mini & ((1 << per_sector_shift) - 1));
                self.base.u32_at(offset + 4 * within)
            }
            None => Ok(END_OF_CHAIN),
        }
    }

    /// How many bytes a stream may bring that was not opened before; no limit for others.
    ///
    /// Streams of a sound file share nothing, so their sum stays below the file's length; a file
    /// whose streams name the same sectors over and over is stopped at a hundred times that, or
    /// 4 GiB. Spec: msg-format 9.1, structured-storage part 4.
    pub(crate) fn allowance(&self, slot: u32) -> u64 {
        let word = self.charged_slots.get((slot / 64) as usize);
        if word.is_some_and(|word| word.load(Ordering::Relaxed) & (1 << (slot % 64)) != 0) {
            return u64::MAX;
        }
        let len = self.base.len();
        let limit = len.saturating_mul(100).min(4 << 30).max(len);
        limit.saturating_sub(self.charged.load(Ordering::Relaxed))
    }

    /// Counts the bytes of a stream, once; see [`Cfb::allowance`].
    pub(crate) fn charge(&self, slot: u32, bytes: u64) {
        let bit = 1_u64 << (slot % 64);
        let word = self.charged_slots.get((slot / 64) as usize);
        if word.is_none_or(|word| word.fetch_or(bit, Ordering::Relaxed) & bit == 0) {
            self.charged.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// The refusal of a stream above the allowance.
    pub(crate) fn over_allowance(&self, slot: u32) -> Error {
        let note =
            "its sectors belong to many streams, which together are far larger than the file";
        let place = Place::new(self.path_of(slot));
        Error::new(Code::StgDocFileCorrupt, "open stream").note(note).place(place)
    }

    /// Records a deviation once.
    pub(crate) fn find(&self, finding: impl FnOnce() -> Finding) {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        // Damage tends to repeat; a bounded list says enough.
        if findings.len() < 1000 {
            let finding = finding();
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }

    /// The deviations met so far.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
