//! Commits of a root that lies in a file or in memory: a new file in the place of the old one.

use super::cfb::{Base, Cfb, Meta, Plan, Version, looks_like_compound_file, plan_len, write_plan};
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

/// Commits of a root that lies in a file or in memory.
pub(super) struct FileCommit {
    path: Option<PathBuf>,
    threshold: u64,
    state: Mutex<State>,
}

struct State {
    /// What is committed; `None` until the first commit of a new root.
    cfb: Option<Arc<Cfb>>,
    version: Version,
    transaction: u32,
    /// The signature that this opener last saw in the file.
    on_disk: Option<u32>,
    must_write: bool,
}

impl FileCommit {
    /// Over `cfb`, or over nothing yet; then the first commit makes a file of that version.
    pub(super) fn new(
        path: Option<PathBuf>,
        threshold: u64,
        cfb: Option<Arc<Cfb>>,
        version: Version,
    ) -> FileCommit {
        let state = State {
            version: cfb.as_ref().map_or(version, |cfb| cfb.header.version),
            transaction: cfb.as_ref().map_or(0, |cfb| cfb.header.transaction),
            on_disk: cfb.as_ref().map(|cfb| cfb.header.transaction),
            must_write: cfb.is_none(),
            cfb,
        };
        FileCommit { path, threshold, state: Mutex::new(state) }
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

    /// The signature that the file carries now; it must be the one this opener saw if `flags` say
    /// so. Spec: S-131, S-140.
    fn current(&self, state: &State, flags: CommitFlags) -> Result<u32> {
        let (Some(path), Some(seen)) = (&self.path, state.on_disk) else {
            return Ok(state.transaction);
        };
        let Ok(mut file) = File::open(path) else { return Ok(state.transaction) };
        let mut head = [0; 512];
        let there = file.read_exact(&mut head).is_ok();
        let place = || Place::new(path.display().to_string());
        if !there || !looks_like_compound_file(&head) {
            let note = "somebody overwrote the file; it is no compound file any more";
            return Err(Error::new(Code::StgInvalidHeader, "commit storage")
                .note(note)
                .place(place()));
        }
        let signature = u32_at(&head, 52);
        if flags.contains(CommitFlags::ONLY_IF_CURRENT) && signature != seen {
            let note = "another opener committed to the file in between";
            return Err(Error::new(Code::StgNotCurrent, "commit storage")
                .note(note)
                .place(place()));
        }
        Ok(signature)
    }

    fn write(&self, plan: &Plan, durable: bool) -> Result<Arc<Cfb>> {
        let len = plan_len(plan)?;
        let in_memory = self.path.is_none() || len <= self.threshold;
        let mut bytes = Vec::new();
        if in_memory {
            let no_room = |_| Error::new(Code::StgInsufficientMemory, "commit storage");
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            bytes.try_reserve_exact(len).map_err(no_room)?;
            write_plan(plan, &mut bytes)?;
        }
        let Some(path) = &self.path else { return Cfb::open(Base::Memory(bytes)) };
        let file = save::replace(path, durable, |file| match in_memory {
            true => file
                .write_all(&bytes)
                .map_err(|e| Error::from_io(e, Code::StgWriteFault, "commit storage")),
            false => write_plan(plan, file),
        })?;
        Cfb::open(if in_memory { Base::Memory(bytes) } else { Base::window(file, len) })
    }
}

impl RootCommit for Arc<FileCommit> {
    fn commit(&self, root: &Arc<StorageNode>, flags: CommitFlags, clock: Clock) -> Result<()> {
        let mut state = self.state();
        // Somebody else's commit counts even if there is nothing of our own to write.
        let signature = self.current(&state, flags)?;
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
        let cfb = self.write(&plan, durable)?;
        // The new file counts from here on, whatever comes after.
        *state = State {
            version: plan.version,
            transaction,
            on_disk: Some(transaction),
            cfb: Some(Arc::clone(&cfb)),
            must_write: false,
        };
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
        self.path.clone()
    }
}
