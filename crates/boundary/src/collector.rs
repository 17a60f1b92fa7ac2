//! The cyclic garbage collector, kept from running while many lists are made.

use std::cell::Cell;

use pyo3::ffi;
use pyo3::prelude::*;

thread_local! {
    /// Whether a `CollectorPause` of this thread has turned the collector off.
    static IS_PAUSED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the cyclic garbage collector from running while many lists are made.
///
/// It is due after every few hundred new lists and then visits each of their items, which costs
/// more than making them, and there is no garbage among them to find. It is on again, if it was,
/// when this is dropped, and while signal handlers run, which may turn it off themselves.
pub struct CollectorPause<'py> {
    py: Python<'py>,
    /// Whether another pause of this thread is under way, which this one leaves alone.
    is_inner: bool,
}

impl<'py> CollectorPause<'py> {
    /// Turns the collector off.
    pub fn new(py: Python<'py>) -> Self {
        let is_inner = IS_PAUSED.get();
        if !is_inner {
            turn_off(py);
        }
        Self { py, is_inner }
    }
}

impl Drop for CollectorPause<'_> {
    fn drop(&mut self) {
        if !self.is_inner {
            turn_back(self.py);
        }
    }
}

/// Runs what may run Python code with the collector as that code left it, or as it was.
pub(crate) fn as_it_was<T>(py: Python<'_>, work: impl FnOnce() -> T) -> T {
    if !IS_PAUSED.get() {
        return work();
    }
    turn_back(py);
    let result = work();
    turn_off(py);
    result
}

fn turn_off(_: Python<'_>) {
    // SAFETY: the token proves that this thread is attached to the interpreter.
    IS_PAUSED.set(unsafe { ffi::PyGC_Disable() } == 1);
}

fn turn_back(_: Python<'_>) {
    if IS_PAUSED.replace(false) {
        // SAFETY: as above.
        unsafe { ffi::PyGC_Enable() };
    }
}
