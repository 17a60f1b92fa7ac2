//! Hugging Face datasets, known by what they offer: this wheel does not need the library.

use pyo3::prelude::*;

/// A `datasets.Dataset`: rows of a table, in the order of an indices mapping.
pub struct Dataset<'py> {
    pub table: Bound<'py, PyAny>,
    /// An Arrow array of uint64, if the dataset was shuffled or selected from.
    pub indices: Option<Bound<'py, PyAny>>,
    /// The columns that its format shows, if it hides others.
    pub columns: Option<Vec<String>>,
}

impl<'py> Dataset<'py> {
    /// The dataset that `object` is, if it is one.
    pub fn read(object: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        // Whoever has a dataset has imported the library.
        let modules = object.py().import("sys")?.getattr("modules")?;
        let Ok(library) = modules.get_item("datasets") else { return Ok(None) };
        if !object.is_instance(&library.getattr("Dataset")?)? {
            return Ok(None);
        }
        let indices = object.getattr("_indices")?;
        let indices = match indices.is_none() {
            true => None,
            false => Some(indices.getattr("table")?.call_method1("column", (0,))?),
        };
        let table = object.getattr("data")?.getattr("table")?;
        let columns = object.getattr("_format_columns")?.extract()?;
        Ok(Some(Self { table, indices, columns }))
    }
}
