//! The crate's errors as Python exceptions.

use std::io;

use fast_axolotl_boundary::errors::{os_error, value_error};
use fast_axolotl_stream::Error;
use pyo3::exceptions::{PyIsADirectoryError, PyMemoryError, PyNotADirectoryError, PyRuntimeError};
use pyo3::prelude::*;

/// The narrowest builtin exception: `OSError` picks its own subclass from the error number.
pub fn exception(error: Error) -> PyErr {
    match &error {
        // A path with a null character, which no system call sees.
        Error::Io { source, .. } if is_null_in_path(source) => value_error(error),
        Error::Io { path, source } => os_error(source, path, None),
        Error::Memory { .. } => PyMemoryError::new_err(error.to_string()),
        Error::Malformed { .. } | Error::Argument(_) => value_error(error),
        Error::IsDirectory { .. } => PyIsADirectoryError::new_err(error.to_string()),
        Error::NotADirectory { .. } => PyNotADirectoryError::new_err(error.to_string()),
        Error::Forked | Error::Died | Error::Stopped | Error::Thread(_) => {
            PyRuntimeError::new_err(error.to_string())
        }
    }
}

fn is_null_in_path(error: &io::Error) -> bool {
    error.raw_os_error().is_none() && error.kind() == io::ErrorKind::InvalidInput
}
