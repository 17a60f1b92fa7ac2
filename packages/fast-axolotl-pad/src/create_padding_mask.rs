//! `create_padding_mask`.

use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::lists::{extend_with, slice};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyList, PyRange};

use crate::arguments::{current_length, target_length};

/// Masks up to this length are slices of one list, at a tenth of the cost of new integers.
const LONGEST_SHARED: usize = 1 << 16;

/// The integers from 0 on, as many as the longest mask so far needed.
static POSITIONS: PyOnceLock<Py<PyList>> = PyOnceLock::new();

/// Count the positions that are missing up to a length.
///
/// Args:
///     current_length: how many positions there are.
///     target_length: how many there should be.
///
/// Returns:
///     A new list `[0, 1, ...]` of `target_length - current_length` integers, the position ids of
///     the padding, or `[]` if nothing is missing.
///
/// Raises:
///     TypeError: a length is not an integer.
///     ValueError: a length is negative.
///     OverflowError: a length does not fit in 64 bits.
#[guarded]
#[pyfunction]
pub fn create_padding_mask<'py>(
    py: Python<'py>,
    #[pyo3(from_py_with = current_length)] current_length: usize,
    #[pyo3(from_py_with = target_length)] target_length: usize,
) -> PyResult<Bound<'py, PyList>> {
    let missing = target_length.saturating_sub(current_length);
    if missing == 0 {
        return Ok(PyList::empty(py));
    }
    let range = |start: usize, end: usize| -> PyResult<Bound<'py, PyAny>> {
        Ok(PyRange::new(py, isize::try_from(start)?, isize::try_from(end)?)?.into_any())
    };
    if missing > LONGEST_SHARED {
        return Ok(py.get_type::<PyList>().call1((range(0, missing)?,))?.cast_into()?);
    }
    let positions = POSITIONS.get_or_init(py, || PyList::empty(py).unbind()).bind(py);
    with_critical_section(positions, || {
        let length = positions.len();
        if length < missing {
            extend_with(positions, &range(length, missing.next_power_of_two())?)?;
        }
        slice(positions, 0, missing)
    })
}
