//! `Deduplicator`.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use arrow_buffer::BooleanBuffer;
use fast_axolotl_boundary::arguments::{file_path, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::output::OutputOf;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_hash::{Algorithm, Deduplicator as Seen, DigestKind, Encoding};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use crate::arguments::{self, AlgorithmName, DigestForm, EncodingName, OutputName};
use crate::source::Hashing;
use crate::{errors, output};

/// Remembers rows, over any number of batches and datasets.
///
/// Args:
///     algorithm, encoding: as for `hash_rows`.
///
/// It takes about 40 to 80 bytes of memory per different row (half that with "xxh3_128"); see
/// `memory_used`, and `DuplicateFinder` for data with more rows than that leaves room for. Threads may
/// share one: whichever comes first adds a row, and the others wait for it.
#[pyclass(module = "fast_axolotl_hash", frozen)]
pub struct Deduplicator {
    seen: RwLock<Seen>,
    kind: DigestKind,
}

impl Deduplicator {
    /// Waits for other threads, so nobody attached to Python calls it.
    fn read(&self) -> RwLockReadGuard<'_, Seen> {
        // A row is in the set or it is not, wherever a call that failed has stopped.
        self.seen.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`read`](Self::read).
    fn write(&self) -> RwLockWriteGuard<'_, Seen> {
        self.seen.write().unwrap_or_else(PoisonError::into_inner)
    }

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

#[guarded]
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
        Self { seen: RwLock::new(Seen::new(kind.algorithm.digest_size())), kind }
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
            data, on = None, *, output = OutputOf(DigestForm::List), num_threads = Threads(0)
        ),
        text_signature = "($self, data, on=None, *, output='list', num_threads=0)"
    )]
    fn add<'py>(
        &self,
        data: &Bound<'py, PyAny>,
        on: Option<&Bound<'py, PyAny>>,
        output: OutputName,
        num_threads: Threads,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pool = Pool::new(num_threads)?;
        let digests = self.digests(data, on, num_threads)?;
        let is_new = data.py().detach(|| {
            let seen = &mut *self.write();
            pool.run(|| seen.add(&digests))
        });
        output::mask(data.py(), BooleanBuffer::from(is_new), output.0)
    }

    /// Say of each row whether it was added before, adding none.
    ///
    /// Args, returns and raises as `add`.
    #[pyo3(
        signature = (
            data, on = None, *, output = OutputOf(DigestForm::List), num_threads = Threads(0)
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
        let known = data.py().detach(|| {
            let seen = &*self.read();
            pool.run(|| seen.contains(&digests))
        });
        output::mask(data.py(), BooleanBuffer::from(known), output.0)
    }

    /// Whether one row was added: a str, bytes, or Arrow data of one row.
    fn __contains__(&self, row: &Bound<'_, PyAny>) -> PyResult<bool> {
        let is_value = row.is_instance_of::<PyString>() || row.is_instance_of::<PyBytes>();
        let data = if is_value { PyList::new(row.py(), [row])?.into_any() } else { row.clone() };
        let digests = self.digests(&data, None, Threads(0))?;
        match row.py().detach(|| self.read().contains(&digests)).as_slice() {
            [known] => Ok(*known),
            rows => Err(value_error(format!(
                "`in` is for one row, and this has {}; use contains",
                rows.len()
            ))),
        }
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.read().len())
    }

    /// The memory that the remembered rows take, in bytes.
    #[getter]
    fn memory_used(&self, py: Python<'_>) -> usize {
        py.detach(|| self.read().memory_used())
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
    fn merge(this: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let Ok(other) = other.cast::<Self>() else {
            let found = type_name(other);
            return Err(type_error(format!("other is {found}, expected a Deduplicator")));
        };
        let (py, this, other) = (this.py(), this.get(), other.get());
        if std::ptr::eq(this, other) {
            return Ok(());
        }
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
        py.detach(|| {
            // In the order of their addresses, so that two that merge each other do not wait for
            // ever.
            let (mut seen, more);
            if std::ptr::from_ref(this) < std::ptr::from_ref(other) {
                seen = this.write();
                more = other.read();
            } else {
                more = other.read();
                seen = this.write();
            }
            seen.merge(&more);
        });
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
        let file = file_path("path", path)?;
        path.py().detach(|| self.read().save(&file, self.kind)).map_err(errors::state)
    }

    /// Read what `save` wrote.
    ///
    /// Raises:
    ///     OSError: the file cannot be read (FileNotFoundError if there is none).
    ///     ValueError: the file is damaged or was not written by `save`.
    #[staticmethod]
    fn load(path: &Bound<'_, PyAny>) -> PyResult<Self> {
        let file = file_path("path", path)?;
        let pool = Pool::new(Threads(0))?;
        let loaded = path.py().detach(|| pool.run(|| Seen::load(&file)));
        let (seen, kind) = loaded.map_err(errors::state)?;
        Ok(Self { seen: RwLock::new(seen), kind })
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!(
            "<Deduplicator: {} rows, {}, {}>",
            self.__len__(py),
            self.algorithm(),
            self.encoding()
        )
    }
}
