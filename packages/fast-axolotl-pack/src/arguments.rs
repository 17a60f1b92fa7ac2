//! Arguments whose default is a value. They are no `Option`: `None` must not pass for the default.

use fast_axolotl_boundary::arguments::{integer, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use pyo3::prelude::*;

/// What becomes of sequences longer than a row.
#[derive(Clone, Copy)]
pub struct Overflow(pub fast_axolotl_pack::Overflow);

impl<'py> FromPyObject<'_, 'py> for Overflow {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let name = value.extract::<&str>().map_err(|_| {
            type_error(format!("overflow must be a str, got {}", type_name(&value)))
        })?;
        name.parse().map(Self).map_err(value_error)
    }
}

/// What the labels have instead of padding.
#[derive(Clone, Copy)]
pub struct LabelPad(pub i64);

impl Default for LabelPad {
    fn default() -> Self {
        Self(-100)
    }
}

impl<'py> FromPyObject<'_, 'py> for LabelPad {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer("label_pad_id", &value).map(Self)
    }
}
