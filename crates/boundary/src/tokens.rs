//! One Python integer for each token id.

use std::cell::RefCell;

use pyo3::prelude::*;

/// The Python integers from zero up to the size of a vocabulary, made when first needed.
///
/// Lists of token ids hold the same few thousand values again and again. To take one more
/// reference is several times as fast as to make an integer, and saves its 32 bytes.
#[derive(Default)]
pub struct Tokens(RefCell<Vec<Option<Py<PyAny>>>>);

impl Tokens {
    const COUNT: usize = 1 << 18;

    /// The integer `value`, unless it is beyond any vocabulary.
    pub fn get<'py>(&self, py: Python<'py>, value: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        if value >= Self::COUNT {
            return Ok(None);
        }
        let mut known = self.0.borrow_mut();
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

    /// The integer `value`, whether it is a token or not.
    pub fn integer<'py>(&self, py: Python<'py>, value: i64) -> PyResult<Bound<'py, PyAny>> {
        let token = usize::try_from(value).map_or(Ok(None), |token| self.get(py, token))?;
        match token {
            Some(token) => Ok(token),
            None => Ok(value.into_pyobject(py)?.into_any()),
        }
    }
}
