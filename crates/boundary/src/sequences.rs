//! Sequences of integers in any of the forms that callers have them in.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::arrow::is_arrow;
use crate::errors::type_error;
use crate::lists::{Arrays, Lists, outer};
use crate::ragged::{Ragged, is_array};

/// An argument that takes sequences of integers.
pub enum Sequences<'py> {
    /// Python lists, or what becomes one.
    Lists(Lists<'py>),
    /// Arrow or numpy arrays.
    Arrays(Ragged),
}

impl<'py> Sequences<'py> {
    /// Reads lists of lists, Arrow lists, or numpy arrays: one of two dimensions, a list of some of
    /// one dimension each, or a tuple of values and offsets.
    ///
    /// `name` is the argument's, for messages. Raises `TypeError` for anything else, naming the
    /// place, and what the form's own reader raises.
    pub fn read(name: &'static str, object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let is_plain = object.is_exact_instance_of::<PyList>();
        if !is_plain && is_arrow(object)? {
            return Ragged::from_arrow(name, object).map(Self::Arrays);
        }
        if !is_plain && is_array(object)? {
            return Self::from_array(name, object);
        }
        let rows = outer(name, object, Arrays::Elsewhere)?;
        match rows.get_borrowed_item(0) {
            Ok(first) if !first.is_exact_instance_of::<PyList>() && is_array(&first)? => {}
            _ => return Lists::of(name, &rows, Arrays::Elsewhere).map(Self::Lists),
        }
        if !object.is_instance_of::<PyTuple>() {
            return Ragged::from_arrays(name, &rows).map(Self::Arrays);
        }
        match rows.len() {
            2 => {
                let (values, offsets) = (rows.get_item(0)?, rows.get_item(1)?);
                Ragged::from_offsets(name, &values, &offsets).map(Self::Arrays)
            }
            // Two rows would be taken for values and offsets, so no tuple is taken for rows.
            found => Err(type_error(format!(
                "{name} is a tuple of {found} arrays, and a tuple is one of values and one of \
                 offsets; pass the rows as a list"
            ))),
        }
    }

    fn from_array(name: &'static str, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let dimensions = array.getattr("ndim")?.extract::<usize>()?;
        let kind = array.getattr("dtype")?.getattr_opt("kind")?;
        // An array of objects is a list of them.
        if dimensions == 1 && kind.is_some_and(|kind| kind.eq("O").unwrap_or(false)) {
            let rows = array.call_method0("tolist")?;
            return Self::read(name, &rows);
        }
        Ragged::from_matrix(name, array).map(Self::Arrays)
    }

    /// The number of sequences.
    pub fn len(&self) -> usize {
        match self {
            Self::Lists(lists) => lists.lengths().len(),
            Self::Arrays(arrays) => arrays.len(),
        }
    }

    /// Whether there are no sequences.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values in a sequence.
    pub fn length(&self, index: usize) -> usize {
        match self {
            Self::Lists(lists) => lists.lengths()[index],
            Self::Arrays(arrays) => arrays.length(index),
        }
    }

    /// The number of values in each sequence, in order.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.len()).map(|index| self.length(index))
    }
}
