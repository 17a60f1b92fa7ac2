//! `concatenate_and_pack`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::block::{Block, Form};
use fast_axolotl_boundary::collector::CollectorPause;
use fast_axolotl_boundary::errors::{room_for, value_error};
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::lists::{Filling, Lists};
use fast_axolotl_boundary::output::{ArrayForm, OutputOf};
use fast_axolotl_boundary::sequences::Sequences;
use fast_axolotl_pack::{Overflow, Plan, check_alike};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::{label_pad_id, overflow, pad_token_id};
use crate::blocks::{
    FromArrays, FromLists, blocks, detached, finish, in_parts, part, planned_lists,
};
use crate::errors::plan_error;
use crate::rows::{assemble_filled, columns, values_of};

/// Pack ready-made columns in order into rows of exactly `max_length`.
///
/// Fills rows as `pack_sequences` does, but appends nothing to a sequence. Empty sequences leave
/// no trace.
///
/// Args:
///     input_ids: the tokens of each sequence, in any of the forms that `pack_sequences` takes:
///         lists, Arrow lists or numpy arrays, which are read where they are.
///     labels: the same for the labels, alike in the number of sequences and in each one's length;
///         the form may be another.
///     attention_masks: the same for the masks.
///     max_length: the length of every row, at least 1.
///     pad_token_id: fills up rows of `input_ids`.
///     label_pad_id: fills up rows of `labels`; `attention_mask` is filled up with 0.
///     overflow: what becomes of a sequence of more than `max_length` tokens. "error": a
///         ValueError. "truncate": its first `max_length` tokens are kept. "split": it is cut into
///         pieces of `max_length`, the last one being the rest. "drop": it is left out, its values
///         unseen.
///     output: "list" for lists of Python's integers, "numpy" for arrays, "arrow" for `ArrowArray`s
///         of fixed-size lists without nulls, "torch" for tensors.
///
/// Returns:
///     A dict of `input_ids`, `labels` and `attention_mask`, each of shape (rows, max_length) and of
///     dtype int64; with output="list", new lists, to which the integers are passed on as they are
///     if all columns are lists. No rows for no tokens.
///
/// Raises:
///     TypeError: an argument, a sequence or a value is of the wrong type (the message names its
///         place).
///     ValueError: the columns are not alike (the message names the row), a sequence does not fit
///         (the message names its index and length), a sequence or a value is null, offsets point
///         outside of the values, max_length is less than 1, or overflow or output is unknown.
///     OverflowError: an integer does not fit in int64, or max_length not in Arrow.
///     MemoryError: the rows are more than memory can hold.
///     RuntimeError: a list changed its length during the call.
///     ImportError: output is "numpy" or "torch", and that is not installed.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        input_ids,
        labels,
        attention_masks,
        max_length,
        pad_token_id,
        label_pad_id = -100,
        *,
        overflow = Overflow::Error,
        output = OutputOf(ArrayForm::List),
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
    #[pyo3(from_py_with = pad_token_id)] pad_token_id: i64,
    #[pyo3(from_py_with = label_pad_id)] label_pad_id: i64,
    #[pyo3(from_py_with = overflow)] overflow: Overflow,
    output: OutputOf<ArrayForm>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = input_ids.py();
    let max_length = count("max_length", max_length, 1)?;
    let padding = [pad_token_id, label_pad_id, 0];
    let input_ids = Sequences::read("input_ids", input_ids)?;
    let labels = Sequences::read("labels", labels)?;
    let attention_masks = Sequences::read("attention_masks", attention_masks)?;
    for (column, sequences) in [("labels", &labels), ("attention_masks", &attention_masks)] {
        check_alike(column, input_ids.lengths(), sequences.lengths()).map_err(value_error)?;
    }
    let plan = Plan::new(input_ids.lengths(), 0, max_length, overflow).map_err(plan_error)?;
    let columns = [input_ids, labels, attention_masks];
    match output.0 {
        ArrayForm::Block(form) => to_blocks(py, &columns, &plan, padding, form),
        ArrayForm::List => {
            let [ids, labels, masks] = columns.map(|column| match column {
                Sequences::Lists(lists) => Ok(lists),
                Sequences::Arrays(arrays) => planned_lists(py, &arrays, &plan),
            });
            lists_to_lists(py, [&ids?, &labels?, &masks?], &plan, padding)
        }
    }
}

fn to_blocks<'py>(
    py: Python<'py>,
    columns: &[Sequences<'py>; 3],
    plan: &Plan,
    padding: [i64; 3],
    form: Form,
) -> PyResult<Bound<'py, PyDict>> {
    let mut blocks = blocks(py, form, plan)?;
    let mut values = blocks.each_mut().map(Block::values);
    in_parts(py, plan, |rows| {
        // Row by row, since columns of lists tend to share their integers.
        for row in rows.clone() {
            let place = part(plan, &(row..row + 1));
            for ((sequences, padding), values) in columns.iter().zip(padding).zip(&mut values) {
                if let Sequences::Lists(lists) = sequences {
                    let out = &mut values[place.clone()];
                    plan.row(row).write(&FromLists(lists), &[], padding, out)?;
                }
            }
        }
        for ((sequences, padding), values) in columns.iter().zip(padding).zip(&mut values) {
            if let Sequences::Arrays(arrays) = sequences {
                let (source, rows) = (FromArrays(arrays), rows.clone());
                let out = &mut values[part(plan, &rows)];
                detached(py, out.len(), || plan.fill(rows, &source, &[], padding, out))??;
            }
        }
        Ok(())
    })?;
    finish(py, blocks)
}

fn lists_to_lists<'py>(
    py: Python<'py>,
    [input_ids, labels, attention_masks]: [&Lists<'py>; 3],
    plan: &Plan,
    [pad, label_pad, mask_pad]: [i64; 3],
) -> PyResult<Bound<'py, PyDict>> {
    let _pause = CollectorPause::new(py);
    let filling = |value: i64| Filling::new(value.into_pyobject(py)?.into_any());
    let (mut padding, mut label_padding, mut zeros) =
        (filling(pad)?, filling(label_pad)?, filling(mask_pad)?);
    let rows = || room_for("the packed rows", plan.rows().len());
    let (mut id_rows, mut label_rows, mut mask_rows) = (rows()?, rows()?, rows()?);
    let mut interrupts = Interrupts::new(py);
    for row in plan.rows() {
        for (lists, filling, rows) in [
            (input_ids, &mut padding, &mut id_rows),
            (labels, &mut label_padding, &mut label_rows),
            (attention_masks, &mut zeros, &mut mask_rows),
        ] {
            rows.push(assemble_filled(py, &row, lists, filling)?);
            interrupts.after_row(values_of(&row, lists))?;
        }
    }
    columns(py, id_rows, label_rows, mask_rows)
}
