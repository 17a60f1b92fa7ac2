//! The characters that the running Python prints as they are.

use std::ops::Range;
use std::sync::Arc;

use fast_axolotl_hash::row_text::{Block, Printable, block_of};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

static PRINTABLE: PyOnceLock<Arc<Printable>> = PyOnceLock::new();

/// Which characters `repr` shows as they are, kept for the life of the process.
pub fn printable(py: Python<'_>) -> Arc<Printable> {
    let new = || Arc::new(Printable::new(|codes| Python::attach(|py| ask(py, codes).ok())));
    Arc::clone(PRINTABLE.get_or_init(py, new))
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
