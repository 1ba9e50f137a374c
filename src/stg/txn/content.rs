//! The bytes of a stream in a transaction: what is committed, and pages of changes over it.

use super::super::Stream;
use super::super::cfb::{self, CfbStream};
use super::spill::{PAGE as PAGE_LEN, Page, Spill};
use crate::error::{Code, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

const PAGE: u64 = PAGE_LEN as u64;

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
    pages: PageMap,
    /// Where new pages go; a place of its own if nobody gave one.
    spill: Option<Arc<Spill>>,
}

/// `len` bytes of a page; what follows in the stream's page is zero.
#[derive(Clone)]
struct Piece {
    page: Arc<Page>,
    len: usize,
}

/// Pages by number. Most streams have only the first.
#[derive(Clone, Default)]
struct PageMap {
    first: Option<Piece>,
    others: BTreeMap<u64, Piece>,
}

impl PageMap {
    fn get(&self, number: u64) -> Option<&Piece> {
        if number == 0 { self.first.as_ref() } else { self.others.get(&number) }
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Piece> {
        if number == 0 { self.first.as_mut() } else { self.others.get_mut(&number) }
    }

    fn insert(&mut self, number: u64, piece: Piece) {
        match number {
            0 => self.first = Some(piece),
            _ => drop(self.others.insert(number, piece)),
        }
    }

    /// The first page from `number` on.
    fn next(&self, number: u64) -> Option<u64> {
        if number == 0 && self.first.is_some() {
            return Some(0);
        }
        self.others.range(number..).next().map(|(number, _)| *number)
    }

    fn numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.first.iter().map(|_| 0).chain(self.others.keys().copied())
    }

    fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.is_empty()
    }

    /// Cuts off what lies past `size` bytes; costs what goes.
    fn cut(&mut self, size: u64) {
        let cut = |piece: &mut Piece, start: u64| {
            let left = usize::try_from(size - start).unwrap_or(PAGE_LEN);
            piece.len = piece.len.min(left);
        };
        while let Some(last) = self.others.last_entry() {
            let start = last.key() * PAGE;
            if start < size {
                return cut(last.into_mut(), start);
            }
            last.remove();
        }
        if size == 0 {
            self.first = None;
        }
        self.first.iter_mut().for_each(|first| cut(first, 0));
    }
}

impl Piece {
    /// Fills `buffer` from byte `at` of the page on.
    fn read(&self, at: usize, buffer: &mut [u8]) -> Result<()> {
        let there = self.len.saturating_sub(at).min(buffer.len());
        let (real, zeros) = buffer.split_at_mut(there);
        zeros.fill(0);
        self.page.read(at, real)
    }
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
        Pages {
            under: Under::Nothing,
            under_len: 0,
            size: 0,
            pages: PageMap::default(),
            spill: None,
        }
    }

    pub(crate) fn over(under: Under) -> Result<Pages> {
        let size = match &under {
            Under::Nothing => 0,
            Under::Committed(stream) => stream.size(),
            Under::Foreign(stream) => stream.size()?,
        };
        Ok(Pages { under, under_len: size, size, pages: PageMap::default(), spill: None })
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
        self.pages.numbers().map(|number| {
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

    /// What a commit writes, shared with what is here if that is all in one place.
    pub(crate) fn content(&self) -> Arc<dyn cfb::Content> {
        if let Some(stream) = self.committed() {
            return Arc::clone(stream) as _;
        }
        let whole = self
            .one_page()
            .filter(|page| page.as_bytes().is_some_and(|bytes| bytes.len() as u64 == self.size));
        match whole {
            Some(page) => Arc::clone(page) as _,
            None => Arc::new(self.clone()),
        }
    }

    /// The only page with bytes that count, if there is nothing beside it.
    fn one_page(&self) -> Option<&Arc<Page>> {
        let one = self.pages.others.is_empty() && self.under_len == 0;
        let piece = self.pages.first.as_ref().filter(|_| one)?;
        let len = piece.page.as_bytes()?.len();
        (piece.len as u64 == self.size && piece.len <= len).then_some(&piece.page)
    }

    /// Changes go to the pages of this root from now on.
    pub(crate) fn spill_to(&mut self, spill: &Arc<Spill>) {
        self.spill.get_or_insert_with(|| Arc::clone(spill));
    }

    /// Lets go of what a damaged stream claims to have and does not: with the first change, its length
    /// is what is left of it. A claim can be any size, and would be written as zeros.
    fn give_up_what_is_lost(&mut self) {
        let Under::Committed(stream) = &self.under else { return };
        let there = stream.available();
        if there < self.under_len {
            if self.pages.is_empty() && self.size == self.under_len {
                self.size = there;
            }
            self.under_len = there;
        }
    }

    /// Takes everything into pages, so that what lies below may go away.
    pub(crate) fn detach(&mut self) -> Result<()> {
        self.give_up_what_is_lost();
        for number in 0..self.under_len.div_ceil(PAGE) {
            if self.pages.get(number).is_none() {
                let piece = self.renewed(number, 0, &[])?;
                self.pages.insert(number, piece);
            }
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
            let page = self.pages.get(at / PAGE);
            // Without a page, everything up to the next one comes from below in one piece.
            let span = match page {
                Some(_) => PAGE - within,
                None => match self.pages.next(at / PAGE) {
                    Some(next) => next * PAGE - at,
                    None => u64::MAX,
                },
            };
            let step = usize::try_from(span).map_or(rest.len(), |span| span.min(rest.len()));
            let (now, later) = rest.split_at_mut(step);
            let read = match page {
                Some(page) => page.read(usize::try_from(within).unwrap_or(0), now).map(|()| step),
                None => self.read_under(at, now),
            };
            let got = match read {
                Ok(got) => got,
                Err(error) if at == offset => return Err(error),
                Err(_) => 0,
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

    /// Writes all of `data`, or nothing: a spill file that is full leaves the stream as it was.
    pub(crate) fn write_at(&mut self, offset: u64, data: &[u8]) -> Result<()> {
        let mut work = Staged::default();
        if let Err(error) = self.stage(offset, data, &mut work) {
            self.undo(work);
            return Err(error);
        }
        // From here on nothing fails.
        self.give_up_what_is_lost();
        let mut fresh = work.first.into_iter().chain(work.fresh).peekable();
        for (number, within, part) in parts(offset, data) {
            if let Some((number, piece)) = fresh.next_if(|(fresh, _)| *fresh == number) {
                self.pages.insert(number, piece);
                continue;
            }
            let Some(piece) = self.pages.get_mut(number) else { continue };
            let (before, end) = (piece.len, within + part.len());
            piece.len = before.max(end);
            if let Some(bytes) = Arc::get_mut(&mut piece.page).and_then(Page::in_memory) {
                // What was cut off does not come back.
                bytes.truncate(before);
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                if let Some(place) = bytes.get_mut(within..end) {
                    place.copy_from_slice(part);
                }
            }
        }
        self.size = self.size.max(offset + data.len() as u64);
        Ok(())
    }

    /// Does all of a write that may fail: room in memory, new pages beside the old ones, and bytes
    /// in the spill file.
    fn stage(&mut self, offset: u64, data: &[u8], work: &mut Staged) -> Result<()> {
        for (number, within, part) in parts(offset, data) {
            let end = within + part.len();
            let piece = self.pages.get_mut(number);
            // A page of our own that has room is changed where it lies.
            if let Some(Piece { page, len }) = piece
                && let Some(page) = Arc::get_mut(page)
                && (page.as_bytes().is_some() || within > 0 || end < *len)
                && page.has_room(end)
            {
                if page.as_bytes().is_none() {
                    let mut old = vec![0; end.min(*len).saturating_sub(within)];
                    page.read(within, &mut old)?;
                    if !old.is_empty() {
                        work.old.push((number, within, old));
                    }
                    // What was cut off does not come back.
                    page.put(*len, &vec![0; within.saturating_sub(*len)])?;
                    page.put(within, part)?;
                }
                continue;
            }
            let piece = self.renewed(number, within, part)?;
            match work.first {
                None => work.first = Some((number, piece)),
                Some(_) => work.fresh.push((number, piece)),
            }
        }
        Ok(())
    }

    /// Gives overwritten bytes back.
    fn undo(&mut self, work: Staged) {
        for (number, within, old) in work.old {
            if let Some(Piece { page, len }) = self.pages.get_mut(number)
                && let Some(page) = Arc::get_mut(page)
            {
                // A disk that neither writes nor reads has nothing left to give back.
                let _ = page.rescue(*len, within, &old);
            }
        }
    }

    /// A new page of our own with the bytes of the one there, or from below, and `part` over them.
    fn renewed(&mut self, number: u64, within: usize, part: &[u8]) -> Result<Piece> {
        let start = number * PAGE;
        let piece = self.pages.get(number);
        let below = usize::try_from(self.under_len.saturating_sub(start).min(PAGE)).unwrap_or(0);
        let (before, end) = (piece.map_or(below, |piece| piece.len), within + part.len());
        let len = before.max(end);
        // Pages get twice the room when they grow, new ones exactly what they need.
        let room = if piece.is_some() { len.next_power_of_two().clamp(len, PAGE_LEN) } else { len };
        let mut bytes = Vec::with_capacity(room);
        bytes.resize(len, 0);
        if let Some(old) = bytes.get_mut(..before).filter(|_| within > 0 || end < before) {
            match piece {
                Some(piece) => piece.read(0, old)?,
                // Bytes that cannot be read any more become zeros, as they would in a commit.
                None => self.read_sound(start, old)?,
            }
        }
        if let Some(place) = bytes.get_mut(within..end) {
            place.copy_from_slice(part);
        }
        let room = if number > 0 { PAGE_LEN } else { room };
        let page = Arc::new(self.spill.get_or_insert_default().page(bytes, room)?);
        Ok(Piece { page, len })
    }

    pub(crate) fn set_size(&mut self, size: u64) {
        self.give_up_what_is_lost();
        if size < self.size {
            self.under_len = self.under_len.min(size);
            self.pages.cut(size);
        }
        self.size = size;
    }
}

/// The work of a write before it shows.
#[derive(Default)]
struct Staged {
    /// The first page that will take the place of another, and those behind it, in order.
    first: Option<(u64, Piece)>,
    fresh: Vec<(u64, Piece)>,
    /// Bytes of the spill file that were overwritten: page, place in it, and what was there.
    old: Vec<(u64, usize, Vec<u8>)>,
}

/// What a write brings to each page: its number, where in it, and the bytes.
fn parts(offset: u64, data: &[u8]) -> impl Iterator<Item = (u64, usize, &[u8])> {
    let (mut at, mut rest) = (offset, data);
    std::iter::from_fn(move || {
        let within = usize::try_from(at % PAGE).unwrap_or(0);
        let (now, later) = rest.split_at(rest.len().min(PAGE_LEN - within));
        let part = (at / PAGE, within, now);
        (at, rest) = (at + now.len() as u64, later);
        (!now.is_empty()).then_some(part)
    })
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
                let next = self.pages.next(offset / PAGE).map(|page| page * PAGE);
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
        self.one_page()?.as_bytes()?.get(..usize::try_from(self.size).ok()?)
    }
}

/// A page that is all of a stream.
impl cfb::Content for Page {
    fn len(&self) -> u64 {
        self.as_bytes().map_or(0, <[u8]>::len) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let bytes = self.as_bytes().unwrap_or_default();
        let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer
            .get_mut(..len)
            .unwrap_or_default()
            .copy_from_slice(rest.get(..len).unwrap_or_default());
        Ok(len)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        Page::as_bytes(self)
    }
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
