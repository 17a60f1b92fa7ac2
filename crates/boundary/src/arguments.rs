//! Arguments of several functions or pieces, with the exception that fits each way of being wrong.
//!
//! Each of these takes the name of the argument, for messages. A function of a piece that gives its
//! own name to one of them goes into pyo3's `from_py_with`, so that `None` is no value: it must not
//! pass for the default, and a model's `pad_token_id` is often `None`.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::errors::{type_error, value_error};

/// Reads a length or a count: an integer of at least `least`.
///
/// Anything with `__index__` is an integer (numpy's are). Raises `TypeError` for other objects,
/// `OverflowError` beyond 64 bits and `ValueError` below `least`, each naming the argument.
pub fn count(name: &str, value: &Bound<'_, PyAny>, least: usize) -> PyResult<usize> {
    let number = integer(name, value)?;
    match usize::try_from(number) {
        Ok(count) if count >= least => Ok(count),
        _ => Err(value_error(format!("{name} must be at least {least}, got {number}"))),
    }
}

/// Reads an integer argument that fits 64 bits.
///
/// Raises `TypeError` for what is not an integer and `OverflowError` beyond 64 bits, each naming
/// the argument.
pub fn integer(name: &str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    value.extract::<i64>().map_err(|error| {
        let py = value.py();
        if error.is_instance_of::<PyTypeError>(py) {
            type_error(format!("{name} must be an integer, got {}", type_name(value)))
        } else if error.is_instance_of::<PyOverflowError>(py) {
            PyOverflowError::new_err(format!("{name} does not fit in 64 bits"))
        } else {
            error
        }
    })
}

/// Reads a switch: `True` or `False`, or numpy's.
///
/// Raises `TypeError`, naming the argument, for other objects: what is merely true or false is
/// more often another argument in the wrong place.
pub fn flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.extract::<bool>().map_err(|error| {
        if error.is_instance_of::<PyTypeError>(value.py()) {
            type_error(format!("{name} must be a bool, got {}", type_name(value)))
        } else {
            error
        }
    })
}

/// Reads a text.
///
/// Raises `TypeError`, naming the argument, for other objects.
pub fn text<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match value.cast::<PyString>() {
        Ok(text) => text.to_str(),
        Err(_) => Err(type_error(format!("{name} must be a str, got {}", type_name(value)))),
    }
}

/// Reads a name that a type knows.
///
/// Raises `TypeError` for what is no text, and `ValueError` with the type's error for another name.
pub fn named<T: FromStr<Err: Display>>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    text(name, value)?.parse().map_err(value_error)
}

/// Reads one of a few names.
///
/// Raises `TypeError` for what is no text, and `ValueError` for another name, with all there are.
pub fn choice<T: Copy>(
    name: &str,
    value: &Bound<'_, PyAny>,
    choices: &[(&'static str, T)],
) -> PyResult<T> {
    let chosen = text(name, value)?;
    choices.iter().find(|(choice, _)| *choice == chosen).map(|(_, value)| *value).ok_or_else(|| {
        let all = one_of(choices.iter().map(|(choice, _)| *choice));
        value_error(format!("{name} must be {all}, got '{chosen}'"))
    })
}

/// Reads the path of a file or directory: `str` or `os.PathLike`.
///
/// Raises `TypeError` for other objects and `ValueError` for an empty path, which is more often a
/// variable that was never set, each naming the argument. Other errors are the path's own, such as
/// those of its `__fspath__`, or of a text that no file name can hold.
pub fn file_path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let path = if value.is_instance_of::<PyString>() {
        value.clone()
    } else if let Ok(fspath) = value.get_type().getattr(pyo3::intern!(value.py(), "__fspath__")) {
        fspath.call1((value,))?
    } else {
        return Err(type_error(format!(
            "{name} must be a str or os.PathLike, got {}",
            type_name(value)
        )));
    };
    if !path.is_instance_of::<PyString>() {
        return Err(type_error(format!("{name} is a path of {}, not of str", type_name(&path))));
    }
    let path = path.extract::<PathBuf>()?;
    if path.as_os_str().is_empty() {
        return Err(value_error(format!("{name} is empty; pass the path of a file or directory")));
    }
    Ok(path)
}

/// Reads names, such as those of columns, in any iterable but a text, which would be taken letter by
/// letter.
///
/// Raises `TypeError`, naming the argument or the place in it; `expected` says what it may be.
pub fn names(name: &str, expected: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let wrong = || type_error(format!("{name} must be {expected}, got {}", type_name(value)));
    if value.is_instance_of::<PyString>() {
        return Err(wrong());
    }
    let items = value.try_iter().map_err(|_| wrong())?;
    let named = |(index, item): (usize, PyResult<Bound<'_, PyAny>>)| {
        Ok(text(&format!("{name}[{index}]"), &item?)?.to_owned())
    };
    items.enumerate().map(named).collect()
}

/// Names in quotes, to choose one of them: `'list', 'numpy' or 'arrow'`.
pub fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.map(|name| format!("'{name}'")).collect();
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} or {last}", names.join(", ")),
        None => String::new(),
    }
}

/// The name of an object's type, for messages.
pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "object".to_owned(), |name| name.to_string())
}
