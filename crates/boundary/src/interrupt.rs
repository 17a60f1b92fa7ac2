//! Ctrl-C during long work.
//!
//! CPython only notes a signal; what its handler raises comes from a call that asks for it. Work asks
//! in one of three ways, all of which keep Ctrl-C waiting for about [`PATIENCE`]: a loop that holds
//! the interpreter counts what it has done ([`Interrupts`]), work on rows of about the same size is
//! done in parts ([`in_parts`]), and all else runs in threads that are told to stop
//! ([`Pool::run_unless_interrupted`](crate::pool::Pool::run_unless_interrupted)).

use std::ops::Range;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// How long Ctrl-C may wait.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// The values that a loop makes or copies in a fraction of [`PATIENCE`], however slow they are.
const VALUES: usize = 1 << 16;

/// What a row costs beside its values, in values.
const ROW: usize = 1 << 6;

/// The rows of the first part: few, since a row may have megabytes.
const FIRST_PART: usize = 1 << 9;

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
        self.py.check_signals()
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
        py.check_signals()?;
        length = match took {
            _ if took < PATIENCE / 16 => longest.min(length.saturating_mul(8)),
            _ if took < PATIENCE / 2 => longest.min(length.saturating_mul(2)),
            _ if took < PATIENCE => length,
            _ => (length / 2).max(1),
        };
    }
    Ok(())
}
