//! `pad_sequences`.

use fast_axolotl_boundary::arguments::{count, integer, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::lists::{
    CollectorPause, Lists, concat, look_for_signals, repeat, slice,
};
use fast_axolotl_boundary::output::ListOutput;
use fast_axolotl_pad::{Rows, Side};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Runs of padding up to this length are kept for the next row that needs the same.
const LONGEST_KEPT: usize = 512;

#[pyfunction]
#[pyo3(
    signature = (
        sequences,
        target_length = None,
        pad_value = None,
        padding_side = None,
        pad_to_multiple_of = None,
        *,
        truncate = false,
        output = ListOutput,
    ),
    text_signature = "(sequences, target_length=None, pad_value=0, padding_side=\"right\", \
                      pad_to_multiple_of=None, *, truncate=False, output=\"list\")"
)]
#[allow(clippy::too_many_arguments)]
pub fn pad_sequences<'py>(
    sequences: &Bound<'py, PyAny>,
    target_length: Option<&Bound<'py, PyAny>>,
    pad_value: Option<&Bound<'py, PyAny>>,
    padding_side: Option<&Bound<'py, PyAny>>,
    pad_to_multiple_of: Option<&Bound<'py, PyAny>>,
    truncate: bool,
    output: ListOutput,
) -> PyResult<Bound<'py, PyList>> {
    let ListOutput = output;
    let py = sequences.py();
    let value = pad_value.map_or(Ok(0), |value| integer("pad_value", value))?;
    let side = padding_side.map_or(Ok(Side::Right), side)?;
    let rows = Rows {
        target: target_length.map(|length| count("target_length", length, 0)).transpose()?,
        multiple: pad_to_multiple_of.map(|n| count("pad_to_multiple_of", n, 0)).transpose()?,
        truncate,
    };
    let sequences = Lists::read("sequences", sequences)?;
    let length = rows.length(sequences.lengths().iter().copied()).map_err(value_error)?;

    let _pause = CollectorPause::new(py);
    let mut padding = Padding { one: PyList::new(py, [value])?, kept: Vec::new() };
    let padded = PyList::empty(py);
    let mut rows = Vec::with_capacity(sequences.lengths().len());
    for (index, list) in sequences.lists().iter().enumerate() {
        look_for_signals(py, index)?;
        let found = sequences.lengths()[index];
        let row = if found >= length {
            slice(list, 0, length)?
        } else {
            let fill = padding.run(length - found)?;
            if side == Side::Right { concat(list, &fill)? } else { concat(&fill, list)? }
        };
        rows.push(row);
    }
    drop(padded);
    PyList::new(py, rows)
}

fn side(name: &Bound<'_, PyAny>) -> PyResult<Side> {
    let text = name.extract::<&str>().map_err(|_| {
        type_error(format!("padding_side must be a str, got {}", type_name(name)))
    })?;
    text.parse().map_err(value_error)
}

struct Padding<'py> {
    one: Bound<'py, PyList>,
    kept: Vec<Option<Bound<'py, PyList>>>,
}

impl<'py> Padding<'py> {
    fn run(&mut self, length: usize) -> PyResult<Bound<'py, PyList>> {
        if length > LONGEST_KEPT {
            return repeat(&self.one, length);
        }
        if self.kept.len() <= length {
            self.kept.resize(length + 1, None);
        }
        match &self.kept[length] {
            Some(run) => Ok(run.clone()),
            None => {
                let run = repeat(&self.one, length)?;
                self.kept[length] = Some(run.clone());
                Ok(run)
            }
        }
    }
}
