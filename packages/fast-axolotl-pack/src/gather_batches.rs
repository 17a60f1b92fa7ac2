//! `gather_batches`.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fast_axolotl_boundary::block::Form;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::interrupt::{Failure, attempt};
use fast_axolotl_boundary::output::{ArrayForm, OutputOf};
use fast_axolotl_boundary::pool::Threads;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{self, attention_mask, batch_size, cu_seqlens, flatten, position_ids};
use crate::bins::Bins;
use crate::data::Data;
use crate::gather::{bins_of, read};
use crate::gathering::{Mask, Options, rows};

/// Build the rows of packed sequences batch by batch, for more data than fits in memory.
///
/// The data is opened once, and each batch is made when it is asked for, so that no more than one
/// is in memory, unless the caller keeps them.
///
/// Args:
///     data: as of `gather`.
///     bins: as of `gather`.
///     batch_size: the number of bins in a batch, at least 1; the last one may have fewer.
///     columns: as of `gather`, like all that follow.
///     padding: what fills rows up, by column.
///     attention_mask: "binary", "sequence_ids" or None.
///     position_ids: make a column `position_ids`.
///     cu_seqlens: add `cu_seqlens` and `max_seqlen`, of each batch on its own.
///     flatten: no padding: each batch is one row.
///     output: "numpy", "torch", "arrow" or "list".
///     num_threads: threads for the rows; 0 is one per core.
///
/// Returns:
///     `PackedBatches`, an iterator of what `gather` returns for each batch; its length is the
///     number of batches that are left.
///
/// Raises:
///     What `gather` raises: now for the arguments, the columns and nulls, later for the rest.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        data,
        bins,
        batch_size,
        *,
        columns = None,
        padding = None,
        attention_mask = Some(Mask::Binary),
        position_ids = true,
        cu_seqlens = false,
        flatten = false,
        output = OutputOf(ArrayForm::Block(Form::Numpy)),
        num_threads = Threads(0),
    ),
    text_signature = "(data, bins, batch_size, *, columns=None, padding=None, \
                      attention_mask=\"binary\", position_ids=True, cu_seqlens=False, \
                      flatten=False, output=\"numpy\", num_threads=0)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the Python function")]
pub fn gather_batches(
    data: &Bound<'_, PyAny>,
    bins: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = batch_size)] batch_size: usize,
    columns: Option<&Bound<'_, PyAny>>,
    padding: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = attention_mask)] attention_mask: Option<Mask>,
    #[pyo3(from_py_with = position_ids)] position_ids: bool,
    #[pyo3(from_py_with = cu_seqlens)] cu_seqlens: bool,
    #[pyo3(from_py_with = flatten)] flatten: bool,
    output: OutputOf<ArrayForm>,
    num_threads: Threads,
) -> PyResult<PackedBatches> {
    let options = Options {
        padding: padding.map(arguments::padding).transpose()?.unwrap_or_default(),
        mask: attention_mask,
        has_positions: position_ids,
        has_offsets: cu_seqlens,
        flatten,
        form: output.0,
        threads: num_threads,
    };
    let bins = bins_of(bins)?;
    let data = read(data, columns, &options)?;
    Ok(PackedBatches {
        data,
        bins: bins.clone().unbind(),
        batch_size,
        options,
        left: Mutex::new(Left { next: 0, undelivered: Vec::new() }),
    })
}

/// An iterator of batches of packed rows, made by `gather_batches`.
///
/// An error of the data ends the iteration; what a signal handler raises does not, and the batch that
/// was under way comes next.
#[pyclass(frozen, module = "fast_axolotl_pack")]
pub struct PackedBatches {
    data: Data,
    bins: Py<Bins>,
    batch_size: usize,
    options: Options,
    left: Mutex<Left>,
}

/// The bins that no batch was made of so far.
struct Left {
    /// The first of those that nobody has asked for.
    next: usize,
    /// The batches whose making a signal handler broke off, the next one last.
    undelivered: Vec<Range<usize>>,
}

impl PackedBatches {
    fn left(&self) -> MutexGuard<'_, Left> {
        // Nothing is done under the lock, so nobody waits, and nobody leaves it poisoned.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bins of the next batch, none at the end.
    fn take(&self) -> Range<usize> {
        let mut left = self.left();
        if let Some(range) = left.undelivered.pop() {
            return range;
        }
        let start = left.next;
        left.next = self.bins.get().core().len().min(start.saturating_add(self.batch_size));
        start..left.next
    }

    /// Makes a batch whose making was broken off the next one.
    fn give_back(&self, range: Range<usize>) {
        let undelivered = &mut self.left().undelivered;
        undelivered.push(range);
        undelivered.sort_unstable_by_key(|range| Reverse(range.start));
    }

    /// Ends the iteration.
    fn end(&self) {
        *self.left() = Left { next: self.bins.get().core().len(), undelivered: Vec::new() };
    }
}

#[guarded]
#[pymethods]
impl PackedBatches {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let range = self.take();
        if range.is_empty() {
            return Ok(None);
        }
        let bins = self.bins.bind(py).get();
        match attempt(py, || rows(py, &self.data, bins, range.clone(), &self.options)) {
            Ok(batch) => Ok(Some(batch)),
            Err(Failure::Interrupted(error)) => {
                self.give_back(range);
                Err(error)
            }
            Err(Failure::Failed(error)) => {
                self.end();
                Err(error)
            }
        }
    }

    fn __len__(&self) -> usize {
        let left = self.left();
        let unasked = (self.bins.get().core().len() - left.next).div_ceil(self.batch_size);
        unasked + left.undelivered.len()
    }

    fn __repr__(&self) -> String {
        format!("<PackedBatches: {} of up to {} bins left>", self.__len__(), self.batch_size)
    }
}
