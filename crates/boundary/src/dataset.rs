//! Hugging Face datasets and frames of pandas and polars, if their libraries are there: no wheel needs either.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_schema::DataType;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::arrow::Chunks;
use crate::errors::type_error;

/// A `datasets.Dataset`: rows of a table, in the order of an indices mapping.
pub struct Dataset<'py> {
    /// The rows before the mapping, as Arrow data.
    pub table: Bound<'py, PyAny>,
    /// An Arrow array of uint64, if the dataset was shuffled or selected from.
    pub indices: Option<Bound<'py, PyAny>>,
    /// The columns that its format shows, if it hides others.
    pub columns: Option<Vec<String>>,
    /// What its format makes of the values, if anything.
    pub format: Option<String>,
}

impl<'py> Dataset<'py> {
    /// The dataset that `object` is, if it is one.
    pub fn read(object: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let Some(library) = imported(object.py(), "datasets")? else { return Ok(None) };
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
        let format = object.getattr("_format_type")?.extract()?;
        Ok(Some(Self { table, indices, columns, format }))
    }
}

/// The rows that an indices mapping points to, checked against the number of rows there are.
pub fn order(indices: &Bound<'_, PyAny>, num_rows: usize) -> PyResult<Vec<usize>> {
    let mut order = Vec::new();
    for chunk in Chunks::open("the indices mapping", indices)? {
        let chunk = chunk?;
        if chunk.data_type() != &DataType::UInt64 || chunk.null_count() > 0 {
            return Err(type_error("the indices mapping is not of uint64 without nulls"));
        }
        for &index in chunk.as_primitive::<UInt64Type>().values() {
            match usize::try_from(index) {
                Ok(row) if row < num_rows => order.push(row),
                _ => {
                    return Err(PyIndexError::new_err(format!(
                        "the indices mapping has {index} at {}, but there are {num_rows} rows",
                        order.len()
                    )));
                }
            }
        }
    }
    Ok(order)
}

/// The names of the columns of a pandas DataFrame, if it is one: its Arrow form has the index among
/// them, which is no part of the data.
pub fn pandas_columns(object: &Bound<'_, PyAny>) -> PyResult<Option<Vec<String>>> {
    let py = object.py();
    let Some(library) = imported(py, "pandas")? else { return Ok(None) };
    if !object.is_instance(&library.getattr("DataFrame")?)? {
        return Ok(None);
    }
    // The Arrow form has names of any kind as text.
    let names = object.getattr("columns")?.call_method1("map", (py.get_type::<PyString>(),))?;
    names.call_method0("tolist")?.extract().map(Some)
}

/// Refuses columns of Python objects in a polars DataFrame or Series: its Arrow form has the objects'
/// addresses, which say nothing of the values.
///
/// Raises `TypeError` that names the column.
pub fn refuse_polars_objects(name: &str, object: &Bound<'_, PyAny>) -> PyResult<()> {
    let Some(library) = imported(object.py(), "polars")? else { return Ok(()) };
    let is_object = library.getattr("Object")?;
    let refuse = |what: String| {
        Err(type_error(format!(
            "{what} has the polars type Object, whose values have no Arrow form; cast it, or leave \
             it out"
        )))
    };
    if object.is_instance(&library.getattr("Series")?)? {
        if has(&object.getattr("dtype")?, &is_object)? {
            return refuse(name.to_owned());
        }
    } else if object.is_instance(&library.getattr("DataFrame")?)? {
        for column in object.getattr("schema")?.call_method0("items")?.try_iter()? {
            let (column, data_type): (String, Bound<'_, PyAny>) = column?.extract()?;
            if has(&data_type, &is_object)? {
                return refuse(format!("column {column:?} of {name}"));
            }
        }
    }
    Ok(())
}

/// Whether a polars type is another one, or has it inside.
fn has(data_type: &Bound<'_, PyAny>, wanted: &Bound<'_, PyAny>) -> PyResult<bool> {
    if data_type.eq(wanted)? {
        return Ok(true);
    }
    if let Some(inner) = data_type.getattr_opt("inner")? {
        return has(&inner, wanted);
    }
    if let Some(fields) = data_type.getattr_opt("fields")? {
        for field in fields.try_iter()? {
            if has(&field?.getattr("dtype")?, wanted)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A library, if it was imported: whoever has an object of its has imported it.
fn imported<'py>(py: Python<'py>, library: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(py.import("sys")?.getattr("modules")?.get_item(library).ok())
}
