//! MAPI's buffers, COM's task memory, and what programs call at their beginning and end.

use super::export;
use crate::abi::*;
#[cfg(not(windows))]
use crate::ffi::In;
use crate::ffi::alloc;
use crate::ffi::{Iface, Out};
use crate::gate;
use crate::objects::malloc::default_malloc;
use openimsg::Code;
use std::ptr::null_mut;

export! {
    /// Allocates a block that others can be linked to.
    fn MAPIAllocateBuffer(size: u32, out: Out<Raw>) -> Scode {
        alloc::allocate_buffer(size, out)
    }

    /// Allocates a block that is freed with another.
    fn MAPIAllocateMore(size: u32, object: Raw, out: Out<Raw>) -> Scode {
        alloc::allocate_more(size, object, out)
    }

    /// Frees a block and all linked to it.
    fn MAPIFreeBuffer(block: Raw) -> u32 {
        gate::value(0, || alloc::free_buffer(block))
    }

    /// Starts MAPI: there is nothing to start.
    fn MAPIInitialize(_init: Raw) -> Scode {
        0
    }

    /// Ends MAPI: there is nothing to end.
    fn MAPIUninitialize() {}

    /// Starts MAPI's utilities: there is nothing to start.
    fn ScInitMapiUtil(flags: u32) -> Scode {
        if flags == 0 { 0 } else { Code::UnknownFlags.scode().cast_signed() }
    }

    /// Ends MAPI's utilities: there is nothing to end.
    fn DeinitMapiUtil() {}

    /// The `IMalloc` of the process, with one more reference.
    fn MAPIGetDefaultMalloc() -> Raw {
        gate::value(null_mut(), default_malloc)
    }

    /// An interface's `AddRef`; 0 for null.
    fn UlAddRef(object: Iface) -> u32 {
        gate::value(0, || object.add_ref())
    }

    /// An interface's `Release`; 0 for null.
    fn UlRelease(object: Iface) -> u32 {
        gate::value(0, || object.release())
    }
}

// On Windows these are the system's.
#[cfg(not(windows))]
export! {
    /// Allocates task memory; null if there is none.
    fn CoTaskMemAlloc(size: usize) -> Raw {
        gate::value(null_mut(), || alloc::task::allocate(size))
    }

    /// Changes the size of task memory.
    fn CoTaskMemRealloc(block: Raw, size: usize) -> Raw {
        gate::value(null_mut(), || alloc::task::reallocate(block, size))
    }

    /// Frees task memory.
    fn CoTaskMemFree(block: Raw) {
        gate::value((), || alloc::task::free(block));
    }

    /// The `IMalloc` of task memory.
    fn CoGetMalloc(context: u32, mut out: Out<Raw>) -> Scode {
        gate::done(|| {
            const MEMCTX_TASK: u32 = 1;
            let Some(place) = out.begin(null_mut()) else { return gate::null("get allocator") };
            if context != MEMCTX_TASK {
                return gate::null("get allocator");
            }
            *place = default_malloc();
            Ok(())
        })
    }

    /// Starts COM: there is nothing to start.
    fn CoInitialize(_reserved: Raw) -> Scode {
        0
    }

    /// Starts COM: there is nothing to start.
    fn CoInitializeEx(_reserved: Raw, _how: u32) -> Scode {
        0
    }

    /// Ends COM: there is nothing to end.
    fn CoUninitialize() {}

    /// Starts OLE: there is nothing to start.
    fn OleInitialize(_reserved: Raw) -> Scode {
        0
    }

    /// Ends OLE: there is nothing to end.
    fn OleUninitialize() {}

    /// Whether two identifiers are equal; not for null.
    fn IsEqualGUID(one: In<GUID>, other: In<GUID>) -> i32 {
        i32::from(one.get().is_some_and(|one| other.get() == Some(one)))
    }
}
