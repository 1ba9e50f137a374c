//! Salvage: whatever can be reached of a damaged compound file, as a sound one.
//!
//! ```text
//!   head     the header; how long a sector is
//!   tables   the FAT, as the file says and as it can be rebuilt
//!   volume   directory, mini FAT and mini stream; parts that nothing leads to
//!   walk     each stream's chain; a mark on every sector for who came last
//!   tree     the members of each storage, and elements that none lists
//!   names    legal names, none twice
//!   report   what was lost or changed
//! ```
//! A way in of its own, never a flag of opening: opening says what the file says, a salvage guesses.
//! What opening reads whole is kept with the same bytes, and guesses only fill in where it reads less,
//! unless it reads through a FAT that is none, such as one that was overwritten with zeros.
//! Time is in proportion to the file's length and to what is kept, which has the same bound as in
//! reading; beside the file, memory is a few bytes for each sector, mini sector and directory entry.
//! Nothing recurses. This layer knows nothing of messages. Spec: structured-storage part 4.

mod head;
mod names;
mod report;
mod tables;
mod tree;
mod volume;
mod walk;

pub use report::{SalvageItem, SalvageSummary};

use super::cfb::{Base, Content, Element, Meta, Plan, Version, What, plan_len, write_plan};
use super::disk::SystemDisk;
use super::save;
use crate::error::{Code, Error, Place, Result};
use crate::finding::Severity;
use head::Head;
use report::Report;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use tables::Tables;
use tree::{Member, Tree};
use volume::{ROOT, Volume};
use walk::Saved;

/// Files up to this length are read whole, larger ones by pieces.
const WHOLE: u64 = 32 << 20;

/// What can be reached of a damaged compound file, ready to be written as a sound one.
///
/// It works where [`CompoundFile::open`](crate::CompoundFile::open) refuses, and finds more where that
/// succeeds: with wrong header fields, with a FAT or a directory of which parts are missing, with
/// elements that no storage lists. The damaged file is only read.
///
/// The new file breaks no rule that [`check_bytes`](crate::check_bytes) knows, and every stream that
/// opening the damaged file reads whole is in it with the same bytes, unless the report says
/// `salvage-reread`. The report says what else happened; for a file in which nothing is lost it is empty. Its codes are stable:
///
/// | code | severity | what |
/// |---|---|---|
/// | `salvage-header` | warning | a header field that cannot be right, and what was taken instead |
/// | `salvage-fat` | warning | parts of the FAT were missing: found elsewhere, or done without |
/// | `salvage-directory` | warning | parts of the directory that nothing led to |
/// | `salvage-mini` | warning | more of the mini stream than the FAT of the file gives |
/// | `salvage-short` | error | a stream of which only the beginning is left |
/// | `salvage-reread` | warning | a stream that is whole by a FAT that is none, read by the one rebuilt |
/// | `salvage-guess` | warning | a stream with sectors that only their place speaks for |
/// | `salvage-shared` | warning | a stream with sectors of another; each has a copy |
/// | `salvage-zeros` | warning | the file ends inside the stream's last sector |
/// | `salvage-type` | warning | an entry of no known type, and what it was taken for |
/// | `salvage-name`, `salvage-duplicate` | warning | an element under a new name |
/// | `salvage-orphan` | warning | an element that no storage lists: in `Lost and found`, or left out |
///
/// Elements that no storage lists come into a storage `Lost and found` of the root, which messages
/// take no notice of. What a message says about itself, such as its counts of recipients, stays as it
/// is.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Salvage};
///
/// let sound = CompoundFile::memory().to_bytes()?;
/// let mut damaged = sound.clone();
/// damaged[30] = 10; // a sector size that no file has
/// assert!(CompoundFile::from_bytes(damaged.clone()).is_err());
///
/// let salvage = Salvage::from_bytes(damaged)?;
/// assert_eq!(salvage.report()[0].finding().code(), "salvage-header");
/// let repaired = CompoundFile::from_bytes(salvage.to_bytes()?)?;
/// assert!(repaired.check()?.is_empty());
/// # Ok::<(), openimsg::Error>(())
/// ```
pub struct Salvage {
    plan: Plan,
    report: Report,
}

impl Salvage {
    /// Looks for everything in a damaged file.
    ///
    /// # Errors
    /// [`Code::StgFileNotFound`] and what else the disk answers; otherwise as
    /// [`Salvage::from_bytes`].
    pub fn open(path: impl AsRef<Path>) -> Result<Salvage> {
        let path = path.as_ref();
        let place = || Place::new(path.display().to_string());
        let fail = |e| Error::from_io(e, Code::StgReadFault, "salvage file").place(place());
        let file = File::open(path).map_err(fail)?;
        let stat = file.metadata().map_err(fail)?;
        if stat.is_dir() {
            let note = "it is a folder";
            let error = Error::new(Code::StgAccessDenied, "salvage file");
            return Err(error.note(note).place(place()));
        }
        let base = if stat.len() <= WHOLE {
            let mut bytes = Vec::new();
            (&file).take(WHOLE).read_to_end(&mut bytes).map_err(fail)?;
            Base::Memory(bytes)
        } else {
            Base::window(file, stat.len())
        };
        Salvage::new(base).map_err(|error| error.place(place()))
    }

    /// Looks for everything in the bytes of a damaged file.
    ///
    /// # Errors
    /// [`Code::StgFileAlreadyExists`] if they are no compound file by any sign,
    /// [`Code::StgOldFormat`], [`Code::StgDocFileCorrupt`] if no directory is left.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Salvage> {
        Salvage::new(Base::Memory(bytes))
    }

    fn new(base: Base) -> Result<Salvage> {
        let mut report = Report::default();
        let head = Head::read(&base, &mut report)?;
        let tables = Tables::new(base, &head, &mut report)?;
        let volume = Arc::new(Volume::find(tables, &head, &mut report)?);
        let tree = Tree::find(&volume, &mut report)?;
        report.finish();
        let transaction = head.transaction.wrapping_add(1);
        let mut plan = plan(&volume, tree, transaction, &mut report)?;
        if plan_len(&plan).is_err() {
            // What shares sectors takes more room once it is parted.
            plan.version = Version::V4;
        }
        Ok(Salvage { plan, report })
    }

    /// What was lost or changed, in the order of the file's parts; empty if nothing was.
    #[must_use]
    pub fn report(&self) -> &[SalvageItem] {
        &self.report.items
    }

    /// The same in numbers.
    #[must_use]
    pub fn summary(&self) -> SalvageSummary {
        self.report.summary
    }

    /// Whether everything is there as it was, by all that the file tells.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.report.items.iter().all(|item| item.finding().severity() == Severity::Note)
    }

    /// The bytes of the sound file.
    ///
    /// # Errors
    /// [`Code::StgReadFault`] for a large file that cannot be read any more,
    /// [`Code::StgInsufficientMemory`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let len = usize::try_from(plan_len(&self.plan)?).unwrap_or(usize::MAX);
        let no_room = |_| Error::new(Code::StgInsufficientMemory, "salvage file");
        bytes.try_reserve_exact(len).map_err(no_room)?;
        write_plan(&self.plan, &mut bytes)?;
        Ok(bytes)
    }

    /// Writes the sound file to a path where nothing is yet.
    ///
    /// # Errors
    /// [`Code::StgFileAlreadyExists`], [`Code::StgPathNotFound`], [`Code::StgMediumFull`] and what
    /// else the disk answers; then nothing is left there.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let fail = |e| save::error_at(e, Code::StgWriteFault, "write salvaged file", path);
        let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(fail)?;
        let written = write_plan(&self.plan, &mut file)
            .and_then(|()| file.flush().and_then(|()| file.sync_all()).map_err(fail));
        if written.is_err() {
            // A part of a file helps nobody.
            let _ = std::fs::remove_file(path);
        }
        written
    }

    /// Writes the sound file in the place of another one, all or nothing. That may be the damaged one.
    ///
    /// # Errors
    /// As [`Salvage::write`], but for the existing file, which stays as it is then.
    pub fn replace(&self, path: impl AsRef<Path>) -> Result<()> {
        let replaced =
            save::replace(&SystemDisk, path.as_ref(), true, |file| write_plan(&self.plan, file))?;
        replaced.flushed
    }
}

impl std::fmt::Debug for Salvage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Salvage").field("summary", &self.summary()).finish_non_exhaustive()
    }
}

fn meta(volume: &Volume, slot: u32) -> Result<Meta> {
    let entry = volume.entry(slot)?;
    Ok(Meta {
        class: entry.class(),
        state_bits: entry.state_bits(),
        created: entry.created(),
        modified: entry.modified(),
    })
}

/// The new file: what was found, laid out as any other.
fn plan(volume: &Arc<Volume>, tree: Tree, transaction: u32, report: &mut Report) -> Result<Plan> {
    let Tree { mut members, lost, .. } = tree;
    let mut plan = Plan::new(volume.tables.version, transaction, meta(volume, ROOT)?);
    let mut lost = Some(lost);
    let summary = &mut report.summary;
    let mut todo = vec![(0, Some(ROOT))];
    while let Some((entry, storage)) = todo.pop() {
        let found: Vec<Member> = match storage {
            Some(slot) => members.remove(&slot).unwrap_or_default(),
            None => lost.take().unwrap_or_default(),
        };
        let mut elements = Vec::with_capacity(found.len());
        let mut inside = Vec::new();
        for (at, Member { name, slot, stream }) in (0_u32..).zip(found) {
            let what = match (stream, slot) {
                (Some(kept), _) => {
                    summary.streams += 1;
                    summary.bytes_kept += kept.len;
                    summary.bytes_declared = summary.bytes_declared.saturating_add(kept.size);
                    let content: Arc<dyn Content> = Arc::new(Saved::new(Arc::clone(volume), kept));
                    What::Stream(content)
                }
                (None, slot) => {
                    summary.storages += 1;
                    inside.push((at, slot));
                    let meta = match slot {
                        Some(slot) => meta(volume, slot)?,
                        None => Meta::default(),
                    };
                    What::Storage { meta, first: 0, count: 0 }
                }
            };
            elements.push(Element { name, what });
        }
        let first = plan.add_members(entry, elements);
        todo.extend(inside.into_iter().map(|(at, slot)| (first + at, slot)));
    }
    Ok(plan)
}
