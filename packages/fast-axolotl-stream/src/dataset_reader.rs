//! `DatasetReader`, the iterator that `streaming_dataset_reader` returns.

use std::path::PathBuf;
use std::sync::Mutex;

use fast_axolotl_boundary::int_cache::IntCache;
use fast_axolotl_boundary::interrupt::PATIENCE;
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
/// It can be iterated once, by one thread, in the process that made it.
#[pyclass(module = "fast_axolotl_stream")]
pub struct DatasetReader {
    path: PathBuf,
    output: BatchForm,
    // Only ever reached through `&mut self`; the mutexes make the type shareable.
    ahead: Mutex<Ahead>,
    keys: Keys,
    tokens: Mutex<IntCache>,
    skipped: Vec<Skipped>,
    skipped_count: u64,
    is_reported: bool,
}

impl DatasetReader {
    /// Starts to read.
    pub fn start(path: PathBuf, reader: Reader, output: BatchForm) -> PyResult<Self> {
        let ahead = Mutex::new(Ahead::start(reader).map_err(exception)?);
        Ok(Self {
            path,
            output,
            ahead,
            keys: Keys::default(),
            tokens: Mutex::default(),
            skipped: Vec::new(),
            skipped_count: 0,
            is_reported: false,
        })
    }

    fn wait(&mut self, py: Python<'_>) -> PyResult<Arrival> {
        let ahead = exclusive(&mut self.ahead)?;
        loop {
            if let Some(arrival) = py.detach(|| ahead.wait(PATIENCE)) {
                return Ok(arrival);
            }
            py.check_signals()?;
        }
    }

    /// Says once, at the end, how much was left out.
    fn report(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(first) = self.skipped.first().filter(|_| !self.is_reported) else {
            return Ok(());
        };
        self.is_reported = true;
        let text = format!(
            "{}: skipped {} malformed records, the first on line {}: {}",
            self.path.display(),
            self.skipped_count,
            first.line,
            first.reason
        );
        let logger = py.import("logging")?.call_method1("getLogger", ("fast_axolotl_stream",))?;
        logger.call_method1("warning", ("%s", text))?;
        Ok(())
    }
}

fn exclusive<T>(mutex: &mut Mutex<T>) -> PyResult<&mut T> {
    mutex.get_mut().map_err(|_| PyRuntimeError::new_err("the reader failed before; make a new one"))
}

#[pymethods]
impl DatasetReader {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let arrival = self.wait(py)?;
        self.skipped.extend(arrival.skipped);
        self.skipped_count = self.skipped_count.max(arrival.skipped_count);
        match arrival.batch.map_err(exception)? {
            Some(Batch::Arrow(table)) if self.output == BatchForm::Arrow => {
                let batch = ArrowBatch::new(table)?;
                Ok(Some(Bound::new(py, batch)?.into_any()))
            }
            Some(Batch::Arrow(table)) => {
                let tokens = exclusive(&mut self.tokens)?;
                Ok(Some(arrow::to_dict(py, &table, tokens)?.into_any()))
            }
            Some(Batch::Json(batch)) => {
                Ok(Some(json::to_dict(py, &batch, &mut self.keys)?.into_any()))
            }
            None => {
                self.report(py)?;
                Ok(None)
            }
        }
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
    fn skipped(&self) -> Vec<(u64, &str)> {
        self.skipped.iter().map(|skipped| (skipped.line, skipped.reason.as_str())).collect()
    }

    /// How many records of the batches so far were skipped.
    #[getter]
    fn skipped_count(&self) -> u64 {
        self.skipped_count
    }
}
