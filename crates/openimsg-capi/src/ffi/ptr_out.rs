//! Places that callers pass for results, and blocks that are made for them.
#![allow(clippy::disallowed_methods, reason = "memory of callers is in the machine's byte order")]

use super::In;
use crate::abi::*;
use openimsg::{Code, Error, Result};
use std::mem::MaybeUninit;
use std::slice;

/// A place for a `T`: null, or writable during the call. What is in it before means nothing.
///
/// Safe code can only make it null or lend a place of its own for a call.
#[repr(transparent)]
#[derive(Debug)]
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// Null.
    pub(crate) const NULL: Out<T> = Out(std::ptr::null_mut());

    /// A place to lend to a callee for the time of a call.
    pub(crate) fn lend(place: &mut T) -> Out<T> {
        Out(place)
    }

    /// Places to lend to a callee for the time of a call.
    pub(crate) fn lend_all(places: &mut [T]) -> Out<T> {
        Out(places.as_mut_ptr())
    }

    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// The pointer, to pass on.
    pub(crate) fn raw(&self) -> Raw {
        self.0.cast()
    }
}

impl<T: Copy> Out<T> {
    /// Puts a value there, if there is a place.
    pub(crate) fn put(&mut self, value: T) {
        if !self.0.is_null() {
            // SAFETY: not null, so the caller promised that it is writable (see the type).
            unsafe { self.0.write(value) };
        }
    }

    /// The place, with this value in it; `None` for null.
    pub(crate) fn begin(&mut self, value: T) -> Option<&mut T> {
        self.put(value);
        // SAFETY: null, or just written.
        unsafe { self.0.as_mut() }
    }

    /// The place as it is, for what is read and written; `None` for null.
    pub(crate) fn as_it_is(&mut self) -> Option<&mut T> {
        // SAFETY: null, or the caller's, who put something there: callers of this function ask for
        // what the interface calls input and output.
        unsafe { self.0.as_mut() }
    }

    /// Writes several, one after the other.
    pub(crate) fn put_at(&mut self, index: usize, value: T) {
        if !self.0.is_null() {
            // SAFETY: the caller said that there are places up to the index, which is below the
            // count that came with the pointer.
            unsafe { self.0.add(index).write(value) };
        }
    }
}

impl<T> Out<In<T>> {
    /// The same place for a pointer that is made here.
    pub(crate) fn untyped(&self) -> Out<Raw> {
        Out(self.0.cast())
    }
}

impl Out<u8> {
    /// A buffer of so many bytes; `None` for null.
    pub(crate) fn buffer(&mut self, len: u32) -> Option<&mut [u8]> {
        let len = usize::try_from(len).ok().filter(|len| isize::try_from(*len).is_ok())?;
        if self.0.is_null() {
            return None;
        }
        // SAFETY: the caller passes the length that goes with the buffer. It is written before
        // it is read.
        Some(unsafe { slice::from_raw_parts_mut(self.0, len) })
    }
}

/// The routines that results are made with, and freed with by the caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allocators {
    pub(crate) allocate: AllocateBuffer,
    /// Never needed: every result is one block.
    #[allow(dead_code, reason = "kept for those who ask which routines an object has")]
    pub(crate) more: AllocateMore,
    pub(crate) free: FreeBuffer,
}

fn no_memory() -> Error {
    Error::new(Code::NotEnoughMemory, "allocate result")
}

impl Allocators {
    /// A block that `build` fills: it runs twice, first to measure.
    pub(crate) fn block(&self, build: impl Fn(&mut Writer<'_>)) -> Result<Raw> {
        block_by(|size, out| (self.allocate)(size, out), build)
    }

    /// The same, linked to a block of the caller's.
    pub(crate) fn linked(
        more: AllocateMore,
        object: Raw,
        build: impl Fn(&mut Writer<'_>),
    ) -> Result<Raw> {
        block_by(|size, out| more(size, object, out), build)
    }

    /// Gives back a block that the caller will not get.
    pub(crate) fn free(&self, block: Raw) {
        if !block.is_null() {
            (self.free)(block);
        }
    }
}

fn block_by(
    allocate: impl Fn(u32, Out<Raw>) -> Scode,
    build: impl Fn(&mut Writer<'_>),
) -> Result<Raw> {
    let used = Writer::measure(&build);
    let size = u32::try_from(used).map_err(|_| no_memory())?;
    let mut block: Raw = std::ptr::null_mut();
    let result = allocate(size, Out(&raw mut block));
    if result < 0 || block.is_null() {
        return Err(no_memory());
    }
    Writer::fill(&mut Out(block.cast()), size, build);
    Ok(block)
}

/// Writes structures with pointers among them into one block.
///
/// Offsets are from its beginning. While it only measures, what is written is dropped.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    base: usize,
    used: usize,
    memory: &'a mut [MaybeUninit<u8>],
}

impl Writer<'_> {
    /// How many bytes `build` writes.
    pub(crate) fn measure(build: impl Fn(&mut Writer<'_>)) -> usize {
        let mut measure = Writer { base: 0, used: 0, memory: &mut [] };
        build(&mut measure);
        measure.used
    }

    /// Lets `build` write to memory of so many bytes; false for null.
    pub(crate) fn fill(memory: &mut Out<u8>, size: u32, build: impl Fn(&mut Writer<'_>)) -> bool {
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        if memory.0.is_null() || isize::try_from(len).is_err() {
            return false;
        }
        // SAFETY: an allocator gave so many bytes, or the caller did, who measured them with the
        // function for that; they are nobody else's during the call.
        let space = unsafe { slice::from_raw_parts_mut(memory.0.cast::<MaybeUninit<u8>>(), len) };
        build(&mut Writer { base: memory.0.addr(), used: 0, memory: space });
        true
    }

    /// Space for so many bytes, which are zero; gives its offset.
    pub(crate) fn reserve(&mut self, len: usize, align: usize) -> usize {
        let at = self.used.next_multiple_of(align);
        self.used = at.saturating_add(len);
        if let Some(space) = self.memory.get_mut(at..self.used) {
            space.fill(MaybeUninit::new(0));
        }
        at
    }

    /// Space for an array of `T`.
    pub(crate) fn array<T>(&mut self, count: usize) -> usize {
        self.reserve(size_of::<T>().saturating_mul(count), align_of::<T>())
    }

    /// Bytes at an offset.
    pub(crate) fn bytes(&mut self, at: usize, bytes: &[u8]) {
        let space = at.checked_add(bytes.len()).and_then(|end| self.memory.get_mut(at..end));
        if let Some(space) = space {
            for (to, from) in space.iter_mut().zip(bytes) {
                to.write(*from);
            }
        }
    }

    pub(crate) fn u16(&mut self, at: usize, value: u16) {
        self.bytes(at, &value.to_ne_bytes());
    }

    pub(crate) fn u32(&mut self, at: usize, value: u32) {
        self.bytes(at, &value.to_ne_bytes());
    }

    /// A count, as C has them.
    pub(crate) fn count(&mut self, at: usize, value: usize) {
        self.u32(at, u32::try_from(value).unwrap_or(u32::MAX));
    }

    /// A pointer to an offset.
    pub(crate) fn pointer(&mut self, at: usize, to: usize) {
        self.bytes(at, &self.base.wrapping_add(to).to_ne_bytes());
    }

    /// A pointer to something that is not in the block.
    pub(crate) fn outside(&mut self, at: usize, to: Raw) {
        self.bytes(at, &to.addr().to_ne_bytes());
    }

    /// New bytes at the end; gives their offset.
    pub(crate) fn new_bytes(&mut self, bytes: &[u8], align: usize) -> usize {
        let at = self.used.next_multiple_of(align);
        self.used = at.saturating_add(bytes.len());
        self.bytes(at, bytes);
        at
    }

    /// 8-bit text with its end.
    pub(crate) fn string8(&mut self, text: &[u8]) -> usize {
        let at = self.new_bytes(text, 1);
        self.new_bytes(&[0], 1);
        at
    }

    /// UTF-16 with its end.
    pub(crate) fn unicode(&mut self, units: impl Iterator<Item = u16>) -> usize {
        let at = self.used.next_multiple_of(2);
        self.used = at;
        for unit in units.chain([0]) {
            let here = self.used;
            self.used = here.saturating_add(2);
            self.u16(here, unit);
        }
        at
    }
}
