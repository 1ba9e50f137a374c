//! Where everything goes in a new file, before its first byte is written.

use super::header::{HEADER_DIFAT, MINI_CUTOFF, MINI_SECTOR, Version};
use super::special::{END_OF_CHAIN, RANGE_LOCK};
use super::write::{Plan, What};
use crate::error::{Code, Error, Result};

/// A run of sectors that one chain lies in, by logical number (see [`Layout::physical`]).
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) count: u64,
}

/// Where everything goes.
pub(super) struct Layout {
    pub(super) version: Version,
    /// Sectors before the first one of ours, which stay free.
    pub(super) origin: u64,
    pub(super) fat: Span,
    pub(super) difat: Span,
    pub(super) dir: Span,
    pub(super) minifat: Span,
    pub(super) mini: Span,
    /// Start of each entry's stream: first sector, or first mini sector; sizes beside.
    pub(super) streams: Vec<Placed>,
    pub(super) mini_bytes: u64,
    pub(super) total: u64,
}

/// Where a stream begins, by sector or mini sector, and its bytes.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub(super) start: u64,
    pub(super) size: u64,
}

impl Placed {
    pub(super) fn is_mini(self) -> bool {
        self.size < MINI_CUTOFF
    }
}

impl Layout {
    pub(super) fn new(plan: &Plan) -> Result<Layout> {
        let sector = plan.version.sector();
        let per_fat = sector / 4;
        let mut streams = Vec::with_capacity(plan.entries.len());
        let (mut minis, mut big) = (0_u64, 0_u64);
        for element in &plan.entries {
            let size = match &element.what {
                What::Stream(content) => content.len(),
                What::Storage { .. } => 0,
            };
            let placed = if size < MINI_CUTOFF {
                let start = minis;
                minis += size.div_ceil(MINI_SECTOR);
                Placed { start, size }
            } else {
                let start = big;
                big += size.div_ceil(sector);
                Placed { start, size }
            };
            streams.push(placed);
        }
        let mini_bytes = minis * MINI_SECTOR;
        let dir = (plan.entries.len() as u64 * 128).div_ceil(sector);
        let (minifat, mini) = ((minis * 4).div_ceil(sector), mini_bytes.div_ceil(sector));
        let rest = dir + minifat + mini + big;
        let (mut fat, mut difat) = (1, 0);
        loop {
            let total = plan.origin + rest + fat + difat;
            let locked = u64::from(plan.version == Version::V4 && total > RANGE_LOCK);
            let need_fat = (total + locked).div_ceil(per_fat);
            let need_difat = need_fat.saturating_sub(HEADER_DIFAT as u64).div_ceil(per_fat - 1);
            if (need_fat, need_difat) == (fat, difat) {
                break;
            }
            (fat, difat) = (need_fat.max(fat), need_difat.max(difat));
        }
        let mut at = plan.origin;
        let mut span = |count| {
            let span = Span { start: at, count };
            at += count;
            span
        };
        let (fat, difat, dir) = (span(fat), span(difat), span(dir));
        let (minifat, mini, big) = (span(minifat), span(mini), span(big));
        for placed in streams.iter_mut().filter(|placed| !placed.is_mini()) {
            placed.start += big.start;
        }
        let layout = Layout {
            version: plan.version,
            origin: plan.origin,
            fat,
            difat,
            dir,
            minifat,
            mini,
            streams,
            mini_bytes,
            total: at,
        };
        let limit =
            if plan.version == Version::V3 { 1 << 31 } else { u64::from(u32::MAX - 6) << 12 };
        if layout.file_len() > limit {
            let note = format!("{} bytes", layout.file_len());
            return Err(Error::new(Code::StgDocFileTooLarge, "commit storage").note(note));
        }
        Ok(layout)
    }

    /// The sector number of a logical one: version 4 leaves the range-lock sector out.
    pub(super) fn physical(&self, logical: u64) -> u32 {
        let skip = u64::from(self.version == Version::V4 && logical >= RANGE_LOCK);
        u32::try_from(logical + skip).unwrap_or(END_OF_CHAIN)
    }

    pub(super) fn has_range_lock(&self) -> bool {
        self.version == Version::V4 && self.total > RANGE_LOCK
    }

    pub(super) fn file_len(&self) -> u64 {
        (self.total + 1 + u64::from(self.has_range_lock())) * self.version.sector()
    }

    pub(super) fn first(&self, span: Span) -> u32 {
        if span.count == 0 { END_OF_CHAIN } else { self.physical(span.start) }
    }
}
