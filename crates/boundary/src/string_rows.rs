//! The rows of a Python sequence of `str` or `bytes`, read in place.

use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use crate::arguments::type_name;
use crate::errors::type_error;

/// StringRows of text or bytes whose objects stay alive, so that their bytes can be read detached.
pub struct StringRows<'py> {
    /// Holds a reference to each row: the caller's list may change while threads read.
    _owner: Bound<'py, PyTuple>,
    slices: Vec<&'py [u8]>,
    are_text: Vec<bool>,
}

impl<'py> StringRows<'py> {
    /// Reads every row of `rows`, a sequence or iterable of `str` and `bytes`.
    ///
    /// A `str` counts as its UTF-8 bytes; ASCII and already encoded text is not copied. Raises
    /// `TypeError` for another kind of row and `UnicodeEncodeError` for a lone surrogate, both
    /// naming the row.
    pub fn read(rows: &Bound<'py, PyAny>) -> PyResult<Self> {
        let owner = match rows.cast::<PyTuple>() {
            Ok(tuple) => tuple.clone(),
            Err(_) if rows.is_instance_of::<PyString>() || rows.is_instance_of::<PyBytes>() => {
                return Err(type_error(format!(
                    "rows must be a list of str or bytes, got one {}; wrap it in a list",
                    type_name(rows)
                )));
            }
            Err(_) => rows.py().get_type::<PyTuple>().call1((rows,))?.cast_into()?,
        };
        let mut slices = Vec::with_capacity(owner.len());
        let mut are_text = Vec::with_capacity(owner.len());
        for (index, row) in owner.iter_borrowed().enumerate() {
            let (bytes, is_text) = bytes_of(&row, index)?;
            let bytes: *const [u8] = bytes;
            are_text.push(is_text);
            // SAFETY: str and bytes are immutable, and `owner`, a tuple, keeps each of them alive
            // for as long as the slices, with which it is dropped.
            slices.push(unsafe { &*bytes });
        }
        Ok(Self { _owner: owner, slices, are_text })
    }

    /// The bytes of every row.
    pub fn as_slices(&self) -> &[&'py [u8]] {
        &self.slices
    }

    /// Whether the row at `index` is text.
    pub fn is_text(&self, index: usize) -> bool {
        self.are_text[index]
    }
}

fn bytes_of<'a>(row: &'a Bound<'_, PyAny>, index: usize) -> PyResult<(&'a [u8], bool)> {
    if let Ok(text) = row.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => Ok((text.as_bytes(), true)),
            Err(error) => Err(name_row(row.py(), error, index)),
        };
    }
    match row.cast::<PyBytes>() {
        Ok(bytes) => Ok((bytes.as_bytes(), false)),
        Err(_) => Err(type_error(format!(
            "rows[{index}] is {}, expected str or bytes; convert it, for example with str()",
            type_name(row)
        ))),
    }
}

/// Puts the row's index into the reason of an encoding error.
fn name_row(py: Python<'_>, error: PyErr, index: usize) -> PyErr {
    if error.is_instance_of::<PyUnicodeEncodeError>(py) {
        let value = error.value(py);
        let renamed = value.getattr("reason").and_then(|reason| {
            value.setattr("reason", format!("{} in rows[{index}]", reason.str()?.to_str()?))
        });
        if let Err(other) = renamed {
            return other;
        }
    }
    error
}
