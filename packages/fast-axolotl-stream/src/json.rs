//! JSON records as Python objects.

use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::lists::list;
use fast_axolotl_stream::json::{Encoding, JsonBatch, Object, Text, Value};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyString};

/// The records as a dict of lists.
pub fn to_dict<'py>(
    py: Python<'py>,
    batch: &JsonBatch,
    keys: &mut Keys,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (index, name) in batch.names().iter().enumerate() {
        let mut cells = batch.column(index);
        let mut interrupts = Interrupts::new(py);
        let column = list(py, batch.rows(), |_| {
            interrupts.after_row(0)?;
            match cells.next().flatten() {
                Some(value) => object(py, value, keys),
                None => Ok(py.None().into_bound(py)),
            }
        })?;
        dict.set_item(name, column)?;
    }
    Ok(dict)
}

fn object<'py>(py: Python<'py>, value: Value<'_>, keys: &mut Keys) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => value.into_pyobject(py)?.to_owned().into_any(),
        Value::Int(value) => value.into_pyobject(py)?.into_any(),
        Value::Float(value) => PyFloat::new(py, value).into_any(),
        Value::BigInt(digits) => py.get_type::<PyInt>().call1((digits,))?,
        Value::Text(text) => string(py, text)?.into_any(),
        Value::Array(array) => {
            let mut items = array.iter();
            list(py, array.len(), |_| match items.next() {
                Some(item) => object(py, item, keys),
                None => Ok(py.None().into_bound(py)),
            })?
            .into_any()
        }
        Value::Object(entries) => mapping(py, entries, keys)?.into_any(),
    })
}

fn mapping<'py>(
    py: Python<'py>,
    entries: Object<'_>,
    keys: &mut Keys,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in entries.iter() {
        // The value first: making it may replace the key's place in the cache.
        let value = object(py, value, keys)?;
        dict.set_item(keys.get(py, key)?, value)?;
    }
    Ok(dict)
}

fn string<'py>(py: Python<'py>, text: Text<'_>) -> PyResult<Bound<'py, PyString>> {
    if text.encoding() != Encoding::Surrogates {
        return PyString::from_bytes(py, text.as_bytes());
    }
    PyBytes::new(py, text.as_bytes())
        .call_method1(intern!(py, "decode"), ("utf-8", "surrogatepass"))?
        .cast_into()
        .map_err(Into::into)
}

/// The keys of nested objects, which records repeat: one Python string for each.
#[derive(Default)]
pub struct Keys {
    slots: Vec<Option<Known>>,
}

type Known = (Box<[u8]>, Py<PyString>);

impl Keys {
    const SLOTS: usize = 1 << 10;
    const LONGEST: usize = 64;

    fn get<'py>(&mut self, py: Python<'py>, key: Text<'_>) -> PyResult<Bound<'py, PyString>> {
        let bytes = key.as_bytes();
        if bytes.len() > Self::LONGEST {
            return string(py, key);
        }
        if self.slots.is_empty() {
            self.slots.resize_with(Self::SLOTS, || None);
        }
        let slot = &mut self.slots[quick_hash(bytes) % Self::SLOTS];
        match slot {
            Some((known, object)) if **known == *bytes => Ok(object.bind(py).clone()),
            _ => {
                let object = string(py, key)?;
                *slot = Some((bytes.into(), object.clone().unbind()));
                Ok(object)
            }
        }
    }
}

/// A quick hash of the length and both ends.
fn quick_hash(bytes: &[u8]) -> usize {
    let mix = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let head = bytes.iter().take(8).fold(bytes.len() as u64, mix);
    let all = bytes.iter().rev().take(8).fold(head, mix);
    (all ^ (all >> 32)) as usize
}
