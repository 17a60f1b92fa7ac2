//! `DatasetReader`, the iterator that `streaming_dataset_reader` returns.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fast_axolotl_boundary::collector::CollectorPause;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::int_cache::IntCache;
use fast_axolotl_boundary::interrupt::{Failure, PATIENCE, attempt, check_signals};
use fast_axolotl_boundary::turns::Turns;
use fast_axolotl_stream::{Ahead, Arrival, Batch, Reader, Skipped};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::arguments::BatchForm;
use crate::arrow_batch::ArrowBatch;
use crate::errors::exception;
use crate::json::Keys;

use crate::{arrow, json};

/// An iterator over the batches of a dataset, each a dict of lists or an `ArrowBatch`.
///
/// It can be iterated once, in the process that made it. Threads may share it: each batch goes to one
/// of them. An error of the data ends the iteration; what a signal handler raises does not, and the
/// batch that was under way comes next.
#[pyclass(frozen, module = "fast_axolotl_stream")]
pub struct DatasetReader {
    path: PathBuf,
    output: BatchForm,
    reading: Turns<Reading>,
    skips: Mutex<Skips>,
}

/// What reads on, with what later batches have in common with earlier ones.
struct Reading {
    /// `None` at the end and after an error.
    ahead: Option<Ahead>,
    /// The batch to deliver next, if it has come: it stays until Python has it.
    next: Option<Batch>,
    keys: Keys,
    integers: IntCache,
}

/// What was left out of the batches so far.
#[derive(Default)]
struct Skips {
    first: Vec<Skipped>,
    count: u64,
    is_reported: bool,
}

impl DatasetReader {
    /// Starts to read.
    pub fn start(path: PathBuf, reader: Reader, output: BatchForm) -> PyResult<Self> {
        let reading = Reading {
            ahead: Some(Ahead::start(reader).map_err(exception)?),
            next: None,
            keys: Keys::default(),
            integers: IntCache::default(),
        };
        Ok(Self { path, output, reading: Turns::new(reading), skips: Mutex::default() })
    }

    /// The next batch as Python has it; `None` at the end, and after an error.
    ///
    /// What a signal handler raises is no error of the reader: the batch comes with the next call.
    fn read<'py>(
        &self,
        py: Python<'py>,
        reading: &mut Reading,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if reading.next.is_none() {
            let Some(ahead) = &mut reading.ahead else { return Ok(None) };
            let arrival = wait(py, ahead)?;
            self.note(&arrival);
            match arrival.batch {
                Ok(Some(batch)) => reading.next = Some(batch),
                Ok(None) => {
                    reading.ahead = None;
                    self.report(py)?;
                }
                Err(error) => {
                    reading.ahead = None;
                    return Err(exception(error));
                }
            }
        }
        let Some(batch) = &reading.next else { return Ok(None) };
        let (keys, integers) = (&mut reading.keys, &reading.integers);
        // What is made here is no garbage, and the batch before may be as soon as this one is there.
        let _pause = CollectorPause::new(py);
        match attempt(py, || self.object(py, batch, keys, integers)) {
            Ok(object) => {
                reading.next = None;
                Ok(Some(object))
            }
            Err(Failure::Interrupted(error)) => Err(error),
            Err(Failure::Failed(error)) => {
                (reading.next, reading.ahead) = (None, None);
                Err(error)
            }
        }
    }

    /// A batch as Python has it.
    fn object<'py>(
        &self,
        py: Python<'py>,
        batch: &Batch,
        keys: &mut Keys,
        integers: &IntCache,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(match batch {
            Batch::Arrow(table) if self.output == BatchForm::Arrow => {
                Bound::new(py, ArrowBatch::new(table.clone())?)?.into_any()
            }
            Batch::Arrow(table) => arrow::to_dict(py, table, integers)?.into_any(),
            Batch::Json(batch) => json::to_dict(py, batch, keys)?.into_any(),
        })
    }

    /// Remembers what was left out before a batch.
    fn note(&self, arrival: &Arrival) {
        let mut skips = self.skips();
        skips.first.extend_from_slice(&arrival.skipped);
        skips.count = skips.count.max(arrival.skipped_count);
    }

    /// Says once, at the end, how much was left out.
    fn report(&self, py: Python<'_>) -> PyResult<()> {
        let mut skips = self.skips();
        let Some(first) = skips.first.first().filter(|_| !skips.is_reported) else {
            return Ok(());
        };
        let text = format!(
            "{}: skipped {} malformed records, the first on line {}: {}",
            self.path.display(),
            skips.count,
            first.line,
            first.reason
        );
        skips.is_reported = true;
        drop(skips);
        let logger = py.import("logging")?.call_method1("getLogger", ("fast_axolotl_stream",))?;
        logger.call_method1("warning", ("%s", text))?;
        Ok(())
    }

    fn skips(&self) -> MutexGuard<'_, Skips> {
        // Nothing that is done under the lock can fail half-way.
        self.skips.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait(py: Python<'_>, ahead: &mut Ahead) -> PyResult<Arrival> {
    loop {
        if let Some(arrival) = py.detach(|| ahead.wait(PATIENCE)) {
            return Ok(arrival);
        }
        check_signals(py)?;
    }
}

#[guarded]
#[pymethods]
impl DatasetReader {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some((mut reading, turn)) = self.reading.take(py)? else {
            return Err(PyRuntimeError::new_err("the reader failed before; make a new one"));
        };
        let batch = self.read(py, &mut reading);
        turn.give_back(reading);
        batch
    }

    /// The type of readers of one kind of batch, for annotations.
    #[classmethod]
    #[pyo3(signature = (item, /))]
    fn __class_getitem__<'py>(
        cls: &Bound<'py, PyType>,
        item: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        cls.py().import("types")?.getattr("GenericAlias")?.call1((cls, item))
    }

    /// The line and the reason of each skipped record of the batches so far, a thousand at most.
    #[getter]
    fn skipped(&self) -> Vec<(u64, String)> {
        let skips = self.skips();
        skips.first.iter().map(|skipped| (skipped.line, skipped.reason.clone())).collect()
    }

    /// How many records of the batches so far were skipped.
    #[getter]
    fn skipped_count(&self) -> u64 {
        self.skips().count
    }
}
