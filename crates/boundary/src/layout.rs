//! A look at the integers of a list without a call for each.
//!
//! The stable ABI has no call that hands out the items of a list together, and a call for each
//! costs more than all that plain Python does with it. CPython's public headers lay lists and
//! integers open, and within one minor version the layout is fixed: macros of those headers, such
//! as `PyList_GET_ITEM`, are compiled into every extension that is built for it. So the versions
//! whose headers are known are read here, and with any other the caller uses the stable calls.

use std::ops::Range;
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// `PyListObject` of CPython's `cpython/listobject.h`, 3.10 to 3.14, in builds with a GIL.
#[repr(C)]
struct ListObject {
    references: ffi::Py_ssize_t,
    class: *mut ffi::PyTypeObject,
    size: ffi::Py_ssize_t,
    items: *const *const IntegerHead,
}

/// The start of every object, and for integers the word that tells how many digits follow.
#[repr(C)]
struct IntegerHead {
    references: ffi::Py_ssize_t,
    class: *mut ffi::PyTypeObject,
    size: usize,
}

/// An integer of one digit or more, of 30 bits each, the lowest first.
#[repr(C)]
struct Integer {
    head: IntegerHead,
    digits: [u32; 2],
}

/// How the size word of an integer is read: once `offset` is added, no bit but those of `allowed`
/// is set in it if the integer has at most two digits, which are 60 bits.
#[derive(Clone, Copy)]
struct SizeWord {
    offset: usize,
    allowed: usize,
    /// Whether the number of digits is above three bits, the lower two of which are 0 for a positive
    /// number, 1 for zero and 2 for a negative one. Otherwise a negative number has a negative one.
    is_tag: bool,
}

/// How many items from `start` on are plainly exact `int` objects of less than 64 bits.
///
/// The count ends before the first run of items with another among them, and is 0 where the
/// layout is not known. The caller holds what keeps the list from changing.
pub fn plain_integers(list: &Bound<'_, PyList>, start: usize) -> usize {
    // Long enough to be unrolled and to take the branch on sizes rarely.
    const RUN: usize = 16;
    let Some((items, SizeWord { offset, allowed, .. })) = items(list) else {
        return 0;
    };
    let Some(items) = items.get(start..) else {
        return 0;
    };
    let integer = &raw mut ffi::PyLong_Type;
    let is_plain = |run: &[*const IntegerHead]| {
        // SAFETY: the caller keeps the items alive, and every object has at least a class.
        if run.iter().any(|&item| unsafe { (*item).class } != integer) {
            return false;
        }
        // SAFETY: all of the run are exact ints, which have a size word.
        let sizes =
            run.iter().fold(0, |bits, &item| unsafe { bits | (*item).size.wrapping_add(offset) });
        sizes & !allowed == 0
    };
    let (runs, rest) = items.as_chunks::<RUN>();
    for (index, run) in runs.iter().enumerate() {
        if !is_plain(run) {
            return index * RUN;
        }
    }
    if is_plain(rest) { items.len() } else { items.len() - rest.len() }
}

/// Writes the values of the items of a range to as many places, and says how many it wrote.
///
/// It stops before the first item that is not plainly an exact `int` of less than 61 bits, or at the
/// end of the list, and is at 0 where the layout is not known. The caller holds what keeps the list
/// from changing.
pub fn read_integers(list: &Bound<'_, PyList>, range: Range<usize>, out: &mut [i64]) -> usize {
    let Some((items, SizeWord { is_tag, .. })) = items(list) else {
        return 0;
    };
    let Some(items) = items.get(range) else {
        return 0;
    };
    if is_tag { read::<true>(items, out) } else { read::<false>(items, out) }
}

fn read<const IS_TAG: bool>(items: &[*const IntegerHead], out: &mut [i64]) -> usize {
    const DIGIT: u32 = 30;
    let integer = &raw mut ffi::PyLong_Type;
    for (index, (&item, place)) in items.iter().zip(out.iter_mut()).enumerate() {
        // SAFETY: the caller keeps the items alive, and every object has at least a class.
        if unsafe { (*item).class } != integer {
            return index;
        }
        // SAFETY: an exact int has a size word.
        let size = unsafe { (*item).size };
        let (digits, sign) = if IS_TAG {
            (size >> 3, 1 - (size & 0b11) as i64)
        } else {
            (size.cast_signed().unsigned_abs(), size.cast_signed().signum() as i64)
        };
        let item = item.cast::<Integer>();
        *place = match digits {
            0 => 0,
            1 => {
                // SAFETY: an int has as many digits as its size word says.
                let digit = unsafe { (*item).digits[0] };
                sign * i64::from(digit)
            }
            2 => {
                // SAFETY: as above.
                let [low, high] = unsafe { (*item).digits };
                sign * (i64::from(low) | i64::from(high) << DIGIT)
            }
            _ => return index,
        };
    }
    items.len().min(out.len())
}

/// Whether the list has several items, all of them the same object.
///
/// `false` also where the layout is not known. The caller holds what keeps the list from changing.
pub fn is_uniform(list: &Bound<'_, PyList>) -> bool {
    items(list).is_some_and(|(items, _)| items.len() > 1 && items[1..] == items[..items.len() - 1])
}

/// Appends the positions of the items that are not the same object as the first one, and says
/// whether they are at most `most`.
///
/// `false` also for an empty list and where the layout is not known. The caller holds what keeps
/// the list from changing.
pub fn others_than_first(list: &Bound<'_, PyList>, most: usize, others: &mut Vec<usize>) -> bool {
    // As many as the compiler compares together.
    const RUN: usize = 16;
    let Some((items, _)) = items(list) else {
        return false;
    };
    let Some(&first) = items.first() else {
        return false;
    };
    let mut count = 0;
    for (index, run) in items.chunks(RUN).enumerate() {
        let differing = run.iter().filter(|&&item| item != first).count();
        if differing == 0 {
            continue;
        }
        count += differing;
        if count > most {
            return false;
        }
        let places = run.iter().enumerate().filter(|&(_, &item)| item != first);
        others.extend(places.map(|(at, _)| index * RUN + at));
    }
    true
}

/// The items of a list, and how to read their sizes, where the layout is known.
#[inline]
fn items<'a>(list: &'a Bound<'_, PyList>) -> Option<(&'a [*const IntegerHead], SizeWord)> {
    static LAYOUT: OnceLock<Option<SizeWord>> = OnceLock::new();
    let size_word = (*LAYOUT.get_or_init(|| known_layout(list.py())))?;
    let length = list.len();
    if length == 0 {
        return Some((&[], size_word));
    }
    // SAFETY: the layout is that of the running interpreter. A list of `length` items, not 0, has
    // as many valid pointers at `items`, and the caller keeps the list from changing.
    let items = unsafe {
        let object = list.as_ptr().cast::<ListObject>();
        std::slice::from_raw_parts((*object).items, length)
    };
    Some((items, size_word))
}

#[cfg(Py_GIL_DISABLED)]
fn known_layout(_: Python<'_>) -> Option<SizeWord> {
    None
}

/// The layout of the running interpreter, if it is one whose headers are known.
#[cfg(not(Py_GIL_DISABLED))]
fn known_layout(py: Python<'_>) -> Option<SizeWord> {
    let sys = py.import("sys").ok()?;
    // Only an interpreter that links all objects, whose head is longer, has this function.
    if sys.hasattr("getobjects").ok()? {
        return None;
    }
    let name = sys.getattr("implementation").ok()?.getattr("name").ok()?;
    let digits = sys.getattr("int_info").ok()?;
    if digits.getattr("bits_per_digit").ok()?.extract::<u32>().ok()? != 30 {
        return None;
    }
    let version = py.version_info();
    match (name.extract::<&str>().ok()?, version.major, version.minor) {
        // `ob_size`: the number of digits, negative for negative numbers; so from -1 to 2.
        ("cpython", 3, 10 | 11) => Some(SizeWord { offset: 1, allowed: 0b11, is_tag: false }),
        // `lv_tag`: the number of digits above three bits of the sign; so 0 or 1.
        ("cpython", 3, 12..=14) => Some(SizeWord { offset: 0, allowed: 0b1111, is_tag: true }),
        _ => None,
    }
}
