//! Commits to bytes that stay where they are: the changes beside what is committed, or all anew
//! behind it; then one write of the header switches. Spec: structured-storage part 3, design B.

use super::cfb::{Base, Cfb, Plan, Version, plan_len, shadow, write_behind};
use super::lock_bytes::LockBytes;
use super::mode::Committed;
use super::txn::{self, StorageNode};
use crate::error::{Code, Error, Result};
use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Weak};

/// How one commit in place is to be done.
pub(super) struct Order<'a> {
    pub(super) root: &'a Arc<StorageNode>,
    pub(super) medium: &'a Arc<dyn LockBytes>,
    /// What is committed and lies on the medium as this opener knows it; `None` if it does not.
    pub(super) cfb: Option<&'a Arc<Cfb>>,
    pub(super) version: Version,
    pub(super) transaction: u32,
    pub(super) durable: bool,
    /// Whether the new state shall lie as in a new file.
    pub(super) consolidate: bool,
    /// Whether somebody else may read what is committed, or was.
    pub(super) others: bool,
    /// Up to so many bytes are kept in memory.
    pub(super) threshold: u64,
}

/// What this opener knows of the free space.
#[derive(Default)]
pub(super) struct Space {
    /// States before this one that may still be read, oldest first, with the sectors that the commit
    /// after each has freed.
    older: Vec<(Weak<Cfb>, Vec<u32>)>,
    /// Whether the committed state was found to be sound.
    editable: Option<bool>,
    hints: shadow::Hints,
}

impl Space {
    /// Whether the committed file is sound; asked for once.
    pub(super) fn is_editable(&mut self, cfb: &Arc<Cfb>) -> Result<bool> {
        if let Some(known) = self.editable {
            return Ok(known);
        }
        let editable = shadow::is_editable(cfb)?;
        self.editable = Some(editable);
        Ok(editable)
    }

    /// Free sectors in which somebody still reads an older state.
    fn blocked(&mut self) -> HashSet<u32> {
        let first = self.older.iter().position(|(cfb, _)| cfb.strong_count() > 0);
        self.older.drain(..first.unwrap_or(self.older.len()));
        self.older.iter().flat_map(|(_, freed)| freed.iter().copied()).collect()
    }

    /// Commits in place; the new state.
    ///
    /// # Errors
    /// Those of the medium; what is committed is untouched then, or the new state is.
    pub(super) fn commit(&mut self, order: &Order<'_>) -> Result<(Arc<Cfb>, Committed)> {
        if let Some(cfb) = order.cfb.filter(|_| !order.consolidate)
            && self.is_editable(cfb)?
            && let Some(edit) = txn::edit_of(order.root, cfb)?
        {
            let how = shadow::How {
                transaction: order.transaction,
                durable: order.durable,
                reuse: !order.others,
                blocked: self.blocked(),
                hints: self.hints,
            };
            match shadow::commit(cfb, &edit, order.medium, how, order.threshold) {
                // Larger than its version allows, as it lies; not perhaps when it is written anew.
                Err(error) if error.code() == Code::StgDocFileTooLarge => {}
                done => {
                    let done = done?;
                    self.hints = done.hints;
                    self.older.push((Arc::downgrade(cfb), done.freed));
                    return Ok((done.cfb, Committed::Done));
                }
            }
        }
        self.commit_whole(order)
    }

    /// Writes everything behind what is there. Where nobody else can be reading, a consolidating
    /// commit then writes it once more at the beginning, which is free by now.
    fn commit_whole(&mut self, order: &Order<'_>) -> Result<(Arc<Cfb>, Committed)> {
        let mut plan = plan_for(order.root, order.version, order.transaction)?;
        let compact = plan_len(&plan)?;
        let sector = plan.version.sector();
        let behind = order.medium.size()?.max(if order.consolidate { compact } else { 0 });
        plan.origin = behind.saturating_sub(sector).div_ceil(sector);
        let behind = u32::try_from(plan.origin).unwrap_or(u32::MAX);
        let first = order.write(&plan)?;
        // It holds streams of the state before.
        drop(plan);
        let old = order.cfb.map(Arc::downgrade);
        self.forget();
        if let Some(old) = old {
            // All of it is free from now on, and may still be read.
            self.older.push((old, (0..behind).collect()));
        }
        if !order.consolidate {
            return Ok((first, Committed::Done));
        }
        if order.others {
            return Ok((first, Committed::MultipleOpens));
        }
        txn::rebase(order.root, &first);
        if self.older.iter().any(|(cfb, _)| cfb.strong_count() > 1) {
            return Ok((first, Committed::ConsolidationFailed));
        }
        let plan = plan_for(order.root, order.version, order.transaction)?;
        // Nothing is lost if this does not work: the state that was just written stays.
        let Ok(second) = order.write(&plan) else {
            return Ok((first, Committed::ConsolidationFailed));
        };
        let _ = order.medium.set_size(compact);
        self.forget();
        Ok((second, Committed::Done))
    }

    /// What was known belongs to a file that is not there any more.
    pub(super) fn forget(&mut self) {
        *self = Space { editable: Some(true), ..Space::default() };
    }
}

/// The plan of a whole new file; of version 4 if it is too large for version 3.
pub(super) fn plan_for(
    root: &Arc<StorageNode>,
    version: Version,
    transaction: u32,
) -> Result<Plan> {
    let mut plan = txn::plan_of(root, version, transaction)?;
    if plan_len(&plan).is_err() && plan.version == Version::V3 {
        // Too large for 512-byte sectors; version 4 holds 16 TiB.
        plan.version = Version::V4;
    }
    Ok(plan)
}

impl Order<'_> {
    /// Writes a whole state where nothing that counts lies, then the header that leads to it.
    fn write(&self, plan: &Plan) -> Result<Arc<Cfb>> {
        let at = (plan.origin + 1) * plan.version.sector();
        let mut sink = Sink { medium: &**self.medium, at, failed: None };
        let written = write_behind(plan, &mut sink);
        let head = match (written, sink.failed.take()) {
            (Err(_), Some(error)) => return Err(error),
            (written, _) => written?,
        };
        if self.durable {
            self.medium.flush()?;
        }
        self.medium.write_at(0, &head)?;
        if self.durable {
            self.medium.flush()?;
        }
        let len = sink.at;
        if len > self.threshold {
            return Cfb::open(Base::bytes(Arc::clone(self.medium), len));
        }
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        let got = self.medium.read_at(0, &mut bytes)?;
        bytes.truncate(got);
        Cfb::open(Base::Memory(bytes))
    }
}

/// Writes one byte after the other; keeps the error of the medium, which `io::Error` would lose.
struct Sink<'a> {
    medium: &'a dyn LockBytes,
    at: u64,
    failed: Option<Error>,
}

impl io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.medium.write_at(self.at, bytes) {
            Ok(()) => {
                self.at += bytes.len() as u64;
                Ok(bytes.len())
            }
            Err(error) => {
                self.failed = Some(error);
                Err(io::ErrorKind::Other.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
