//! One Python integer for each token id.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::lists;

/// The Python integers from zero up to the size of a vocabulary, made when first needed.
///
/// Lists of token ids hold the same few thousand values again and again. To take one more
/// reference is several times as fast as to make an integer, and saves its 32 bytes.
pub struct IntCache {
    known: RefCell<Vec<Option<Py<PyAny>>>>,
    /// The first integer that is not kept.
    end: usize,
}

impl Default for IntCache {
    fn default() -> Self {
        Self { known: RefCell::default(), end: 1 << 18 }
    }
}

impl IntCache {
    /// Keeps none if there are so few values that hardly one occurs often.
    pub fn for_values(count: usize) -> Self {
        const FEW: usize = 1 << 15;
        if count < FEW { Self { known: RefCell::default(), end: 0 } } else { Self::default() }
    }

    /// The integer `value`, unless it is beyond any vocabulary.
    pub fn get<'py>(&self, py: Python<'py>, value: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        if value >= self.end {
            return Ok(None);
        }
        let mut known = self.known.borrow_mut();
        if value >= known.len() {
            let length = (value + 1).next_power_of_two();
            known.resize_with(length, || None);
        }
        let place = &mut known[value];
        if place.is_none() {
            *place = Some(value.into_pyobject(py)?.into_any().unbind());
        }
        Ok(place.as_ref().map(|object| object.bind(py).clone()))
    }

    /// A list of integers, those that are tokens shared.
    pub fn list<'py>(&self, py: Python<'py>, values: &[i64]) -> PyResult<Bound<'py, PyList>> {
        let integer = |&value: &i64| match usize::try_from(value) {
            Ok(token) if token < self.end => self.get(py, token),
            _ => Ok(None),
        };
        lists::list(py, values.len(), |index| match integer(&values[index])? {
            Some(token) => Ok(token),
            None => Ok(values[index].into_pyobject(py)?.into_any()),
        })
    }
}
