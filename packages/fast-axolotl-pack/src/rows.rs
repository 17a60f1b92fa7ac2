//! Packed rows as Python lists.

use fast_axolotl_boundary::lists::{extend, repeat, slice, splice};
use fast_axolotl_pack::Row;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// One value, and the runs of it that fill rows up.
pub struct Filling<'py> {
    one: Bound<'py, PyList>,
}

impl<'py> Filling<'py> {
    /// Fills with `value`.
    pub fn new(py: Python<'py>, value: i64) -> PyResult<Self> {
        Ok(Self { one: PyList::new(py, [value])? })
    }

    /// A new list of `length` times the value.
    pub fn run(&self, length: usize) -> PyResult<Bound<'py, PyList>> {
        repeat(&self.one, length)
    }
}

/// One column of a row: its pieces from `lists`, each with its part of `tail`, and padding.
pub fn assemble<'py>(
    row: &Row<'_>,
    lists: &[Bound<'py, PyList>],
    tail: &Bound<'py, PyList>,
    padding: &Filling<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let assembled = PyList::empty(tail.py());
    for piece in row.pieces {
        let list = &lists[piece.sequence];
        if piece.tokens.len() == list.len() {
            extend(&assembled, list)?;
        } else {
            extend(&assembled, &slice(list, piece.tokens.start, piece.tokens.end)?)?;
        }
        if piece.tail.len() == tail.len() {
            extend(&assembled, tail)?;
        } else {
            extend(&assembled, &slice(tail, piece.tail.start, piece.tail.end)?)?;
        }
    }
    if row.padding > 0 {
        extend(&assembled, &padding.run(row.padding)?)?;
    }
    Ok(assembled)
}

pub fn columns<'py>(
    py: Python<'py>,
    ids: Vec<Bound<'py, PyList>>,
    labels: Vec<Bound<'py, PyList>>,
    masks: Vec<Bound<'py, PyList>>,
) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    columns.set_item("input_ids", PyList::new(py, ids)?)?;
    columns.set_item("labels", PyList::new(py, labels)?)?;
    columns.set_item("attention_mask", PyList::new(py, masks)?)?;
    Ok(columns)
}
