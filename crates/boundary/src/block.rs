//! Rows of integers of one width, written in place into what the caller of a function gets.

use std::alloc::{Layout, alloc_zeroed};
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Int64Array};
use arrow_schema::{DataType, Field};
use pyo3::exceptions::{PyMemoryError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors::value_error;
use crate::lists::{CollectorPause, look_for_signals};
use crate::output::Table;
use crate::tokens::Tokens;

/// A table of int64, `rows` by `width`, whose values the caller writes, detached if it likes.
///
/// The memory is the output's own, so that nothing is copied or written twice.
pub struct Block<'py> {
    py: Python<'py>,
    rows: usize,
    width: usize,
    memory: Memory<'py>,
}

enum Memory<'py> {
    Lists(Vec<i64>),
    Arrow(Vec<i64>, i32),
    /// A numpy array, and where its values are.
    Numpy(Bound<'py, PyAny>, *mut i64),
    /// The same, and the `from_numpy` of torch.
    Torch(Bound<'py, PyAny>, *mut i64, Bound<'py, PyAny>),
}

impl<'py> Block<'py> {
    /// Asks for the memory of a table, which holds any values at first.
    ///
    /// Raises `MemoryError` where there is not so much, `OverflowError` where the form has no such
    /// width, and `ImportError` where the library is not installed.
    pub fn new(py: Python<'py>, form: Table, rows: usize, width: usize) -> PyResult<Self> {
        let too_large = || {
            PyMemoryError::new_err(format!(
                "{rows} rows of {width} integers are more than memory can hold"
            ))
        };
        let layout = rows
            .checked_mul(width)
            .and_then(|count| Layout::array::<i64>(count).ok())
            .ok_or_else(too_large)?;
        let memory = match form {
            Table::List => Memory::Lists(zeros(layout).ok_or_else(too_large)?),
            Table::Arrow => {
                let size = i32::try_from(width).map_err(|_| {
                    PyOverflowError::new_err(format!(
                        "Arrow has no lists of {width} values of one size; take output='numpy'"
                    ))
                })?;
                Memory::Arrow(zeros(layout).ok_or_else(too_large)?, size)
            }
            Table::Numpy => {
                let (array, pointer) = numpy_array(py, rows, width)?;
                Memory::Numpy(array, pointer)
            }
            Table::Torch => {
                let from_numpy = py.import("torch")?.getattr("from_numpy")?;
                let (array, pointer) = numpy_array(py, rows, width)?;
                Memory::Torch(array, pointer, from_numpy)
            }
        };
        Ok(Self { py, rows, width, memory })
    }

    /// The values, one row after the other.
    pub fn values(&mut self) -> &mut [i64] {
        match &mut self.memory {
            Memory::Lists(values) | Memory::Arrow(values, _) => values,
            Memory::Numpy(_, pointer) | Memory::Torch(_, pointer, _) => {
                // SAFETY: numpy made the array of `rows * width` aligned integers, one after the
                // other, which is a layout that `new` has seen to exist. Nobody else knows of the
                // array before `finish`, and it is alive while `self` is. Its memory comes from
                // another library's allocator, so it has some value, and any is an integer.
                unsafe { std::slice::from_raw_parts_mut(*pointer, self.rows * self.width) }
            }
        }
    }

    /// The table in its form; `array` makes the object of an Arrow array, which is the wheel's own.
    pub fn finish(
        self,
        array: impl FnOnce(Python<'py>, ArrayRef) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Self { py, rows, width, memory } = self;
        match memory {
            Memory::Lists(values) => Ok(lists(py, &values, rows, width)?.into_any()),
            Memory::Arrow(values, size) => {
                let field = Arc::new(Field::new_list_field(DataType::Int64, false));
                let values = Arc::new(Int64Array::from(values));
                let lists =
                    FixedSizeListArray::try_new_with_length(field, size, values, None, rows);
                array(py, Arc::new(lists.map_err(value_error)?))
            }
            Memory::Numpy(array, _) => Ok(array),
            Memory::Torch(array, _, from_numpy) => from_numpy.call1((array,)),
        }
    }
}

/// Integers that are 0, which the system has at hand for large blocks: they are written once.
fn zeros(layout: Layout) -> Option<Vec<i64>> {
    if layout.size() == 0 {
        return Some(Vec::new());
    }
    let count = layout.size() / size_of::<i64>();
    // SAFETY: the layout is that of an array of `count` integers, more than none.
    let pointer = unsafe { alloc_zeroed(layout) }.cast::<i64>();
    // SAFETY: unless it is null, the allocator of all vectors made this memory with that layout, and
    // zero is an integer.
    (!pointer.is_null()).then(|| unsafe { Vec::from_raw_parts(pointer, count, count) })
}

/// A new array of int64 with any values, and where they are.
fn numpy_array(
    py: Python<'_>,
    rows: usize,
    width: usize,
) -> PyResult<(Bound<'_, PyAny>, *mut i64)> {
    let array = py.import("numpy")?.call_method1("empty", ((rows, width), "int64"))?;
    let interface = array.getattr("__array_interface__")?.cast_into::<PyDict>()?;
    let data = interface.get_item("data")?.ok_or_else(|| {
        PyTypeError::new_err("numpy.empty made an array that does not say where its memory is")
    })?;
    let (address, _is_read_only) = data.extract::<(usize, bool)>()?;
    Ok((array, address as *mut i64))
}

/// The rows as lists, in which tokens are one object wherever they occur.
fn lists<'py>(
    py: Python<'py>,
    values: &[i64],
    rows: usize,
    width: usize,
) -> PyResult<Bound<'py, PyList>> {
    let _pause = CollectorPause::new(py);
    let tokens = Tokens::default();
    let mut made = Vec::with_capacity(rows);
    for row in 0..rows {
        look_for_signals(py, row)?;
        let row = &values[row * width..(row + 1) * width];
        let items = row.iter().map(|&value| tokens.integer(py, value));
        made.push(PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?);
    }
    PyList::new(py, made)
}
