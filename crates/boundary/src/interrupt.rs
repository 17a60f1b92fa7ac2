//! Ctrl-C during long work.
//!
//! CPython only notes a signal; what its handler raises comes from a call that asks for it. Work asks
//! in one of three ways, all of which keep Ctrl-C waiting for about [`PATIENCE`]: a loop that holds
//! the interpreter counts what it has done ([`Interrupts`]), work on rows of about the same size is
//! done in parts ([`in_parts`]), and all else runs in threads that are told to stop
//! ([`Pool::run_unless_interrupted`](crate::pool::Pool::run_unless_interrupted)).

use std::cell::Cell;
use std::ops::Range;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::{collector, reserve};

/// How long Ctrl-C may wait.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// The values that a loop makes or copies in a fraction of [`PATIENCE`], however slow they are.
const VALUES: usize = 1 << 16;

/// What a row costs beside its values, in values.
const ROW: usize = 1 << 6;

/// The rows of the first part: few, since a row may have megabytes.
const FIRST_PART: usize = 1 << 9;

thread_local! {
    /// Whether a signal handler has raised something in this thread since the last `attempt`.
    static HAS_RAISED: Cell<bool> = const { Cell::new(false) };
}

/// Lets signal handlers run, and raises what they raise; `MemoryError` where memory is exhausted.
pub fn check_signals(py: Python<'_>) -> PyResult<()> {
    if reserve::is_needed() {
        return Err(PyMemoryError::new_err("there is hardly any memory left; pass less at a time"));
    }
    collector::as_it_was(py, || py.check_signals()).inspect_err(|_| HAS_RAISED.set(true))
}

/// Why some work was not done.
pub enum Failure {
    /// A signal handler raised this: the work itself has not failed and can be done again.
    Interrupted(PyErr),
    /// The work failed, and would fail again.
    Failed(PyErr),
}

/// Makes something to deliver, which can be made again if it is interrupted.
///
/// Signals that came meanwhile are handled before it is delivered: what their handlers raise right
/// after it was would take its place.
pub fn attempt<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> Result<T, Failure> {
    HAS_RAISED.set(false);
    let made = work().and_then(|made| check_signals(py).map(|()| made));
    made.map_err(|error| match HAS_RAISED.get() {
        true => Failure::Interrupted(error),
        false => Failure::Failed(error),
    })
}

/// Asks for signals every so often in a loop that holds the interpreter.
pub struct Interrupts<'py> {
    py: Python<'py>,
    done: usize,
}

impl<'py> Interrupts<'py> {
    /// Nothing has been done so far.
    pub fn new(py: Python<'py>) -> Self {
        Self { py, done: 0 }
    }

    /// Counts a row of so many values as done. Raises what a signal handler raises.
    pub fn after_row(&mut self, values: usize) -> PyResult<()> {
        self.after(values.saturating_add(ROW))
    }

    /// Counts so many values as done. Raises what a signal handler raises.
    pub fn after(&mut self, values: usize) -> PyResult<()> {
        self.done = self.done.saturating_add(values);
        if self.done < VALUES {
            return Ok(());
        }
        self.done = 0;
        check_signals(self.py)
    }
}

/// Does `work` on one range of rows after the other, and asks for signals after each.
///
/// A part takes less than [`PATIENCE`] as far as the parts before it tell, and has at most `longest`
/// rows, at least one. Raises what `work` and signal handlers raise.
pub fn in_parts(
    py: Python<'_>,
    rows: usize,
    longest: usize,
    mut work: impl FnMut(Range<usize>) -> PyResult<()>,
) -> PyResult<()> {
    let longest = longest.max(1);
    let (mut start, mut length) = (0, FIRST_PART.min(longest));
    while start < rows {
        let part = start..rows.min(start.saturating_add(length));
        start = part.end;
        let began = Instant::now();
        work(part)?;
        let took = began.elapsed();
        check_signals(py)?;
        length = match took {
            _ if took < PATIENCE / 16 => longest.min(length.saturating_mul(8)),
            _ if took < PATIENCE / 2 => longest.min(length.saturating_mul(2)),
            _ if took < PATIENCE => length,
            _ => (length / 2).max(1),
        };
    }
    Ok(())
}
