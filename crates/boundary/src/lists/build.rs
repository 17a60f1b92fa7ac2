//! New lists, each made by a call or two of the interpreter.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::interrupt::in_parts;

/// A list of `length` items, each made in its place.
///
/// Raises what `item` raises, and `MemoryError`.
pub fn list<'py>(
    py: Python<'py>,
    length: usize,
    mut item: impl FnMut(usize) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let size = ffi::Py_ssize_t::try_from(length)?;
    // SAFETY: attached to the interpreter; a new reference or null with an exception set.
    let list = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyList_New(size))? };
    // SAFETY: `PyList_New` made it.
    let list = unsafe { list.cast_into_unchecked::<PyList>() };
    // A signal handler, a callback of the garbage collector and other threads find every object that
    // the collector tracks, and most of what they can do with a list without items is a crash.
    // SAFETY: a live object with a collector's head; one that is not tracked is freed like another.
    unsafe { ffi::PyObject_GC_UnTrack(list.as_ptr().cast()) };
    for index in 0..size {
        let item = item(index as usize)?.into_ptr();
        // SAFETY: the index is within the list, and the list takes over the reference. A list
        // dropped before it is full holds nulls, which its deallocation allows for.
        let status = unsafe { ffi::PyList_SetItem(list.as_ptr(), index, item) };
        if status != 0 {
            return Err(PyErr::fetch(py));
        }
    }
    // SAFETY: as above, and all of the items are there.
    unsafe { ffi::PyObject_GC_Track(list.as_ptr().cast()) };
    Ok(list)
}

/// A list of `length` items made range by range, so that Ctrl-C is heard.
pub fn list_by_ranges<'py>(
    py: Python<'py>,
    length: usize,
    mut range: impl FnMut(usize, usize) -> PyResult<Bound<'py, PyList>>,
) -> PyResult<Bound<'py, PyList>> {
    let whole = PyList::empty(py);
    in_parts(py, length, length, |part| extend(&whole, &range(part.start, part.len())?))?;
    Ok(whole)
}

/// A new list of the items from `start` up to `end`.
pub fn slice<'py>(
    list: &Bound<'py, PyList>,
    start: usize,
    end: usize,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: `list` is a list; positions beyond its end are cut to it. The result is a new
    // reference to a list, or null with an exception set.
    unsafe {
        let new = ffi::PyList_GetSlice(list.as_ptr(), c_index(start), c_index(end));
        Ok(Bound::from_owned_ptr_or_err(list.py(), new)?.cast_into_unchecked())
    }
}

/// A new list of the items of one list and then of the other, both of them exactly lists.
pub fn concat<'py>(
    first: &Bound<'py, PyList>,
    second: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: the sum of two lists is a new reference to a list, or null with an exception set.
    unsafe {
        let new = ffi::PySequence_Concat(first.as_ptr(), second.as_ptr());
        Ok(Bound::from_owned_ptr_or_err(first.py(), new)?.cast_into()?)
    }
}

/// Appends the items of `more` to `list`.
pub fn extend<'py>(list: &Bound<'py, PyList>, more: &Bound<'py, PyList>) -> PyResult<()> {
    extend_with(list, more)
}

/// Appends what an iterable has to `list`.
pub fn extend_with<'py>(list: &Bound<'py, PyList>, more: &Bound<'py, PyAny>) -> PyResult<()> {
    // SAFETY: both are live lists. The result is a new reference, to `list` itself, or null with
    // an exception set.
    unsafe {
        let same = ffi::PySequence_InPlaceConcat(list.as_ptr(), more.as_ptr());
        Bound::from_owned_ptr_or_err(list.py(), same).map(drop)
    }
}

/// A new list of the items of any sequence.
pub(super) fn sequence_list<'py>(sequence: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    // SAFETY: `sequence` is a live object. The result is a new reference to a list, or null with
    // an exception set.
    unsafe {
        let new = ffi::PySequence_List(sequence.as_ptr());
        Ok(Bound::from_owned_ptr_or_err(sequence.py(), new)?.cast_into()?)
    }
}

/// A position in a list as CPython takes it; one beyond its range is as good as the last.
pub(super) fn c_index(position: usize) -> ffi::Py_ssize_t {
    ffi::Py_ssize_t::try_from(position).unwrap_or(ffi::Py_ssize_t::MAX)
}
