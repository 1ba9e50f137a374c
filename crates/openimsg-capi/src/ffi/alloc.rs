//! MAPI's linked buffers and COM's task memory.
//!
//! A buffer made by `MAPIAllocateMore` hangs on the one it was made for, and goes with it:
//!
//! ```text
//!   Head | bytes of the root ..            <- MAPIAllocateBuffer
//!    |
//!   Head | bytes ..  ->  Head | bytes ..   <- MAPIAllocateMore
//! ```

use crate::abi::*;
use crate::ffi::{Allocators, Out};
use crate::gate;
use openimsg::Code;
#[cfg(not(windows))]
use std::alloc::realloc;
use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// What stands before the bytes. Its size keeps them aligned to 16.
#[repr(C, align(16))]
struct Head {
    /// What kind of block this is, so that a pointer to something else is noticed.
    mark: u32,
    align_pad: u32,
    /// Bytes after the head.
    size: usize,
    /// In a root the last child, in a child the one before it.
    next: AtomicPtr<Head>,
}

/// A root, a child, task memory, and what was freed.
const ROOT: u32 = 0x544F_4F52;
const CHILD: u32 = 0x4443_4843;
#[cfg(not(windows))]
const TASK: u32 = 0x4B53_4154;
const FREED: u32 = 0x4545_5246;

/// Roots that are not freed.
static BUFFERS: AtomicU32 = AtomicU32::new(0);
/// Blocks of task memory that are not freed.
static TASKS: AtomicU32 = AtomicU32::new(0);

/// How many MAPI buffers and blocks of task memory callers still hold.
pub(crate) fn buffers() -> u32 {
    BUFFERS.load(Ordering::Relaxed).saturating_add(TASKS.load(Ordering::Relaxed))
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(size_of::<Head>())?, 16).ok()
}

/// A block of so many bytes; `None` if there is no memory.
fn new_block(mark: u32, size: usize) -> Option<NonNull<Head>> {
    let layout = layout(size)?;
    // SAFETY: the layout is not empty, since the head is not.
    let head = NonNull::new(unsafe { alloc(layout) }.cast::<Head>())?;
    // SAFETY: fresh memory of at least a head, aligned to 16.
    unsafe { head.write(Head { mark, align_pad: 0, size, next: AtomicPtr::new(null_mut()) }) };
    Some(head)
}

fn free_block(head: NonNull<Head>) {
    // SAFETY: the head is of a block made by `new_block` that is not freed: its mark was looked at,
    // and is taken away here.
    unsafe {
        let Some(layout) = layout((*head.as_ptr()).size) else { return };
        (*head.as_ptr()).mark = FREED;
        dealloc(head.as_ptr().cast(), layout);
    }
}

fn bytes_of(head: NonNull<Head>) -> Raw {
    // SAFETY: a block begins with its head, and its bytes follow.
    unsafe { head.add(1) }.as_ptr().cast()
}

/// The head before a caller's pointer, if it is one of that kind.
fn head_of(block: Raw, mark: u32) -> Option<NonNull<Head>> {
    let bytes = NonNull::new(block.cast::<Head>())?;
    if !bytes.addr().get().is_multiple_of(16) {
        return None;
    }
    // SAFETY: callers give what they got from here, so a head stands before it.
    let head = unsafe { bytes.sub(1) };
    // SAFETY: as above. The mark tells one kind of block from another.
    (unsafe { (*head.as_ptr()).mark } == mark).then_some(head)
}

/// `MAPIAllocateBuffer`. Spec: imessage-contract 1.11.
pub(crate) extern "system" fn allocate_buffer(size: u32, mut out: Out<Raw>) -> Scode {
    gate::scode(|| {
        let Some(place) = out.begin(null_mut()) else { return gate::null("allocate buffer") };
        *place = new_buffer(ROOT, size).map(bytes_of).ok_or_else(no_memory)?;
        BUFFERS.fetch_add(1, Ordering::Relaxed);
        Ok(0)
    })
}

/// `MAPIAllocateMore`.
pub(crate) extern "system" fn allocate_more(size: u32, root: Raw, mut out: Out<Raw>) -> Scode {
    const DOING: &str = "allocate more";
    gate::scode(|| {
        let Some(place) = out.begin(null_mut()) else { return gate::null(DOING) };
        let Some(root) = head_of(root, ROOT) else { return gate::null(DOING) };
        let child = new_buffer(CHILD, size).ok_or_else(no_memory)?;
        // SAFETY: both heads are there; the list only grows, until the root is freed.
        unsafe {
            let list = &(*root.as_ptr()).next;
            let link = |last| {
                (*child.as_ptr()).next.store(last, Ordering::Relaxed);
                Some(child.as_ptr())
            };
            let _ = list.fetch_update(Ordering::Release, Ordering::Relaxed, link);
        }
        *place = bytes_of(child);
        Ok(0)
    })
}

/// `MAPIFreeBuffer`: the block and all that was allocated for it.
pub(crate) extern "system" fn free_buffer(block: Raw) -> u32 {
    if block.is_null() {
        return 0;
    }
    let Some(root) = head_of(block, ROOT) else { return Code::InvalidParameter.scode() };
    // SAFETY: the root is there, and its list is of blocks that nobody else frees.
    let mut child = unsafe { (*root.as_ptr()).next.load(Ordering::Acquire) };
    while let Some(head) = NonNull::new(child) {
        // SAFETY: as above.
        child = unsafe { (*head.as_ptr()).next.load(Ordering::Relaxed) };
        free_block(head);
    }
    free_block(root);
    BUFFERS.fetch_sub(1, Ordering::Relaxed);
    0
}

fn new_buffer(mark: u32, size: u32) -> Option<NonNull<Head>> {
    i32::try_from(size).ok().and_then(|size| new_block(mark, usize::try_from(size).ok()?))
}

fn no_memory() -> openimsg::Error {
    openimsg::Error::new(Code::NotEnoughMemory, "allocate buffer")
}

/// The routines of this library itself.
pub(crate) const OWN: Allocators =
    Allocators { allocate: allocate_buffer, more: allocate_more, free: free_buffer };

/// Task memory, which `IMalloc` and `CoTaskMemAlloc` give. On Windows it is the system's, so that
/// what one side allocates the other can free.
#[cfg(not(windows))]
pub(crate) mod task {
    use super::*;

    /// `CoTaskMemAlloc`; null if there is no memory.
    pub(crate) fn allocate(size: usize) -> Raw {
        let Some(head) = new_block(TASK, size) else { return null_mut() };
        TASKS.fetch_add(1, Ordering::Relaxed);
        bytes_of(head)
    }

    /// `CoTaskMemRealloc`.
    pub(crate) fn reallocate(block: Raw, size: usize) -> Raw {
        if block.is_null() {
            return allocate(size);
        }
        if size == 0 {
            free(block);
            return null_mut();
        }
        let Some(head) = head_of(block, TASK) else { return null_mut() };
        // SAFETY: the head is of a live block, made with this layout.
        unsafe {
            let (Some(old), Some(new)) = (layout((*head.as_ptr()).size), layout(size)) else {
                return null_mut();
            };
            let moved = realloc(head.as_ptr().cast(), old, new.size()).cast::<Head>();
            let Some(moved) = NonNull::new(moved) else { return null_mut() };
            (*moved.as_ptr()).size = size;
            bytes_of(moved)
        }
    }

    /// `CoTaskMemFree`.
    pub(crate) fn free(block: Raw) {
        if let Some(head) = head_of(block, TASK) {
            free_block(head);
            TASKS.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// `IMalloc::GetSize`: the bytes of a block; all ones for null.
    pub(crate) fn size(block: Raw) -> usize {
        match head_of(block, TASK) {
            // SAFETY: the head is of a live block.
            Some(head) => unsafe { (*head.as_ptr()).size },
            None => usize::MAX,
        }
    }
}

#[cfg(windows)]
pub(crate) mod task {
    use super::*;

    #[link(name = "ole32")]
    unsafe extern "system" {
        fn CoTaskMemAlloc(size: usize) -> Raw;
        fn CoTaskMemRealloc(block: Raw, size: usize) -> Raw;
        fn CoTaskMemFree(block: Raw);
    }

    /// `CoTaskMemAlloc`; null if there is no memory.
    pub(crate) fn allocate(size: usize) -> Raw {
        // SAFETY: it takes any size.
        unsafe { CoTaskMemAlloc(size.max(1)) }
    }

    /// `CoTaskMemRealloc`.
    pub(crate) fn reallocate(block: Raw, size: usize) -> Raw {
        // SAFETY: callers give null or a live block of task memory.
        unsafe { CoTaskMemRealloc(block, size) }
    }

    /// `CoTaskMemFree`.
    pub(crate) fn free(block: Raw) {
        // SAFETY: callers give null or a live block of task memory.
        unsafe { CoTaskMemFree(block) }
    }

    /// `IMalloc::GetSize` is not asked of this side on Windows.
    pub(crate) fn size(_: Raw) -> usize {
        usize::MAX
    }
}

/// UTF-16 with its end, in task memory or another `IMalloc`'s; null if there is no memory.
pub(crate) fn string_by(allocate: impl FnOnce(usize) -> Raw, units: &[u16]) -> Raw {
    let Some(size) = units.len().checked_add(1).and_then(|count| count.checked_mul(2)) else {
        return null_mut();
    };
    let block = allocate(size).cast::<u16>();
    if !block.is_null() {
        // SAFETY: the allocator gave room for the units and an end.
        unsafe {
            block.copy_from_nonoverlapping(units.as_ptr(), units.len());
            block.add(units.len()).write(0);
        }
    }
    block.cast()
}
