//! `concatenate_and_pack`.

use fast_axolotl_boundary::arguments::{count, integer};
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::lists::{CollectorPause, Filling, Lists, look_for_signals};
use fast_axolotl_boundary::output::ListOutput;
use fast_axolotl_pack::{Plan, check_alike};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::Overflow;
use crate::rows::{assemble_uniform, columns};

#[pyfunction]
#[pyo3(
    signature = (
        input_ids,
        labels,
        attention_masks,
        max_length,
        pad_token_id,
        label_pad_id = None,
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
    label_pad_id: Option<&Bound<'py, PyAny>>,
    overflow: Overflow,
    output: ListOutput,
) -> PyResult<Bound<'py, PyDict>> {
    let ListOutput = output;
    let py = input_ids.py();
    let max_length = count("max_length", max_length, 1)?;
    let pad = integer("pad_token_id", pad_token_id)?;
    let label_pad = label_pad_id.map_or(Ok(-100), |id| integer("label_pad_id", id))?;
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
        (filling(pad)?, filling(label_pad)?, filling(0)?);
    let (mut id_rows, mut label_rows, mut mask_rows) = (Vec::new(), Vec::new(), Vec::new());
    for (index, row) in plan.rows().enumerate() {
        look_for_signals(py, index)?;
        for (lists, filling, rows) in [
            (&input_ids, &mut padding, &mut id_rows),
            (&labels, &mut label_padding, &mut label_rows),
            (&attention_masks, &mut zeros, &mut mask_rows),
        ] {
            let values = assemble_uniform(py, row.pieces, lists)?;
            rows.push(filling.fill_up(values, row.padding)?);
        }
    }
    columns(py, id_rows, label_rows, mask_rows)
}
