//! `balance_microbatches`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_pack::MicrobatchBalance;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::balance_arguments::{padding_multiple, tokens, window_steps};
use crate::nested::NestedBatches;

/// Make the batches of an optimizer step cost about the same.
///
/// A batch costs its number of rows times its longest row, rounded up to a multiple. Within each
/// window of optimizer steps, pairs of batches exchange sequences, in up to four passes, until the
/// costs and the tokens are more alike. The costs together do not become more, labels do not become
/// less alike, and rows keep their number of sequences.
///
/// Args:
///     batches: a list of batches, each a list of rows, each a list of the indices of its
///         sequences; no batch and no row is empty. It is not changed. A batch that is laid end to
///         end is one row, and of padded sequences each is a row.
///     lengths: the length of each sequence in tokens: a list of integers or a numpy array.
///     label_counts: the number of tokens of each sequence that are trained on, likewise.
///     leading_label_counts: how many of those do not count where the sequence is the first of its
///         row, because nothing comes before the first token that could predict it: 0 or 1 for a
///         causal loss. None is 0 for all.
///     batches_per_step: the number of batches of an optimizer step on all ranks, at least 1.
///     window_steps: the number of steps that are balanced together, at least 1. Batches after the
///         last whole window stay as they are.
///     padding_multiple: what the length of rows is rounded up to, at least 1.
///     capacity: the most tokens in a row; None is no limit.
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
/// The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.microbatch_balance`, Apache-2.0).
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        batches,
        lengths,
        label_counts,
        leading_label_counts = None,
        *,
        batches_per_step,
        window_steps = 1,
        padding_multiple = 1,
        capacity = None,
    ),
    text_signature = "(batches, lengths, label_counts, leading_label_counts=None, *, \
                      batches_per_step, window_steps=1, padding_multiple=1, capacity=None)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the Python function")]
pub fn balance_microbatches<'py>(
    batches: &Bound<'py, PyAny>,
    lengths: &Bound<'py, PyAny>,
    label_counts: &Bound<'py, PyAny>,
    leading_label_counts: Option<&Bound<'py, PyAny>>,
    batches_per_step: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = window_steps)] window_steps: usize,
    #[pyo3(from_py_with = padding_multiple)] padding_multiple: i64,
    capacity: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let py = batches.py();
    let balance = MicrobatchBalance {
        batches_per_step: count("batches_per_step", batches_per_step, 1)?,
        window_steps,
        padding_multiple,
        capacity: capacity.map(|capacity| tokens("capacity", capacity, 0)).transpose()?,
    };
    let mut nested = NestedBatches::read(batches, lengths, label_counts, leading_label_counts)?;
    let (sequences, batches) = (&nested.sequences, &mut nested.batches);
    // One window after the other: each counts on what those before it have saved.
    Pool::new(Threads(0))?
        .run_unless_interrupted(py, |stop| balance.balance_unless(sequences, batches, stop))?
        .map_err(value_error)?;
    nested.to_lists(py)
}
