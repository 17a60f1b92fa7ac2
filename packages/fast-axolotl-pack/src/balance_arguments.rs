//! Arguments of balancing.

use fast_axolotl_boundary::arguments::{count, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use pyo3::prelude::*;

/// The `window` argument.
pub fn window(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("window", value, 1)
}

/// The `window_steps` argument.
pub fn window_steps(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("window_steps", value, 1)
}

/// The `beam_width` argument.
pub fn beam_width(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    count("beam_width", value, 1)
}

/// The `padding_multiple` argument where rows are padded in any case.
pub fn padding_multiple(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    tokens("padding_multiple", value, 1)
}

/// Reads a number of tokens of at least `least`, so small that a few of them can be added.
pub fn tokens(name: &str, value: &Bound<'_, PyAny>, least: usize) -> PyResult<i64> {
    const MOST: i64 = 1 << 61;
    let number = count(name, value, least)?;
    i64::try_from(number)
        .ok()
        .filter(|&number| number <= MOST)
        .ok_or_else(|| value_error(format!("{name} must be at most 2**61, got {number}")))
}

/// Reads how much of a gain counts for one: a finite number above 0.
pub fn unit(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let unit: f64 = value
        .extract()
        .map_err(|_| type_error(format!("{name} must be a number, got {}", type_name(value))))?;
    if unit.is_finite() && unit > 0.0 {
        return Ok(unit);
    }
    Err(value_error(format!("{name} must be above 0 and finite, got {unit}")))
}
