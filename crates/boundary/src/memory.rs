//! Memory for large outputs.
//!
//! To write fresh memory takes several times as long as to write memory that was written before,
//! because the system has to find and clear each page. Two things are done about that. Large outputs
//! are in huge pages, where the system has them, of which there are few. And when an output is freed,
//! its memory is kept for the next one, within a bound: packing is mostly done batch by batch, each
//! of about the same size. The bound is 128 MiB, or what `FAST_AXOLOTL_KEPT_MEMORY` says.
//!
//! What is kept belongs to the extension module that made it. Packing is the only piece with outputs
//! of this kind, so the bound is one for the process.

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Mutex;

use memmap2::{MmapMut, MmapOptions};

use crate::settings;

/// The most outputs whose memory is kept.
const MOST_MAPPINGS: usize = 64;
/// Smaller outputs come from the allocator, which keeps such memory itself.
const LEAST_MAPPED: usize = 128 << 10;
/// Smaller outputs would leave too much of their huge pages empty.
const LEAST_HUGE: usize = 4 << 20;
/// The size and alignment of a huge page.
const HUGE_PAGE: usize = 2 << 20;

static KEPT: Mutex<Vec<MmapMut>> = Mutex::new(Vec::new());

/// Integers of any value, which nobody else reads or writes.
pub struct Memory {
    pointer: NonNull<i64>,
    count: usize,
    /// What the integers are in; on the heap if it is `None`.
    mapped: Option<MmapMut>,
}

// SAFETY: the integers belong to the value alone, wherever it is, and are plain.
unsafe impl Send for Memory {}
// SAFETY: as above; a shared reference only reads them.
unsafe impl Sync for Memory {}

impl Memory {
    /// Memory for so many integers, if there is so much.
    pub fn new(count: usize) -> Option<Self> {
        let bytes = count.checked_mul(size_of::<i64>())?;
        isize::try_from(bytes).ok()?;
        if bytes < LEAST_MAPPED {
            let mut values = Vec::<i64>::new();
            values.try_reserve_exact(count).ok()?;
            values.resize(count, 0);
            let values: *mut [i64] = Box::into_raw(values.into_boxed_slice());
            let pointer = NonNull::new(values)?.cast();
            return Some(Self { pointer, count, mapped: None });
        }
        let mut mapped = kept(bytes).or_else(|| map(bytes))?;
        let pointer = NonNull::new(mapped.as_mut_ptr())?;
        // At most as far as there is room for beyond the integers.
        let (room, unaligned) = (mapped.len() - bytes, pointer.align_offset(HUGE_PAGE));
        let offset = if unaligned <= room { unaligned } else { 0 };
        // SAFETY: `offset` bytes and then `bytes` more are within the mapping.
        let pointer = unsafe { pointer.add(offset) }.cast();
        Some(Self { pointer, count, mapped: Some(mapped) })
    }

    /// Where the integers are, for others that read and write them instead of this value.
    pub fn pointer(&self) -> NonNull<i64> {
        self.pointer
    }
}

impl Deref for Memory {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        // SAFETY: the mapping, or the boxed slice, has as many integers there, all of which the
        // system, the allocator or an earlier output has written.
        unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), self.count) }
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [i64] {
        // SAFETY: as above, and `self` is borrowed for as long as the slice.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr(), self.count) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        match self.mapped.take() {
            Some(mapped) => keep(mapped),
            None => {
                let slice = std::ptr::slice_from_raw_parts_mut(self.pointer.as_ptr(), self.count);
                // SAFETY: it is the boxed slice that `new` took apart, and this is the only owner.
                drop(unsafe { Box::from_raw(slice) });
            }
        }
    }
}

/// New memory, which the system has cleared or clears as it is written.
fn map(bytes: usize) -> Option<MmapMut> {
    if bytes < LEAST_HUGE {
        return MmapOptions::new().len(bytes).map_anon().ok();
    }
    // So that whole huge pages fit, wherever the mapping begins.
    let length = bytes.checked_next_multiple_of(HUGE_PAGE)?.checked_add(HUGE_PAGE)?;
    let mapped = MmapOptions::new().len(length).map_anon().ok()?;
    #[cfg(target_os = "linux")]
    // Where the system has none, small ones do.
    let _ = mapped.advise(memmap2::Advice::HugePage);
    Some(mapped)
}

/// The memory of a freed output, if there is some that is large enough and not much larger.
fn kept(bytes: usize) -> Option<MmapMut> {
    // No waiting: after a fork, the child's copy may be locked for ever.
    let mut all = KEPT.try_lock().ok()?;
    let most = bytes.saturating_mul(2);
    let fits = |mapped: &MmapMut| (bytes..=most).contains(&mapped.len());
    let at = (0..all.len()).filter(|&at| fits(&all[at])).min_by_key(|&at| all[at].len())?;
    Some(all.remove(at))
}

/// Keeps the memory of a freed output, and gives back the oldest if it gets too much.
fn keep(mapped: MmapMut) {
    let most = settings::get().kept_memory;
    if mapped.len() > most {
        return;
    }
    let Ok(mut all) = KEPT.try_lock() else { return };
    all.push(mapped);
    while all.len() > MOST_MAPPINGS || total(&all) > most {
        all.remove(0);
    }
}

fn total(all: &[MmapMut]) -> usize {
    all.iter().map(|mapped| mapped.len()).sum()
}
