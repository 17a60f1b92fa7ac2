//! `pad_sequences`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::collector::CollectorPause;
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::lists::{End, Filling, Lists, slice};
use fast_axolotl_boundary::output::OutputOf;
use fast_axolotl_pad::{PadError, RowLength, Side};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::arguments::{self, ListForm, pad_value, padding_side, truncate};

/// Pad sequences to rows of equal length.
///
/// Args:
///     sequences: a list (or other iterable) of lists, tuples or other sequences of integers.
///         A value is an integer if it is an int or has `__index__`; it is passed on as it is.
///     target_length: the length to pad to; None is the longest sequence.
///     pad_value: what to pad with.
///     padding_side: "right" puts the padding after a sequence, "left" before it.
///     pad_to_multiple_of: rounds the length up to a multiple of this; None and 0 do not. A
///         sequence may use what rounding adds to target_length.
///     truncate: cut a sequence that is longer than a row instead of raising: its first values are
///         kept, whichever the padding side, as Hugging Face tokenizers do by default.
///     output: "list", the only form there is so far.
///
/// Returns:
///     A list of rows, which are new lists of equal length. An empty list for no sequences.
///
/// Raises:
///     TypeError: an argument, a sequence or a value is of the wrong type (the message names its
///         place), or is an Arrow or numpy array, or output is "numpy", "arrow" or "torch": those
///         are not supported yet.
///     ValueError: a sequence is longer than a row (the message names its index and length), a
///         length is negative, or padding_side or output is unknown.
///     OverflowError: an integer, or the length once rounded up, does not fit in 64 bits.
///     RuntimeError: a sequence changed its length during the call.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        sequences,
        target_length = None,
        pad_value = 0,
        padding_side = Side::Right,
        pad_to_multiple_of = None,
        *,
        truncate = false,
        output = OutputOf(ListForm::List),
    ),
    text_signature = "(sequences, target_length=None, pad_value=0, padding_side=\"right\", \
                      pad_to_multiple_of=None, *, truncate=False, output=\"list\")"
)]
#[allow(clippy::too_many_arguments)]
pub fn pad_sequences<'py>(
    sequences: &Bound<'py, PyAny>,
    target_length: Option<&Bound<'py, PyAny>>,
    #[pyo3(from_py_with = pad_value)] pad_value: i64,
    #[pyo3(from_py_with = padding_side)] padding_side: Side,
    pad_to_multiple_of: Option<&Bound<'py, PyAny>>,
    #[pyo3(from_py_with = truncate)] truncate: bool,
    output: OutputOf<ListForm>,
) -> PyResult<Bound<'py, PyList>> {
    let ListForm::List = output.0;
    let py = sequences.py();
    let end = match padding_side {
        Side::Right => End::Last,
        Side::Left => End::First,
    };
    let rows = RowLength {
        target: target_length.map(arguments::target_length).transpose()?,
        multiple: pad_to_multiple_of.map(|n| count("pad_to_multiple_of", n, 0)).transpose()?,
        truncate,
    };
    let sequences = Lists::read("sequences", sequences)?;
    let length = rows.length(sequences.lengths().iter().copied()).map_err(|error| match error {
        PadError::NoMultiple { .. } => PyOverflowError::new_err(error.to_string()),
        _ => value_error(error),
    })?;

    let _pause = CollectorPause::new(py);
    let mut padding = Filling::new(pad_value.into_pyobject(py)?.into_any())?;
    let mut padded = Vec::with_capacity(sequences.lengths().len());
    let mut interrupts = Interrupts::new(py);
    for (index, &found) in sequences.lengths().iter().enumerate() {
        let list = sequences.checked(index)?;
        padded.push(match length.checked_sub(found) {
            Some(missing) => padding.padded(&list, missing, end)?,
            None => slice(&list, 0, length)?,
        });
        interrupts.after_row(length.max(found))?;
    }
    PyList::new(py, padded)
}
