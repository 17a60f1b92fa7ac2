//! The crate's errors as Python exceptions.

use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_stream::Error;
use pyo3::exceptions::{PyIsADirectoryError, PyNotADirectoryError, PyOSError, PyRuntimeError};
use pyo3::prelude::*;

/// The narrowest builtin exception: `OSError` picks its own subclass from the error number.
pub fn exception(error: Error) -> PyErr {
    match &error {
        Error::Io { path, source } => match source.raw_os_error() {
            Some(number) => {
                let text = source.to_string();
                let text = text.split(" (os error").next().unwrap_or_default().to_owned();
                PyOSError::new_err((number, text, path.clone().into_os_string()))
            }
            // A path with a null character, which no system call sees.
            None if source.kind() == std::io::ErrorKind::InvalidInput => value_error(error),
            None => PyOSError::new_err(error.to_string()),
        },
        Error::Malformed { .. } | Error::Argument(_) => value_error(error),
        Error::IsDirectory { .. } => PyIsADirectoryError::new_err(error.to_string()),
        Error::NotADirectory { .. } => PyNotADirectoryError::new_err(error.to_string()),
        Error::Forked | Error::Thread(_) => PyRuntimeError::new_err(error.to_string()),
    }
}
