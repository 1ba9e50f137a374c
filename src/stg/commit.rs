//! Commits of a root, wherever its bytes lie: in memory, at a path, or on a caller's lock bytes.

use super::cfb::{Base, Cfb, Meta, Plan, Version, looks_like_compound_file, plan_len, write_plan};
use super::disk::Disk;
use super::in_place::{Order, Space, plan_for};
use super::lock_bytes::LockBytes;
use super::share::Lease;
use super::txn::{self, RootCommit, Source, StorageNode};
use super::{Clock, CommitFlags, Committed, save};
use crate::error::{Code, Error, Place, Result};
use crate::wire::u32_at;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A compound file with nothing in it.
pub(super) fn empty_file(version: Version, clock: Clock) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let meta = Meta { modified: clock.now(), ..Meta::default() };
    write_plan(&Plan::new(version, 0, meta), &mut bytes)?;
    Ok(bytes)
}

/// Where the committed bytes of a root lie.
#[derive(Clone)]
pub(super) enum Medium {
    /// In memory of our own.
    Memory,
    /// In a file that has a name, and may be replaced by another one.
    Path(PathBuf),
    /// In bytes that stay where they are.
    Bytes(Arc<dyn LockBytes>),
}

/// How commits of a file with a path are written.
///
/// Both ways keep the promise that a crash leaves the old state or the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Writer {
    /// A new file that takes the old one's name, except where that costs more than it is worth: for
    /// small changes of large files, for files with more than one name (hard link), and in folders
    /// that may not be written.
    #[default]
    Auto,
    /// Always a new file beside the old one, renamed over it.
    Replace,
    /// Always into free sectors of the same file, which keeps its identity.
    InPlace,
}

/// What a root is opened with.
pub(super) struct Opened {
    pub(super) medium: Medium,
    /// Up to so many bytes are read whole.
    pub(super) threshold: u64,
    /// What is committed; `None` for a new root.
    pub(super) cfb: Option<Arc<Cfb>>,
    /// Of a new root's file.
    pub(super) version: Version,
    pub(super) lease: Lease,
    pub(super) writer: Writer,
    /// From so many bytes on, [`Writer::Auto`] changes files in place if little of them changed.
    pub(super) in_place_above: u64,
    pub(super) disk: Arc<dyn Disk>,
}

/// Commits of a root.
pub(super) struct FileCommit {
    threshold: u64,
    writer: Writer,
    in_place_above: u64,
    disk: Arc<dyn Disk>,
    state: Mutex<State>,
}

struct State {
    medium: Medium,
    lease: Lease,
    /// What is committed; `None` until the first commit of a new root.
    cfb: Option<Arc<Cfb>>,
    version: Version,
    transaction: u32,
    /// The signature that this opener last saw in the file.
    on_disk: Option<u32>,
    must_write: bool,
    space: Space,
}

impl FileCommit {
    /// Over what is committed, or over nothing yet; then the first commit makes a file.
    pub(super) fn new(opened: Opened) -> FileCommit {
        let Opened { medium, threshold, cfb, version, lease, writer, in_place_above, disk } =
            opened;
        let state = State {
            medium,
            lease,
            version: cfb.as_ref().map_or(version, |cfb| cfb.header.version),
            transaction: cfb.as_ref().map_or(0, |cfb| cfb.header.transaction),
            on_disk: cfb.as_ref().map(|cfb| cfb.header.transaction),
            must_write: cfb.is_none(),
            cfb,
            space: Space::default(),
        };
        FileCommit { threshold, writer, in_place_above, disk, state: Mutex::new(state) }
    }

    /// What is committed.
    pub(super) fn cfb(&self) -> Option<Arc<Cfb>> {
        self.state().cfb.clone()
    }

    pub(super) fn version(&self) -> Version {
        self.state().version
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a file with a path is to be changed where it lies.
    fn wants_in_place(&self, state: &mut State, root: &Arc<StorageNode>) -> Result<bool> {
        let (Medium::Path(path), Some(cfb)) = (&state.medium, &state.cfb) else {
            return Ok(self.writer == Writer::InPlace);
        };
        Ok(match self.writer {
            Writer::Replace => false,
            Writer::InPlace => true,
            Writer::Auto if save::has_other_names(path) => true,
            Writer::Auto => {
                let len = cfb.base.len();
                len >= self.in_place_above
                    && txn::changed_bytes(root).saturating_mul(2) < len
                    && state.space.is_editable(cfb)?
            }
        })
    }

    fn write(
        &self,
        state: &mut State,
        root: &Arc<StorageNode>,
        how: How,
    ) -> Result<(Arc<Cfb>, Committed)> {
        let path = match state.medium.clone() {
            Medium::Memory => {
                let plan = plan_for(root, state.version, how.transaction)?;
                let bytes = in_memory(&plan, plan_len(&plan)?)?;
                return Ok((Cfb::open(Base::Memory(bytes))?, Committed::Done));
            }
            Medium::Bytes(bytes) => {
                let others = state.lease.has_others();
                return self.write_in_place(state, root, how, &bytes, others);
            }
            Medium::Path(path) => path,
        };
        if !self.wants_in_place(state, root)? {
            match self.replace(state, root, how, &path) {
                // A folder that may not be written, round a file that may; or a system that does not
                // rename over a file that is open.
                Err(error)
                    if matches!(error.code(), Code::StgAccessDenied | Code::StgShareViolation)
                        && self.writer == Writer::Auto
                        && path.exists() => {}
                replaced => return Ok((replaced?, Committed::Done)),
            }
        }
        let fail = |e| save::error_at(e, Code::StgWriteFault, "commit storage", &path);
        let file = match state.lease.file() {
            Some(file) => file,
            None => self.disk.open(&path, true).map_err(fail)?,
        };
        let others = state.lease.has_others() || save::has_readers(&file);
        let bytes = self.disk.bytes(file, &path);
        self.write_in_place(state, root, how, &bytes, others)
    }

    /// Design A: a new file takes the old one's name.
    fn replace(
        &self,
        state: &mut State,
        root: &Arc<StorageNode>,
        how: How,
        path: &Path,
    ) -> Result<Arc<Cfb>> {
        let plan = plan_for(root, state.version, how.transaction)?;
        let len = plan_len(&plan)?;
        let small = len <= self.threshold;
        let bytes = if small { in_memory(&plan, len)? } else { Vec::new() };
        let replaced = save::replace(&*self.disk, path, how.durable, |file| match small {
            true => file
                .write_all(&bytes)
                .map_err(|e| Error::from_io(e, Code::StgWriteFault, "commit storage")),
            false => write_plan(&plan, file),
        })?;
        // The locks go where the name went, whatever comes after.
        if let Ok(locked) = replaced.file.try_clone() {
            state.lease.move_to(locked)?;
        }
        replaced.flushed?;
        state.space.forget();
        Cfb::open(match small {
            true => Base::Memory(bytes),
            false => Base::bytes(self.disk.bytes(replaced.file, path), len),
        })
    }

    /// Design B: the same bytes, but for what is free in them.
    fn write_in_place(
        &self,
        state: &mut State,
        root: &Arc<StorageNode>,
        how: How,
        medium: &Arc<dyn LockBytes>,
        others: bool,
    ) -> Result<(Arc<Cfb>, Committed)> {
        // Out of the state meanwhile: who else holds it, reads it.
        let cfb = state.cfb.take();
        let known = cfb.as_ref().filter(|cfb| is_on(cfb, &**medium));
        let order = Order {
            root,
            medium,
            cfb: known,
            before: cfb.as_ref(),
            version: state.version,
            transaction: how.transaction,
            durable: how.durable,
            consolidate: how.consolidate,
            others,
            threshold: self.threshold,
        };
        let written = state.space.commit(&order);
        if written.is_err() {
            state.cfb = cfb;
        }
        written
    }

    /// Goes on in another file, which holds what is committed.
    pub(super) fn switch_to(&self, path: PathBuf, lease: Lease) {
        let mut state = self.state();
        state.medium = Medium::Path(path);
        state.lease = lease;
        state.on_disk = Some(state.transaction);
        state.space.forget();
    }
}

/// How one commit is to be done.
#[derive(Clone, Copy)]
struct How {
    transaction: u32,
    durable: bool,
    consolidate: bool,
}

/// A whole new file in memory.
fn in_memory(plan: &Plan, len: u64) -> Result<Vec<u8>> {
    let no_room = |_| Error::new(Code::StgInsufficientMemory, "commit storage");
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(len).unwrap_or(usize::MAX)).map_err(no_room)?;
    write_plan(plan, &mut bytes)?;
    Ok(bytes)
}

/// Whether the medium still holds the state that we know: its header, and no fewer bytes.
fn is_on(cfb: &Cfb, medium: &dyn LockBytes) -> bool {
    let (mut ours, mut theirs) = ([0; 512], [0; 512]);
    cfb.base.read(0, &mut ours).is_ok()
        && medium.read_at(0, &mut theirs).is_ok_and(|got| got == theirs.len())
        && ours == theirs
        && medium.size().is_ok_and(|size| size >= cfb.base.len())
}

impl State {
    /// The header on the medium, or what there is of it; `None` if there is no file.
    ///
    /// # Errors
    /// Those of the medium.
    fn head(&self, disk: &dyn Disk) -> Result<Option<Vec<u8>>> {
        let mut head = Vec::new();
        let bytes = match &self.medium {
            Medium::Memory => return Ok(None),
            Medium::Path(path) => match disk.open(path, false) {
                Ok(file) => disk.bytes(file, path),
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(e) => {
                    return Err(save::error_at(e, Code::StgReadFault, "commit storage", path));
                }
            },
            Medium::Bytes(bytes) => Arc::clone(bytes),
        };
        head.resize(512, 0);
        let got = bytes.read_at(0, &mut head)?;
        head.truncate(got);
        Ok(Some(head))
    }

    fn place(&self) -> Place {
        Place::new(match &self.medium {
            Medium::Memory => String::new(),
            Medium::Path(path) => path.display().to_string(),
            Medium::Bytes(bytes) => bytes.name().unwrap_or_default(),
        })
    }

    /// The signature that the medium carries now; it must be the one this opener saw if `flags` say
    /// so. Spec: S-131, S-140.
    fn current(&self, disk: &dyn Disk, flags: CommitFlags) -> Result<u32> {
        let Some(seen) = self.on_disk else { return Ok(self.transaction) };
        let Some(head) = self.head(disk)? else { return Ok(self.transaction) };
        let refuse =
            |code, note| Err(Error::new(code, "commit storage").note(note).place(self.place()));
        if head.len() < 512 || !looks_like_compound_file(&head) {
            let note = "somebody overwrote the file; it is no compound file any more";
            return refuse(Code::StgInvalidHeader, note);
        }
        let signature = u32_at(&head, 52);
        if flags.contains(CommitFlags::ONLY_IF_CURRENT) && signature != seen {
            let note = "another opener committed to the file in between";
            return refuse(Code::StgNotCurrent, note);
        }
        Ok(signature)
    }
}

/// A commit changes the root's time of change, unless that was set since the last one.
fn set_modified(root: &StorageNode, committed: Option<&Cfb>, clock: Clock) -> Result<()> {
    let Some(cfb) = committed else { return Ok(()) };
    let before = cfb.entry(0)?.modified();
    let mut state = root.write();
    if state.meta.modified == before {
        state.meta.modified = clock.now();
    }
    Ok(())
}

impl RootCommit for Arc<FileCommit> {
    fn commit(
        &self,
        root: &Arc<StorageNode>,
        flags: CommitFlags,
        clock: Clock,
    ) -> Result<Committed> {
        let mut state = self.state();
        let _lock = state.lease.begin_commit()?;
        // Somebody else's commit counts even if there is nothing of our own to write.
        let signature = state.current(&*self.disk, flags)?;
        let consolidate = flags.contains(CommitFlags::CONSOLIDATE);
        if !state.must_write && !consolidate && !txn::is_dirty(root) {
            return Ok(Committed::Done);
        }
        set_modified(root, state.cfb.as_deref(), clock)?;
        // Above that of whoever committed last, so that they notice.
        let transaction = signature.wrapping_add(1);
        let durable = !flags.contains(CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE);
        let how = How { transaction, durable, consolidate };
        let (cfb, committed) = self.write(&mut state, root, how).inspect_err(|_| {
            // What failed may have failed after the switch. Then the file is still as we made it.
            let head = state.head(&*self.disk).ok().flatten().unwrap_or_default();
            if state.on_disk.is_some() && u32_at(&head, 52) == transaction {
                state.on_disk = Some(transaction);
            }
        })?;
        // The new state counts from here on, whatever comes after.
        state.version = cfb.header.version;
        state.transaction = transaction;
        state.on_disk = Some(transaction);
        state.cfb = Some(Arc::clone(&cfb));
        state.must_write = false;
        txn::rebase(root, &cfb);
        Ok(committed)
    }

    fn committed(&self) -> Source {
        match &self.state().cfb {
            Some(cfb) => Source::Committed(Arc::clone(cfb), 0),
            None => Source::New,
        }
    }

    fn path(&self) -> Option<PathBuf> {
        match &self.state().medium {
            Medium::Path(path) => Some(path.clone()),
            _ => None,
        }
    }
}
