//! Errors of the crate as Python exceptions.

use std::io;
use std::path::Path;

use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_hash::row_text::Uncovered;
use fast_axolotl_hash::values::ValuesError;
use fast_axolotl_hash::{FinderError, StateError};
use pyo3::exceptions::{PyMemoryError, PyNotImplementedError, PyOSError};
use pyo3::prelude::*;

/// Python text that is not written here.
pub fn uncovered(error: Uncovered) -> PyErr {
    PyNotImplementedError::new_err(error.to_string())
}

/// Values that have no bytes.
pub fn values(error: ValuesError) -> PyErr {
    match error {
        ValuesError::Unsupported { .. } => type_error(error),
        ValuesError::Outside { .. } => value_error(error),
    }
}

/// A file of digests that cannot be used.
pub fn state(error: StateError) -> PyErr {
    match error {
        StateError::Io { path, error } => os_error(error, &path, None),
        StateError::Unusable { .. } => value_error(error),
    }
}

/// A search for duplicates that failed.
pub fn finder(error: FinderError) -> PyErr {
    match error {
        FinderError::State(error) => state(error),
        FinderError::MemoryLimit { .. } => value_error(error),
        FinderError::Memory(_) => PyMemoryError::new_err(error.to_string()),
        FinderError::Spill { path, error } => os_error(
            error,
            &path,
            Some("cannot keep digests beyond memory_limit there; pass another spill_directory"),
        ),
    }
}

/// The `OSError` of the system's error, whose subclass Python chooses by the number.
fn os_error(error: io::Error, path: &Path, hint: Option<&str>) -> PyErr {
    let hint = hint.map_or(String::new(), |hint| format!(" ({hint})"));
    // A file that ends where more is expected is an error without a number.
    let number = error.raw_os_error().unwrap_or(EIO);
    Python::attach(|py| {
        let text = match error.raw_os_error() {
            Some(number) => strerror(py, number).unwrap_or_else(|_| error.to_string()),
            None => error.to_string(),
        };
        PyOSError::new_err((number, format!("{text}{hint}"), path.as_os_str().to_owned()))
    })
}

/// `errno.EIO`, which is the same on every system.
const EIO: i32 = 5;

fn strerror(py: Python<'_>, number: i32) -> PyResult<String> {
    py.import("os")?.call_method1("strerror", (number,))?.extract()
}
