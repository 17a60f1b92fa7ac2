//! Arrow data from and to any Python library, without a copy, by the Arrow PyCapsule interface.

use std::ffi::CStr;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{ArrowError, DataType};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::arguments::type_name;
use crate::arrow_import::{self, Arrays};
use crate::errors::{type_error, value_error};

/// Whether an object offers an array or a stream of arrays.
pub fn is_arrow(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = object.py();
    Ok(object.hasattr(intern!(py, "__arrow_c_array__"))?
        || object.hasattr(intern!(py, "__arrow_c_stream__"))?)
}

/// The chunks of an array, a chunked array, a table or a stream, one at a time.
///
/// A row of a table is a struct. Iterating fails with `ValueError` where the producer does, and
/// where a chunk's buffers do not fit its lengths. Offsets, views and keys are not looked into: who
/// follows them checks them.
pub struct Chunks {
    name: String,
    source: Source,
}

enum Source {
    Stream(Arrays),
    Array(Option<ArrayRef>),
}

impl Chunks {
    /// Opens Arrow data from any library; `name` is the argument's, for errors.
    ///
    /// Raises `TypeError` for what is not Arrow data, and `ValueError` where the producer fails or
    /// the data was consumed before.
    pub fn open(name: &str, object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let failed = |error: ArrowError| value_error(format!("{name}: {error}"));
        let source = if let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_stream__"))? {
            let capsule = method.call0()?;
            let stream = pointer::<arrow_import::Stream>(&capsule, c"arrow_array_stream")?;
            // SAFETY: a capsule of this name holds such a struct, and a consumer moves it out.
            Source::Stream(unsafe { Arrays::take(stream) }.map_err(failed)?)
        } else if let Some(method) = object.getattr_opt(intern!(py, "__arrow_c_array__"))? {
            let (schema, array): (Bound<'_, PyAny>, Bound<'_, PyAny>) =
                method.call0()?.extract()?;
            let schema = pointer::<FFI_ArrowSchema>(&schema, c"arrow_schema")?;
            let array = pointer::<FFI_ArrowArray>(&array, c"arrow_array")?;
            // SAFETY: as above.
            let array = unsafe { FFI_ArrowArray::from_raw(array) };
            if array.is_released() {
                return Err(value_error(format!("{name} was consumed before; pass it afresh")));
            }
            // SAFETY: the capsule keeps the schema alive.
            let data_type = arrow_import::data_type(unsafe { &*schema }).map_err(failed)?;
            // SAFETY: by the interface the array is laid out as its schema says.
            let array = unsafe { arrow_import::array(array, data_type) }.map_err(failed)?;
            Source::Array(Some(array))
        } else {
            let found = type_name(object);
            return Err(type_error(format!("{name} is {found}, expected Arrow data")));
        };
        Ok(Self { name: name.to_owned(), source })
    }
}

impl Chunks {
    /// The type of all chunks, of which there may be none; None once an array was handed out.
    pub fn data_type(&self) -> Option<&DataType> {
        match &self.source {
            Source::Stream(stream) => Some(stream.data_type()),
            Source::Array(array) => array.as_ref().map(|array| array.data_type()),
        }
    }
}

impl Iterator for Chunks {
    type Item = PyResult<ArrayRef>;

    fn next(&mut self) -> Option<Self::Item> {
        let chunk = match &mut self.source {
            Source::Array(array) => return array.take().map(Ok),
            Source::Stream(stream) => stream.next()?,
        };
        Some(chunk.map_err(|error| value_error(format!("{}: {error}", self.name))))
    }
}

/// What `__arrow_c_schema__` returns, of a schema or the type of an array.
///
/// Raises `ValueError` where a type has no spelling in the interface.
pub fn schema_capsule<'py, T>(py: Python<'py>, schema: T) -> PyResult<Bound<'py, PyCapsule>>
where
    FFI_ArrowSchema: TryFrom<T, Error = ArrowError>,
{
    let schema = FFI_ArrowSchema::try_from(schema).map_err(value_error)?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// What `__arrow_c_array__` returns beside the schema: the array, which shares its buffers.
///
/// The consumer moves the array out of the capsule and frees it; a capsule that nobody consumed
/// frees it itself.
pub fn array_capsule<'py>(py: Python<'py>, array: &dyn Array) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowArray::new(&array.to_data()), c"arrow_array")
}

/// Makes `ArrowArray`, the class of what functions return for `output="arrow"`.
///
/// A class belongs to the wheel that its module is in, so each wheel that needs this one makes it.
#[macro_export]
macro_rules! arrow_array_class {
    ($module:literal) => {
        /// An Arrow array, for any library that reads them: `pyarrow.array(array)`,
        /// `polars.Series(array)`.
        ///
        /// Nothing is copied.
        #[::pyo3::pyclass(frozen, module = $module)]
        pub struct ArrowArray(::arrow_array::ArrayRef);

        impl ArrowArray {
            /// A Python object that holds the array.
            pub fn object(
                py: ::pyo3::Python<'_>,
                array: ::arrow_array::ArrayRef,
            ) -> ::pyo3::PyResult<::pyo3::Bound<'_, ::pyo3::PyAny>> {
                Ok(::pyo3::Bound::new(py, Self(array))?.into_any())
            }
        }

        #[$crate::guard::guarded]
        #[::pyo3::pymethods]
        impl ArrowArray {
            /// The type and the array, by the Arrow PyCapsule interface. A requested schema is not
            /// looked at, as the interface allows.
            #[pyo3(signature = (requested_schema = None))]
            fn __arrow_c_array__<'py>(
                &self,
                py: ::pyo3::Python<'py>,
                requested_schema: Option<&::pyo3::Bound<'_, ::pyo3::PyAny>>,
            ) -> ::pyo3::PyResult<$crate::arrow::Capsules<'py>> {
                let _ = requested_schema;
                $crate::arrow::capsules(py, &self.0)
            }

            fn __len__(&self) -> usize {
                self.0.len()
            }

            fn __repr__(&self) -> String {
                format!("<ArrowArray: {} x {}>", self.0.len(), self.0.data_type())
            }
        }
    };
}

/// What `__arrow_c_array__` returns: the type and the array.
pub type Capsules<'py> = (Bound<'py, PyCapsule>, Bound<'py, PyCapsule>);

/// The capsules of an array.
pub fn capsules<'py>(py: Python<'py>, array: &ArrayRef) -> PyResult<Capsules<'py>> {
    Ok((schema_capsule(py, array.data_type())?, array_capsule(py, array)?))
}

/// What a capsule of the given name holds.
fn pointer<T>(capsule: &Bound<'_, PyAny>, name: &CStr) -> PyResult<*mut T> {
    Ok(capsule.cast::<PyCapsule>()?.pointer_checked(Some(name))?.cast().as_ptr())
}
