//! A look at the integers of a list without a call for each.
//!
//! The stable ABI has no call that hands out the items of a list together, and a call for each
//! costs more than all that plain Python does with it. CPython's public headers lay lists and
//! integers open, and within one minor version the layout is fixed: macros of those headers, such
//! as `PyList_GET_ITEM`, are compiled into every extension that is built for it. So the versions
//! whose headers are known are read here, once lists of known integers were read right, and with any
//! other the caller uses the stable calls. `FAST_AXOLOTL_LIST_LAYOUT=0` turns reading off.
//!
//! What 3.12 to 3.14 changed does not matter here: reference counts have become narrower beside new
//! flags, in the same word; some objects have become immortal, and counts are not looked at; frames
//! may hold borrowed references, and lists still hold their own.

use std::ops::Range;
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList, PyType};

use crate::settings;

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

/// An integer, of whose digits the two lowest are read: 30 bits each, the lowest first.
#[repr(C)]
struct Integer {
    head: IntegerHead,
    digits: [u32; 2],
}

/// How the word of an integer is read that holds its number of digits and its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SizeWord {
    /// The number of digits, negative for a negative number: `ob_size` of 3.10 and 3.11.
    Signed,
    /// The number of digits above three bits: `lv_tag` since 3.12. The lower two bits are 0 for a
    /// positive number, 1 for zero and 2 for a negative one. The third is set for the small integers
    /// that are made once (since 3.14), and says nothing of the value.
    Tag,
}

impl SizeWord {
    /// A number to add to the word, and the bits that may then be set in it if the integer is short:
    /// of at most two digits, which are 60 bits, or of at most one in a tag.
    fn short(self) -> (usize, usize) {
        match self {
            // From -1 to 2: a negative number of two digits is rare, and read by the stable call.
            Self::Signed => (1, 0b11),
            // 0 or 1 above the three bits.
            Self::Tag => (0, 0b1111),
        }
    }
}

/// The items of a list.
type Items<'a> = &'a [*const IntegerHead];

/// How many items from `start` on are certainly exact `int` objects that 64 bits hold.
///
/// The count ends before the first run of items with another among them, and is 0 where the layout
/// is not read. The caller holds what keeps the list from changing.
pub fn plain_integers(list: &Bound<'_, PyList>, start: usize) -> usize {
    let Some(size_word) = size_word(list.py()) else { return 0 };
    items(list).get(start..).map_or(0, |items| count_plain(items, size_word))
}

fn count_plain(items: Items<'_>, size_word: SizeWord) -> usize {
    // Long enough to be unrolled and to take the branch on sizes rarely.
    const RUN: usize = 16;
    let integer = &raw mut ffi::PyLong_Type;
    let (offset, allowed) = size_word.short();
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
/// It stops before the first item that is not an exact `int` of at most two digits, or at the end of
/// the list, and is at 0 where the layout is not read. The caller holds what keeps the list from
/// changing.
pub fn read_integers(list: &Bound<'_, PyList>, range: Range<usize>, out: &mut [i64]) -> usize {
    let Some(size_word) = size_word(list.py()) else { return 0 };
    items(list).get(range).map_or(0, |items| read(items, size_word, out))
}

fn read(items: Items<'_>, size_word: SizeWord, out: &mut [i64]) -> usize {
    // Compiled for each, so that the loop has no branch for it.
    match size_word {
        SizeWord::Tag => read_with::<true>(items, out),
        SizeWord::Signed => read_with::<false>(items, out),
    }
}

fn read_with<const IS_TAG: bool>(items: Items<'_>, out: &mut [i64]) -> usize {
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
/// `false` also where the layout is not read. The caller holds what keeps the list from changing.
pub fn is_uniform(list: &Bound<'_, PyList>) -> bool {
    if size_word(list.py()).is_none() {
        return false;
    }
    let items = items(list);
    items.len() > 1 && items[1..] == items[..items.len() - 1]
}

/// Appends the positions of the items that are not the same object as the first one, and says
/// whether they are at most `most`.
///
/// `false` also for an empty list and where the layout is not read. The caller holds what keeps
/// the list from changing.
pub fn others_than_first(list: &Bound<'_, PyList>, most: usize, others: &mut Vec<usize>) -> bool {
    // As many as the compiler compares together.
    const RUN: usize = 16;
    if size_word(list.py()).is_none() {
        return false;
    }
    let items = items(list);
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

/// The items of a list, where the layout is known.
#[inline]
fn items<'a>(list: &'a Bound<'_, PyList>) -> Items<'a> {
    let length = list.len();
    if length == 0 {
        return &[];
    }
    // SAFETY: who calls this knows the layout of the running interpreter. A list of `length` items,
    // not 0, has as many valid pointers at `items`, and the caller keeps the list from changing.
    unsafe {
        let object = list.as_ptr().cast::<ListObject>();
        std::slice::from_raw_parts((*object).items, length)
    }
}

/// Whether the memory of lists and integers is read, which this finds out when first called.
pub fn is_read(py: Python<'_>) -> bool {
    size_word(py).is_some()
}

/// How to read sizes, where the layout is known, right and not turned off.
#[inline]
fn size_word(py: Python<'_>) -> Option<SizeWord> {
    static LAYOUT: OnceLock<Option<SizeWord>> = OnceLock::new();
    match LAYOUT.get() {
        Some(layout) => *layout,
        None => {
            // Outside of the lock: Python code may run meanwhile, and let go of the GIL to a thread
            // that comes here too.
            let is_allowed = settings::get().list_layout;
            let found = known_layout(py).filter(|&word| is_allowed && is_right(py, word));
            *LAYOUT.get_or_init(|| found)
        }
    }
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
        ("cpython", 3, 10 | 11) => Some(SizeWord::Signed),
        ("cpython", 3, 12..=14) => Some(SizeWord::Tag),
        _ => None,
    }
}

/// Whether lists and integers of known values are read as the stable calls read them.
fn is_right(py: Python<'_>, size_word: SizeWord) -> bool {
    check(py, size_word).unwrap_or(false)
}

fn check(py: Python<'_>, size_word: SizeWord) -> PyResult<bool> {
    // Before anything is read: an object with another head has another size, as in builds without a
    // GIL. A list has one field after its items, the places it has room for.
    let size = |class: Bound<'_, PyType>| class.getattr("__basicsize__")?.extract::<usize>();
    if size(py.get_type::<PyList>())? != size_of::<ListObject>() + size_of::<usize>()
        || size(py.get_type::<PyInt>())? != size_of::<IntegerHead>()
    {
        return Ok(false);
    }
    let mut integers = vec![0, 1, -1, -5, 256, 257, i64::MAX, i64::MIN];
    for bits in [29, 30, 31, 59, 60, 61] {
        let power = 1_i64 << bits;
        integers.extend([power - 1, power, 1 - power, -power]);
    }
    let beyond = (i128::from(i64::MAX) + 1).into_pyobject(py)?.into_any();
    for &integer in &integers {
        let list = PyList::new(py, [integer, 7])?;
        // The list's own fields first: whatever is behind a wrong pointer is not looked at.
        // SAFETY: a list is at least as long as `ListObject`, as was just seen.
        let object = unsafe { &*list.as_ptr().cast::<ListObject>() };
        if object.size != 2 || object.items.is_null() || !object.items.is_aligned() {
            return Ok(false);
        }
        let items = items(&list);
        for (index, &item) in items.iter().enumerate() {
            if item.cast_mut().cast() != list.get_item(index)?.as_ptr() {
                return Ok(false);
            }
        }
        let mut out = [0; 2];
        let is_short = integer.unsigned_abs() < 1 << 60;
        let written = read(items, size_word, &mut out);
        if written != if is_short { 2 } else { 0 } || (is_short && out != [integer, 7]) {
            return Ok(false);
        }
        // All of one digit are plain; more digits may be, as long as 64 bits hold them.
        if integer.unsigned_abs() < 1 << 30 && count_plain(items, size_word) != 2 {
            return Ok(false);
        }
    }
    for other in [beyond, PyBool::new(py, true).to_owned().into_any(), py.None().into_bound(py)] {
        let list = PyList::new(py, [other])?;
        let items = items(&list);
        if count_plain(items, size_word) != 0 || read(items, size_word, &mut [0]) != 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
