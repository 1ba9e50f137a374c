//! One stream of a committed file: its sectors as runs of bytes in the base.
//!
//! Neighbouring sectors join into one run, so an unfragmented stream is one slice of the base and is
//! read without a copy. The chain is walked once, when the stream is opened, in a number of steps
//! that its sound part bounds; a chain that is broken gives its sound beginning.

use super::fat::Links;
use super::file::Cfb;
use super::header::{MINI_CUTOFF, MINI_SECTOR};
use super::special::{DIFSECT, FATSECT};
use crate::error::{Code, Error, Place, Result};
use std::borrow::Cow;
use std::sync::Arc;

/// The bytes of a stream in one committed file. Immutable, shared, needs no lock.
pub(crate) struct CfbStream {
    cfb: Arc<Cfb>,
    slot: u32,
    size: u64,
    runs: Runs,
    broken: Option<String>,
}

enum Runs {
    One(Run),
    Many(Vec<Run>),
}

/// `len` bytes at `at` in the stream lie at `offset` in the base.
#[derive(Clone, Copy, Default)]
struct Run {
    at: u64,
    offset: u64,
    len: u64,
}

/// Collects sectors into runs.
#[derive(Default)]
struct Builder {
    last: Run,
    done: Vec<Run>,
}

impl Builder {
    fn len(&self) -> u64 {
        self.last.at + self.last.len
    }

    fn push(&mut self, offset: u64, len: u64) {
        if self.last.len == 0 {
            self.last = Run { at: 0, offset, len };
        } else if self.last.offset + self.last.len == offset {
            self.last.len += len;
        } else {
            let at = self.len();
            self.done.push(std::mem::replace(&mut self.last, Run { at, offset, len }));
        }
    }

    /// Forgets what lies past `len` bytes.
    fn truncate(&mut self, len: u64) {
        while self.last.at >= len {
            let Some(last) = self.done.pop() else { break };
            self.last = last;
        }
        self.last.len = self.last.len.min(len.saturating_sub(self.last.at));
    }

    fn finish(mut self) -> Runs {
        if self.done.is_empty() {
            return Runs::One(self.last);
        }
        self.done.push(self.last);
        Runs::Many(self.done)
    }
}

impl Runs {
    fn as_bytes<'a>(&self, cfb: &'a Cfb, size: u64) -> Option<&'a [u8]> {
        match self {
            Runs::One(run) if run.len == size => match run.len {
                0 => Some(&[]),
                len => cfb.base.slice(run.offset, len),
            },
            _ => None,
        }
    }
}

/// The bytes of a sound stream without a handle on it, where they lie if that is in memory and in
/// one piece.
pub(crate) fn bytes(cfb: &Cfb, slot: u32, start: u32, size: u64) -> Result<Option<Cow<'_, [u8]>>> {
    if (1..=MINI_SECTOR).contains(&size)
        && let Some(bytes) = cfb.mini_offset(start).and_then(|at| cfb.base.slice(at, size))
        && size <= cfb.allowance(slot)
    {
        // One mini sector, as most names and addresses have: there is no chain to follow.
        cfb.charge(slot, size);
        return Ok(Some(Cow::Borrowed(bytes)));
    }
    let (runs, _) = find_runs(cfb, slot, start, size)?;
    if let Some(bytes) = runs.as_bytes(cfb, size) {
        return Ok(Some(Cow::Borrowed(bytes)));
    }
    let runs = match &runs {
        Runs::One(run) => std::slice::from_ref(run),
        Runs::Many(runs) => runs,
    };
    if runs.last().map_or(0, |last| last.at + last.len) != size {
        return Ok(None);
    }
    // All of it is there, so the memory is no mere claim.
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
    let mut rest = &mut *bytes;
    for run in runs {
        let len = usize::try_from(run.len).unwrap_or(0).min(rest.len());
        let (now, later) = rest.split_at_mut(len);
        cfb.base.read(run.offset, now)?;
        rest = later;
    }
    Ok(Some(Cow::Owned(bytes)))
}

/// The runs of a stream, and why there are fewer bytes than its size.
fn find_runs(cfb: &Cfb, slot: u32, start: u32, size: u64) -> Result<(Runs, Option<String>)> {
    let mut runs = Builder::default();
    let allowance = cfb.allowance(slot);
    let broken = match size {
        0 => None,
        1..MINI_CUTOFF => mini_runs(cfb, start, size, &mut runs)?,
        _ => regular_runs(cfb, start, size.min(allowance.saturating_add(1)), &mut runs)?,
    };
    // The last sector reaches past the size.
    runs.truncate(size);
    if runs.len() > allowance {
        return Err(cfb.over_allowance(slot));
    }
    cfb.charge(slot, runs.len());
    Ok((runs.finish(), broken))
}

impl CfbStream {
    /// Finds the runs of a stream. Damage is kept for the read that reaches it.
    pub(crate) fn open(cfb: Arc<Cfb>, slot: u32, start: u32, size: u64) -> Result<CfbStream> {
        let (runs, broken) = find_runs(&cfb, slot, start, size)?;
        Ok(CfbStream { cfb, slot, size, runs, broken })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Whether it is a stream of this committed file.
    pub(crate) fn is_of(&self, cfb: &Arc<Cfb>) -> bool {
        Arc::ptr_eq(&self.cfb, cfb)
    }

    /// Its slot there.
    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }

    /// The bytes that can be read; fewer than the size in a damaged file.
    pub(crate) fn available(&self) -> u64 {
        match &self.runs {
            Runs::One(run) => run.len,
            Runs::Many(runs) => runs.last().map_or(0, |run| run.at + run.len),
        }
    }

    /// All bytes in one piece, when they lie so in memory.
    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        self.runs.as_bytes(&self.cfb, self.size)
    }

    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let wanted = self.size.saturating_sub(offset).min(buffer.len() as u64);
        let there = self.available().saturating_sub(offset).min(wanted);
        if there == 0 && wanted > 0 {
            return Err(self.corrupt());
        }
        let len = usize::try_from(there).unwrap_or(0);
        let mut rest = buffer.get_mut(..len).unwrap_or_default();
        let mut offset = offset;
        while !rest.is_empty() {
            let run = self.run_at(offset);
            let within = offset - run.at;
            let step = usize::try_from(run.len - within).map_or(rest.len(), |n| n.min(rest.len()));
            let (now, later) = rest.split_at_mut(step);
            self.cfb.base.read(run.offset + within, now)?;
            offset += step as u64;
            rest = later;
        }
        Ok(len)
    }

    fn run_at(&self, offset: u64) -> Run {
        match &self.runs {
            Runs::One(run) => *run,
            Runs::Many(runs) => {
                let at = runs.partition_point(|run| run.at <= offset);
                at.checked_sub(1).and_then(|at| runs.get(at)).copied().unwrap_or_default()
            }
        }
    }

    fn corrupt(&self) -> Error {
        let why = self.broken.clone().unwrap_or_else(|| "the chain is too short".into());
        let place = Place::new(self.cfb.path_of(self.slot)).at(self.available());
        Error::new(Code::StgDocFileCorrupt, "read stream").note(why).place(place)
    }
}

/// Sectors of a stream of 4096 bytes and more, up to `size` bytes; why there are fewer.
fn regular_runs(cfb: &Cfb, start: u32, size: u64, runs: &mut Builder) -> Result<Option<String>> {
    let sector_len = cfb.header.version.sector();
    let mut sector = start;
    let mut links = Links::new(&cfb.fat, &cfb.base);
    let mut cycle = Brent::new(start);
    while runs.len() < size {
        let Some(offset) = cfb.fat.offset(sector) else {
            return Ok(Some(match runs.len() {
                0 => format!("its chain starts at {start:#x}, which is not a sector of the file"),
                len => format!("its chain ends after {len} of {size} bytes"),
            }));
        };
        let next = links.next(sector)?;
        if next == FATSECT || next == DIFSECT {
            return Ok(Some(format!(
                "its chain runs into sector {sector:#x} of the allocation table"
            )));
        }
        runs.push(offset, sector_len);
        sector = next;
        if let Some(length) = cycle.step(next) {
            return cut_cycle(cfb, start, length, runs).map(Some);
        }
    }
    // A cycle inside these bytes is noticed within twice as many steps more.
    for _ in 0..runs.len() / sector_len * 2 {
        if cfb.fat.offset(sector).is_none() {
            break;
        }
        sector = links.next(sector)?;
        if let Some(length) = cycle.step(sector) {
            let before = runs.len();
            let why = cut_cycle(cfb, start, length, runs)?;
            return Ok((runs.len() < before).then_some(why));
        }
    }
    Ok(None)
}

/// Finds a cycle without remembering the way: a mark that moves ahead in ever longer steps meets the
/// walker if there is one. Needs at most three times the steps to the first repetition.
struct Brent {
    mark: u32,
    steps: u64,
    limit: u64,
}

impl Brent {
    fn new(start: u32) -> Brent {
        Brent { mark: start, steps: 0, limit: 1 }
    }

    /// The length of the cycle, once it is known.
    fn step(&mut self, sector: u32) -> Option<u64> {
        self.steps += 1;
        if sector == self.mark {
            return Some(self.steps);
        }
        if self.steps == self.limit {
            *self = Brent { mark: sector, steps: 0, limit: self.limit * 2 };
        }
        None
    }
}

/// Leaves each sector of a chain with a cycle of that length once.
fn cut_cycle(cfb: &Cfb, start: u32, length: u64, runs: &mut Builder) -> Result<String> {
    let mut ahead = start;
    let mut ahead_links = Links::new(&cfb.fat, &cfb.base);
    let mut links = Links::new(&cfb.fat, &cfb.base);
    for _ in 0..length {
        ahead = ahead_links.next(ahead)?;
    }
    let (mut behind, mut unique) = (start, length);
    while behind != ahead {
        behind = links.next(behind)?;
        ahead = ahead_links.next(ahead)?;
        unique += 1;
    }
    runs.truncate(unique.saturating_mul(cfb.header.version.sector()));
    Ok(format!("its chain comes back to sector {behind:#x} after {unique} sectors"))
}

/// Mini sectors of a stream below 4096 bytes: at most 64 steps.
fn mini_runs(cfb: &Cfb, start: u32, size: u64, runs: &mut Builder) -> Result<Option<String>> {
    let mut mini = start;
    let mut highest = None;
    while runs.len() < size {
        let Some(offset) = cfb.mini_offset(mini) else {
            return Ok(Some(match runs.len() {
                0 => {
                    format!("its chain starts at mini sector {start:#x}, which is not in the file")
                }
                len => format!("its chain of mini sectors ends after {len} of {size} bytes"),
            }));
        };
        // Upwards is new; downwards is compared with the way here.
        if highest.is_some_and(|highest| mini <= highest) {
            let mut before = start;
            for _ in 0..runs.len() / MINI_SECTOR {
                if before == mini {
                    return Ok(Some(format!("its chain comes back to mini sector {mini:#x}")));
                }
                before = cfb.mini_next(before)?;
            }
        }
        highest = highest.max(Some(mini));
        runs.push(offset, MINI_SECTOR);
        if runs.len() < size {
            mini = cfb.mini_next(mini)?;
        }
    }
    Ok(None)
}
