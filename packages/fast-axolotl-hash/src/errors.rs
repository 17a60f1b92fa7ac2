//! Errors of the crate as Python exceptions.

use fast_axolotl_boundary::errors::{os_error, type_error, value_error};
use fast_axolotl_hash::row_text::Uncovered;
use fast_axolotl_hash::values::ValuesError;
use fast_axolotl_hash::{FinderError, StateError};
use pyo3::exceptions::{PyMemoryError, PyNotImplementedError};
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
        StateError::Io { path, error } => os_error(&error, &path, None),
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
            &error,
            &path,
            Some("cannot keep digests beyond memory_limit there; pass another spill_directory"),
        ),
    }
}
