//! What functions return, in the form that was asked for.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, FixedSizeBinaryArray};
use arrow_buffer::{BooleanBuffer, Buffer};
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::lists::list;
use fast_axolotl_hash::hex;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList, PyString};

use crate::arguments::DigestForm;
use crate::arrow_array::ArrowArray;

/// Digests as lower-case hexadecimal digits, as bytes in two dimensions, or as binary of a fixed
/// size.
pub fn digests<'py>(
    py: Python<'py>,
    digests: Vec<u8>,
    size: usize,
    output: DigestForm,
) -> PyResult<Bound<'py, PyAny>> {
    match output {
        DigestForm::List => Ok(hex_list(py, digests.chunks_exact(size))?.into_any()),
        DigestForm::Numpy => {
            from_bytes(py, &digests, "uint8")?.call_method1("reshape", ((-1, size),))
        }
        DigestForm::Arrow => {
            // A digest has 16 or 32 bytes.
            let array = FixedSizeBinaryArray::try_new(size as i32, Buffer::from_vec(digests), None)
                .map_err(value_error)?;
            ArrowArray::object(py, Arc::new(array))
        }
    }
}

/// Yes or no per row.
pub fn mask(py: Python<'_>, mask: BooleanBuffer, output: DigestForm) -> PyResult<Bound<'_, PyAny>> {
    match output {
        DigestForm::List => {
            let item = |row| Ok(PyBool::new(py, mask.value(row)).to_owned().into_any());
            Ok(list(py, mask.len(), item)?.into_any())
        }
        DigestForm::Numpy => {
            let bytes: Vec<u8> = mask.iter().map(u8::from).collect();
            from_bytes(py, &bytes, "bool")
        }
        DigestForm::Arrow => {
            let array: ArrayRef = Arc::new(BooleanArray::new(mask, None));
            ArrowArray::object(py, array)
        }
    }
}

/// A numpy array over bytes that Python holds.
fn from_bytes<'py>(py: Python<'py>, bytes: &[u8], dtype: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("numpy")?.call_method1("frombuffer", (PyBytes::new(py, bytes), dtype))
}

/// The hexadecimal digits of each digest, as a Python list.
pub fn hex_list<'py, 'a>(
    py: Python<'py>,
    mut digests: impl ExactSizeIterator<Item = &'a [u8]>,
) -> PyResult<Bound<'py, PyList>> {
    let mut interrupts = Interrupts::new(py);
    list(py, digests.len(), |_| {
        interrupts.after_row(0)?;
        let digest = digests.next().unwrap_or_default();
        Ok(PyString::new(py, &hex(digest)).into_any())
    })
}
