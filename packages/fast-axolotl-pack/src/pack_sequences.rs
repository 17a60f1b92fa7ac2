//! `pack_sequences`.

use fast_axolotl_boundary::arguments::{count, integer};
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::lists::{CollectorPause, End, Filling, Lists, look_for_signals};
use fast_axolotl_boundary::output::ListOutput;
use fast_axolotl_pack::Plan;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arguments::{LabelPad, Overflow};
use crate::rows::{assemble, columns};

/// Pack sequences in order into rows of exactly `max_length`, each closed by an end token.
///
/// Every sequence becomes `sequence + [eos, pad]`, its labels `sequence + [eos, label_pad]`, its
/// mask ones and a final 0. A sequence goes into the current row if it fits there; otherwise the
/// row is filled up and the next one begins. This is what Axolotl's `encode_streaming` does once
/// the texts are tokens.
///
/// Args:
///     sequences: a list (or other iterable) of lists, tuples or other sequences of integers.
///         A value is an integer if it is an int or has `__index__`; it is passed on as it is.
///     max_length: the length of every row, at least 2.
///     pad_token_id: fills the rows up, and closes every sequence.
///     eos_token_id: comes after every sequence.
///     label_pad_id: what the labels have instead of padding.
///     overflow: what becomes of a sequence of more than `max_length - 2` tokens. "error": a
///         ValueError. "truncate": its first `max_length - 2` tokens are kept, and end and pad
///         token follow. "split": `sequence + [eos, pad]` is cut into pieces of `max_length`, the
///         last one being the rest (which may be no more than `[pad]`); no token is lost, and only
///         the end of the sequence has an end token. "drop": it is left out, its values unseen.
///     output: "list", the only form there is so far.
///
/// Returns:
///     A dict of `input_ids`, `labels` and `attention_mask`, each a list of rows, which are new
///     lists of `max_length` integers. Three empty lists for no sequences.
///
/// Raises:
///     TypeError: an argument, a sequence or a value is of the wrong type (the message names its
///         place), or is an Arrow or numpy array, or output is "numpy", "arrow" or "torch": those
///         are not supported yet.
///     ValueError: a sequence does not fit (the message names its index and length), max_length is
///         less than 2, or overflow or output is unknown.
///     OverflowError: an integer does not fit in 64 bits.
///     RuntimeError: a sequence changed its length during the call.
#[pyfunction]
#[pyo3(
    signature = (
        sequences,
        max_length,
        pad_token_id,
        eos_token_id,
        label_pad_id = LabelPad::default(),
        *,
        overflow = Overflow(Default::default()),
        output = ListOutput,
    ),
    text_signature = "(sequences, max_length, pad_token_id, eos_token_id, label_pad_id=-100, *, \
                      overflow=\"error\", output=\"list\")"
)]
pub fn pack_sequences<'py>(
    sequences: &Bound<'py, PyAny>,
    max_length: &Bound<'py, PyAny>,
    pad_token_id: &Bound<'py, PyAny>,
    eos_token_id: &Bound<'py, PyAny>,
    label_pad_id: LabelPad,
    overflow: Overflow,
    output: ListOutput,
) -> PyResult<Bound<'py, PyDict>> {
    let ListOutput = output;
    let py = sequences.py();
    let max_length = count("max_length", max_length, 2)?;
    let pad = integer("pad_token_id", pad_token_id)?;
    let eos = integer("eos_token_id", eos_token_id)?;
    let sequences = Lists::read("sequences", sequences)?;
    let plan = Plan::new(sequences.lengths().iter().copied(), 2, max_length, overflow.0)
        .map_err(value_error)?;

    let _pause = CollectorPause::new(py);
    let tail = PyList::new(py, [eos, pad])?;
    let filling = |value: i64| Filling::new(value.into_pyobject(py)?.into_any());
    let (mut padding, mut label_padding) = (filling(pad)?, filling(label_pad_id.0)?);
    let (mut ones, mut zeros) = (filling(1)?, filling(0)?);
    let (label_pad, zero) = (label_padding.value()?, zeros.value()?);
    let (mut ids, mut labels, mut masks) = (Vec::new(), Vec::new(), Vec::new());
    for (index, row) in plan.rows().enumerate() {
        look_for_signals(py, index)?;
        let tokens = assemble(row.pieces, &sequences, &tail)?;
        let targets = label_padding.padded(&tokens, row.padding, End::Last)?;
        let mask = ones.then(tokens.len(), &mut zeros, row.padding)?;
        let mut end = 0;
        for piece in row.pieces {
            end += piece.len();
            if piece.tail.end == 2 {
                targets.set_item(end - 1, &label_pad)?;
                mask.set_item(end - 1, &zero)?;
            }
        }
        ids.push(padding.fill_up(tokens, row.padding)?);
        labels.push(targets);
        masks.push(mask);
    }
    columns(py, ids, labels, masks)
}
