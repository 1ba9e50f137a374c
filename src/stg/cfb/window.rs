//! Committed bytes that are read where asked for, by positioned reads.
//!
//! Readers never wait for each other: the file is read outside of any lock, and a cached block that
//! somebody else is looking at is passed by. What is asked for here and there is read alone; what
//! lies behind or before an earlier piece is read by blocks, and so are the directory and the tables.

use super::base::Medium;
use crate::error::{Code, Error, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Bytes of a cached block.
const BLOCK: usize = 8 << 10;
/// Cached blocks, 2 MiB in all. Each block of the file has one place where it can be.
const PLACES: usize = 256;
/// Pieces that are remembered, to notice who reads on where they stopped.
const RECENT: usize = 16;

/// Positioned reads, with a cache for small pieces.
pub(crate) struct Window {
    medium: Medium,
    len: u64,
    /// The number of a block and its bytes.
    cache: Vec<Mutex<Option<(u64, Vec<u8>)>>>,
    /// First and last byte, plus one, of pieces that were read lately.
    recent: [(AtomicU64, AtomicU64); RECENT],
    oldest: AtomicUsize,
}

impl Window {
    pub(super) fn over(medium: Medium, len: u64) -> Window {
        let cache = (0..PLACES).map(|_| Mutex::default()).collect();
        Window { medium, len, cache, recent: Default::default(), oldest: AtomicUsize::new(0) }
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills `buffer`, which ends inside the file. `near`: more will be read from nearby.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8], near: bool) -> Result<()> {
        if buffer.len() >= BLOCK {
            return self.read_file(offset, buffer);
        }
        let (mut at, mut rest) = (offset, buffer);
        let mut by_blocks = near.then_some(true);
        while !rest.is_empty() {
            let number = at / BLOCK as u64;
            let within = usize::try_from(at % BLOCK as u64).unwrap_or(0);
            let (now, later) = rest.split_at_mut(rest.len().min(BLOCK - within));
            if !self.copy_cached(number, within, now) {
                let len = now.len() + later.len();
                if !*by_blocks.get_or_insert_with(|| self.goes_on(at, len)) {
                    self.read_file(at, now)?;
                    if !later.is_empty() {
                        self.read_file(at + now.len() as u64, later)?;
                    }
                    return Ok(());
                }
                self.read_block(number, within, now)?;
            }
            at += now.len() as u64;
            rest = later;
        }
        Ok(())
    }

    fn place(&self, number: u64) -> Option<&Mutex<Option<(u64, Vec<u8>)>>> {
        self.cache.get(usize::try_from(number % PLACES as u64).unwrap_or(0))
    }

    /// Copies from a cached block; false if it is not there, or somebody else holds it.
    fn copy_cached(&self, number: u64, within: usize, buffer: &mut [u8]) -> bool {
        let Some(held) = self.place(number).and_then(|place| place.try_lock().ok()) else {
            return false;
        };
        let Some((_, bytes)) = held.as_ref().filter(|(held, _)| *held == number) else {
            return false;
        };
        let Some(bytes) = bytes.get(within..within + buffer.len()) else { return false };
        buffer.copy_from_slice(bytes);
        true
    }

    /// Reads a block, copies from it and leaves it in the cache if nobody is there.
    fn read_block(&self, number: u64, within: usize, buffer: &mut [u8]) -> Result<()> {
        let start = number * BLOCK as u64;
        let len = usize::try_from(self.len - start).map_or(BLOCK, |len| len.min(BLOCK));
        // The block that has to go gives its memory.
        let place = self.place(number);
        let old = place.and_then(|place| place.try_lock().ok()?.take());
        let mut bytes = old.map(|(_, bytes)| bytes).unwrap_or_default();
        bytes.resize(len, 0);
        self.read_file(start, &mut bytes)?;
        let part = bytes.get(within..within + buffer.len()).ok_or_else(short)?;
        buffer.copy_from_slice(part);
        if let Some(mut place) = place.and_then(|place| place.try_lock().ok()) {
            *place = Some((number, bytes));
        }
        Ok(())
    }

    /// Whether a piece lies behind or before one that was read lately; remembers it. Two readers at
    /// the same moment may mislead each other, which costs a longer read or a second one.
    fn goes_on(&self, offset: u64, len: usize) -> bool {
        let end = offset + len as u64;
        let known = self.recent.iter().find(|(first, last)| {
            let (first, last) = (first.load(Ordering::Relaxed), last.load(Ordering::Relaxed));
            last > first && (last == offset || first == end)
        });
        let known_or_oldest =
            known.or_else(|| self.recent.get(self.oldest.fetch_add(1, Ordering::Relaxed) % RECENT));
        if let Some((first, last)) = known_or_oldest {
            first.store(offset, Ordering::Relaxed);
            last.store(end, Ordering::Relaxed);
        }
        known.is_some()
    }

    fn read_file(&self, mut offset: u64, mut buffer: &mut [u8]) -> Result<()> {
        while !buffer.is_empty() {
            match self.medium.read_some(offset, buffer)? {
                0 => return Err(short()),
                len => {
                    offset += len as u64;
                    buffer = buffer.get_mut(len..).unwrap_or_default();
                }
            }
        }
        Ok(())
    }
}

/// The file became shorter while it was open.
fn short() -> Error {
    Error::new(Code::StgReadFault, "read file")
        .note("the file ends earlier than when it was opened")
}
