//! Following the chain of each stream, with a mark on every sector for who came last.

use super::super::cfb::{Content, special};
use super::tables::{Bits, View};
use super::volume::{MINI_CUTOFF, MINI_SECTOR, Volume};
use crate::error::Result;
use special::{DIFSECT, END_OF_CHAIN, FATSECT, FREE};
use std::sync::{Arc, Mutex, PoisonError};

/// A mark for sectors that hold no stream.
const TABLE: u32 = u32::MAX;

/// What can be had of one stream.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    view: View,
    mini: bool,
    start: u32,
    /// Another chain that goes on after so many sectors.
    tail: Option<(u64, u32)>,
    pub(super) len: u64,
    pub(super) size: u64,
    pub(super) end: End,
    /// It has sectors that only their place speaks for.
    pub(super) guessed: bool,
    /// Whose sectors it passes through, and whether its first one is among them.
    pub(super) other: Option<Other>,
    pub(super) first_is_other: bool,
    /// Bytes that lie past the end of the file.
    pub(super) zeros: u64,
    /// The way leads through the file's own tables, or where the rebuilt tables would not lead.
    doubtful: bool,
    /// It was doubtful, and is read by the rebuilt tables instead.
    pub(super) reread: bool,
    last: u32,
}

impl Kept {
    pub(super) fn is_whole(&self) -> bool {
        self.len == self.size
    }

    /// Whether there is nothing to look for in any other way.
    pub(super) fn is_settled(&self) -> bool {
        self.is_whole() && !self.doubtful
    }
}

/// The other owner of a sector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Other {
    Slot(u32),
    Table,
}

/// Where a walk stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    /// The first sector is none of the file's.
    Start(u32),
    /// A sector leads to what is none of the file's.
    Gap(u32),
    /// The chain ends, the size goes on.
    Ended,
    Cycle(u32),
    /// It comes to a sector that is marked as the FAT's.
    Fat(u32),
    /// The next sector would be a guess, and is somebody's.
    Used(u32),
    /// Its sectors are many streams', which together are far larger than the file.
    Budget,
}

impl End {
    pub(super) fn text(self) -> String {
        match self {
            End::Whole => "it is whole".to_owned(),
            End::Start(to) => format!("its chain starts at {to:#x}, which is not in the file"),
            End::Gap(to) => format!("its chain leads to {to:#x}, which is not in the file"),
            End::Ended => "its chain is shorter than its size".to_owned(),
            End::Cycle(to) => format!("its chain comes back to sector {to:#x}"),
            End::Fat(at) => format!("its chain runs into the allocation table at sector {at:#x}"),
            End::Used(to) => format!("what follows is lost, and sector {to:#x} is another's"),
            End::Budget => "its sectors belong to many streams, which together are far larger \
                            than the file"
                .to_owned(),
        }
    }
}

/// Walks chains and remembers who was where: four bytes for each sector and mini sector.
pub(super) struct Walker {
    pub(super) volume: Arc<Volume>,
    sectors: Vec<u32>,
    minis: Vec<u32>,
    /// Bytes that streams may still bring. What shares nothing stays below the file's length.
    left: u64,
    /// Steps that may still be spent on chains that nothing leads to.
    steps: u64,
    followers: [Option<Bits>; 2],
}

impl Walker {
    pub(super) fn new(volume: Arc<Volume>) -> Walker {
        let len = volume.tables.base.len();
        let minis = usize::try_from(volume.mini_units()).unwrap_or(0);
        let mut sectors = vec![0; volume.tables.sectors as usize];
        let (minifat, mini) = volume.mini_sectors();
        let tables = volume.tables.own_sectors().chain(volume.dir.iter().copied());
        for sector in tables.chain(minifat.iter().copied()).chain(mini.iter().copied()) {
            if let Some(mark) = sectors.get_mut(sector as usize) {
                *mark = TABLE;
            }
        }
        Walker {
            sectors,
            minis: vec![0; minis],
            left: len.saturating_mul(100).min(4 << 30).max(len),
            steps: 4 * u64::from(volume.tables.sectors) + 4 * minis as u64,
            followers: [None, None],
            volume,
        }
    }

    fn offset(&self, view: View, mini: bool, unit: u32) -> Option<u64> {
        match mini {
            true => self.volume.mini_offset(view, unit),
            false => self.volume.tables.offset(unit),
        }
    }

    fn next(&self, view: View, mini: bool, unit: u32) -> Result<u32> {
        match mini {
            true => self.volume.mini_next(view, unit),
            false => self.volume.tables.next(view, unit),
        }
    }

    fn is_guess(&self, mini: bool, unit: u32) -> bool {
        match mini {
            true => self.volume.mini_is_guess(unit),
            false => self.volume.tables.is_guess(unit),
        }
    }

    fn mark(&mut self, mini: bool, unit: u32) -> Option<&mut u32> {
        let marks = if mini { &mut self.minis } else { &mut self.sectors };
        marks.get_mut(unit as usize)
    }

    fn unit(&self, mini: bool) -> u64 {
        if mini { MINI_SECTOR } else { self.volume.tables.version.sector() }
    }

    /// The stream in a slot as the file says it is. Its bytes count against the budget.
    pub(super) fn plain(&mut self, slot: u32, start: u32, size: u64) -> Result<Kept> {
        let kept = self.walk(View::Plain, slot, start, size, self.left)?;
        self.left = self.left.saturating_sub(kept.len);
        Ok(kept)
    }

    /// The stream by the second way, if that gives more.
    pub(super) fn better(&mut self, slot: u32, plain: Kept) -> Result<Kept> {
        if plain.end == End::Budget {
            return Ok(plain);
        }
        let room = self.left.saturating_add(plain.len);
        let mut best = plain;
        if self.volume.has_better(best.mini) {
            let better = self.walk(View::Better, slot, best.start, best.size, room)?;
            let instead = best.doubtful && better.len == best.len && better.other.is_none();
            if better.len > best.len || instead {
                let whole = best.is_whole();
                best = better;
                best.reread = whole;
            }
        }
        if !best.is_whole() && best.size <= room {
            self.adopt(slot, &mut best)?;
        }
        self.left = room.saturating_sub(best.len);
        Ok(best)
    }

    /// Gives back what a stream that is left out has used up.
    pub(super) fn forget(&mut self, kept: &Kept) {
        self.left = self.left.saturating_add(kept.len);
    }

    fn walk(&mut self, view: View, slot: u32, start: u32, size: u64, room: u64) -> Result<Kept> {
        let mini = size < MINI_CUTOFF;
        let unit = self.unit(mini);
        let len = self.volume.tables.base.len();
        let mine = 4 * slot + 1 + u32::from(view == View::Better);
        let mut kept = Kept {
            view,
            mini,
            start,
            tail: None,
            len: 0,
            size,
            end: End::Whole,
            guessed: false,
            other: None,
            first_is_other: false,
            zeros: 0,
            doubtful: false,
            reread: false,
            last: END_OF_CHAIN,
        };
        let wanted = size.min(room.saturating_add(1));
        let rebuilt = self.volume.tables.is_rebuilt();
        let (mut at, mut guess) = (start, false);
        while kept.len < wanted {
            let Some(offset) = self.offset(view, mini, at) else {
                kept.end = match at {
                    _ if kept.len == 0 => End::Start(at),
                    END_OF_CHAIN => End::Ended,
                    _ => End::Gap(at),
                };
                break;
            };
            let next = self.next(view, mini, at)?;
            let Some(mark) = self.mark(mini, at) else { break };
            let before = *mark;
            if before == mine {
                kept.end = End::Cycle(at);
                break;
            }
            let others = before != 0 && (before == TABLE || (before - 1) / 4 != slot);
            if guess && others {
                kept.end = End::Used(at);
                break;
            }
            if !mini && (next == FATSECT || next == DIFSECT) {
                kept.end = End::Fat(at);
                break;
            }
            *mark = mine;
            if others {
                kept.first_is_other |= kept.len == 0;
                let other =
                    if before == TABLE { Other::Table } else { Other::Slot((before - 1) / 4) };
                kept.other.get_or_insert(other);
            }
            let piece = unit.min(size - kept.len);
            kept.zeros += piece.saturating_sub(len.saturating_sub(offset));
            kept.len += piece;
            kept.guessed |= guess;
            guess = view == View::Better && self.is_guess(mini, at);
            if view == View::Plain && rebuilt {
                let lies = self.offset(View::Better, mini, at) != Some(offset);
                let leads = kept.len < wanted && self.next(View::Better, mini, at)? != next;
                kept.doubtful |= lies || leads || before == TABLE;
            }
            kept.last = at;
            at = next;
        }
        if kept.len > room {
            (kept.len, kept.end) = (0, End::Budget);
        }
        Ok(kept)
    }

    /// A link that is broken may have led to the next sector: if a chain starts there that nothing
    /// else leads to, and that has just the length which is missing, it belongs here.
    fn adopt(&mut self, slot: u32, kept: &mut Kept) -> Result<()> {
        let unit = self.unit(kept.mini);
        let before = kept.len / unit;
        if kept.len == 0 || kept.len != before * unit || matches!(kept.end, End::Ended) {
            return Ok(());
        }
        let Some(first) = kept.last.checked_add(1) else { return Ok(()) };
        let wanted = (kept.size - kept.len).div_ceil(unit);
        if !self.is_head(kept.mini, first)? {
            return Ok(());
        }
        let (mut at, mut count) = (first, 0);
        while at != END_OF_CHAIN {
            let taken = self.mark(kept.mini, at).is_none_or(|mark| *mark != 0);
            if taken || count == wanted || self.steps == 0 || self.is_guess(kept.mini, at) {
                return Ok(());
            }
            if self.offset(View::Better, kept.mini, at).is_none() {
                return Ok(());
            }
            self.steps -= 1;
            count += 1;
            at = self.next(View::Better, kept.mini, at)?;
        }
        if count != wanted {
            return Ok(());
        }
        let len = self.volume.tables.base.len();
        at = first;
        while at != END_OF_CHAIN && kept.len < kept.size {
            if let Some(mark) = self.mark(kept.mini, at) {
                *mark = 4 * slot + 3;
            }
            let piece = unit.min(kept.size - kept.len);
            let offset = self.offset(View::Better, kept.mini, at).unwrap_or(0);
            kept.zeros += piece.saturating_sub(len.saturating_sub(offset));
            kept.len += piece;
            at = self.next(View::Better, kept.mini, at)?;
        }
        (kept.tail, kept.guessed, kept.end) = (Some((before, first)), true, End::Whole);
        Ok(())
    }

    /// Whether no sector leads to this one.
    fn is_head(&mut self, mini: bool, unit: u32) -> Result<bool> {
        let at = usize::from(mini);
        if self.followers.get(at).is_some_and(Option::is_none) {
            let count = if mini { self.minis.len() } else { self.sectors.len() };
            let count = u32::try_from(count).unwrap_or(0);
            let mut bits = Bits::new(count);
            for unit in 0..count {
                if !self.is_guess(mini, unit) {
                    bits.set(self.next(View::Better, mini, unit)?);
                }
            }
            if let Some(followers) = self.followers.get_mut(at) {
                *followers = Some(bits);
            }
        }
        let next = self.next(View::Better, mini, unit)?;
        let in_use = !matches!(next, FREE | FATSECT | DIFSECT);
        let followers = self.followers.get(at).and_then(Option::as_ref);
        Ok(in_use && followers.is_some_and(|bits| !bits.has(unit)))
    }
}

/// The bytes of one stream for the new file. Its runs are found when it is read and forgotten at its
/// end, so that only one stream's are in memory.
pub(super) struct Saved {
    pub(super) volume: Arc<Volume>,
    pub(super) kept: Kept,
    runs: Mutex<Vec<Run>>,
}

/// `len` bytes at `at` in the stream lie at `offset` in the base.
#[derive(Clone, Copy)]
struct Run {
    at: u64,
    offset: u64,
    len: u64,
}

impl Saved {
    pub(super) fn new(volume: Arc<Volume>, kept: Kept) -> Saved {
        Saved { volume, kept, runs: Mutex::default() }
    }

    fn find_runs(&self) -> Result<Vec<Run>> {
        let (volume, kept) = (&self.volume, &self.kept);
        let unit = if kept.mini { MINI_SECTOR } else { volume.tables.version.sector() };
        let mut runs: Vec<Run> = Vec::new();
        let (mut at, mut view, mut count) = (kept.start, kept.view, 0);
        let mut len = 0;
        while len < kept.len {
            if let Some((_, tail)) = kept.tail.filter(|(after, _)| *after == count) {
                (at, view) = (tail, View::Better);
            }
            let offset = match kept.mini {
                true => volume.mini_offset(view, at),
                false => volume.tables.offset(at),
            };
            // The walk was here before; only a file that changes meanwhile ends it.
            let Some(offset) = offset else { break };
            let piece = unit.min(kept.len - len);
            match runs.last_mut() {
                Some(last) if last.offset + last.len == offset => last.len += piece,
                _ => runs.push(Run { at: len, offset, len: piece }),
            }
            len += piece;
            count += 1;
            if len < kept.len {
                at = match kept.mini {
                    true => volume.mini_next(view, at)?,
                    false => volume.tables.next(view, at)?,
                };
            }
        }
        Ok(runs)
    }
}

impl Content for Saved {
    fn len(&self) -> u64 {
        self.kept.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.is_empty() {
            *runs = self.find_runs()?;
        }
        let from = runs.partition_point(|run| run.at + run.len <= offset);
        let mut done = 0;
        for run in runs.get(from..).unwrap_or_default() {
            let within = (offset + done as u64).saturating_sub(run.at);
            let rest = buffer.get_mut(done..).unwrap_or_default();
            let step = usize::try_from(run.len - within).unwrap_or(usize::MAX).min(rest.len());
            self.volume
                .tables
                .base
                .read(run.offset + within, rest.get_mut(..step).unwrap_or_default())?;
            done += step;
            if done == buffer.len() {
                break;
            }
        }
        if offset + done as u64 >= self.kept.len {
            *runs = Vec::new();
        }
        Ok(done)
    }
}
