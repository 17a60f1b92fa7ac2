//! What only the running Python knows of the text of values.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::ArrayRef;
use fast_axolotl_hash::row_text::{Block, Printable, block_of};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString};

use crate::arrow_array::ArrowArray;

static PRINTABLE: PyOnceLock<Arc<Printable>> = PyOnceLock::new();

/// Which characters `repr` shows as they are, kept for the life of the process, and the texts of
/// values that pyarrow makes objects of.
///
/// Both attach to Python, so whoever may cause a question runs detached.
pub fn printable(py: Python<'_>) -> Arc<Printable> {
    let new = || {
        let printable = Printable::new(|codes| Python::attach(|py| ask(py, codes).ok()));
        Arc::new(printable.with_reprs(|values| {
            Python::attach(|py| reprs(py, values).map_err(|error| error.to_string()))
        }))
    };
    Arc::clone(PRINTABLE.get_or_init(py, new))
}

/// The `repr` of the objects that the caller's pyarrow makes of an array.
fn reprs(py: Python<'_>, values: &ArrayRef) -> PyResult<Vec<Box<str>>> {
    let values = py
        .import("pyarrow")?
        .call_method1("array", (ArrowArray::object(py, Arc::clone(values))?,))?;
    let objects = values.call_method0("to_pylist")?.cast_into::<PyList>()?;
    objects.iter().map(|object| Ok(object.repr()?.to_str()?.into())).collect()
}

/// Takes the `repr` of many characters in one call: one that answers with an escape is not
/// printable.
fn ask(py: Python<'_>, codes: Range<u32>) -> PyResult<Block> {
    // Quotes and the backslash are printable and yet escaped; like all of ASCII, nobody asks.
    let text: String = codes
        .clone()
        .filter_map(char::from_u32)
        .filter(|character| !character.is_ascii())
        .collect();
    let answer = PyString::new(py, &text).repr()?;
    let mut answer = answer.to_str()?.chars().skip(1);
    let printable = text.chars().filter(|_| {
        if answer.next() != Some('\\') {
            return true;
        }
        // \x and 2 digits, \u and 4, \U and 8: skip the digits.
        let digits = match answer.next() {
            Some('x') => 2,
            Some('u') => 4,
            _ => 8,
        };
        answer.nth(digits - 1);
        false
    });
    Ok(block_of(printable.map(|character| u32::from(character) - codes.start)))
}
