//! Packed rows as arrays.

use std::ops::Range;

use fast_axolotl_boundary::block::{Block, Form};
use fast_axolotl_boundary::interrupt;
use fast_axolotl_boundary::lists::Lists;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_boundary::ragged::{BeyondInt64, Ragged};
use fast_axolotl_pack::{Plan, Source, is_worth_threads};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrow_array::ArrowArray;

/// The most values of a part: the labels and the mask are made from its tokens, which the
/// processor's cache still has then.
const VALUES_PER_PART: usize = 1 << 21;

/// The values of lists, for as long as the interpreter stands still.
pub struct FromLists<'a, 'py>(pub &'a Lists<'py>);

impl Source for FromLists<'_, '_> {
    type Error = PyErr;

    fn copy(&self, sequence: usize, range: Range<usize>, out: &mut [i64]) -> PyResult<()> {
        self.0.widen(sequence, range, out)
    }
}

/// The values of arrays.
pub struct FromArrays<'a>(pub &'a Ragged);

impl Source for FromArrays<'_> {
    type Error = BeyondInt64;

    fn copy(
        &self,
        sequence: usize,
        range: Range<usize>,
        out: &mut [i64],
    ) -> Result<(), BeyondInt64> {
        // What a row has no room for is looked at all the same, as in lists.
        if range.start == 0 {
            let length = self.0.length(sequence);
            self.0.check(sequence, range.end..length)?;
        }
        self.0.widen(sequence, range, out)
    }
}

/// The three columns of packed rows: tokens, labels and mask.
pub fn blocks<'py>(py: Python<'py>, form: Form, plan: &Plan) -> PyResult<[Block<'py>; 3]> {
    let block = || Block::new(py, form, plan.rows().len(), plan.max_length());
    Ok([block()?, block()?, block()?])
}

/// The sequences that a plan has a place for, as lists.
pub fn planned_lists<'py>(py: Python<'py>, arrays: &Ragged, plan: &Plan) -> PyResult<Lists<'py>> {
    let mut is_planned = vec![false; arrays.len()];
    for piece in plan.rows().flat_map(|row| row.pieces) {
        is_planned[piece.sequence] = true;
    }
    Lists::of_arrays(py, arrays, |sequence| is_planned[sequence])
}

/// Does the rows of a plan part by part, and asks for signals after each.
pub fn in_parts(
    py: Python<'_>,
    plan: &Plan,
    work: impl FnMut(Range<usize>) -> PyResult<()>,
) -> PyResult<()> {
    interrupt::in_parts(py, plan.rows().len(), VALUES_PER_PART / plan.max_length(), work)
}

/// Where rows are in a column.
pub fn part(plan: &Plan, rows: &Range<usize>) -> Range<usize> {
    rows.start * plan.max_length()..rows.end * plan.max_length()
}

/// Detached, does work on so many values, on several threads if it is worth them.
pub fn detached<T: Send>(
    py: Python<'_>,
    values: usize,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    if !is_worth_threads(values) {
        return Ok(py.detach(work));
    }
    let pool = Pool::new(Threads(0))?;
    Ok(py.detach(|| pool.run(work)))
}

/// The columns as a dictionary.
pub fn finish<'py>(py: Python<'py>, blocks: [Block<'py>; 3]) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    for (name, block) in ["input_ids", "labels", "attention_mask"].into_iter().zip(blocks) {
        columns.set_item(name, block.finish(py, ArrowArray::object)?)?;
    }
    Ok(columns)
}
