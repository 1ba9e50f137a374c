//! One stream of a committed file: its sectors as runs of bytes in the base.
//!
//! Neighbouring sectors join into one run, so an unfragmented stream is one slice of the base and is
//! read without a copy. The chain is walked once, when the stream is opened, in at most as many
//! steps as the file has sectors; a chain that is broken gives its sound beginning.

use super::file::Cfb;
use super::header::{MINI_CUTOFF, MINI_SECTOR};
use super::special::{DIFSECT, FATSECT};
use crate::error::{Code, Error, Place, Result};
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

    fn finish(mut self) -> Runs {
        if self.done.is_empty() {
            return Runs::One(self.last);
        }
        self.done.push(self.last);
        Runs::Many(self.done)
    }
}

impl CfbStream {
    /// Finds the runs of a stream. Damage is kept for the read that reaches it.
    pub(crate) fn open(cfb: Arc<Cfb>, slot: u32, start: u32, size: u64) -> Result<CfbStream> {
        let mut runs = Builder::default();
        let broken = match size {
            0 => None,
            1..MINI_CUTOFF => mini_runs(&cfb, start, size, &mut runs)?,
            _ => regular_runs(&cfb, start, size, &mut runs)?,
        };
        if runs.len() > size {
            // The last sector reaches past the size.
            runs.last.len -= runs.len() - size;
        }
        cfb.charge(slot, runs.len())?;
        Ok(CfbStream { cfb, slot, size, runs: runs.finish(), broken })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The bytes that can be read; fewer than the size in a damaged file.
    pub(crate) fn available(&self) -> u64 {
        match &self.runs {
            Runs::One(run) => run.len,
            Runs::Many(runs) => runs.last().map_or(0, |run| run.at + run.len),
        }
    }

    /// Why not all bytes can be read.
    pub(crate) fn damage(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// All bytes in one piece, when they lie so in memory.
    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        match &self.runs {
            Runs::One(run) if run.len == self.size => match run.len {
                0 => Some(&[]),
                len => self.cfb.base.slice(run.offset, len),
            },
            _ => None,
        }
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

/// Sectors of a stream of 4096 bytes and more.
fn regular_runs(cfb: &Cfb, start: u32, size: u64, runs: &mut Builder) -> Result<Option<String>> {
    let sector_len = cfb.header.version.sector();
    let mut sector = start;
    let mut steps = 0_u32;
    while runs.len() < size {
        let Some(offset) = cfb.fat.offset(sector) else {
            return Ok(Some(match steps {
                0 => format!("its chain starts at {start:#x}, which is not a sector of the file"),
                _ => format!("its chain ends after {} of {size} bytes", runs.len()),
            }));
        };
        let next = cfb.fat.next(&cfb.base, sector)?;
        if next == FATSECT || next == DIFSECT {
            return Ok(Some(format!(
                "its chain runs into sector {sector:#x} of the allocation table"
            )));
        }
        if steps == cfb.fat.num_sectors {
            let (unique, what) = cfb.fat.chain(&cfb.base, start)?;
            *runs = Builder::default();
            for sector in unique {
                runs.push(cfb.fat.offset(sector).unwrap_or(0), sector_len);
            }
            return Ok(Some(format!("its chain {}", what.unwrap_or_else(|| "is endless".into()))));
        }
        steps += 1;
        runs.push(offset, sector_len);
        sector = next;
    }
    Ok(None)
}

/// Mini sectors of a stream below 4096 bytes: at most 64 steps.
fn mini_runs(cfb: &Cfb, start: u32, size: u64, runs: &mut Builder) -> Result<Option<String>> {
    let mut mini = start;
    while runs.len() < size {
        let Some(offset) = cfb.mini_offset(mini) else {
            return Ok(Some(match runs.len() {
                0 => {
                    format!("its chain starts at mini sector {start:#x}, which is not in the file")
                }
                len => format!("its chain of mini sectors ends after {len} of {size} bytes"),
            }));
        };
        runs.push(offset, MINI_SECTOR);
        if runs.len() < size {
            mini = cfb.mini_next(mini)?;
        }
    }
    Ok(None)
}
