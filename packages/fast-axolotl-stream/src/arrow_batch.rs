//! `ArrowBatch`, what the iterator yields with `output="arrow"`.

use arrow_array::{RecordBatch, StructArray};
use fast_axolotl_boundary::arrow::{array_capsule, schema_capsule};
use fast_axolotl_boundary::errors::value_error;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_stream::Table;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// Rows of a dataset as Arrow data.
///
/// It speaks the Arrow PyCapsule interface, so `pyarrow.record_batch(batch)`,
/// `polars.DataFrame(batch)` and others take it without a copy, any number of times. The data lives
/// as long as anything uses it, also after the reader and the file are gone.
#[pyclass(module = "fast_axolotl_stream", frozen)]
pub struct ArrowBatch(RecordBatch);

impl ArrowBatch {
    /// The rows of a table.
    pub fn new(table: Table) -> PyResult<Self> {
        table.into_record_batch().map(Self).map_err(value_error)
    }

    fn names(&self) -> Vec<&str> {
        self.0.schema_ref().fields().iter().map(|field| field.name().as_str()).collect()
    }
}

type Capsule<'py> = Bound<'py, PyCapsule>;

#[guarded]
#[pymethods]
impl ArrowBatch {
    /// The schema and the columns, as two PyCapsules.
    ///
    /// Args:
    ///     requested_schema: types that the caller would like; they are not looked at, as the
    ///         interface allows, and the columns come in their own types.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Capsule<'py>, Capsule<'py>)> {
        let _ = requested_schema;
        let rows = StructArray::from(self.0.clone());
        Ok((schema_capsule(py, self.0.schema_ref().as_ref())?, array_capsule(py, &rows)?))
    }

    /// The schema, as a PyCapsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Capsule<'py>> {
        schema_capsule(py, self.0.schema_ref().as_ref())
    }

    /// How many rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    /// The names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<&str> {
        self.names()
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    fn __repr__(&self) -> String {
        const SHOWN: usize = 8;
        let names = self.names();
        let mut shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
        if names.len() > SHOWN {
            shown.push(format!("... {} more", names.len() - SHOWN));
        }
        let columns = if shown.is_empty() { "no columns".to_owned() } else { shown.join(", ") };
        format!("<ArrowBatch: {} rows of {columns}>", self.0.num_rows())
    }
}
