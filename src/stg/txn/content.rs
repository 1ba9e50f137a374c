//! The bytes of a stream in a transaction: what is committed, and pages of changes over it.

use super::super::Stream;
use super::super::cfb::{self, CfbStream};
use crate::error::{Code, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

const PAGE: u64 = 1 << 16;

/// Where unchanged bytes come from.
#[derive(Clone)]
pub(crate) enum Under {
    Nothing,
    Committed(Arc<CfbStream>),
    Foreign(Arc<dyn Stream>),
}

/// A stream's bytes. Cloning shares them; writing to a clone copies only the pages it touches.
#[derive(Clone)]
pub(crate) struct Pages {
    under: Under,
    /// Bytes of `under` that still count: cutting a stream hides what follows for good.
    under_len: u64,
    size: u64,
    pages: BTreeMap<u64, Arc<Vec<u8>>>,
}

impl Under {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Under::Nothing => Ok(0),
            Under::Committed(stream) => stream.read_at(offset, buffer),
            Under::Foreign(stream) => stream.read_at(offset, buffer),
        }
    }
}

impl Pages {
    pub(crate) fn empty() -> Pages {
        Pages { under: Under::Nothing, under_len: 0, size: 0, pages: BTreeMap::new() }
    }

    pub(crate) fn over(under: Under) -> Result<Pages> {
        let size = match &under {
            Under::Nothing => 0,
            Under::Committed(stream) => stream.size(),
            Under::Foreign(stream) => stream.size()?,
        };
        Ok(Pages { under, under_len: size, size, pages: BTreeMap::new() })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn under(&self) -> &Under {
        &self.under
    }

    pub(crate) fn under_len(&self) -> u64 {
        self.under_len
    }

    /// Offset and length of every piece that was written.
    pub(crate) fn changed_ranges(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.pages.keys().map(|number| {
            let start = number * PAGE;
            let len = self.size.saturating_sub(start).min(PAGE);
            (start, usize::try_from(len).unwrap_or(0))
        })
    }

    /// The committed stream, if nothing was changed. Cutting counts, even back to the same size.
    pub(crate) fn committed(&self) -> Option<&Arc<CfbStream>> {
        let Under::Committed(stream) = &self.under else { return None };
        let whole = self.size == stream.size() && self.under_len == stream.size();
        (whole && self.pages.is_empty()).then_some(stream)
    }

    /// Takes everything into memory, so that what lies below may go away.
    pub(crate) fn detach(&mut self) -> Result<()> {
        for number in 0..self.under_len.div_ceil(PAGE) {
            self.page_for_write(number, 0, 0)?;
        }
        (self.under, self.under_len) = (Under::Nothing, 0);
        Ok(())
    }

    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let len = self.size.saturating_sub(offset).min(buffer.len() as u64);
        let mut rest = buffer.get_mut(..usize::try_from(len).unwrap_or(0)).unwrap_or_default();
        let mut at = offset;
        while !rest.is_empty() {
            let within = at % PAGE;
            let page = self.pages.get(&(at / PAGE));
            // Without a page, everything up to the next one comes from below in one piece.
            let span = match page {
                Some(_) => PAGE - within,
                None => match self.pages.range(at / PAGE..).next() {
                    Some((next, _)) => next * PAGE - at,
                    None => u64::MAX,
                },
            };
            let step = usize::try_from(span).map_or(rest.len(), |span| span.min(rest.len()));
            let (now, later) = rest.split_at_mut(step);
            let got = match page {
                Some(page) => copy_page(page, within, now),
                None => match self.read_under(at, now) {
                    Ok(got) => got,
                    Err(error) if at == offset => return Err(error),
                    Err(_) => 0,
                },
            };
            if got < step {
                // Damage below: the sound bytes now, its error on the next read.
                let end = at - offset + got as u64;
                return Ok(usize::try_from(end).unwrap_or(0));
            }
            at += step as u64;
            rest = later;
        }
        Ok(usize::try_from(len).unwrap_or(0))
    }

    /// Reads what lies below; past its end are zeros.
    fn read_under(&self, at: u64, buffer: &mut [u8]) -> Result<usize> {
        let there = self.under_len.saturating_sub(at).min(buffer.len() as u64);
        let (real, zeros) = buffer.split_at_mut(usize::try_from(there).unwrap_or(0));
        zeros.fill(0);
        let mut done = 0;
        while done < real.len() {
            let part = real.get_mut(done..).unwrap_or_default();
            match self.under.read_at(at + done as u64, part) {
                Ok(0) => return Ok(done),
                Ok(got) => done += got,
                Err(_) if done > 0 => return Ok(done),
                Err(error) => return Err(error),
            }
        }
        Ok(real.len() + zeros.len())
    }

    /// Reads what lies below with zeros where the file is damaged; other failures stay failures.
    fn read_sound(&self, at: u64, buffer: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.read_under(at + done as u64, rest) {
                Ok(got) if got > 0 => done += got,
                Err(error) if error.code() != Code::StgDocFileCorrupt => return Err(error),
                _ => {
                    rest.fill(0);
                    break;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn write_at(&mut self, offset: u64, data: &[u8]) -> Result<()> {
        let mut at = offset;
        let mut rest = data;
        while !rest.is_empty() {
            let within = usize::try_from(at % PAGE).unwrap_or(0);
            let step = rest.len().min(usize::try_from(PAGE).unwrap_or(0) - within);
            let (now, later) = rest.split_at(step);
            let page = self.page_for_write(at / PAGE, within, step)?;
            if page.len() < within + step {
                page.resize(within + step, 0);
            }
            if let Some(target) = page.get_mut(within..within + step) {
                target.copy_from_slice(now);
            }
            at += step as u64;
            rest = later;
        }
        self.size = self.size.max(offset + data.len() as u64);
        Ok(())
    }

    /// A page of our own, filled from below unless all of it will be overwritten.
    fn page_for_write(&mut self, number: u64, within: usize, len: usize) -> Result<&mut Vec<u8>> {
        if !self.pages.contains_key(&number) {
            let start = number * PAGE;
            let below =
                usize::try_from(self.under_len.saturating_sub(start).min(PAGE)).unwrap_or(0);
            let mut bytes = Vec::new();
            if below > 0 && !(within == 0 && len >= below) {
                bytes.resize(below, 0);
                // Bytes that cannot be read any more become zeros, as they would in a commit.
                self.read_sound(start, &mut bytes)?;
            }
            self.pages.insert(number, Arc::new(bytes));
        }
        let page = self.pages.entry(number).or_default();
        Ok(Arc::make_mut(page))
    }

    pub(crate) fn set_size(&mut self, size: u64) {
        if size < self.size {
            self.under_len = self.under_len.min(size);
            self.pages.split_off(&size.div_ceil(PAGE));
            let within = usize::try_from(size % PAGE).unwrap_or(0);
            if let Some(page) = self.pages.get_mut(&(size / PAGE)) {
                Arc::make_mut(page).truncate(within);
            }
        }
        self.size = size;
    }
}

/// Copies from a page; past its end are zeros.
fn copy_page(page: &[u8], within: u64, buffer: &mut [u8]) -> usize {
    let part = usize::try_from(within).ok().and_then(|at| page.get(at..)).unwrap_or_default();
    let len = part.len().min(buffer.len());
    let (real, zeros) = buffer.split_at_mut(len);
    real.copy_from_slice(part.get(..len).unwrap_or_default());
    zeros.fill(0);
    real.len() + zeros.len()
}

/// What a commit writes. A damaged stream that was not changed gives what is left of it; in one that
/// was changed, what is lost becomes zeros, so that the changes stay where they were made.
impl cfb::Content for Pages {
    fn len(&self) -> u64 {
        match self.committed() {
            Some(stream) => stream.available(),
            None => self.size,
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        match Pages::read_at(self, offset, buffer) {
            Err(error) if error.code() == Code::StgDocFileCorrupt => {
                // Up to the next page of changes.
                let next = self.pages.range(offset / PAGE..).next().map(|(page, _)| page * PAGE);
                let lost = next.unwrap_or(self.size).min(self.size).saturating_sub(offset);
                let len = usize::try_from(lost).map_or(buffer.len(), |len| len.min(buffer.len()));
                buffer.get_mut(..len).unwrap_or_default().fill(0);
                Ok(len)
            }
            read => read,
        }
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        if let Some(stream) = self.committed() {
            return stream.as_bytes();
        }
        let one = self.pages.len() == 1 && self.under_len == 0;
        let page = self.pages.get(&0).filter(|_| one)?;
        (page.len() as u64 == self.size).then_some(page.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_hides_for_good_and_growing_gives_zeros() {
        let mut pages = Pages::empty();
        pages.write_at(0, &[7; 100]).unwrap();
        pages.set_size(10);
        pages.set_size(50);
        let mut buffer = [1; 60];
        assert_eq!(pages.read_at(0, &mut buffer).unwrap(), 50);
        assert_eq!((buffer[9], buffer[10], buffer[49]), (7, 0, 0));
    }

    /// Cutting a stream and growing it to its old size once gave the old bytes back at the commit.
    #[test]
    fn a_stream_cut_and_grown_to_its_old_size_counts_as_changed() {
        use super::super::super::{CompoundFile, MEMBER_RW, Storage};
        let file = CompoundFile::memory();
        let name = "x".parse().unwrap();
        file.create_stream(&name, MEMBER_RW).unwrap().write_at(0, &[7; 5000]).unwrap();
        file.commit(Default::default()).unwrap();
        let stream = file.open_stream(&name, MEMBER_RW).unwrap();
        stream.set_size(0).unwrap();
        stream.set_size(5000).unwrap();
        file.commit(Default::default()).unwrap();
        let mut bytes = [1; 5000];
        assert_eq!(stream.read_at(0, &mut bytes).unwrap(), 5000);
        assert_eq!(bytes, [0; 5000]);
    }

    #[test]
    fn a_clone_does_not_see_later_writes() {
        let mut pages = Pages::empty();
        pages.write_at(200_000, b"far").unwrap();
        let before = pages.clone();
        pages.write_at(200_000, b"new").unwrap();
        let read = |pages: &Pages| {
            let mut buffer = [0; 3];
            pages.read_at(200_000, &mut buffer).unwrap();
            buffer
        };
        assert_eq!((read(&before), read(&pages)), (*b"far", *b"new"));
        let mut gap = [9; 16];
        assert_eq!(pages.read_at(65_530, &mut gap).unwrap(), 16);
        assert_eq!(gap, [0; 16]);
    }
}
