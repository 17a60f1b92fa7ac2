//! A rayon pool that a forked child can use.
//!
//! `fork` copies only the calling thread, so a pool made before it has no workers in the child and
//! waits for ever. The pool is therefore kept beside the id of the process that made it, and a
//! process that finds another's makes its own. No lock is involved: a lock that another thread
//! holds at the moment of the fork is never released in the child.

use std::panic::resume_unwind;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, available_parallelism};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::arguments::count;
use crate::interrupt::PATIENCE;

/// A `num_threads` argument; 0 is one thread per core.
#[derive(Clone, Copy)]
pub struct Threads(pub usize);

impl<'py> FromPyObject<'_, 'py> for Threads {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        count("num_threads", &value, 0).map(Self)
    }
}

struct Owned {
    process: u32,
    pool: ThreadPool,
}

static SHARED: AtomicPtr<Owned> = AtomicPtr::new(std::ptr::null_mut());

/// Where parallel iterators run.
pub enum Pool {
    /// One thread per core, kept for the next call.
    Shared(&'static ThreadPool),
    /// Another number of threads, for one call.
    Own(ThreadPool),
}

impl Pool {
    /// A pool of that many threads, at most four per core.
    pub fn new(threads: Threads) -> PyResult<Self> {
        let cores = available_parallelism().map_or(1, usize::from);
        match threads.0 {
            0 => Ok(Self::Shared(shared(cores)?)),
            n if n == cores => Ok(Self::Shared(shared(cores)?)),
            n => Ok(Self::Own(build(n.min(cores * 4))?)),
        }
    }

    /// Runs `work` where rayon's parallel iterators use the threads of the pool.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self {
            Self::Shared(pool) => pool.install(work),
            Self::Own(pool) => pool.install(work),
        }
    }
}

impl Pool {
    /// Runs long `work` detached, and asks for signals meanwhile. After Ctrl-C the flag that `work`
    /// got is set, and it should end soon.
    ///
    /// Raises what a signal handler raises.
    pub fn run_unless_interrupted<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&AtomicBool) -> T + Send,
    ) -> PyResult<T> {
        let stop = &AtomicBool::new(false);
        let (result, interrupted) = py.detach(|| {
            // A worker that panics lets go of its end, which ends the wait as well.
            let (done, is_done) = mpsc::channel();
            thread::scope(|scope| {
                let worker = scope.spawn(move || {
                    let result = self.run(|| work(stop));
                    // Nobody listens any more after an interruption.
                    let _ = done.send(());
                    result
                });
                let mut interrupted = Ok(());
                while is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    interrupted = Python::attach(|py| py.check_signals());
                    if interrupted.is_err() {
                        stop.store(true, Ordering::Relaxed);
                        break;
                    }
                }
                (worker.join(), interrupted)
            })
        });
        interrupted?;
        Ok(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

fn build(threads: usize) -> PyResult<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("fast-axolotl-{index}"))
        .build()
        .map_err(|error| {
            PyRuntimeError::new_err(format!(
                "cannot start {threads} threads: {error}; pass a smaller num_threads"
            ))
        })
}

fn shared(threads: usize) -> PyResult<&'static ThreadPool> {
    let process = process::id();
    let current = SHARED.load(Ordering::Acquire);
    // SAFETY: the pointer is null or came from `Box::into_raw` below, and what it points to is
    // never freed: a pool inherited through a fork has no threads to join, so it is left behind.
    if let Some(owned) = unsafe { current.as_ref() }
        && owned.process == process
    {
        return Ok(&owned.pool);
    }
    let fresh = Box::into_raw(Box::new(Owned { process, pool: build(threads)? }));
    match SHARED.compare_exchange(current, fresh, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: `fresh` is a valid box that is now shared for the life of the process.
        Ok(_) => Ok(unsafe { &(*fresh).pool }),
        Err(_) => {
            // SAFETY: another thread published first, so `fresh` is still owned here alone.
            drop(unsafe { Box::from_raw(fresh) });
            shared(threads)
        }
    }
}
