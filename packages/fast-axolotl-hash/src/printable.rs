//! The characters that the running Python prints as they are.

use std::sync::Arc;

use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_hash::row_text::Printable;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

static PRINTABLE: PyOnceLock<Arc<Printable>> = PyOnceLock::new();

/// Which characters `repr` shows as they are, asked of this Python once.
pub fn printable(py: Python<'_>) -> PyResult<Arc<Printable>> {
    PRINTABLE.get_or_try_init(py, || ask(py)).map(Arc::clone)
}

/// Takes the `repr` of every character in one call: where it answers with an escape, the character
/// is not printable.
fn ask(py: Python<'_>) -> PyResult<Arc<Printable>> {
    // Quotes and the backslash are printable and yet escaped.
    let all: String = (' '..=char::MAX).filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
    let answer = PyString::new(py, &all).repr()?;
    let mut answer = answer.to_str()?.chars().skip(1);
    let mut unexpected = None;
    let printable = Printable::from_fn(|character| {
        if character < ' ' || matches!(character, '\'' | '"' | '\\') {
            return character >= ' ';
        }
        let shown = answer.next();
        if shown == Some('\\') {
            // \x and 2 digits, \u and 4, \U and 8: skip the digits.
            let digits = match answer.next() {
                Some('x') => 2,
                Some('u') => 4,
                _ => 8,
            };
            answer.nth(digits - 1);
        } else if shown != Some(character) {
            unexpected = Some(character);
        }
        shown == Some(character)
    });
    match unexpected {
        Some(character) => Err(value_error(format!("cannot read repr of {character:?}"))),
        None => Ok(Arc::new(printable)),
    }
}
