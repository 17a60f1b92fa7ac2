//! Arguments that only this piece takes, with errors that name them.

use std::path::PathBuf;

use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::errors::type_error;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A path: `str` or `os.PathLike`.
pub fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    value.extract().map_err(|_| {
        type_error(format!("{name} must be a str or os.PathLike, got {}", type_name(value)))
    })
}

/// A text.
pub fn text<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match value.cast::<PyString>() {
        Ok(text) => text.to_str(),
        Err(_) => Err(type_error(format!("{name} must be a str, got {}", type_name(value)))),
    }
}

/// Column names, in any iterable but a text, which would be taken letter by letter.
pub fn names(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let wrong =
        || type_error(format!("{name} must be a list of str or None, got {}", type_name(value)));
    if value.is_instance_of::<PyString>() {
        return Err(wrong());
    }
    let items = value.try_iter().map_err(|_| wrong())?;
    let named = |(index, item): (usize, PyResult<Bound<'_, PyAny>>)| {
        Ok(text(&format!("{name}[{index}]"), &item?)?.to_owned())
    };
    items.enumerate().map(named).collect()
}
