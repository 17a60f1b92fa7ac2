//! Rust errors as Python exceptions.

use std::fmt::Display;

use pyo3::PyErr;
use pyo3::exceptions::{PyTypeError, PyValueError};

/// A `ValueError` with the text of `error`: a bad argument, malformed or corrupt data.
pub fn value_error(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// A `TypeError` with the text of `error`: an object of a kind the function does not take.
pub fn type_error(error: impl Display) -> PyErr {
    PyTypeError::new_err(error.to_string())
}
