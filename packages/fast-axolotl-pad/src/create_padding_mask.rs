//! `create_padding_mask`.

use fast_axolotl_boundary::arguments::count;
use fast_axolotl_boundary::lists::slice;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyRange};

/// Masks up to this length are slices of one list, which costs a tenth of making new integers.
const LONGEST_SHARED: usize = 4096;

static POSITIONS: PyOnceLock<Py<PyList>> = PyOnceLock::new();

#[pyfunction]
pub fn create_padding_mask<'py>(
    py: Python<'py>,
    current_length: &Bound<'py, PyAny>,
    target_length: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyList>> {
    let current = count("current_length", current_length, 0)?;
    let missing = count("target_length", target_length, 0)?.saturating_sub(current);
    if missing > LONGEST_SHARED {
        let positions = PyRange::new(py, 0, isize::try_from(missing)?)?;
        return Ok(py.get_type::<PyList>().call1((positions,))?.cast_into()?);
    }
    let positions =
        POSITIONS.get_or_try_init(py, || PyList::new(py, 0..LONGEST_SHARED).map(Bound::unbind))?;
    slice(positions.bind(py), 0, missing)
}
