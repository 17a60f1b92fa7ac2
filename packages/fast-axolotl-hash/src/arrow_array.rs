//! `ArrowArray`, what functions return for `output="arrow"`.

use arrow_array::{Array, ArrayRef};
use fast_axolotl_boundary::arrow::{array_capsule, schema_capsule};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// An Arrow array, for any library that reads them: `pyarrow.array(array)`, `polars.Series(array)`.
///
/// Nothing is copied.
#[pyclass(frozen, module = "fast_axolotl_hash")]
pub struct ArrowArray(ArrayRef);

impl ArrowArray {
    /// A Python object that holds the array.
    pub fn object(py: Python<'_>, array: ArrayRef) -> PyResult<Bound<'_, PyAny>> {
        Ok(Bound::new(py, Self(array))?.into_any())
    }
}

#[pymethods]
impl ArrowArray {
    /// The type and the array, by the Arrow PyCapsule interface. A requested schema is not looked
    /// at, as the interface allows.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        Ok((schema_capsule(py, self.0.data_type())?, array_capsule(py, &self.0)?))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("<ArrowArray: {} x {}>", self.0.len(), self.0.data_type())
    }
}
