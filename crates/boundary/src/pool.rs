//! A rayon pool that a forked child can use.
//!
//! `fork` copies only the calling thread, so a pool made before it has no workers in the child and
//! waits for ever. The pool is therefore kept beside the process that made it, and a process that
//! finds another's makes its own. No lock is involved: a lock that another thread
//! holds at the moment of the fork is never released in the child.

use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::available_parallelism;

use fast_axolotl_forks::Process;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::arguments::count;
use crate::interrupt::{PATIENCE, check_signals};

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
    process: Process,
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
        self.threads().install(work)
    }

    /// Runs long `work` detached in the pool, and asks for signals meanwhile. After Ctrl-C the flag
    /// that `work` got is set, and it should end soon.
    ///
    /// Raises what a signal handler raises.
    pub fn run_unless_interrupted<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&AtomicBool) -> T + Send,
    ) -> PyResult<T> {
        let stop = &AtomicBool::new(false);
        py.detach(|| {
            // The scope waits until the work has ended, and goes on with its panic.
            self.threads().in_place_scope(|scope| {
                let (done, is_done) = mpsc::sync_channel(1);
                scope.spawn(move |_| {
                    // Nobody listens any more after an interruption.
                    let _ = done.send(work(stop));
                });
                loop {
                    match is_done.recv_timeout(PATIENCE) {
                        Ok(result) => return Ok(Some(result)),
                        Err(RecvTimeoutError::Disconnected) => return Ok(None),
                        Err(RecvTimeoutError::Timeout) => {
                            Python::attach(check_signals)
                                .inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
                        }
                    }
                }
            })
        })
        .map(|result| result.unwrap_or_else(|| unreachable!("the scope goes on with a panic")))
    }

    fn threads(&self) -> &ThreadPool {
        match self {
            Self::Shared(pool) => pool,
            Self::Own(pool) => pool,
        }
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
    let process = Process::current();
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
