//! Errors of the crate as Python exceptions.

use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_pack::PackError;
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

/// Sequences that no rows can be planned for.
pub fn plan_error(error: PackError) -> PyErr {
    match error {
        PackError::TooMany { .. } => PyMemoryError::new_err(error.to_string()),
        _ => value_error(error),
    }
}
