//! `pack_sequences`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::block::{Block, Form};
use fast_axolotl_boundary::collector::CollectorPause;
use fast_axolotl_boundary::errors::room_for;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::lists::{End, Filling, Lists};
use fast_axolotl_boundary::output::{ArrayForm, OutputOf};
use fast_axolotl_boundary::ragged::Ragged;
use fast_axolotl_boundary::sequences::Sequences;
use fast_axolotl_pack::{Overflow, PackedMut, Plan, SpecialTokens};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arguments::{eos_token_id, label_pad_id, overflow, pad_token_id};
use crate::blocks::{
    FromArrays, FromLists, blocks, detached, finish, in_parts, part, planned_lists,
};
use crate::errors::plan_error;
use crate::rows::{assemble, columns, values_of};

/// Pack sequences in order into rows of exactly `max_length`, each closed by an end token.
///
/// Every sequence becomes `sequence + [eos, pad]`, its labels `sequence + [eos, label_pad]`, its
/// mask ones and a final 0. A sequence goes into the current row if it fits there; otherwise the
/// row is filled up and the next one begins. This is what Axolotl's `encode_streaming` does once
/// the texts are tokens.
///
/// Args:
///     sequences: the tokens of each sequence, in one of these forms.
///         Lists: a list (or other iterable) of lists, tuples or other sequences of integers. A
///         value is an integer if it is an int or has `__index__`.
///         Arrow: an array or chunked array of lists (of any kind) of integers of any type, from any
///         library that speaks the PyCapsule interface, without nulls.
///         numpy: an array of shape (sequences, length) and any integer dtype; a list of arrays of
///         one dimension each; or a tuple `(values, offsets)` of two such arrays, where sequence i
///         is `values[offsets[i]:offsets[i + 1]]`. Tensors of torch in main memory likewise.
///         Arrays are read where they are, without a copy.
///     max_length: the length of every row, at least 2.
///     pad_token_id: fills the rows up, and closes every sequence.
///     eos_token_id: comes after every sequence.
///     label_pad_id: what the labels have instead of padding.
///     overflow: what becomes of a sequence of more than `max_length - 2` tokens. "error": a
///         ValueError. "truncate": its first `max_length - 2` tokens are kept, and end and pad
///         token follow. "split": `sequence + [eos, pad]` is cut into pieces of `max_length`, the
///         last one being the rest (which may be no more than `[pad]`); no token is lost, and only
///         the end of the sequence has an end token. "drop": it is left out, its values unseen.
///     output: "list" for lists of Python's integers, "numpy" for arrays, "arrow" for `ArrowArray`s
///         of fixed-size lists without nulls, "torch" for tensors.
///
/// Returns:
///     A dict of `input_ids`, `labels` and `attention_mask`, each of shape (rows, max_length) and of
///     dtype int64; with output="list", new lists, to which the integers of lists are passed on as
///     they are. No rows for no sequences.
///
/// Raises:
///     TypeError: an argument, a sequence or a value is of the wrong type (the message names its
///         place).
///     ValueError: a sequence does not fit (the message names its index and length), a sequence or
///         a value is null, offsets point outside of the values, max_length is less than 2, or
///         overflow or output is unknown.
///     OverflowError: an integer does not fit in int64, or max_length not in Arrow.
///     MemoryError: the rows are more than memory can hold.
///     RuntimeError: a list changed its length during the call.
///     ImportError: output is "numpy" or "torch", and that is not installed.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        sequences,
        max_length,
        pad_token_id,
        eos_token_id,
        label_pad_id = -100,
        *,
        overflow = Overflow::Error,
        output = OutputOf(ArrayForm::List),
    ),
    text_signature = "(sequences, max_length, pad_token_id, eos_token_id, label_pad_id=-100, *, \
                      overflow=\"error\", output=\"list\")"
)]
pub fn pack_sequences<'py>(
    sequences: &Bound<'py, PyAny>,
    max_length: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = pad_token_id)] pad_token_id: i64,
    #[pyo3(from_py_with = eos_token_id)] eos_token_id: i64,
    #[pyo3(from_py_with = label_pad_id)] label_pad_id: i64,
    #[pyo3(from_py_with = overflow)] overflow: Overflow,
    output: OutputOf<ArrayForm>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = sequences.py();
    let max_length = count("max_length", max_length, 2)?;
    let special = SpecialTokens { pad: pad_token_id, eos: eos_token_id, label_pad: label_pad_id };
    match Sequences::read("sequences", sequences)? {
        Sequences::Lists(lists) => {
            let plan = Plan::new(lists.lengths().iter().copied(), 2, max_length, overflow)
                .map_err(plan_error)?;
            match output.0 {
                ArrayForm::List => lists_to_lists(py, &lists, &plan, special),
                ArrayForm::Block(form) => lists_to_blocks(py, &lists, &plan, special, form),
            }
        }
        Sequences::Arrays(arrays) => {
            let plan = py
                .detach(|| Plan::new(arrays.lengths(), 2, max_length, overflow))
                .map_err(plan_error)?;
            match output.0 {
                ArrayForm::List => {
                    lists_to_lists(py, &planned_lists(py, &arrays, &plan)?, &plan, special)
                }
                ArrayForm::Block(form) => arrays_to_blocks(py, &arrays, &plan, special, form),
            }
        }
    }
}

fn arrays_to_blocks<'py>(
    py: Python<'py>,
    arrays: &Ragged,
    plan: &Plan,
    special: SpecialTokens,
    form: Form,
) -> PyResult<Bound<'py, PyDict>> {
    let mut blocks = blocks(py, form, plan)?;
    let [ids, labels, masks] = blocks.each_mut().map(Block::values);
    in_parts(py, plan, |rows| {
        let part = part(plan, &rows);
        let columns = PackedMut {
            input_ids: &mut ids[part.clone()],
            labels: &mut labels[part.clone()],
            attention_mask: &mut masks[part.clone()],
        };
        let source = FromArrays(arrays);
        detached(py, part.len(), || plan.fill_closed(rows, &source, special, columns))??;
        Ok(())
    })?;
    finish(py, blocks)
}

fn lists_to_blocks<'py>(
    py: Python<'py>,
    lists: &Lists<'py>,
    plan: &Plan,
    special: SpecialTokens,
    form: Form,
) -> PyResult<Bound<'py, PyDict>> {
    let tail = [special.eos, special.pad];
    let mut blocks = blocks(py, form, plan)?;
    let [ids, labels, masks] = blocks.each_mut().map(Block::values);
    in_parts(py, plan, |rows| {
        let part = part(plan, &rows);
        let ids = &mut ids[part.clone()];
        for (row, ids) in rows.clone().zip(ids.chunks_exact_mut(plan.max_length())) {
            plan.row(row).write(&FromLists(lists), &tail, special.pad, ids)?;
        }
        let (ids, labels, masks) = (&*ids, &mut labels[part.clone()], &mut masks[part.clone()]);
        detached(py, part.len(), || {
            plan.fill_beside(rows, ids, special.label_pad, labels, masks);
        })
    })?;
    finish(py, blocks)
}

fn lists_to_lists<'py>(
    py: Python<'py>,
    sequences: &Lists<'py>,
    plan: &Plan,
    special: SpecialTokens,
) -> PyResult<Bound<'py, PyDict>> {
    let SpecialTokens { pad, eos, label_pad } = special;
    let _pause = CollectorPause::new(py);
    let tail = PyList::new(py, [eos, pad])?;
    let filling = |value: i64| Filling::new(value.into_pyobject(py)?.into_any());
    let (mut padding, mut label_padding) = (filling(pad)?, filling(label_pad)?);
    let (mut ones, mut zeros) = (filling(1)?, filling(0)?);
    let (label_pad, zero) = (label_padding.value()?, zeros.value()?);
    let rows = || room_for("the packed rows", plan.rows().len());
    let (mut ids, mut labels, mut masks) = (rows()?, rows()?, rows()?);
    let mut interrupts = Interrupts::new(py);
    for row in plan.rows() {
        let tokens = assemble(row.pieces, sequences, &tail)?;
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
        interrupts.after_row(values_of(&row, sequences))?;
    }
    columns(py, ids, labels, masks)
}
