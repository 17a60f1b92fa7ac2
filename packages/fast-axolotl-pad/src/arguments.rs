//! Arguments that only this piece takes.

use fast_axolotl_boundary::arguments::{count, flag, integer, named};
use fast_axolotl_boundary::output::Forms;
use fast_axolotl_pad::Side;
use pyo3::prelude::*;

/// The `pad_value` argument: what to pad with.
pub fn pad_value(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    integer("pad_value", value)
}

/// The `padding_side` argument: the side that padding goes to.
pub fn padding_side(value: &Bound<'_, PyAny>) -> PyResult<Side> {
    named("padding_side", value)
}

/// The `truncate` argument: whether what is longer than a row is cut.
pub fn truncate(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("truncate", value)
}

/// The `current_length` argument.
pub fn current_length(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("current_length", value, 0)
}

/// The `target_length` argument.
pub fn target_length(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("target_length", value, 0)
}

/// What to return.
#[derive(Clone, Copy)]
pub enum ListForm {
    /// A list of lists.
    List,
}

impl Forms for ListForm {
    const OFFERED: &'static [(&'static str, Self)] = &[("list", Self::List)];
}
