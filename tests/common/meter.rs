//! An allocator that counts, for tests of what hostile files may cost.
//!
//! Counts are kept by thread: tests of one binary run side by side.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

pub struct Meter;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

fn grow(by: usize) {
    let _ = NOW.try_with(|now| {
        // What another thread allocated may be freed here: never below zero.
        now.set(now.get().saturating_add(by));
        PEAK.with(|peak| peak.set(peak.get().max(now.get())));
        COUNT.with(|count| count.set(count.get() + 1));
    });
}

fn shrink(by: usize) {
    let _ = NOW.try_with(|now| now.set(now.get().saturating_sub(by)));
}

// SAFETY: every call goes to the system allocator unchanged; counting does not allocate.
unsafe impl GlobalAlloc for Meter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grow(size);
        shrink(layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Bytes that are allocated now by this thread's count.
pub fn live() -> usize {
    NOW.with(Cell::get)
}

/// What `work` allocated: the most at one time beyond what was there, and how often.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, usize, u64) {
    let (before, count) = (NOW.with(Cell::get), COUNT.with(Cell::get));
    PEAK.with(|peak| peak.set(before));
    let result = work();
    let peak = PEAK.with(Cell::get).saturating_sub(before);
    (result, peak, COUNT.with(Cell::get) - count)
}
