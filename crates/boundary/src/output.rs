//! The `output` argument.

use pyo3::prelude::*;

use crate::arguments::type_name;
use crate::errors::{type_error, value_error};

/// An `output` argument that was found to be `"list"`, the only form there is so far.
#[derive(Clone, Copy)]
pub struct ListOutput;

impl<'py> FromPyObject<'_, 'py> for ListOutput {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let name = value
            .extract::<&str>()
            .map_err(|_| type_error(format!("output must be a str, got {}", type_name(&value))))?;
        match name {
            "list" => Ok(Self),
            "numpy" | "arrow" | "torch" => Err(type_error(format!(
                "output='{name}' is not supported yet; take output='list' and convert the rows"
            ))),
            _ => Err(value_error(format!(
                "output must be 'list', 'numpy', 'arrow' or 'torch', got '{name}'"
            ))),
        }
    }
}
