//! Commits of a root, wherever its bytes lie: in memory, at a path, or on a caller's lock bytes.

use super::cfb::{Base, Cfb, Meta, Plan, Version, looks_like_compound_file, plan_len, write_plan};
use super::lock_bytes::LockBytes;
use super::share::Lease;
use super::txn::{self, RootCommit, Source, StorageNode};
use super::{Clock, CommitFlags, save};
use crate::error::{Code, Error, Place, Result};
use crate::wire::u32_at;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
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
}

/// Commits of a root.
pub(super) struct FileCommit {
    threshold: u64,
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
}

impl FileCommit {
    /// Over what is committed, or over nothing yet; then the first commit makes a file.
    pub(super) fn new(opened: Opened) -> FileCommit {
        let Opened { medium, threshold, cfb, version, lease } = opened;
        let state = State {
            medium,
            lease,
            version: cfb.as_ref().map_or(version, |cfb| cfb.header.version),
            transaction: cfb.as_ref().map_or(0, |cfb| cfb.header.transaction),
            on_disk: cfb.as_ref().map(|cfb| cfb.header.transaction),
            must_write: cfb.is_none(),
            cfb,
        };
        FileCommit { threshold, state: Mutex::new(state) }
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

    fn write(&self, state: &mut State, plan: &Plan, durable: bool) -> Result<Arc<Cfb>> {
        let len = plan_len(plan)?;
        let in_memory = matches!(state.medium, Medium::Memory) || len <= self.threshold;
        let mut bytes = Vec::new();
        if in_memory {
            let no_room = |_| Error::new(Code::StgInsufficientMemory, "commit storage");
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            bytes.try_reserve_exact(len).map_err(no_room)?;
            write_plan(plan, &mut bytes)?;
        }
        let path = match &state.medium {
            Medium::Memory => return Cfb::open(Base::Memory(bytes)),
            Medium::Path(path) => path,
            Medium::Bytes(medium) => {
                medium.write_at(0, &bytes)?;
                medium.set_size(len)?;
                medium.flush()?;
                return Cfb::open(Base::Memory(bytes));
            }
        };
        let file = save::replace(path, durable, |file| match in_memory {
            true => file
                .write_all(&bytes)
                .map_err(|e| Error::from_io(e, Code::StgWriteFault, "commit storage")),
            false => write_plan(plan, file),
        })?;
        Cfb::open(if in_memory { Base::Memory(bytes) } else { Base::window(file, len) })
    }

    /// Goes on in another file, which holds what is committed.
    pub(super) fn switch_to(&self, path: PathBuf, lease: Lease) {
        let mut state = self.state();
        state.medium = Medium::Path(path);
        state.lease = lease;
        state.on_disk = Some(state.transaction);
    }
}

impl State {
    /// The header on the medium; `None` if it cannot be read or there is none yet.
    fn head(&self) -> Option<Vec<u8>> {
        let mut head = vec![0; 512];
        let got = match &self.medium {
            Medium::Memory => return None,
            Medium::Path(path) => {
                let mut file = File::open(path).ok()?;
                if file.read_exact(&mut head).is_ok() { 512 } else { 0 }
            }
            Medium::Bytes(bytes) => bytes.read_at(0, &mut head).ok()?,
        };
        head.truncate(got);
        Some(head)
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
    fn current(&self, flags: CommitFlags) -> Result<u32> {
        let Some(seen) = self.on_disk else { return Ok(self.transaction) };
        let Some(head) = self.head() else { return Ok(self.transaction) };
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

impl RootCommit for Arc<FileCommit> {
    fn commit(&self, root: &Arc<StorageNode>, flags: CommitFlags, clock: Clock) -> Result<()> {
        let mut state = self.state();
        // Somebody else's commit counts even if there is nothing of our own to write.
        let signature = state.current(flags)?;
        let consolidate = flags.contains(CommitFlags::CONSOLIDATE);
        if !state.must_write && !consolidate && !txn::is_dirty(root) {
            return Ok(());
        }
        root.write().meta.modified = clock.now();
        // Above that of whoever committed last, so that they notice.
        let transaction = signature.wrapping_add(1);
        let mut plan = txn::plan_of(root, state.version, transaction)?;
        if plan_len(&plan).is_err() && plan.version == Version::V3 {
            // Too large for 512-byte sectors; version 4 holds 16 TiB.
            plan.version = Version::V4;
        }
        let durable = !flags.contains(CommitFlags::DANGEROUSLY_COMMIT_MERELY_TO_DISK_CACHE);
        let cfb = self.write(&mut state, &plan, durable)?;
        // The new file counts from here on, whatever comes after.
        state.version = plan.version;
        state.transaction = transaction;
        state.on_disk = Some(transaction);
        state.cfb = Some(Arc::clone(&cfb));
        state.must_write = false;
        txn::rebase(root, &cfb);
        Ok(())
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
