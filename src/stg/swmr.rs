//! One direct writer beside many readers: `STGM_DIRECT_SWMR`.
//!
//! A reader sees what was in the file when it opened it. The writer's changes reach the file when it
//! commits, or gives its write access back. Spec: structured-storage 2.2, S-042, S-043, S-044.

use super::share::{CommitLock, Lease};
use super::txn::TxnStorage;
use super::{CommitFlags, Storage};
use crate::error::{Code, Error, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The write access of one root, if it has it.
#[derive(Default)]
pub(super) struct WriteAccess(Mutex<Option<CommitLock>>);

impl WriteAccess {
    fn held(&self) -> MutexGuard<'_, Option<CommitLock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn give_back(&self) {
        let lock = self.held().take();
        drop(lock);
    }
}

/// COM's `IDirectWriterLock`: while the writer has access, nobody opens the file.
///
/// It keeps the root open, as a further reference to it: the file stays locked until both are gone.
///
/// # Example
/// ```
/// use openimsg::{CompoundFile, Mode, StorageOptions};
/// use std::time::Duration;
/// # let path = std::env::temp_dir().join(format!("openimsg-swmr-{}.msg", std::process::id()));
/// # CompoundFile::create_or_replace(&path)?.finish()?;
///
/// let mode = Mode::READWRITE.and(Mode::SHARE_DENY_WRITE).and(Mode::DIRECT_SWMR);
/// let file = StorageOptions::new().open_mode(&path, mode)?;
/// let lock = file.writer_lock().expect("it is the writer");
/// lock.wait_for_write_access(Duration::ZERO)?;
/// // .. change the file ..
/// lock.release_write_access()?;
/// # drop((lock, file));
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), openimsg::Error>(())
/// ```
pub struct DirectWriterLock {
    storage: Arc<TxnStorage>,
    lease: Lease,
    access: Arc<WriteAccess>,
}

impl DirectWriterLock {
    pub(super) fn new(
        storage: &Arc<TxnStorage>,
        lease: &Lease,
        access: &Arc<WriteAccess>,
    ) -> DirectWriterLock {
        let (storage, lease) = (Arc::clone(storage), lease.clone());
        DirectWriterLock { storage, lease, access: Arc::clone(access) }
    }

    /// Gets write access: waits until nobody is just opening the file.
    ///
    /// # Errors
    /// [`Code::StgInUse`] if that took longer than `timeout`; [`Code::StgReverted`] after the root
    /// was closed.
    pub fn wait_for_write_access(&self, timeout: Duration) -> Result<()> {
        const DOING: &str = "wait for write access";
        self.storage.stat()?;
        let mut held = self.access.held();
        if held.is_some() {
            return Ok(());
        }
        let lock = self.lease.begin_commit_within(timeout).map_err(|e| match e.code() {
            Code::StgLockViolation => Error::new(Code::StgInUse, DOING).source(e),
            _ => e,
        })?;
        *held = Some(lock);
        Ok(())
    }

    /// Writes the changes to the file and gives write access back; without access it does nothing.
    ///
    /// # Errors
    /// Those of [`Storage::commit`]; then access is kept.
    pub fn release_write_access(&self) -> Result<()> {
        if !self.have_write_access() {
            return Ok(());
        }
        self.storage.commit(CommitFlags::empty())?;
        self.access.give_back();
        Ok(())
    }

    /// Whether this root has write access.
    #[must_use]
    pub fn have_write_access(&self) -> bool {
        self.access.held().is_some()
    }
}

impl std::fmt::Debug for DirectWriterLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirectWriterLock").field("held", &self.have_write_access()).finish()
    }
}
