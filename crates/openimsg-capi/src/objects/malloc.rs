//! `IMalloc` over task memory: one object for the process, whose count does not matter.

use crate::abi::*;
use crate::ffi::alloc::task;
use crate::ffi::refcount::unknown;
use crate::ffi::{Answer, Class, Ref, This};
use crate::gate;
use openimsg::Guid;
use std::sync::OnceLock;

/// The object of `MAPIGetDefaultMalloc` and `CoGetMalloc`. Spec: C-254 (imessage-contract 3.6).
pub(crate) struct MallocObject;

/// Its table.
pub(crate) static MALLOC: MallocTable<This<MallocObject>> = MallocTable {
    unknown: UnknownTable { add_ref, release, ..unknown::<MallocObject>() },
    alloc,
    realloc,
    free,
    get_size,
    did_alloc,
    heap_minimize,
};

impl Class for MallocObject {
    fn table(&self) -> *const UnknownTable<This<MallocObject>> {
        &raw const MALLOC.unknown
    }

    fn query(_: &Ref<MallocObject>, iid: Guid) -> Answer {
        if iid == Guid::mapi(2) { Answer::This } else { Answer::No }
    }
}

/// The one object.
pub(crate) fn default_malloc() -> Raw {
    /// The reference that keeps it for the process.
    static ONE: OnceLock<Ref<MallocObject>> = OnceLock::new();
    ONE.get_or_init(|| Ref::new(MallocObject)).raw()
}

/// The object is there for the process; there is nothing to count. Spec: S-148.
extern "system" fn add_ref(_: This<MallocObject>) -> u32 {
    1
}

extern "system" fn release(_: This<MallocObject>) -> u32 {
    1
}

extern "system" fn alloc(_: This<MallocObject>, size: usize) -> Raw {
    gate::value(std::ptr::null_mut(), || task::allocate(size))
}

extern "system" fn realloc(_: This<MallocObject>, block: Raw, size: usize) -> Raw {
    gate::value(std::ptr::null_mut(), || task::reallocate(block, size))
}

extern "system" fn free(_: This<MallocObject>, block: Raw) {
    gate::value((), || task::free(block));
}

extern "system" fn get_size(_: This<MallocObject>, block: Raw) -> usize {
    task::size(block)
}

/// Not known: blocks are the heap's. Spec: S-147.
extern "system" fn did_alloc(_: This<MallocObject>, _: Raw) -> i32 {
    -1
}

extern "system" fn heap_minimize(_: This<MallocObject>) {}
