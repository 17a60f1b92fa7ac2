//! `DuplicateFinder`.

use std::sync::atomic::{AtomicU64, Ordering};

use fast_axolotl_boundary::arguments::file_path;
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::interrupt::check_signals;
use fast_axolotl_boundary::output::OutputOf;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_boundary::turns::{Turn, Turns};
use fast_axolotl_forks::Process;
use fast_axolotl_hash::{
    Algorithm, DigestKind, DuplicateFinder as Finder, Encoding, Keep, StateReader, Storage,
};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::arguments::{
    self, AlgorithmName, DigestForm, EncodingName, KeepName, MemoryLimit, OutputName,
};
use crate::source::Hashing;
use crate::{errors, output};

/// Finds duplicates among more rows than there is memory for, or keeps other than the first.
///
/// Add all batches, then `finish`, in the process that made it. Threads may share one: each call waits
/// for those before it.
///
/// Args:
///     algorithm, encoding: as for `hash_rows`.
///     memory_limit: how many bytes of digests to hold in memory, at least 1 MiB; what is beyond goes
///         to a file in `spill_directory`. All if None. A row takes 40 bytes, 24 with "xxh3_128".
///         `finish` takes memory of its own, whatever the limit: an eighth of a byte per row, and for
///         each thread about a five-hundredth of the different digests at a time.
///     spill_directory: the folder for that; the system's folder for temporary files if None. The
///         file has no name, and nothing is left of it when the process ends, even killed.
///
/// Raises:
///     ValueError: an unknown option, or a memory_limit below 1 MiB.
#[pyclass(module = "fast_axolotl_hash", frozen)]
pub struct DuplicateFinder {
    kind: DigestKind,
    made_in: Process,
    finder: Turns<Finder>,
    /// As of the last call that ended.
    rows: AtomicU64,
    spilled_bytes: AtomicU64,
}

impl DuplicateFinder {
    fn take(&self, py: Python<'_>) -> PyResult<(Finder, Turn<'_, Finder>)> {
        if self.made_in != Process::current() {
            return Err(PyRuntimeError::new_err(
                "this DuplicateFinder was made before the process forked, and both sides would \
                 write to one file; make one in the child process",
            ));
        }
        self.finder.take(py)?.ok_or_else(|| {
            value_error("this DuplicateFinder has finished, or failed before; make a new one")
        })
    }
}

#[guarded]
#[pymethods]
impl DuplicateFinder {
    #[new]
    #[pyo3(
        signature = (
            algorithm = AlgorithmName(Algorithm::Sha256), *,
            encoding = EncodingName(Encoding::Values), memory_limit = None, spill_directory = None
        ),
        text_signature = "(algorithm='sha256', *, encoding='values', memory_limit=None, \
                          spill_directory=None)"
    )]
    fn new(
        algorithm: AlgorithmName,
        encoding: EncodingName,
        memory_limit: Option<MemoryLimit>,
        spill_directory: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let kind = arguments::kind(algorithm, encoding);
        let directory = |value| file_path("spill_directory", value);
        let storage = Storage {
            memory_limit: memory_limit.map(|limit| limit.0),
            spill_directory: spill_directory.map(directory).transpose()?,
        };
        let finder = Finder::new(kind, storage).map_err(errors::finder)?;
        Ok(Self {
            kind,
            made_in: Process::current(),
            finder: Turns::new(finder),
            rows: AtomicU64::new(0),
            spilled_bytes: AtomicU64::new(0),
        })
    }

    /// Add the next rows.
    ///
    /// Args:
    ///     data: as for `hash_rows`.
    ///     on: the names of the columns that count; all if None.
    ///     num_threads: how many threads to use; 0 is one per core.
    ///
    /// Raises:
    ///     TypeError, ValueError, NotImplementedError: as `hash_rows`.
    ///     OSError: what is beyond the memory limit cannot be stored.
    ///     MemoryError: there is no memory for more digests.
    ///     RuntimeError: the iterable that makes the rows uses this finder itself, or the process was
    ///         forked after the finder was made.
    ///
    /// An error that comes before any of the rows is added leaves the finder as it was. After one that
    /// comes later, no more can be done.
    #[pyo3(
        signature = (data, on = None, *, num_threads = Threads(0)),
        text_signature = "($self, data, on=None, *, num_threads=0)"
    )]
    fn add(
        &self,
        data: &Bound<'_, PyAny>,
        on: Option<&Bound<'_, PyAny>>,
        num_threads: Threads,
    ) -> PyResult<()> {
        let columns = arguments::columns("on", on)?;
        let hashing = Hashing { kind: self.kind, as_axolotl: false, columns, threads: num_threads };
        let py = data.py();
        let (mut finder, turn) = self.take(py)?;
        let before = finder.rows();
        let added = hashing.each("data", data, &mut |pool, digests| {
            py.detach(|| pool.run(|| finder.add(&digests))).map_err(errors::finder)
        });
        // Of a call that failed half-way, nobody knows which rows are in.
        if added.is_ok() || finder.rows() == before {
            self.rows.store(finder.rows(), Ordering::Relaxed);
            self.spilled_bytes.store(finder.spilled_bytes(), Ordering::Relaxed);
            turn.give_back(finder);
        }
        added
    }

    /// Find the duplicates among all rows added.
    ///
    /// Args:
    ///     keep: which of equal rows to keep: "first", "last", or "none" of them.
    ///     against: a file that `Deduplicator.save`, or `save` here, wrote: rows in it are not kept.
    ///     save: where to write the digests of all rows, those of `against` too. It is there before
    ///         this returns: if the kept rows are then lost, delete it, or the next run against it
    ///         leaves them out.
    ///     output: "list" of bool, "numpy" for an array of bool, "arrow" for an ArrowArray of bool.
    ///     num_threads: how many threads to use; 0 is one per core.
    ///
    /// Returns:
    ///     True for each row that is kept, in the order they were added.
    ///
    /// Raises:
    ///     ValueError: `against` is damaged, or of another algorithm or encoding; an unknown
    ///         option; or the finder has finished before.
    ///     OSError: a file cannot be read or written.
    #[pyo3(
        signature = (
            keep = KeepName(Keep::First), *, against = None, save = None,
            output = OutputOf(DigestForm::List), num_threads = Threads(0)
        ),
        text_signature = "($self, keep='first', *, against=None, save=None, output='list', \
                          num_threads=0)"
    )]
    fn finish<'py>(
        &self,
        py: Python<'py>,
        keep: KeepName,
        against: Option<&Bound<'py, PyAny>>,
        save: Option<&Bound<'py, PyAny>>,
        output: OutputName,
        num_threads: Threads,
    ) -> PyResult<Bound<'py, PyAny>> {
        let pool = Pool::new(num_threads)?;
        let against = against.map(|value| file_path("against", value)).transpose()?;
        let save = save.map(|value| file_path("save", value)).transpose()?;
        let seen = against.map(|path| py.detach(|| StateReader::open(&path))).transpose();
        let seen = seen.map_err(errors::state)?;
        if let Some(seen) = &seen
            && seen.kind() != self.kind
        {
            return Err(value_error(format!(
                "against has algorithm '{}' and encoding '{}', this finder '{}' and '{}'; their \
                 hashes cannot be compared",
                seen.kind().algorithm.name(),
                seen.kind().encoding.name(),
                self.kind.algorithm.name(),
                self.kind.encoding.name()
            )));
        }
        let (finder, _turn) = self.take(py)?;
        let mut resolution = py
            .detach(|| pool.run(|| finder.finish(keep.0, seen, save.as_deref())))
            .map_err(errors::finder)?;
        while py.detach(|| pool.run(|| resolution.step())).map_err(errors::finder)? {
            check_signals(py)?;
        }
        let kept = py.detach(|| resolution.into_kept()).map_err(errors::finder)?;
        output::mask(py, kept, output.0)
    }

    /// How many rows were added.
    fn __len__(&self) -> usize {
        self.rows.load(Ordering::Relaxed) as usize
    }

    /// The bytes that went to the file so far.
    #[getter]
    fn spilled_bytes(&self) -> u64 {
        self.spilled_bytes.load(Ordering::Relaxed)
    }

    fn __repr__(&self) -> String {
        let kind = self.kind;
        let (algorithm, encoding) = (kind.algorithm.name(), kind.encoding.name());
        format!("<DuplicateFinder: {} rows, {algorithm}, {encoding}>", self.__len__())
    }
}
