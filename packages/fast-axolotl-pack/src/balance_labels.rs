//! `balance_labels`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_pack::LabelBalance;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::balance_arguments::{tokens, window};
use crate::nested::NestedBatches;

/// Give packed batches about as many labels each.
///
/// Batches that were packed by length alone differ in how many tokens they train on, so that a loss
/// averaged over a batch weighs tokens differently. Within each window, rows are dealt out anew to
/// the batches, and then pairs of batches exchange sequences, or are packed anew together, in up to
/// four passes. Batches keep their number of rows; a change that does not help is not made. The
/// same arguments give the same batches on every machine, with any number of threads.
///
/// Args:
///     batches: a list of batches, each a list of rows, each a list of the indices of its
///         sequences; no batch and no row is empty. It is not changed.
///     lengths: the length of each sequence in tokens: a list of integers or a numpy array.
///     label_counts: the number of tokens of each sequence that are trained on, likewise.
///     leading_label_counts: how many of those do not count where the sequence is the first of its
///         row, because nothing comes before the first token that could predict it: 0 or 1 for a
///         causal loss. None is 0 for all.
///     capacity: the most tokens in a row.
///     max_sequences_per_row: the most sequences in a row that is packed anew; None is no limit.
///     window: the number of batches that are balanced together, at least 1. Windows are balanced
///         in parallel.
///     padding_multiple: rows are padded to the longest of their batch, rounded up to this, and the
///         sum of that over all batches does not become more. None allows it to.
///     num_threads: threads for the windows; 0 is one per core.
///
/// Returns:
///     Lists like `batches`, in the same order, of the same integers.
///
/// Raises:
///     TypeError: an argument is of the wrong type, or an index is no `int`.
///     ValueError: an argument is out of range, a batch or a row is empty, there is no sequence of
///         an index, or there are more than 2**45 tokens, padding included.
///     OverflowError: an integer does not fit in 64 bits.
///
/// The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.label_balance`, Apache-2.0), which
/// puts the batches of each window into random order afterwards.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        batches,
        lengths,
        label_counts,
        leading_label_counts = None,
        *,
        capacity,
        max_sequences_per_row = None,
        window = 64,
        padding_multiple = None,
        num_threads = Threads(0),
    ),
    text_signature = "(batches, lengths, label_counts, leading_label_counts=None, *, capacity, \
                      max_sequences_per_row=None, window=64, padding_multiple=None, num_threads=0)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the Python function")]
pub fn balance_labels<'py>(
    batches: &Bound<'py, PyAny>,
    lengths: &Bound<'py, PyAny>,
    label_counts: &Bound<'py, PyAny>,
    leading_label_counts: Option<&Bound<'py, PyAny>>,
    capacity: &Bound<'py, PyAny>,
    max_sequences_per_row: Option<&Bound<'py, PyAny>>,
    #[pyo3(from_py_with = window)] window: usize,
    padding_multiple: Option<&Bound<'py, PyAny>>,
    num_threads: Threads,
) -> PyResult<Bound<'py, PyList>> {
    let py = batches.py();
    let balance = LabelBalance {
        capacity: tokens("capacity", capacity, 0)?,
        max_sequences: max_sequences_per_row
            .map_or(Ok(usize::MAX), |most| count("max_sequences_per_row", most, 1))?,
        window,
        padding_multiple: padding_multiple
            .map(|multiple| tokens("padding_multiple", multiple, 1))
            .transpose()?,
    };
    let pool = Pool::new(num_threads)?;
    let mut nested = NestedBatches::read(batches, lengths, label_counts, leading_label_counts)?;
    let (sequences, batches) = (&nested.sequences, &mut nested.batches);
    pool.run_unless_interrupted(py, |stop| balance.balance_unless(sequences, batches, stop))?
        .map_err(value_error)?;
    nested.to_lists(py)
}
