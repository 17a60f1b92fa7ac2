//! A little memory for when the system has none left.
//!
//! What is sized by data is asked for in ways that may fail. Everything else in Rust, and most of the
//! Arrow library, aborts the process where an allocation fails. So the allocator of each wheel has a
//! reserve: what the system refuses, if it is not large, comes from there. That is enough to get to
//! the next place where work can be given up: [`is_needed`] is asked wherever signals are, and
//! `MemoryError` is raised.
//!
//! The reserve takes addresses, and no memory until it is used.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, Ordering};

const SIZE: usize = 16 << 20;
/// The largest block that the reserve gives: larger ones are sized by data.
const LARGEST: usize = 4 << 20;

#[global_allocator]
static ALLOCATOR: WithReserve = WithReserve;

#[repr(align(4096))]
struct Arena(UnsafeCell<[u8; SIZE]>);

// SAFETY: each byte belongs to one block at most, and a block to whoever allocated it.
unsafe impl Sync for Arena {}

static ARENA: Arena = Arena(UnsafeCell::new([0; SIZE]));

/// In the upper half the blocks in use, in the lower half the bytes handed out.
static STATE: AtomicU64 = AtomicU64::new(0);

/// Whether memory is as good as exhausted: the reserve is in use, and the system still has none.
pub(crate) fn is_needed() -> bool {
    STATE.load(Ordering::Relaxed) != 0 && Vec::<u8>::new().try_reserve_exact(LARGEST + 1).is_err()
}

struct WithReserve;

// SAFETY: blocks come from the system's allocator and go back to it, but for those of the reserve,
// which are told from them by where they are.
unsafe impl GlobalAlloc for WithReserve {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        let block = unsafe { System.alloc(layout) };
        if block.is_null() { take(layout) } else { block }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            return block;
        }
        let block = take(layout);
        if !block.is_null() {
            // SAFETY: the block has as many bytes.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if is_in_reserve(block) {
            give_back();
        } else {
            // SAFETY: the caller's, and the block is the system's.
            unsafe { System.dealloc(block, layout) };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !is_in_reserve(block) {
            // SAFETY: the caller's, and the block is the system's.
            let moved = unsafe { System.realloc(block, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller makes sure that the size, rounded up to the alignment, is in range.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the caller makes sure that it is not zero.
        let moved = unsafe { self.alloc(new) };
        if !moved.is_null() {
            // SAFETY: both blocks have as many bytes, and the new one is another than the old one.
            unsafe {
                moved.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

fn is_in_reserve(block: *mut u8) -> bool {
    (block as usize).wrapping_sub(ARENA.0.get() as usize) < SIZE
}

/// A block of the reserve, or null.
fn take(layout: Layout) -> *mut u8 {
    if layout.size() > LARGEST || layout.align() > 4096 {
        return std::ptr::null_mut();
    }
    let mut start = 0;
    let next = |state: u64| {
        let (blocks, used) = (state >> 32, (state & 0xffff_ffff) as usize);
        start = used.next_multiple_of(layout.align());
        let end = start + layout.size().max(1);
        (end <= SIZE).then_some((blocks + 1) << 32 | end as u64)
    };
    match STATE.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) {
        // SAFETY: the block lies within the arena.
        Ok(_) => unsafe { ARENA.0.get().cast::<u8>().add(start) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// One block less; with the last one, all of the reserve is free again.
fn give_back() {
    let next = |state: u64| {
        let blocks = (state >> 32) - 1;
        Some(if blocks == 0 { 0 } else { blocks << 32 | state & 0xffff_ffff })
    };
    let _ = STATE.fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
}
