//! Arguments that only this piece takes.

use fast_axolotl_boundary::arguments::{choice, count, text};
use fast_axolotl_boundary::output::Forms;
use fast_axolotl_stream::OnError;
use pyo3::prelude::*;

/// The `dataset_type` argument, not yet looked up.
pub fn dataset_type(value: &Bound<'_, PyAny>) -> PyResult<String> {
    text("dataset_type", value).map(str::to_owned)
}

/// The `batch_size` argument.
pub fn batch_size(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("batch_size", value, 1)
}

/// The `on_error` argument.
pub fn on_error(value: &Bound<'_, PyAny>) -> PyResult<OnError> {
    choice("on_error", value, &[("raise", OnError::Raise), ("skip", OnError::Skip)])
}

/// What the iterator yields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum BatchForm {
    /// Dicts of lists.
    List,
    /// Arrow batches.
    Arrow,
}

impl Forms for BatchForm {
    const OFFERED: &'static [(&'static str, Self)] =
        &[("list", Self::List), ("arrow", Self::Arrow)];
}
