//! The values of a list, as integers of 64 bits.

use std::os::raw::c_int;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::PyList;

use crate::arguments::type_name;
use crate::errors::type_error;
use crate::layout;

/// Whether all values are plainly `int` of 64 bits. Runs no Python code.
pub(super) fn are_plain(list: &Bound<'_, PyList>) -> PyResult<bool> {
    if layout::is_uniform(list) {
        let one = PyList::new(list.py(), [list.get_item(0)?])?;
        return Ok(next_odd(&one, &mut 0).is_none());
    }
    Ok(with_critical_section(list, || next_odd(list, &mut 0)).is_none())
}

/// Checks that all values from `start` on are integers of 64 bits.
pub(super) fn check_integers(
    name: &str,
    index: usize,
    list: &Bound<'_, PyList>,
    start: usize,
) -> PyResult<()> {
    let mut at = start;
    if start == 0 && layout::is_uniform(list) {
        let one = list.get_item(0)?;
        return odd_integer(name, index, 0, &one).map(drop);
    }
    while let Some(value) = with_critical_section(list, || next_odd(list, &mut at)) {
        odd_integer(name, index, at, &value)?;
        at += 1;
    }
    Ok(())
}

/// Goes on from `at` to the next value that is not plainly an `int` of 64 bits.
///
/// Runs no Python code, so that the list and its items stay as they are.
fn next_odd<'py>(list: &Bound<'py, PyList>, at: &mut usize) -> Option<Bound<'py, PyAny>> {
    *at += layout::plain_integers(list, *at);
    let length = list.len();
    let mut overflow: c_int = 0;
    while *at < length {
        // SAFETY: `at` is below the length of the list, which nobody else can change meanwhile:
        // the caller holds the GIL or the list's lock, and nothing here runs Python code. So the
        // item is alive while it is looked at. `PyLong_AsLongLongAndOverflow` cannot raise for an
        // exact int.
        unsafe {
            let item = ffi::PyList_GetItem(list.as_ptr(), *at as ffi::Py_ssize_t);
            let plain = ffi::Py_IS_TYPE(item, &raw mut ffi::PyLong_Type) != 0
                && (ffi::PyLong_AsLongLongAndOverflow(item, &raw mut overflow), overflow).1 == 0;
            if !plain {
                return Some(Bound::from_borrowed_ptr(list.py(), item));
            }
        }
        *at += 1;
    }
    None
}

/// Writes the values from `at` up to `end` to `out`, which begins at `start`, and stops at one that
/// is not plainly an `int` of 64 bits, or at the end of the list.
///
/// Runs no Python code, so that the list and its items stay as they are.
pub(super) fn read_plain<'py>(
    list: &Bound<'py, PyList>,
    at: &mut usize,
    start: usize,
    end: usize,
    out: &mut [i64],
) -> Option<Bound<'py, PyAny>> {
    let end = end.min(list.len());
    if *at < end {
        *at += layout::read_integers(list, *at..end, &mut out[*at - start..end - start]);
    }
    let mut overflow: c_int = 0;
    while *at < end {
        // SAFETY: as in `next_odd`.
        unsafe {
            let item = ffi::PyList_GetItem(list.as_ptr(), *at as ffi::Py_ssize_t);
            let is_exact = ffi::Py_IS_TYPE(item, &raw mut ffi::PyLong_Type) != 0;
            let value = if is_exact {
                ffi::PyLong_AsLongLongAndOverflow(item, &raw mut overflow)
            } else {
                0
            };
            if !is_exact || overflow != 0 {
                return Some(Bound::from_borrowed_ptr(list.py(), item));
            }
            out[*at - start] = value;
        }
        *at += 1;
    }
    None
}

/// A value that is not plainly an `int`, or that does not fit.
#[cold]
pub(super) fn odd_integer(
    name: &str,
    index: usize,
    at: usize,
    value: &Bound<'_, PyAny>,
) -> PyResult<i64> {
    let py = value.py();
    match value.extract::<i64>() {
        Ok(integer) => Ok(integer),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => Err(type_error(format!(
            "{name}[{index}][{at}] is {}, expected an integer",
            type_name(value)
        ))),
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
            Err(PyOverflowError::new_err(format!("{name}[{index}][{at}] does not fit in 64 bits")))
        }
        Err(error) => Err(error),
    }
}
