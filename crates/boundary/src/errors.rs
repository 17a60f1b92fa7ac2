//! Rust errors as Python exceptions.

use std::fmt::Display;
use std::io;
use std::path::Path;

use pyo3::PyErr;
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};

/// `errno.EIO`, which is the same on every system.
const EIO: i32 = 5;

/// A `ValueError` with the text of `error`: a bad argument, malformed or corrupt data.
pub fn value_error(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// A `TypeError` with the text of `error`: an object of a kind the function does not take.
pub fn type_error(error: impl Display) -> PyErr {
    PyTypeError::new_err(error.to_string())
}

/// The `OSError` of the system's error about a file; Python chooses its subclass by the number.
///
/// `hint` says what to do about it, if there is more to say than the system does.
pub fn os_error(error: &io::Error, path: &Path, hint: Option<&str>) -> PyErr {
    let text = error.to_string();
    // Python puts the number before the text and the path behind it.
    let text = text.split(" (os error").next().unwrap_or_default();
    let text = hint.map_or_else(|| text.to_owned(), |hint| format!("{text} ({hint})"));
    let path = path.as_os_str().to_owned();
    match error.raw_os_error() {
        // The last one is taken on Windows, where the system's numbers are not those of errno.
        Some(number) => PyOSError::new_err((number, text, path, number)),
        // Such as a file that ends where more is expected.
        None => PyOSError::new_err((EIO, text, path)),
    }
}
