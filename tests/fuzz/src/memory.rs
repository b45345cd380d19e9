//! How much memory the program holds, counted where it is asked for. zstd and SQLite allocate in C, past this count; of those
//! libFuzzer sees the size of the whole process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, and a count.
struct Counting;

fn more(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(held, Ordering::Relaxed);
}

fn less(bytes: usize) {
    HELD.fetch_sub(bytes, Ordering::Relaxed);
}

#[allow(
    unsafe_code,
    reason = "an allocator cannot be written otherwise; each call goes to the system's as it came"
)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about `layout` is passed on.
        let given = unsafe { System.alloc(layout) };
        if !given.is_null() {
            more(layout.size());
        }
        given
    }

    unsafe fn dealloc(&self, given: *mut u8, layout: Layout) {
        // SAFETY: `given` came from the system's allocator with this layout.
        unsafe { System.dealloc(given, layout) };
        less(layout.size());
    }

    unsafe fn realloc(&self, given: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: `given` came from the system's allocator with this layout; `size` is the caller's promise.
        let moved = unsafe { System.realloc(given, layout, size) };
        if !moved.is_null() {
            more(size);
            less(layout.size());
        }
        moved
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes held now.
pub fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}

/// Most bytes held since [`forget_peak`].
pub fn peak() -> usize {
    PEAK.load(Ordering::Relaxed)
}

pub fn forget_peak() {
    PEAK.store(held(), Ordering::Relaxed);
}
