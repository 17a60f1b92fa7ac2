//! Reading one batch ahead, in a thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use fast_axolotl_forks::Process;

use crate::error::{Error, Result};
use crate::reader::{Batch, Reader, Skipped};

/// What a [`Reader`] came up with.
pub struct Arrival {
    /// The next batch, or `None` at the end.
    pub batch: Result<Option<Batch>>,
    /// The records skipped since the arrival before.
    pub skipped: Vec<Skipped>,
    /// How many records were skipped so far.
    pub skipped_count: u64,
}

/// A [`Reader`] that works one batch ahead in a thread of its own.
///
/// In a forked child, where that thread does not exist, it reports an error and never waits. Dropped,
/// it tells the thread to stop.
pub struct Ahead {
    process: Process,
    stop: Arc<AtomicBool>,
    /// `None` once everything has arrived.
    arrivals: Option<Receiver<Arrival>>,
}

impl Ahead {
    /// Starts reading.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn start(mut reader: Reader) -> Result<Self> {
        let (sender, arrivals) = sync_channel(1);
        let stop = reader.stop_flag();
        thread::Builder::new()
            .name("fast-axolotl-read".to_owned())
            .spawn(move || {
                loop {
                    let batch = reader.next_batch();
                    let is_last = !matches!(batch, Ok(Some(_)));
                    let arrival = Arrival {
                        batch,
                        skipped: reader.take_skipped(),
                        skipped_count: reader.skipped_count(),
                    };
                    // Nobody receives once the `Ahead` is dropped.
                    if sender.send(arrival).is_err() || is_last {
                        return;
                    }
                }
            })
            .map_err(Error::Thread)?;
        Ok(Self { process: Process::current(), stop, arrivals: Some(arrivals) })
    }

    /// Waits up to `patience` for the next arrival; `None` if it has not come by then.
    ///
    /// After the last arrival and after an error, the end arrives again and again.
    pub fn wait(&mut self, patience: Duration) -> Option<Arrival> {
        let nothing = |batch| Some(Arrival { batch, skipped: Vec::new(), skipped_count: 0 });
        if self.process != Process::current() {
            return nothing(Err(Error::Forked));
        }
        let Some(arrivals) = &self.arrivals else { return nothing(Ok(None)) };
        match arrivals.recv_timeout(patience) {
            Ok(arrival) => {
                if !matches!(arrival.batch, Ok(Some(_))) {
                    self.arrivals = None;
                }
                Some(arrival)
            }
            Err(RecvTimeoutError::Timeout) => None,
            // The last arrival is never missing, unless the thread did not come to its end.
            Err(RecvTimeoutError::Disconnected) => {
                self.arrivals = None;
                nothing(Err(Error::Died))
            }
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Closing a channel takes its lock, which the absent thread may hold for ever.
        if self.process != Process::current() {
            std::mem::forget(self.arrivals.take());
        }
    }
}
