//! Building Python lists without a detour.

use fast_axolotl_boundary::interrupt::in_parts;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// A list of `length` items, each made in its place.
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
    for index in 0..size {
        let item = item(index as usize)?.into_ptr();
        // SAFETY: the index is within the list, and the list takes over the reference. A list
        // dropped before it is full holds nulls, which its deallocation allows for.
        let status = unsafe { ffi::PyList_SetItem(list.as_ptr(), index, item) };
        if status != 0 {
            return Err(PyErr::fetch(py));
        }
    }
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

/// Appends the items of another list.
pub fn extend<'py>(list: &Bound<'py, PyList>, more: &Bound<'py, PyList>) -> PyResult<()> {
    list.set_slice(list.len(), list.len(), more)
}
