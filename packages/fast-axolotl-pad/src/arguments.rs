//! Arguments whose default is a value.
//!
//! They are no `Option`: `None` is no value of theirs, and must not pass for the default. A model's
//! `pad_token_id` is often `None`.

use fast_axolotl_boundary::arguments::{flag, integer, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::output::Forms;
use fast_axolotl_pad::Side;
use pyo3::prelude::*;

/// What to pad with.
#[derive(Clone, Copy)]
pub struct PadValue(pub i64);

impl<'py> FromPyObject<'_, 'py> for PadValue {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        integer("pad_value", &value).map(Self)
    }
}

/// The side that padding goes to.
#[derive(Clone, Copy)]
pub struct PaddingSide(pub Side);

impl<'py> FromPyObject<'_, 'py> for PaddingSide {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let name = value.extract::<&str>().map_err(|_| {
            type_error(format!("padding_side must be a str, got {}", type_name(&value)))
        })?;
        name.parse().map(Self).map_err(value_error)
    }
}

/// Whether what is longer than a row is cut.
#[derive(Clone, Copy)]
pub struct Truncate(pub bool);

impl<'py> FromPyObject<'_, 'py> for Truncate {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        flag("truncate", &value).map(Self)
    }
}

/// What to return.
#[derive(Clone, Copy)]
pub enum Output {
    /// A list of lists.
    List,
}

impl Forms for Output {
    const OFFERED: &'static [(&'static str, Self)] = &[("list", Self::List)];
}
