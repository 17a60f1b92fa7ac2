//! A look at numpy arrays without a call for each.
//!
//! To ask an array where its memory is takes microseconds, and a list of rows has an array for each.
//! numpy's public headers lay the first fields of its arrays open to every extension that is built
//! for it, so they are the same in all versions; still they are believed only once an array has been
//! read both ways.

use std::ffi::{c_char, c_int};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

/// The start of `PyArrayObject_fields` of numpy's `ndarraytypes.h`.
#[repr(C)]
struct ArrayObject {
    head: ffi::PyObject,
    data: *mut c_char,
    dimension_count: c_int,
    dimensions: *const isize,
    strides: *const isize,
    base: *mut ffi::PyObject,
    dtype: *mut ffi::PyObject,
    flags: c_int,
}

/// What the flags of an array have in common whose values are in order and aligned.
const IN_ORDER: c_int = 0x0001 | 0x0100;

/// An integer type: numpy's letter for its kind, and its size in bytes.
pub type IntType = (char, usize);

const INT_TYPES: [(&str, IntType); 8] = [
    ("int8", ('i', 1)),
    ("int16", ('i', 2)),
    ("int32", ('i', 4)),
    ("int64", ('i', 8)),
    ("uint8", ('u', 1)),
    ("uint16", ('u', 2)),
    ("uint32", ('u', 4)),
    ("uint64", ('u', 8)),
];

/// What is needed to know arrays of one dimension with integers of this machine's byte order.
pub struct ArrayTypes<'py> {
    class: Bound<'py, PyType>,
    dtypes: Vec<(Bound<'py, PyAny>, IntType)>,
}

/// The integers of an array, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub address: usize,
    pub count: usize,
    pub kind: IntType,
}

impl<'py> ArrayTypes<'py> {
    /// Asks numpy for its types; `None` if the fields of its arrays are not where they are expected.
    pub fn new(py: Python<'py>) -> PyResult<Option<Self>> {
        let numpy = py.import("numpy")?;
        let class = numpy.getattr("ndarray")?.cast_into::<PyType>()?;
        let dtype = numpy.getattr("dtype")?;
        let dtypes = INT_TYPES.iter().map(|(name, kind)| Ok((dtype.call1((name,))?, *kind)));
        let rows = Self { class, dtypes: dtypes.collect::<PyResult<_>>()? };
        let known = numpy.call_method1("arange", (3, 8, 1, "int16"))?;
        let interface = known.getattr("__array_interface__")?.cast_into::<PyDict>()?;
        let (address, _): (usize, bool) = match interface.get_item("data")? {
            Some(data) => data.extract()?,
            None => return Ok(None),
        };
        let expected = Row { address, count: 5, kind: ('i', 2) };
        Ok((rows.get(&known) == Some(expected)).then_some(rows))
    }

    /// The row that an array is, if it is plainly one.
    pub fn get(&self, array: &Bound<'_, PyAny>) -> Option<Row> {
        if !array.is_exact_instance(&self.class) {
            return None;
        }
        // SAFETY: numpy's own arrays begin with these fields, and are alive while `array` is.
        let fields = unsafe { &*array.as_ptr().cast::<ArrayObject>() };
        if fields.dimension_count != 1 || fields.flags & IN_ORDER != IN_ORDER {
            return None;
        }
        let dtype = self.dtypes.iter().find(|(dtype, _)| dtype.as_ptr() == fields.dtype);
        let &(_, kind) = dtype?;
        // SAFETY: an array of one dimension has one number there.
        let count = usize::try_from(unsafe { *fields.dimensions }).ok()?;
        Some(Row { address: fields.data as usize, count, kind })
    }
}
