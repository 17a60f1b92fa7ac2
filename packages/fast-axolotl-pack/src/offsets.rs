//! The cumulative lengths of sequences, as kernels of flash attention take them.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array};
use fast_axolotl_boundary::block::Form;
use fast_axolotl_boundary::output::ArrayForm;
use fast_axolotl_pack::RowLayout;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::arrow_array::ArrowArray;

/// Where each sequence begins and the last one ends, in int32, and the longest.
pub fn cumulative<'py>(
    py: Python<'py>,
    layout: &RowLayout,
    form: ArrayForm,
) -> PyResult<(Bound<'py, PyAny>, usize)> {
    let places = layout.cumulative_lengths();
    let longest = places.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    if i32::try_from(layout.values()).is_err() {
        return Err(PyOverflowError::new_err(format!(
            "cu_seqlens is of int32, which {} values are beyond; gather fewer bins at a time",
            layout.values()
        )));
    }
    let places: Vec<i32> = places.into_iter().map(|place| place as i32).collect();
    let array = match form {
        ArrayForm::List => PyList::new(py, places)?.into_any(),
        ArrayForm::Block(Form::Arrow) => {
            let array: ArrayRef = Arc::new(Int32Array::from(places));
            ArrowArray::object(py, array)?
        }
        ArrayForm::Block(Form::Numpy) => numpy(py, &places)?,
        ArrayForm::Block(Form::Torch) => {
            py.import("torch")?.call_method1("from_numpy", (numpy(py, &places)?,))?
        }
    };
    Ok((array, longest))
}

/// A numpy array that may be written to.
fn numpy<'py>(py: Python<'py>, places: &[i32]) -> PyResult<Bound<'py, PyAny>> {
    let bytes: Vec<u8> = places.iter().flat_map(|place| place.to_ne_bytes()).collect();
    let array =
        py.import("numpy")?.call_method1("frombuffer", (PyBytes::new(py, &bytes), "int32"))?;
    array.call_method0("copy")
}
