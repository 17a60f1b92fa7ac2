//! Arguments that only this piece takes, with errors that name them.

use std::borrow::Cow;
use std::path::PathBuf;

use fast_axolotl_boundary::arguments::{count, text, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::output::Forms;
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

/// What the iterator yields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Dicts of lists.
    List,
    /// Arrow batches.
    Arrow,
}

impl Forms for Output {
    const OFFERED: &'static [(&'static str, Self)] =
        &[("list", Self::List), ("arrow", Self::Arrow)];
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
