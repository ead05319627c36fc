//! Counts the memory that a piece of work takes, with an allocator around another.

#![expect(unsafe_code, reason = "an allocator is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Passes all calls on to another allocator, and counts bytes while [`peak_of`] runs.
#[derive(Debug)]
pub struct CountingAllocator<A>(pub A);

static IS_COUNTING: AtomicBool = AtomicBool::new(false);
/// Bytes in use now, and at most, beyond those at the start.
static NOW: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

fn count(bytes: i64) {
    if IS_COUNTING.load(Ordering::Relaxed) {
        let before = NOW.fetch_add(bytes, Ordering::Relaxed);
        PEAK.fetch_max(before + bytes, Ordering::Relaxed);
    }
}

// SAFETY: the other allocator keeps the contract, and counting allocates nothing.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's promises are passed on, here and below.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        unsafe { self.0.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        let (before, after) = (layout.size() as i64, bytes as i64);
        // A block that grows may move, and is there twice meanwhile.
        count(if after > before {
            after
        } else {
            after - before
        });
        let moved = unsafe { self.0.realloc(block, layout, bytes) };
        if after > before {
            count(-before);
        }
        moved
    }
}

/// Does some work, and returns its result and the most bytes that the process had allocated meanwhile, beyond those at
/// the start. Counts nothing if [`CountingAllocator`] is not the global allocator. Not for two threads at once.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    NOW.store(0, Ordering::Relaxed);
    PEAK.store(0, Ordering::Relaxed);
    IS_COUNTING.store(true, Ordering::Relaxed);
    let done = work();
    IS_COUNTING.store(false, Ordering::Relaxed);
    (done, PEAK.load(Ordering::Relaxed) as usize)
}
