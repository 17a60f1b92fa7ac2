//! Rows of numpy arrays, and of torch tensors, which lend theirs.

use std::panic::AssertUnwindSafe;
use std::ptr::NonNull;
use std::sync::Arc;

use arrow_buffer::{Buffer, ScalarBuffer};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::array_object::{self, IntType};
use super::values::Values;
use super::{Ragged, RowRanges};
use crate::arguments::type_name;
use crate::errors::{check_room, type_error, value_error};
use crate::interrupt::Interrupts;

/// What keeps an array, and its memory where it is.
///
/// numpy's `resize` moves the memory of an array that nobody but its caller refers to, for which it
/// counts two references. With two of its own, an array here is never one of those, unless somebody
/// turns that check off (`refcheck=False`), who breaks every view of the array as well.
type Owner = Arc<AssertUnwindSafe<[Py<PyAny>; 2]>>;

fn owner(object: &Bound<'_, PyAny>) -> Owner {
    Arc::new(AssertUnwindSafe([object.clone().unbind(), object.clone().unbind()]))
}

/// The integers of an array, one after the other in memory, and its shape.
struct Integers {
    values: Values,
    shape: Vec<usize>,
}

/// What is kept of each array in a list of them, twice over, as vectors grow.
const BYTES_PER_ARRAY: usize = 256;

impl Ragged {
    /// Reads the rows of a two-dimensional array.
    ///
    /// Memory that is not in order, aligned and of this machine's byte order is copied; any other is
    /// kept and read in place. Raises `TypeError` for another type or number of dimensions.
    pub fn from_matrix(name: &'static str, array: &Bound<'_, PyAny>) -> PyResult<Self> {
        let Integers { values, shape } = integers(name, array)?;
        let [count, length] = shape[..] else {
            return Err(type_error(format!(
                "{name} is an array of {} dimensions, expected 2; rows of several lengths are a \
                 list of arrays, or a tuple of all values in one array and the rows' offsets",
                shape.len()
            )));
        };
        let mut ragged = Self::new(name.into());
        ragged.push(RowRanges::fixed(name, count, length)?, values);
        Ok(ragged.finish())
    }

    /// Reads the rows of an array of values, which begin and end at the offsets of another.
    ///
    /// Raises `TypeError` for arrays of another type or number of dimensions, and `ValueError` for
    /// offsets that are not in order or point outside of the values.
    pub fn from_offsets(
        name: &'static str,
        values: &Bound<'_, PyAny>,
        offsets: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        if !is_array(offsets)? {
            let found = type_name(offsets);
            return Err(type_error(format!(
                "the offsets of {name} are {found}, expected an array as the values are"
            )));
        }
        let values = flat(&format!("the values of {name}"), values)?;
        let offsets = flat(&format!("the offsets of {name}"), offsets)?;
        let count = offsets.len();
        // Their own memory: another thread may write to the array after they were looked at.
        let mut own = vec![0; count];
        offsets.widen(0..count, &mut own).map_err(|beyond| {
            let (at, value) = (beyond.at, beyond.value);
            value_error(format!("the offsets of {name} have {value} at {at}: too much"))
        })?;
        let rows = RowRanges::Offsets64(ScalarBuffer::from(own));
        if count == 0 {
            return Err(value_error(format!(
                "the offsets of {name} are empty; there is one more of them than rows, so [0] for \
                 none"
            )));
        }
        if let Some(row) = rows.first_outside(values.len()) {
            return Err(value_error(format!(
                "the offsets of {name} give row {row} no place: they must not decrease, and lie \
                 from 0 to {}, the number of values",
                values.len()
            )));
        }
        let mut ragged = Self::new(name.into());
        ragged.push(rows, values);
        Ok(ragged.finish())
    }

    /// Reads one-dimensional arrays, each of which is a row.
    ///
    /// Raises `TypeError` for what is not such an array of integers, naming its place.
    pub fn from_arrays(name: &'static str, arrays: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let py = arrays.py();
        let plain = array_object::ArrayTypes::new(py)?;
        // Each array twice: once in the caller's tuple and once in ours.
        let again = PyTuple::new(py, arrays.iter_borrowed())?;
        let owner: Owner = Arc::new(AssertUnwindSafe([
            arrays.clone().into_any().unbind(),
            again.into_any().unbind(),
        ]));
        check_room(name, arrays.len(), BYTES_PER_ARRAY)?;
        let mut ragged = Self::new(name.into());
        let mut interrupts = Interrupts::new(py);
        for (row, array) in arrays.iter_borrowed().enumerate() {
            interrupts.after_row(0)?;
            let plainly = plain.as_ref().and_then(|plain| plain.get(&array)).and_then(|row| {
                // SAFETY: the values of such an array are in order and aligned, and `owner` keeps
                // them there.
                unsafe { values_at(row.address, row.count, row.kind, &owner) }
            });
            let values = match plainly {
                Some(values) => values,
                None => flat_row(name, row, &array)?,
            };
            ragged.push(RowRanges::Fixed { count: 1, length: values.len() }, values);
        }
        Ok(ragged.finish())
    }
}

/// Whether an object is a numpy array or a torch tensor.
pub fn is_array(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(is_of(object, "numpy", "ndarray")? || is_of(object, "torch", "Tensor")?)
}

/// Whether an object is of a class that only who imported its library can have.
fn is_of(object: &Bound<'_, PyAny>, library: &str, class: &str) -> PyResult<bool> {
    let modules = object.py().import("sys")?.getattr("modules")?;
    match modules.cast::<PyDict>()?.get_item(library)? {
        // A library that is being imported may not have its classes yet.
        Some(library) => match library.getattr_opt(class)? {
            Some(class) => object.is_instance(&class),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

fn flat_row(name: &str, row: usize, array: &Bound<'_, PyAny>) -> PyResult<Values> {
    let place = || format!("{name}[{row}]");
    if !is_array(array)? {
        return Err(type_error(format!(
            "{} is {}, expected an array as the rows before it are; pass either arrays or lists",
            place(),
            type_name(array)
        )));
    }
    flat(&place(), array)
}

/// The integers of a one-dimensional array.
fn flat(name: &str, array: &Bound<'_, PyAny>) -> PyResult<Values> {
    let Integers { values, shape } = integers(name, array)?;
    match shape.len() {
        1 => Ok(values),
        found => Err(type_error(format!("{name} has {found} dimensions, expected 1"))),
    }
}

fn integers(name: &str, array: &Bound<'_, PyAny>) -> PyResult<Integers> {
    let array = lent(name, array)?;
    if let Some(integers) = in_place(name, &array)? {
        return Ok(integers);
    }
    let py = array.py();
    let native = array.getattr("dtype")?.call_method1("newbyteorder", ("=",))?;
    let options = [("dtype", native), ("requirements", "CA".into_pyobject(py)?.into_any())];
    let copied = py.import("numpy")?.call_method(
        "require",
        (&array,),
        Some(&PyDict::from_sequence(&options.into_pyobject(py)?)?),
    )?;
    in_place(name, &copied)?.ok_or_else(|| {
        type_error(format!("{name} is an array whose memory is not laid out as numpy says"))
    })
}

/// Refuses a masked array.
pub fn refuse_masked(name: &str, array: &Bound<'_, PyAny>) -> PyResult<()> {
    if is_of(array, "numpy.ma", "MaskedArray")? {
        return Err(type_error(format!(
            "{name} is a masked array, whose mask would be lost; pass .compressed() or .filled()"
        )));
    }
    Ok(())
}

/// The numpy array that shares a tensor's memory, or the numpy array that it is.
fn lent<'py>(name: &str, array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    refuse_masked(name, array)?;
    if !is_of(array, "torch", "Tensor")? {
        return Ok(array.clone());
    }
    let py = array.py();
    let device = array.getattr("device")?.getattr("type")?;
    let device = device.extract::<&str>()?;
    if device != "cpu" {
        return Err(type_error(format!(
            "{name} is a tensor on {device}, expected one in main memory; pass .cpu()"
        )));
    }
    array.call_method0("detach")?.call_method0("numpy").map_err(|cause| {
        let error = type_error(format!(
            "{name} is a tensor that numpy cannot share; pass a dense one of an integer type"
        ));
        error.set_cause(py, Some(cause));
        error
    })
}

/// The integers of a numpy array, where it has them in order, aligned and of this machine's byte
/// order; `None` where it has not.
fn in_place(name: &str, array: &Bound<'_, PyAny>) -> PyResult<Option<Integers>> {
    let py = array.py();
    let interface = array.getattr(intern!(py, "__array_interface__"))?;
    let interface = interface.cast_into::<PyDict>()?;
    let entry = |key: &str| {
        interface.get_item(key)?.ok_or_else(|| {
            type_error(format!("{name} is {}, which hides its memory", type_name(array)))
        })
    };
    let shape = entry("shape")?.extract::<Vec<usize>>()?;
    let dtype = entry("typestr")?;
    let dtype = dtype.extract::<&str>()?;
    let count: usize = shape.iter().product();
    let unfit = || {
        let dtype = array.getattr("dtype").map_or_else(|_| dtype.to_owned(), |it| it.to_string());
        type_error(format!(
            "{name} is an array of {dtype}, expected integers; cast it, for example by \
             .astype(\"int64\")"
        ))
    };
    let mut letters = dtype.chars();
    let (Some(order), Some(kind), Ok(size)) =
        (letters.next(), letters.next(), letters.as_str().parse::<usize>())
    else {
        return Err(unfit());
    };
    if count == 0 && kind == 'f' {
        // What numpy makes of an empty list.
        return Ok(Some(Integers { values: Values::None, shape }));
    }
    if !matches!((kind, size), ('i' | 'u', 1 | 2 | 4 | 8)) {
        return Err(unfit());
    }
    let (address, _is_read_only) = entry("data")?.extract::<(usize, bool)>()?;
    let foreign = if cfg!(target_endian = "little") { '>' } else { '<' };
    let strides = interface.get_item("strides")?;
    if order == foreign || strides.is_some_and(|strides| !strides.is_none()) {
        return Ok(None);
    }
    if count > 0 && !address.is_multiple_of(size) {
        return Ok(None);
    }
    let owner = owner(array);
    // SAFETY: by the interface, an array without strides has its values one after the other from
    // there on, which is aligned for them, and `owner` keeps them there.
    let values = unsafe { values_at(address, count, (kind, size), &owner) };
    Ok(values.map(|values| Integers { values, shape }))
}

/// Integers of a numpy array, which the owner keeps alive; `None` if numpy has no such type.
///
/// # Safety
///
/// From the address on, aligned for the type, are so many of them until the owner is dropped.
unsafe fn values_at(
    address: usize,
    count: usize,
    (kind, size): IntType,
    owner: &Owner,
) -> Option<Values> {
    let buffer = match NonNull::new(address as *mut u8) {
        Some(pointer) if count > 0 => {
            // SAFETY: the caller says so.
            unsafe { Buffer::from_custom_allocation(pointer, count * size, owner.clone()) }
        }
        _ => Buffer::default(),
    };
    Values::of(kind, size, buffer)
}
