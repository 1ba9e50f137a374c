//! Where pages of changes lie: in memory up to a limit, then in a spill file.
//!
//! All levels of one root count together. Above the limit a new page goes to a temporary file that
//! has no name, in the system's folder for temporary files (`TMPDIR`, or what the system has in its
//! place): so it goes away with the process, however that ends. A page that was dropped gives its
//! slot to later ones; when nothing is spilled any more, the file goes and its space with it.
//! Readers of a spilled page take no lock. Spec: structured-storage 2.6.

use crate::error::{Code, Error, Result};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a full page.
pub(super) const PAGE: usize = 1 << 16;

/// The smallest slot, and the number of sizes up to a page, each twice the one before.
const SMALLEST: usize = 1 << 8;
const SIZES: usize = 9;

/// What a spill file is to us.
pub(super) trait Medium: Send + Sync {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;
}

/// How a spill file is made.
type Make = Box<dyn Fn() -> io::Result<Arc<dyn Medium>> + Send + Sync>;

/// The account of one root's pages, and its spill file.
pub(crate) struct Spill {
    limit: u64,
    /// Bytes of pages that lie in memory.
    in_memory: AtomicU64,
    slots: Mutex<Slots>,
    make: Make,
}

#[derive(Default)]
struct Slots {
    medium: Option<Arc<dyn Medium>>,
    /// Slots that pages lie in.
    used: u64,
    /// The end of all slots.
    end: u64,
    /// Slots that pages left, by size.
    free: [Vec<u64>; SIZES],
}

/// A page: whoever holds it alone may change it.
pub(super) struct Page {
    place: Place,
    spill: Arc<Spill>,
}

enum Place {
    Memory(Vec<u8>),
    Spilled(Slot),
}

struct Slot {
    medium: Arc<dyn Medium>,
    offset: u64,
    size: usize,
}

impl Default for Spill {
    fn default() -> Spill {
        Spill::above(32 << 20)
    }
}

impl Spill {
    /// Pages above `limit` bytes go to a file.
    pub(crate) fn above(limit: u64) -> Spill {
        Spill::with(limit, Box::new(|| Ok(Arc::new(tempfile::tempfile()?))))
    }

    pub(super) fn with(limit: u64, make: Make) -> Spill {
        Spill { limit, in_memory: AtomicU64::new(0), slots: Mutex::default(), make }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts so many bytes more in memory, if the limit has room for them.
    fn reserve(&self, bytes: usize) -> bool {
        let more = |now: u64| now.checked_add(bytes as u64).filter(|now| *now <= self.limit);
        self.in_memory.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn release(&self, bytes: usize) {
        self.in_memory.fetch_sub(bytes as u64, Ordering::Relaxed);
    }

    /// A page of these bytes. In a file it gets room for `room` bytes.
    pub(super) fn page(self: &Arc<Spill>, bytes: Vec<u8>, room: usize) -> Result<Page> {
        if self.reserve(bytes.capacity()) {
            return Ok(Page { place: Place::Memory(bytes), spill: Arc::clone(self) });
        }
        let place = Place::Spilled(self.slot(room.max(bytes.len()))?);
        let page = Page { place, spill: Arc::clone(self) };
        page.put(0, &bytes)?;
        Ok(page)
    }

    /// A page in memory, whatever the limit says.
    fn page_in_memory(self: &Arc<Spill>, bytes: Vec<u8>) -> Page {
        self.in_memory.fetch_add(bytes.capacity() as u64, Ordering::Relaxed);
        Page { place: Place::Memory(bytes), spill: Arc::clone(self) }
    }

    fn slot(&self, room: usize) -> Result<Slot> {
        let size = room.next_power_of_two().clamp(SMALLEST, PAGE);
        let mut slots = self.slots();
        let medium = match &slots.medium {
            Some(medium) => Arc::clone(medium),
            None => Arc::clone(slots.medium.insert((self.make)().map_err(no_file)?)),
        };
        let left = slots.free.get_mut(list_of(size)).and_then(Vec::pop);
        let offset = left.unwrap_or_else(|| {
            let end = slots.end;
            slots.end += size as u64;
            end
        });
        slots.used += 1;
        Ok(Slot { medium, offset, size })
    }

    fn give_back(&self, slot: &Slot) {
        let mut slots = self.slots();
        slots.used = slots.used.saturating_sub(1);
        if slots.used == 0 {
            // Nothing is spilled: the disk gets its space back.
            *slots = Slots::default();
        } else if let Some(free) = slots.free.get_mut(list_of(slot.size)) {
            free.push(slot.offset);
        }
    }
}

/// Where the free slots of a size are listed.
fn list_of(size: usize) -> usize {
    (size / SMALLEST).trailing_zeros() as usize
}

impl Page {
    /// The bytes, if they lie in memory.
    pub(super) fn as_bytes(&self) -> Option<&[u8]> {
        match &self.place {
            Place::Memory(bytes) => Some(bytes),
            Place::Spilled(_) => None,
        }
    }

    /// Whether `end` bytes have room without another place for the page; memory is made larger if
    /// the limit allows it.
    pub(super) fn has_room(&mut self, end: usize) -> bool {
        match &mut self.place {
            Place::Spilled(slot) => end <= slot.size,
            Place::Memory(bytes) if end <= bytes.capacity() => true,
            Place::Memory(bytes) => {
                let before = bytes.capacity();
                let wanted = end.next_power_of_two().min(PAGE).max(end);
                if !self.spill.reserve(wanted - before) {
                    return false;
                }
                let mut larger = Vec::with_capacity(wanted);
                larger.extend_from_slice(bytes);
                // What the allocator gave beyond is ours as well.
                self.spill
                    .in_memory
                    .fetch_add((larger.capacity() - wanted) as u64, Ordering::Relaxed);
                *bytes = larger;
                true
            }
        }
    }

    /// The bytes of a page in memory, to change; their capacity stays.
    pub(super) fn in_memory(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.place {
            Place::Memory(bytes) => Some(bytes),
            Place::Spilled(_) => None,
        }
    }

    /// Fills `buffer` from `at`; the bytes were written before.
    pub(super) fn read(&self, at: usize, buffer: &mut [u8]) -> Result<()> {
        let fault = |e| Error::from_io(e, Code::StgReadFault, "read spill file");
        match &self.place {
            Place::Memory(bytes) => {
                let part = bytes.get(at..).unwrap_or_default();
                let len = part.len().min(buffer.len());
                let (real, zeros) = buffer.split_at_mut(len);
                real.copy_from_slice(part.get(..len).unwrap_or_default());
                zeros.fill(0);
            }
            Place::Spilled(slot) => {
                let mut done = 0;
                while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
                    match slot.medium.read_at(slot.offset + (at + done) as u64, rest) {
                        Ok(0) => return Err(fault(io::ErrorKind::UnexpectedEof.into())),
                        Ok(got) => done += got,
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                        Err(e) => return Err(fault(e)),
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes into the slot of a spilled page. The caller sees to it that nobody else holds the page,
    /// and that the bytes have room.
    pub(super) fn put(&self, at: usize, bytes: &[u8]) -> Result<()> {
        let Place::Spilled(slot) = &self.place else { return Ok(()) };
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            match slot.medium.write_at(slot.offset + (at + done) as u64, rest) {
                Ok(0) => return Err(no_space(io::ErrorKind::StorageFull.into())),
                Ok(put) => done += put,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(no_space(e)),
            }
        }
        Ok(())
    }

    /// Takes a page whose slot could not be overwritten back to memory: `len` bytes of it, with
    /// `old` at `at` as before.
    pub(super) fn rescue(&mut self, len: usize, at: usize, old: &[u8]) -> Result<()> {
        let mut bytes = vec![0; len];
        self.read(0, &mut bytes)?;
        if let Some(place) = bytes.get_mut(at..at + old.len()) {
            place.copy_from_slice(old);
        }
        *self = self.spill.page_in_memory(bytes);
        Ok(())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        match &self.place {
            Place::Memory(bytes) => self.spill.release(bytes.capacity()),
            Place::Spilled(slot) => self.spill.give_back(slot),
        }
    }
}

fn no_file(error: io::Error) -> Error {
    let note = "changes above the limit for memory need a file in the folder for temporary files";
    let full = Error::from_io(error, Code::StgWriteFault, "make spill file");
    match full.code() {
        Code::StgMediumFull => full.note(note),
        // That folder is not the caller's file: what is wrong with it is no verdict on that.
        _ => Error::new(Code::StgWriteFault, "make spill file").note(note).source(full),
    }
}

fn no_space(error: io::Error) -> Error {
    Error::from_io(error, Code::StgWriteFault, "write spill file")
        .note("changes above the limit for memory go to the folder for temporary files")
}

#[cfg(unix)]
impl Medium for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(self, bytes, offset)
    }
}

#[cfg(windows)]
impl Medium for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_write(self, bytes, offset)
    }
}

#[cfg(test)]
#[path = "spill_tests.rs"]
mod tests;
