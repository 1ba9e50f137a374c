//! The bytes of one stream: what did not change stays where it is.

use super::super::header::MINI_CUTOFF;
use super::super::special::{END_OF_CHAIN, FREE};
use super::super::write::Content;
use super::Editor;
use super::edit::StreamEdit;
use crate::error::{Code, Error, Result};

/// How many bytes are written at once.
const PIECE: u64 = 1 << 20;

impl Editor<'_> {
    /// Writes the changed bytes of the stream in `slot`, and where they are.
    pub(super) fn write_stream(&mut self, slot: u32, edit: &StreamEdit) -> Result<()> {
        let version = self.cfb.header.version;
        let entry = self.directory.entry(slot)?;
        let (old_start, old_size) = (entry.start(), entry.size(version));
        let was_mini = old_size < MINI_CUTOFF;
        let size = edit.content.len();
        let start = if size < MINI_CUTOFF {
            if !was_mini {
                self.table.free_chain(old_start, old_size.div_ceil(version.sector()))?;
            }
            let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
            read_exact(&*edit.content, 0, &mut bytes)?;
            let old = if was_mini { old_size } else { 0 };
            self.mini.replace(old_start, old, &bytes)?
        } else {
            let mut old = Vec::new();
            if was_mini {
                self.mini.free(old_start, old_size)?;
            } else {
                old = self.table.chain(old_start, old_size.div_ceil(version.sector()))?;
            }
            self.write_regular(old, edit, size)?
        };
        self.directory.set_stream(slot, start, size)
    }

    /// Writes the sectors of a stream that differ from the `old` ones; its first sector.
    fn write_regular(&mut self, old: Vec<u32>, edit: &StreamEdit, size: u64) -> Result<u32> {
        let sector = self.cfb.header.version.sector();
        let count = usize::try_from(size.div_ceil(sector)).unwrap_or(0);
        let mut kept = Kept { edit, next: 0 };
        let mut sectors = Vec::with_capacity(count);
        let mut at = 0_u64;
        let mut home = old.iter().copied();
        while at < size {
            let end = (at + sector).min(size);
            let stays = home.next().filter(|_| kept.is(at, end));
            sectors.push(stays.unwrap_or(FREE));
            at += sector;
        }
        for (place, gone) in old.iter().enumerate() {
            if sectors.get(place) != Some(gone) {
                self.table.free(*gone)?;
            }
        }
        let moved: Vec<bool> = sectors.iter().map(|sector| *sector == FREE).collect();
        for place in sectors.iter_mut().filter(|sector| **sector == FREE) {
            *place = self.table.take()?;
        }
        for (place, sector) in sectors.iter().enumerate() {
            let here = moved.get(place).copied().unwrap_or(false);
            let next = sectors.get(place + 1);
            let ahead = moved.get(place + 1).copied().unwrap_or(true);
            if here || ahead {
                self.table.set(*sector, next.copied().unwrap_or(END_OF_CHAIN))?;
            }
        }
        self.write_moved(&sectors, &moved, edit, size)?;
        Ok(sectors.first().copied().unwrap_or(END_OF_CHAIN))
    }

    /// Writes the new sectors, as many in one piece as follow each other.
    fn write_moved(
        &mut self,
        sectors: &[u32],
        moved: &[bool],
        edit: &StreamEdit,
        size: u64,
    ) -> Result<()> {
        let sector = self.cfb.header.version.sector();
        let most = usize::try_from(PIECE / sector).unwrap_or(1);
        let mut bytes = Vec::new();
        let mut place = 0;
        while let Some(first) = sectors.get(place).copied() {
            let is_moved = |place: usize| moved.get(place).copied().unwrap_or(false);
            if !is_moved(place) {
                place += 1;
                continue;
            }
            let mut run = 1;
            while run < most
                && is_moved(place + run)
                && sectors
                    .get(place + run)
                    .is_some_and(|next| u64::from(*next) == u64::from(first) + run as u64)
            {
                run += 1;
            }
            let at = place as u64 * sector;
            let whole = run as u64 * sector;
            bytes.clear();
            bytes.resize(usize::try_from(whole).unwrap_or(0), 0);
            let real = usize::try_from(whole.min(size - at)).unwrap_or(0);
            read_exact(&*edit.content, at, bytes.get_mut(..real).unwrap_or_default())?;
            self.out.sectors(first, &bytes)?;
            place += run;
        }
        Ok(())
    }
}

/// Whether pieces of a stream are as they were; asked for in ascending order.
struct Kept<'a> {
    edit: &'a StreamEdit,
    next: usize,
}

impl Kept<'_> {
    fn is(&mut self, start: u64, end: u64) -> bool {
        if end > self.edit.kept {
            return false;
        }
        while let Some((at, len)) = self.edit.changed.get(self.next) {
            if at + len > start {
                return *at >= end;
            }
            self.next += 1;
        }
        true
    }
}

fn read_exact(content: &dyn Content, offset: u64, buffer: &mut [u8]) -> Result<()> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match content.read_at(offset + done as u64, rest)? {
            0 => {
                let note = "a stream became shorter while it was copied";
                return Err(Error::new(Code::StgReadFault, "commit storage").note(note));
            }
            got => done += got,
        }
    }
    Ok(())
}
