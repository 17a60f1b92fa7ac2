//! `concatenate_and_pack`.

use fast_axolotl_boundary::arguments::{count, integer};
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::lists::{CollectorPause, Filling, Lists, look_for_signals};
use fast_axolotl_boundary::output::ListOutput;
use fast_axolotl_pack::{Plan, check_alike};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

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
    let fill = |lists: &Lists<'py>, value: i64| -> PyResult<Vec<Bound<'py, PyList>>> {
        let mut padding = Filling::new(value.into_pyobject(py)?.into_any())?;
        plan.rows()
            .enumerate()
            .map(|(index, row)| {
                look_for_signals(py, index)?;
                padding.fill_up(assemble_uniform(py, row.pieces, lists)?, row.padding)
            })
            .collect()
    };
    let ids = fill(&input_ids, pad)?;
    let labels = fill(&labels, label_pad)?;
    let masks = fill(&attention_masks, 0)?;
    columns(py, ids, labels, masks)
}
