//! Arrow data from and to any Python library, without a copy, by the Arrow PyCapsule interface.

use std::ffi::CStr;

use arrow_array::cast::AsArray;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray, make_array};
use arrow_schema::{ArrowError, DataType, Schema};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::arguments::type_name;
use crate::errors::{type_error, value_error};

/// Whether an object offers an array or a stream of arrays.
pub fn is_arrow(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    Ok(object.hasattr(intern!(py, "__arrow_c_array__"))?
        || object.hasattr(intern!(py, "__arrow_c_stream__"))?)
}

/// The record batches of a table, a record batch or a stream of them.
///
/// Raises `TypeError` naming the argument `name` for anything else.
pub fn record_batches(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    let expected = |found: String| {
        type_error(format!("{name} is {found}, expected an Arrow table or record batch"))
    };
    if !is_arrow(object)? {
        return Err(expected(type_name(object)));
    }
    chunks(name, object)?
        .into_iter()
        .map(|chunk| match chunk.data_type() {
            DataType::Struct(_) if chunk.null_count() == 0 => {
                Ok(RecordBatch::from(chunk.as_struct().clone()))
            }
            other => Err(expected(format!("an Arrow array of {other}"))),
        })
        .collect()
}

/// The chunks of an array, a chunked array or a stream of arrays.
///
/// Raises `TypeError` naming the argument `name` for what is not Arrow data, and `ValueError` where
/// the producer fails, the data was consumed before, or its buffers do not fit its lengths. Offsets
/// and views are not looked into: who follows them checks them.
pub fn chunks(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Vec<ArrayRef>> {
    let py = object.py();
    let failed = |error: ArrowError| value_error(format!("{name}: {error}"));
    if let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_stream__"))? {
        let capsule = method.call0()?;
        let stream = pointer::<FFI_ArrowArrayStream>(&capsule, c"arrow_array_stream")?;
        // SAFETY: a capsule of this name holds such a struct, and a consumer moves it out.
        let reader = unsafe { ArrayStreamReader::from_raw(stream) }.map_err(failed)?;
        let chunks = reader.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        chunks.iter().try_for_each(|chunk| chunk.to_data().validate()).map_err(failed)?;
        Ok(chunks)
    } else if let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_array__"))? {
        let (schema, array): (Bound<'_, PyAny>, Bound<'_, PyAny>) = method.call0()?.extract()?;
        let schema = pointer::<FFI_ArrowSchema>(&schema, c"arrow_schema")?;
        let array = pointer::<FFI_ArrowArray>(&array, c"arrow_array")?;
        // SAFETY: as above.
        let array = unsafe { FFI_ArrowArray::from_raw(array) };
        if array.is_released() {
            return Err(value_error(format!("{name} was consumed before; pass it afresh")));
        }
        // SAFETY: by the interface the array is laid out as its schema says.
        let data = unsafe { from_ffi(array, &*schema) }.map_err(failed)?;
        data.validate().map_err(failed)?;
        Ok(vec![make_array(data)])
    } else {
        Err(type_error(format!("{name} is {}, expected Arrow data", type_name(object))))
    }
}

/// What `__arrow_c_schema__` of a record batch returns.
///
/// Raises `ValueError` where a type has no spelling in the interface.
pub fn schema_capsule<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema).map_err(value_error)?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// What `__arrow_c_array__` of a record batch returns: its schema, and its columns as a struct that
/// shares their buffers.
///
/// The consumer moves the array out of the capsule and frees it; a capsule that nobody consumed
/// frees it itself. Raises `ValueError` as [`schema_capsule`] does.
pub fn array_capsules<'py>(
    py: Python<'py>,
    batch: &RecordBatch,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let schema = schema_capsule(py, batch.schema_ref())?;
    let array = FFI_ArrowArray::new(&StructArray::from(batch.clone()).to_data());
    Ok((schema, PyCapsule::new_with_value(py, array, c"arrow_array")?))
}

/// What a capsule of the given name holds.
fn pointer<T>(capsule: &Bound<'_, PyAny>, name: &CStr) -> PyResult<*mut T> {
    Ok(capsule.cast::<PyCapsule>()?.pointer_checked(Some(name))?.cast().as_ptr())
}
