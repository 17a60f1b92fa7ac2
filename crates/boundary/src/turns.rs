//! A value that one call at a time works on, while calls of other threads wait.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::interrupt::{PATIENCE, check_signals};

/// Hands a value out to one call at a time.
pub struct Turns<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    Free(T),
    AtWork(ThreadId),
    /// A call used the value up, or failed half-way.
    Gone,
}

/// The right of a call to work on the value, which it gives back. Dropped, the value is gone.
pub struct Turn<'a, T> {
    turns: &'a Turns<T>,
}

impl<T: Send> Turns<T> {
    /// Free at first.
    pub fn new(value: T) -> Self {
        Self { state: Mutex::new(State::Free(value)), changed: Condvar::new() }
    }

    /// Waits, detached, until no other thread works on the value; `None` if it is gone.
    ///
    /// Raises `RuntimeError` if this thread works on it, and what a signal handler raises.
    pub fn take(&self, py: Python<'_>) -> PyResult<Option<(T, Turn<'_, T>)>> {
        let me = thread::current().id();
        loop {
            let mut state = self.lock();
            match &*state {
                State::Gone => return Ok(None),
                State::Free(_) => {
                    let before = std::mem::replace(&mut *state, State::AtWork(me));
                    let State::Free(value) = before else { continue };
                    return Ok(Some((value, Turn { turns: self })));
                }
                State::AtWork(thread) if *thread == me => {
                    return Err(PyRuntimeError::new_err(
                        "this object is already at work in this thread: what it is given or gives \
                         while it works cannot use it",
                    ));
                }
                State::AtWork(_) => drop(state),
            }
            // No thread is attached while it waits for another that holds the lock.
            py.detach(|| {
                let is_at_work = |state: &mut State<T>| matches!(state, State::AtWork(_));
                drop(self.changed.wait_timeout_while(self.lock(), PATIENCE, is_at_work));
            });
            check_signals(py)?;
        }
    }
}

impl<T> Turns<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing that is done under the lock can fail half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State<T>) {
        *self.lock() = state;
        self.changed.notify_all();
    }
}

impl<T> Turn<'_, T> {
    /// Lets the next call work on the value.
    pub fn give_back(self, value: T) {
        self.turns.set(State::Free(value));
        std::mem::forget(self);
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.turns.set(State::Gone);
    }
}
