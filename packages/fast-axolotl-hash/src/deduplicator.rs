//! `Deduplicator`.

use arrow_buffer::BooleanBuffer;
use fast_axolotl_boundary::arguments::{path, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::output::OutputOf;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_hash::{Algorithm, Deduplicator as Seen, Encoding, Kind};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::arguments::{self, AlgorithmName, EncodingName, Output, OutputName};
use crate::source::Hashing;
use crate::{errors, output};

/// Remembers rows, over any number of batches and datasets.
///
/// Args:
///     algorithm, encoding: as for `hash_rows`.
///
/// It takes about 40 to 80 bytes of memory per different row (half that with "xxh3_128"); see
/// `memory_used`, and `DuplicateFinder` for data with more rows than that leaves room for. Not for
/// several threads at once: a call during another raises RuntimeError.
#[pyclass(module = "fast_axolotl_hash")]
pub struct Deduplicator {
    seen: Seen,
    kind: Kind,
}

impl Deduplicator {
    fn digests(
        &self,
        data: &Bound<'_, PyAny>,
        on: Option<&Bound<'_, PyAny>>,
        threads: Threads,
    ) -> PyResult<Vec<u8>> {
        let columns = arguments::columns("on", on)?;
        let hashing = Hashing { kind: self.kind, as_axolotl: false, columns, threads };
        hashing.digests("data", data)
    }
}

#[pymethods]
impl Deduplicator {
    #[new]
    #[pyo3(
        signature = (
            algorithm = AlgorithmName(Algorithm::Sha256), *,
            encoding = EncodingName(Encoding::Values)
        ),
        text_signature = "(algorithm='sha256', *, encoding='values')"
    )]
    fn new(algorithm: AlgorithmName, encoding: EncodingName) -> Self {
        let kind = arguments::kind(algorithm, encoding);
        Self { seen: Seen::new(kind.algorithm.digest_size()), kind }
    }

    /// Add rows, and say of each whether it is new.
    ///
    /// Args:
    ///     data: as for `hash_rows`.
    ///     on: the names of the columns that count; all if None.
    ///     output: "list" of bool, "numpy" for an array of bool, "arrow" for an ArrowArray of bool.
    ///     num_threads: how many threads to use; 0 is one per core.
    ///
    /// Returns:
    ///     True for each row that is the first of its kind: not in the rows before it, and in no
    ///     earlier call. After an error nothing was added.
    ///
    /// Raises:
    ///     TypeError, ValueError, NotImplementedError: as `hash_rows`.
    #[pyo3(
        signature = (
            data, on = None, *, output = OutputOf(Output::List), num_threads = Threads(0)
        ),
        text_signature = "($self, data, on=None, *, output='list', num_threads=0)"
    )]
    fn add<'py>(
        &mut self,
        data: &Bound<'py, PyAny>,
        on: Option<&Bound<'py, PyAny>>,
        output: OutputName,
        num_threads: Threads,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pool = Pool::new(num_threads)?;
        let digests = self.digests(data, on, num_threads)?;
        let is_new = data.py().detach(|| pool.run(|| self.seen.add(&digests)));
        output::mask(data.py(), BooleanBuffer::from(is_new), output.0)
    }

    /// Say of each row whether it was added before, adding none.
    ///
    /// Args, returns and raises as `add`.
    #[pyo3(
        signature = (
            data, on = None, *, output = OutputOf(Output::List), num_threads = Threads(0)
        ),
        text_signature = "($self, data, on=None, *, output='list', num_threads=0)"
    )]
    fn contains<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        on: Option<&Bound<'py, PyAny>>,
        output: OutputName,
        num_threads: Threads,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pool = Pool::new(num_threads)?;
        let digests = self.digests(data, on, num_threads)?;
        let known = data.py().detach(|| pool.run(|| self.seen.contains(&digests)));
        output::mask(data.py(), BooleanBuffer::from(known), output.0)
    }

    /// Whether one row was added: a str, bytes, or Arrow data of one row.
    fn __contains__(&self, row: &Bound<'_, PyAny>) -> PyResult<bool> {
        let is_value = row.is_instance_of::<PyString>() || row.is_instance_of::<PyBytes>();
        let data = if is_value { PyList::new(row.py(), [row])?.into_any() } else { row.clone() };
        let digests = self.digests(&data, None, Threads(0))?;
        match self.seen.contains(&digests).as_slice() {
            [known] => Ok(*known),
            rows => Err(value_error(format!(
                "`in` is for one row, and this has {}; use contains",
                rows.len()
            ))),
        }
    }

    fn __len__(&self) -> usize {
        self.seen.len()
    }

    /// The memory that the remembered rows take, in bytes.
    #[getter]
    fn memory_used(&self) -> usize {
        self.seen.memory_used()
    }

    /// The name of the hash function.
    #[getter]
    fn algorithm(&self) -> &'static str {
        self.kind.algorithm.name()
    }

    /// How rows become bytes.
    #[getter]
    fn encoding(&self) -> &'static str {
        self.kind.encoding.name()
    }

    /// Add all that another Deduplicator remembers.
    ///
    /// Raises:
    ///     ValueError: it has another algorithm or encoding.
    ///     RuntimeError: it is at work in another thread.
    fn merge(this: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let Ok(other) = other.cast::<Self>() else {
            let found = type_name(other);
            return Err(type_error(format!("other is {found}, expected a Deduplicator")));
        };
        if this.is(other) {
            return Ok(());
        }
        let (mut this, other) = (this.try_borrow_mut()?, other.try_borrow()?);
        if other.kind != this.kind {
            return Err(value_error(format!(
                "other has algorithm '{}' and encoding '{}', this one '{}' and '{}'; their hashes \
                 cannot be compared",
                other.algorithm(),
                other.encoding(),
                this.algorithm(),
                this.encoding()
            )));
        }
        this.seen.merge(&other.seen);
        Ok(())
    }

    /// Write what is remembered to a file, which is there complete or not at all.
    ///
    /// The rows themselves are not in it, only their digests, of 32 or 16 bytes each. A process
    /// that is killed meanwhile leaves a hidden file whose name ends in ".partial", to be deleted.
    ///
    /// Raises:
    ///     OSError: the file cannot be written.
    fn save(&self, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let file = path("path", path)?;
        path.py().detach(|| self.seen.save(&file, self.kind)).map_err(errors::state)
    }

    /// Read what `save` wrote.
    ///
    /// Raises:
    ///     OSError: the file cannot be read (FileNotFoundError if there is none).
    ///     ValueError: the file is damaged or was not written by `save`.
    #[staticmethod]
    fn load(path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let file = path("path", path)?;
        let pool = Pool::new(Threads(0))?;
        let loaded = path.py().detach(|| pool.run(|| Seen::load(&file)));
        let (seen, kind) = loaded.map_err(errors::state)?;
        Ok(Self { seen, kind })
    }

    fn __repr__(&self) -> String {
        format!(
            "<Deduplicator: {} rows, {}, {}>",
            self.seen.len(),
            self.algorithm(),
            self.encoding()
        )
    }
}
