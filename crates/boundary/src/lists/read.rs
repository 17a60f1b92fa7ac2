//! Sequences of sequences, as lists.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyString, PyTuple};
use pyo3::{ffi, intern};

use crate::arguments::type_name;
use crate::errors::type_error;
use crate::lists::build::{sequence_list, slice};

/// Where arrays are read, for those who pass them instead of lists.
#[derive(Clone, Copy)]
pub(crate) enum Arrays {
    /// The function takes none.
    Nowhere,
    /// The function takes some, but not of this kind, or not among lists.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "who has arrays has Arrow"))]
    Elsewhere,
}

/// The sequences themselves; a tuple, so that nobody changes them while they are read.
pub(crate) fn outer<'py>(
    name: &str,
    sequences: &Bound<'py, PyAny>,
    arrays: Arrays,
) -> PyResult<Bound<'py, PyTuple>> {
    if let Ok(list) = sequences.cast_exact::<PyList>() {
        return Ok(list.to_tuple());
    }
    if let Ok(tuple) = sequences.cast_exact::<PyTuple>() {
        return Ok(tuple.clone());
    }
    if is_text(sequences) {
        return Err(type_error(format!(
            "{name} must be a list of lists of integers, got {}",
            type_name(sequences)
        )));
    }
    refuse_arrays(name, sequences, arrays)?;
    match sequences.try_iter() {
        Ok(rows) => {
            Ok(sequences.py().get_type::<PyTuple>().call1((rows,))?.cast_into::<PyTuple>()?)
        }
        Err(error) if error.is_instance_of::<PyTypeError>(sequences.py()) => Err(type_error(
            format!("{name} must be a list of lists of integers, got {}", type_name(sequences)),
        )),
        Err(error) => Err(error),
    }
}

/// One sequence as a list: itself, or a copy where it is something else.
pub(super) fn inner<'py>(
    name: &str,
    index: usize,
    sequence: &Bound<'py, PyAny>,
    arrays: Arrays,
) -> PyResult<Bound<'py, PyList>> {
    if let Ok(list) = sequence.cast_exact::<PyList>() {
        return Ok(list.clone());
    }
    // A subclass may have its own `__add__`, which whole-list calls would run.
    if let Ok(list) = sequence.cast::<PyList>() {
        return slice(list, 0, list.len());
    }
    if sequence.is_exact_instance_of::<PyTuple>() {
        return sequence_list(sequence);
    }
    // SAFETY: `sequence` is a live object and the call cannot fail.
    let is_sequence = unsafe { ffi::PySequence_Check(sequence.as_ptr()) } == 1;
    if is_text(sequence) || !is_sequence {
        return Err(type_error(format!(
            "{name}[{index}] is {}, expected a list of integers",
            type_name(sequence)
        )));
    }
    refuse_arrays(&format!("{name}[{index}]"), sequence, arrays)?;
    sequence_list(sequence)
}

fn is_text(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
}

/// Arrays go elsewhere than lists, and are not turned into lists silently: that would be slow.
fn refuse_arrays(name: &str, value: &Bound<'_, PyAny>, arrays: Arrays) -> PyResult<()> {
    let py = value.py();
    for (protocol, kind, fix) in [
        (intern!(py, "__arrow_c_array__"), "Arrow", ".to_pylist() or .to_list()"),
        (intern!(py, "__arrow_c_stream__"), "Arrow", ".to_pylist() or .to_list()"),
        (intern!(py, "__array__"), "numpy or tensor", ".tolist()"),
    ] {
        if value.hasattr(protocol)? {
            let found = type_name(value);
            return Err(type_error(match arrays {
                Arrays::Nowhere => format!(
                    "{name} is {found}, and {kind} input is not supported yet; pass lists, for \
                     example by {fix}"
                ),
                Arrays::Elsewhere => format!(
                    "{name} is {found}, which is no list; convert it, for example by {fix}, or pass \
                     all rows in one Arrow or numpy array"
                ),
            }));
        }
    }
    Ok(())
}
