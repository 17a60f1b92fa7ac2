//! `balance_flattened`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_pack::Flattened;
use pyo3::prelude::*;

use crate::balance_arguments::unit;
use crate::fixed_batches::run;
use crate::numbers::{counts, floats};

/// Make batches of a fixed number of sequences, laid end to end, alike in labels and tokens.
///
/// The sequences are dealt out anew, the heaviest first, each to the lightest batch with room, if
/// that makes neither labels nor tokens less alike. Then pairs of batches exchange sequences, in four
/// passes, as long as an exchange gains something. No batch gets more tokens than the longest had.
///
/// Args:
///     lengths: the length of each sequence in tokens, batch by batch: a list of integers or a numpy
///         array.
///     label_counts: the number of tokens of each sequence that are trained on, likewise.
///     weights: how heavy each sequence is where they are dealt out: a list of floats or a numpy
///         array.
///     batch_size: the number of sequences in a batch, at least 1; all batches are full.
///     label_unit: how much what the sum of squares of the batches' labels falls by counts for one.
///     token_unit: the same of the batches' tokens.
///
/// Returns:
///     A list of the positions of the sequences, batch by batch.
///
/// Raises:
///     TypeError: an argument is of the wrong type.
///     ValueError: an argument is out of range, the batches are not full, or there are more than
///         2**45 tokens.
///     OverflowError: an integer does not fit in 64 bits.
///
/// The algorithm is that of Axolotl 0.21 (`axolotl.utils.samplers.label_balanced`, Apache-2.0).
#[guarded]
#[pyfunction]
#[pyo3(signature = (lengths, label_counts, weights, *, batch_size, label_unit, token_unit))]
pub fn balance_flattened(
    lengths: &Bound<'_, PyAny>,
    label_counts: &Bound<'_, PyAny>,
    weights: &Bound<'_, PyAny>,
    batch_size: &Bound<'_, PyAny>,
    label_unit: &Bound<'_, PyAny>,
    token_unit: &Bound<'_, PyAny>,
) -> PyResult<Vec<u32>> {
    let flattened = Flattened {
        batch_size: count("batch_size", batch_size, 1)?,
        label_unit: unit("label_unit", label_unit)?,
        token_unit: unit("token_unit", token_unit)?,
    };
    let py = lengths.py();
    let (lengths, labels) = (counts("lengths", lengths)?, counts("label_counts", label_counts)?);
    let weights = floats("weights", weights)?;
    run(py, lengths.len(), |stop| flattened.order_unless(&lengths, &labels, &weights, stop))?
        .map_err(value_error)
}
