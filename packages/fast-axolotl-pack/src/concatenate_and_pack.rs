//! `concatenate_and_pack`.

use fast_axolotl_boundary::arguments::{count, integer};
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::lists::{CollectorPause, Filling, Lists, look_for_signals};
use fast_axolotl_boundary::output::ListOutput;
use fast_axolotl_pack::{Plan, check_alike};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{LabelPad, Overflow};
use crate::rows::{assemble_filled, columns};

/// Pack ready-made columns in order into rows of exactly `max_length`.
///
/// Fills rows as `pack_sequences` does, but appends nothing to a sequence. Empty sequences leave
/// no trace.
///
/// Args:
///     input_ids: a list (or other iterable) of lists, tuples or other sequences of integers.
///         A value is an integer if it is an int or has `__index__`; it is passed on as it is.
///     labels: the same for the labels, alike in the number of sequences and in each one's length.
///     attention_masks: the same for the masks.
///     max_length: the length of every row, at least 1.
///     pad_token_id: fills up rows of `input_ids`.
///     label_pad_id: fills up rows of `labels`; `attention_mask` is filled up with 0.
///     overflow: what becomes of a sequence of more than `max_length` tokens. "error": a
///         ValueError. "truncate": its first `max_length` tokens are kept. "split": it is cut into
///         pieces of `max_length`, the last one being the rest. "drop": it is left out, its values
///         unseen.
///     output: "list", the only form there is so far.
///
/// Returns:
///     A dict of `input_ids`, `labels` and `attention_mask`, each a list of rows, which are new
///     lists of `max_length` integers. Three empty lists for no tokens.
///
/// Raises:
///     TypeError: an argument, a sequence or a value is of the wrong type (the message names its
///         place), or is an Arrow or numpy array, or output is "numpy", "arrow" or "torch": those
///         are not supported yet.
///     ValueError: the columns are not alike (the message names the row), a sequence does not fit
///         (the message names its index and length), max_length is less than 1, or overflow or
///         output is unknown.
///     OverflowError: an integer does not fit in 64 bits.
///     RuntimeError: a sequence changed its length during the call.
#[pyfunction]
#[pyo3(
    signature = (
        input_ids,
        labels,
        attention_masks,
        max_length,
        pad_token_id,
        label_pad_id = LabelPad::default(),
        *,
        overflow = Overflow(Default::default()),
        output = ListOutput,
    ),
    text_signature = "(input_ids, labels, attention_masks, max_length, pad_token_id, \
                      label_pad_id=-100, *, overflow=\"error\", output=\"list\")"
)]
#[allow(clippy::too_many_arguments)]
pub fn concatenate_and_pack<'py>(
    input_ids: &Bound<'py, PyAny>,
    labels: &Bound<'py, PyAny>,
    attention_masks: &Bound<'py, PyAny>,
    max_length: &Bound<'py, PyAny>,
    pad_token_id: &Bound<'py, PyAny>,
    label_pad_id: LabelPad,
    overflow: Overflow,
    output: ListOutput,
) -> PyResult<Bound<'py, PyDict>> {
    let ListOutput = output;
    let py = input_ids.py();
    let max_length = count("max_length", max_length, 1)?;
    let pad = integer("pad_token_id", pad_token_id)?;
    let input_ids = Lists::read("input_ids", input_ids)?;
    let labels = Lists::read("labels", labels)?;
    let attention_masks = Lists::read("attention_masks", attention_masks)?;
    for (column, lists) in [("labels", &labels), ("attention_masks", &attention_masks)] {
        let expected = input_ids.lengths().iter().copied();
        check_alike(column, expected, lists.lengths().iter().copied()).map_err(value_error)?;
    }
    let plan = Plan::new(input_ids.lengths().iter().copied(), 0, max_length, overflow.0)
        .map_err(value_error)?;

    let _pause = CollectorPause::new(py);
    let filling = |value: i64| Filling::new(value.into_pyobject(py)?.into_any());
    let (mut padding, mut label_padding, mut zeros) =
        (filling(pad)?, filling(label_pad_id.0)?, filling(0)?);
    let (mut id_rows, mut label_rows, mut mask_rows) = (Vec::new(), Vec::new(), Vec::new());
    for (index, row) in plan.rows().enumerate() {
        look_for_signals(py, index)?;
        for (lists, filling, rows) in [
            (&input_ids, &mut padding, &mut id_rows),
            (&labels, &mut label_padding, &mut label_rows),
            (&attention_masks, &mut zeros, &mut mask_rows),
        ] {
            rows.push(assemble_filled(py, &row, lists, filling)?);
        }
    }
    columns(py, id_rows, label_rows, mask_rows)
}
