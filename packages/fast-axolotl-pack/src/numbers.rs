//! Numbers that describe sequences or batches, one for each.

use fast_axolotl_boundary::arguments::{integer, type_name};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::interrupt::Interrupts;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Reads integers of 64 bits, none of them negative, from a numpy array or a list.
///
/// Raises `TypeError` for something else, `ValueError` for a negative number and `OverflowError`
/// beyond 64 bits, each naming the argument.
pub fn counts(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Vec<i64>> {
    let (kinds, expected) = ("iu", "integers");
    let read = match array(name, values, kinds, expected)? {
        Some((array, kind)) if kind == "u" => bytes_of(&array, "<u8", |number| {
            // Beyond int64 they become negative, which is refused below.
            i64::from_le_bytes(number)
        })?,
        Some((array, _)) => bytes_of(&array, "<i8", i64::from_le_bytes)?,
        None => items(name, values, expected, |name, item| match item.extract() {
            Ok(number) => Ok(number),
            Err(_) => integer(&name(), item),
        })?,
    };
    match read.iter().position(|&number| number < 0) {
        None => Ok(read),
        Some(at) => Err(value_error(format!(
            "{name}[{at}] must be from 0 up to 2**63 - 1, got {}",
            values.get_item(at)?
        ))),
    }
}

/// Reads numbers as float64, none of them a NaN, from a numpy array or a list.
///
/// Raises `TypeError` for something else and `ValueError` for a NaN, each naming the argument.
pub fn floats(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    let expected = "numbers";
    let read = match array(name, values, "fiu", expected)? {
        Some((array, _)) => bytes_of(&array, "<f8", f64::from_le_bytes)?,
        None => items(name, values, expected, |name, item| {
            item.extract().map_err(|_| {
                type_error(format!("{} must be a number, got {}", name(), type_name(item)))
            })
        })?,
    };
    match read.iter().position(|number| number.is_nan()) {
        None => Ok(read),
        Some(at) => Err(value_error(format!("{name}[{at}] is not a number"))),
    }
}

/// A numpy array and the kind of its dtype, if it is one; it has one dimension.
fn array<'py>(
    name: &str,
    values: &Bound<'py, PyAny>,
    kinds: &str,
    expected: &str,
) -> PyResult<Option<(Bound<'py, PyAny>, String)>> {
    let py = values.py();
    if !values.hasattr(intern!(py, "__array__"))? {
        return Ok(None);
    }
    let numpy = py.import(intern!(py, "numpy"))?;
    let array = numpy.call_method1(intern!(py, "asarray"), (values,))?;
    let dtype = array.getattr(intern!(py, "dtype"))?;
    let kind: String = dtype.getattr(intern!(py, "kind"))?.extract()?;
    let shape = array.getattr(intern!(py, "shape"))?;
    if !kinds.contains(&kind) || shape.len()? != 1 {
        return Err(type_error(format!(
            "{name} is an array of {dtype} with the shape {shape}, expected {expected} in one \
             dimension"
        )));
    }
    Ok(Some((array, kind)))
}

fn bytes_of<T>(
    array: &Bound<'_, PyAny>,
    dtype: &str,
    convert: impl Fn([u8; 8]) -> T,
) -> PyResult<Vec<T>> {
    let py = array.py();
    let bytes = array.call_method1(intern!(py, "astype"), (dtype,))?;
    let bytes = bytes.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
    let (numbers, _) = bytes.as_bytes().as_chunks::<8>();
    Ok(numbers.iter().map(|&number| convert(number)).collect())
}

fn items<T>(
    name: &str,
    values: &Bound<'_, PyAny>,
    expected: &str,
    convert: impl Fn(&dyn Fn() -> String, &Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let items = values.try_iter().map_err(|_| {
        let found = type_name(values);
        type_error(format!("{name} is {found}, expected {expected} (a list or a numpy array)"))
    })?;
    let mut read = Vec::new();
    let mut interrupts = Interrupts::new(values.py());
    for (index, item) in items.enumerate() {
        interrupts.after(1)?;
        read.push(convert(&|| format!("{name}[{index}]"), &item?)?);
    }
    Ok(read)
}
