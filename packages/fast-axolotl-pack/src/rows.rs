//! Packed rows as Python lists.

use fast_axolotl_boundary::lists::{Lists, concat, extend, slice};
use fast_axolotl_pack::Piece;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// The pieces of a row, each with its part of `tail`, one after the other in a new list.
pub fn assemble<'py>(
    pieces: &[Piece],
    lists: &Lists<'py>,
    tail: &Bound<'py, PyList>,
) -> PyResult<Bound<'py, PyList>> {
    let mut assembled: Option<Bound<'py, PyList>> = None;
    for piece in pieces {
        let mut list = lists.checked(piece.sequence)?;
        let cut;
        if piece.tokens.len() < list.len() {
            cut = slice(list, piece.tokens.start, piece.tokens.end)?;
            list = &cut;
        }
        let part;
        let mut end = tail;
        if piece.tail.len() < tail.len() {
            part = slice(tail, piece.tail.start, piece.tail.end)?;
            end = &part;
        }
        match &assembled {
            None => assembled = Some(concat(list, end)?),
            Some(row) => {
                extend(row, list)?;
                if !piece.tail.is_empty() {
                    extend(row, end)?;
                }
            }
        }
    }
    Ok(assembled.unwrap_or_else(|| PyList::empty(tail.py())))
}

/// The three columns as a dictionary of lists of rows.
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
