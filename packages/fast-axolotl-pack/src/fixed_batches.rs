//! How batches of a fixed number of sequences are balanced, whatever is balanced.

use std::sync::atomic::AtomicBool;

use fast_axolotl_boundary::pool::{Pool, Threads};
use pyo3::prelude::*;

/// So few sequences take no time that anybody would want to interrupt.
const FEW: usize = 1 << 12;

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
