//! Packed rows as Python lists.

use std::borrow::Cow;
use std::ops::Range;

use fast_axolotl_boundary::lists::{Filling, Lists, concat, extend, slice};
use fast_axolotl_pack::{Piece, Row};
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
        let whole = match piece.tokens.start {
            0 => lists.checked(piece.sequence)?,
            _ => lists.checked_before(piece.sequence)?,
        };
        let list = part(&whole, &piece.tokens)?;
        let end = part(tail, &piece.tail)?;
        match &assembled {
            None if end.is_empty() => assembled = Some(slice(&list, 0, list.len())?),
            None => assembled = Some(concat(&list, &end)?),
            Some(row) => {
                extend(row, &list)?;
                if !end.is_empty() {
                    extend(row, &end)?;
                }
            }
        }
    }
    Ok(assembled.unwrap_or_else(|| PyList::empty(tail.py())))
}

/// A whole row without tails, quicker where nearly all of it is one and the same object.
///
/// Most masks are, and a row made of one object at once is not counted up place by place.
pub fn assemble_filled<'py>(
    py: Python<'py>,
    row: &Row<'_>,
    lists: &Lists<'py>,
    padding: &mut Filling<'py>,
) -> PyResult<Bound<'py, PyList>> {
    let mut length = 0;
    let mut one: Option<Bound<'py, PyAny>> = None;
    let mut exceptions = Vec::new();
    for piece in row.pieces {
        let whole = piece.tokens.len() == lists.lengths()[piece.sequence];
        match if whole { lists.mostly(piece.sequence)? } else { None } {
            Some((value, others)) if one.as_ref().is_none_or(|one| value.is(one)) => {
                exceptions.extend(others.into_iter().map(|(at, other)| (length + at, other)));
                one = Some(value);
            }
            _ => {
                let values = assemble(row.pieces, lists, &PyList::empty(py))?;
                return padding.fill_up(values, row.padding);
            }
        }
        length += piece.tokens.len();
    }
    let Some(value) = one else {
        return padding.row(row.padding);
    };
    let filled = Filling::new(value)?.then(length, padding, row.padding)?;
    for (at, other) in exceptions {
        filled.set_item(at, other)?;
    }
    Ok(filled)
}

/// The values of all sequences that a row has a piece of, which is what making the row costs: those
/// that are left out of it are checked as well.
pub fn values_of(row: &Row<'_>, lists: &Lists<'_>) -> usize {
    row.pieces.iter().map(|piece| lists.lengths()[piece.sequence]).sum()
}

/// The range of a list: the list itself where that is all of it.
fn part<'a, 'py>(
    list: &'a Bound<'py, PyList>,
    range: &Range<usize>,
) -> PyResult<Cow<'a, Bound<'py, PyList>>> {
    if range.len() == list.len() {
        Ok(Cow::Borrowed(list))
    } else {
        slice(list, range.start, range.end).map(Cow::Owned)
    }
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
