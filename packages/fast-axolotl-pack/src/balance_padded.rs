//! `balance_padded`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_pack::Padded;
use pyo3::prelude::*;

use crate::balance_arguments::{padding_multiple, tokens, unit};
use crate::fixed_batches::run;
use crate::numbers::counts;

/// Make padded batches of a fixed number of sequences alike in labels and in cost.
///
/// A batch costs its number of sequences times the longest, rounded up to a multiple. Pairs of
/// batches exchange sequences, in four passes, as long as an exchange gains something: it must make
/// neither the labels nor the costs less alike, nor the costs together more.
///
/// Args:
///     lengths: the length of each sequence in tokens, batch by batch: a list of integers or a numpy
///         array.
///     label_counts: the number of tokens of each sequence that are trained on, likewise.
///     batch_size: the number of sequences in a batch, at least 1; all batches are full.
///     padding_multiple: what the longest of a batch is rounded up to, at least 1.
///     capacity: the most that a batch may cost after an exchange.
///     label_unit: how much what the sum of squares of the batches' labels falls by counts for one.
///     variance_unit: the same of the variance of the costs, times the square of the number of
///         batches.
///     cost_unit: the same of the sum of the costs.
///
/// Returns:
///     A list of the positions of the sequences, batch by batch.
///
/// Raises:
///     TypeError: an argument is of the wrong type.
///     ValueError: an argument is out of range, the batches are not full, or there are more than
///         2**45 tokens, padding included.
///     OverflowError: an integer does not fit in 64 bits.
///
/// The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.label_balanced`, Apache-2.0).
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        lengths,
        label_counts,
        *,
        batch_size,
        padding_multiple = 1,
        capacity,
        label_unit,
        variance_unit,
        cost_unit,
    ),
    text_signature = "(lengths, label_counts, *, batch_size, padding_multiple=1, capacity, \
                      label_unit, variance_unit, cost_unit)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the arguments of the Python function")]
pub fn balance_padded(
    lengths: &Bound<'_, PyAny>,
    label_counts: &Bound<'_, PyAny>,
    batch_size: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = padding_multiple)] padding_multiple: i64,
    capacity: &Bound<'_, PyAny>,
    label_unit: &Bound<'_, PyAny>,
    variance_unit: &Bound<'_, PyAny>,
    cost_unit: &Bound<'_, PyAny>,
) -> PyResult<Vec<u32>> {
    let padded = Padded {
        batch_size: count("batch_size", batch_size, 1)?,
        padding_multiple,
        capacity: tokens("capacity", capacity, 0)?,
        label_unit: unit("label_unit", label_unit)?,
        variance_unit: unit("variance_unit", variance_unit)?,
        cost_unit: unit("cost_unit", cost_unit)?,
    };
    let py = lengths.py();
    let (lengths, labels) = (counts("lengths", lengths)?, counts("label_counts", label_counts)?);
    run(py, lengths.len(), |stop| padded.order_unless(&lengths, &labels, stop))?
        .map_err(value_error)
}
