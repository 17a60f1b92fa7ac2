//! Arguments that only this piece takes, with errors that name them.

use std::borrow::Cow;
use std::path::PathBuf;

use fast_axolotl_boundary::arguments::{count, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_stream::OnError;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The `dataset_type` argument, not yet looked up.
pub struct DatasetType(pub Cow<'static, str>);

impl DatasetType {
    /// To tell from the path.
    pub const AUTO: Self = Self(Cow::Borrowed("auto"));
}

impl<'py> FromPyObject<'_, 'py> for DatasetType {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(Cow::Owned(text("dataset_type", &value)?.to_owned())))
    }
}

/// The `batch_size` argument.
pub struct BatchSize(pub usize);

impl<'py> FromPyObject<'_, 'py> for BatchSize {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        count("batch_size", &value, 1).map(Self)
    }
}

/// The `on_error` argument.
pub struct Policy(pub OnError);

impl<'py> FromPyObject<'_, 'py> for Policy {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match text("on_error", &value)? {
            "raise" => Ok(Self(OnError::Raise)),
            "skip" => Ok(Self(OnError::Skip)),
            other => Err(value_error(format!("on_error must be 'raise' or 'skip', got {other:?}"))),
        }
    }
}

/// The `output` argument.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Dicts of lists.
    List,
    /// Arrow batches.
    Arrow,
}

impl<'py> FromPyObject<'_, 'py> for Output {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match text("output", &value)? {
            "list" => Ok(Self::List),
            "arrow" => Ok(Self::Arrow),
            name @ ("numpy" | "torch") => Err(type_error(format!(
                "output='{name}' is not supported yet; take output='arrow' and convert the batches"
            ))),
            other => Err(value_error(format!(
                "output must be 'list', 'arrow', 'numpy' or 'torch', got '{other}'"
            ))),
        }
    }
}

/// A path: `str` or `os.PathLike`. Other errors than that of the type are the path's own, such as
/// those of its `__fspath__`, or a text that no file name can hold.
pub fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    let py = value.py();
    let is_path = value.is_instance_of::<PyString>()
        || value.get_type().hasattr(pyo3::intern!(py, "__fspath__"))?;
    value.extract().map_err(|error: PyErr| {
        if !is_path && error.is_instance_of::<PyTypeError>(py) {
            type_error(format!("{name} must be a str or os.PathLike, got {}", type_name(value)))
        } else {
            error
        }
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
