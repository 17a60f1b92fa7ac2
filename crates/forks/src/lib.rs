//! Whether a value was made in this process or came through a `fork`.
//!
//! A forked child has copies of everything but the other threads, and shares positions in open files
//! with its parent. Process ids do not tell the two apart for certain, since the system gives the id
//! of a process that has ended to another one. So forks are counted here, by a handler that runs in
//! each child.
//!
//! ```
//! use fast_axolotl_forks::Process;
//!
//! let made_in = Process::current();
//! assert_eq!(made_in, Process::current());
//! ```

/// A process, as far as it is to be told from those it was forked from and those forked from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    forks: u64,
}

impl Process {
    /// The running one.
    pub fn current() -> Self {
        Self { forks: counter::forks() }
    }
}

#[cfg(unix)]
mod counter {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    static FORKS: AtomicU64 = AtomicU64::new(0);
    static COUNTS: AtomicBool = AtomicBool::new(false);

    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    /// How many forks there are between this process and the one that asked first.
    pub(super) fn forks() -> u64 {
        if !COUNTS.load(Ordering::Acquire) {
            // Two threads that ask first at the same time count each fork twice, which does no harm.
            // SAFETY: the handler is a function of this library, which is never unloaded, and does
            // what may be done in a forked child: an atomic addition.
            let status = unsafe { libc::pthread_atfork(None, None, Some(count)) };
            // Without memory for the handler, the next call tries again.
            COUNTS.store(status == 0, Ordering::Release);
        }
        FORKS.load(Ordering::Relaxed)
    }
}

#[cfg(not(unix))]
mod counter {
    /// Other systems do not fork.
    pub(super) fn forks() -> u64 {
        0
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::Process;

    #[test]
    fn a_child_is_another_process_and_the_parent_stays_the_same() {
        let before = Process::current();
        // SAFETY: the child only compares numbers and ends.
        let child = unsafe { libc::fork() };
        assert!(child >= 0);
        if child == 0 {
            let is_another = Process::current() != before;
            // SAFETY: ends the child without running anything else.
            unsafe { libc::_exit(i32::from(!is_another)) };
        }
        let mut status = -1;
        // SAFETY: waits for the child that was just made.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
        assert_eq!(Process::current(), before);
    }
}
