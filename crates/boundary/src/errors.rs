//! Rust errors as Python exceptions.

use std::fmt::Display;
use std::io;
use std::path::Path;

use pyo3::exceptions::{PyMemoryError, PyOSError, PyTypeError, PyValueError};
use pyo3::{PyErr, PyResult};

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

/// Room for so many values, to be pushed one by one.
///
/// Raises `MemoryError` that names the data if there is none.
pub fn room_for<T>(name: &str, count: usize) -> PyResult<Vec<T>> {
    let mut room = Vec::new();
    match room.try_reserve_exact(count) {
        Ok(()) => Ok(room),
        Err(_) => Err(no_room(name, count)),
    }
}

/// Makes sure that there is room for so many bytes for each of so many rows, which work then takes in
/// ways that cannot fail.
///
/// Raises `MemoryError` that names the data if there is none.
pub fn check_room(name: &str, count: usize, bytes: usize) -> PyResult<()> {
    room_for::<u8>(name, count.saturating_mul(bytes)).map(drop).map_err(|_| no_room(name, count))
}

/// The `MemoryError` that names the data there is no memory for.
pub fn no_room(name: &str, count: usize) -> PyErr {
    PyMemoryError::new_err(format!(
        "{name}: there is no memory for what {count} rows take; pass some at a time"
    ))
}
