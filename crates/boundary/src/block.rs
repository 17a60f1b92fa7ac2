//! Rows of integers of one width, written in place into what the caller of a function gets.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use crate::guard::guarded;
use arrow_array::{ArrayRef, FixedSizeListArray, Int64Array};
use arrow_buffer::Buffer;
use arrow_schema::{DataType, Field};
use pyo3::exceptions::{PyMemoryError, PyOverflowError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::value_error;
use crate::memory::Memory;

/// The form of a table of integers that shares its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A numpy array of two dimensions.
    Numpy,
    /// An Arrow array of lists of one size.
    Arrow,
    /// A torch tensor of two dimensions.
    Torch,
}

/// A table of int64, `rows` by `width`, whose values the caller writes, detached if it likes.
///
/// The memory is the output's own, so that nothing is copied or written twice.
pub struct Block<'py> {
    rows: usize,
    width: usize,
    memory: Memory,
    output: Exporter<'py>,
}

enum Exporter<'py> {
    /// The width, as Arrow has it.
    Arrow(i32),
    /// `numpy.asarray`.
    Numpy(Bound<'py, PyAny>),
    /// `numpy.asarray` and `torch.from_numpy`.
    Torch(Bound<'py, PyAny>, Bound<'py, PyAny>),
}

impl<'py> Block<'py> {
    /// Asks for the memory of a table, which holds any values at first.
    ///
    /// Raises `MemoryError` where there is not so much, `OverflowError` where the form has no such
    /// width, and `ImportError` where the library is not installed.
    pub fn new(py: Python<'py>, form: Form, rows: usize, width: usize) -> PyResult<Self> {
        let as_array = || py.import("numpy")?.getattr("asarray");
        let output = match form {
            Form::Arrow => Exporter::Arrow(i32::try_from(width).map_err(|_| {
                PyOverflowError::new_err(format!(
                    "Arrow has no lists of {width} values of one size; take output='numpy'"
                ))
            })?),
            Form::Numpy => Exporter::Numpy(as_array()?),
            Form::Torch => Exporter::Torch(as_array()?, py.import("torch")?.getattr("from_numpy")?),
        };
        let memory = rows.checked_mul(width).and_then(Memory::new).ok_or_else(|| {
            PyMemoryError::new_err(format!(
                "{rows} rows of {width} integers are more than memory can hold"
            ))
        })?;
        Ok(Self { rows, width, memory, output })
    }

    /// The values, one row after the other.
    pub fn values(&mut self) -> &mut [i64] {
        &mut self.memory
    }

    /// The table in its form; `array` makes the object of an Arrow array, which is the wheel's own.
    pub fn finish(
        self,
        py: Python<'py>,
        array: impl FnOnce(Python<'py>, ArrayRef) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Self { rows, width, memory, output } = self;
        let shared = |memory| Bound::new(py, SharedBlock { rows, width, memory });
        match output {
            Exporter::Numpy(as_array) => as_array.call1((shared(memory)?,)),
            Exporter::Torch(as_array, from_numpy) => {
                from_numpy.call1((as_array.call1((shared(memory)?,))?,))
            }
            Exporter::Arrow(size) => {
                let bytes = size_of_val(&*memory);
                let pointer = memory.pointer().cast();
                // SAFETY: so many bytes are there, they stay while `memory` does, which is kept with
                // the buffer, and nobody writes to them any more.
                let buffer = unsafe {
                    Buffer::from_custom_allocation(
                        pointer,
                        bytes,
                        Arc::new(AssertUnwindSafe(memory)),
                    )
                };
                let values = Int64Array::new(buffer.into(), None);
                let field = Arc::new(Field::new_list_field(DataType::Int64, false));
                let lists = FixedSizeListArray::try_new_with_length(
                    field,
                    size,
                    Arc::new(values),
                    None,
                    rows,
                );
                array(py, Arc::new(lists.map_err(value_error)?))
            }
        }
    }
}

/// Memory that numpy arrays share, and keep alive.
#[pyclass(frozen, module = "fast_axolotl")]
struct SharedBlock {
    rows: usize,
    width: usize,
    memory: Memory,
}

#[guarded]
#[pymethods]
impl SharedBlock {
    /// Where the memory is and what is in it, as numpy asks for it.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        const IS_READ_ONLY: bool = false;
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", (self.rows, self.width))?;
        interface.set_item("typestr", if cfg!(target_endian = "big") { ">i8" } else { "<i8" })?;
        interface.set_item("data", (self.memory.pointer().as_ptr() as usize, IS_READ_ONLY))?;
        Ok(interface)
    }
}
