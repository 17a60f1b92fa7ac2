//! What balancing batches of a fixed number of sequences has in common.

use std::sync::atomic::AtomicBool;

use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::pool::{Pool, Threads};
use pyo3::prelude::*;

/// So few sequences take no time that anybody would want to interrupt.
const FEW: usize = 1 << 12;

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

/// Runs work on so many sequences detached; Ctrl-C ends it if they are many.
pub fn run<T: Send>(
    py: Python<'_>,
    sequences: usize,
    work: impl FnOnce(&AtomicBool) -> T + Send,
) -> PyResult<T> {
    if sequences < FEW {
        return Ok(py.detach(|| work(&AtomicBool::new(false))));
    }
    Pool::new(Threads(0))?.run_unless_interrupted(py, work)
}
