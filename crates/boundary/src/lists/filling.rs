//! Rows that one value fills up.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::lists::build::{c_index, concat, extend, slice};

/// Which end of a row padding goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// After the items.
    Last,
    /// Before the items.
    First,
}

/// One value, many times.
pub struct Filling<'py> {
    one: Bound<'py, PyList>,
    runs: usize,
    kept: Vec<Option<Bound<'py, PyList>>>,
}

impl<'py> Filling<'py> {
    /// Runs up to this length are kept for the next row that needs the same.
    const LONGEST_KEPT: usize = 512;
    /// The first few are not: a small batch hardly needs the same one twice.
    const FIRST_KEPT: usize = 16;

    /// Fills with `value`.
    pub fn new(value: Bound<'py, PyAny>) -> PyResult<Self> {
        let py = value.py();
        Ok(Self { one: PyList::new(py, [value])?, runs: 0, kept: Vec::new() })
    }

    /// A new list of `length` times the value.
    pub fn row(&self, length: usize) -> PyResult<Bound<'py, PyList>> {
        // SAFETY: a list times a number is a new reference to a list, or null with an exception
        // set.
        unsafe {
            let new = ffi::PySequence_Repeat(self.one.as_ptr(), c_index(length));
            Ok(Bound::from_owned_ptr_or_err(self.one.py(), new)?.cast_into_unchecked())
        }
    }

    /// The value itself.
    pub fn value(&self) -> PyResult<Bound<'py, PyAny>> {
        self.one.get_item(0)
    }

    /// A list of `length` times the value to copy from; it never leaves this crate.
    fn run(&mut self, length: usize) -> PyResult<Bound<'py, PyList>> {
        self.runs += 1;
        if length > Self::LONGEST_KEPT || self.runs < Self::FIRST_KEPT {
            return self.row(length);
        }
        if self.kept.len() <= length {
            self.kept.resize(length + 1, None);
        }
        if let Some(run) = &self.kept[length] {
            return Ok(run.clone());
        }
        let run = self.row(length)?;
        self.kept[length] = Some(run.clone());
        Ok(run)
    }

    /// A new list of the items of `list` and `missing` times the value.
    pub fn padded(
        &mut self,
        list: &Bound<'py, PyList>,
        missing: usize,
        end: End,
    ) -> PyResult<Bound<'py, PyList>> {
        let length = list.len();
        if missing == 0 {
            return slice(list, 0, length);
        }
        // Copying a run counts the references to its one object up one by one, each waiting for
        // the last; a row made of it at once does not.
        if missing > length {
            let row = self.row(length + missing)?;
            let start = if end == End::First { missing } else { 0 };
            row.set_slice(start, start + length, list)?;
            return Ok(row);
        }
        let run = self.run(missing)?;
        if end == End::Last { concat(list, &run) } else { concat(&run, list) }
    }

    /// Appends `missing` times the value to `list`, or returns a new list of all that.
    pub fn fill_up(
        &mut self,
        list: Bound<'py, PyList>,
        missing: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        if missing > list.len() {
            return self.padded(&list, missing, End::Last);
        }
        if missing > 0 {
            extend(&list, &self.run(missing)?)?;
        }
        Ok(list)
    }

    /// A new list of `own` times the value and then `others` times the value of `other`.
    pub fn then(
        &mut self,
        own: usize,
        other: &mut Self,
        others: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        if others > own {
            let row = other.row(own + others)?;
            let run = self.run(own)?;
            row.set_slice(0, own, &run)?;
            return Ok(row);
        }
        let row = self.row(own + others)?;
        if others > 0 {
            let run = other.run(others)?;
            row.set_slice(own, own + others, &run)?;
        }
        Ok(row)
    }
}
