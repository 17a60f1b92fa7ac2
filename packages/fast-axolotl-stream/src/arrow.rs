//! Arrow columns as Python lists, equal to those of `pyarrow`'s `to_pylist()`.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type,
    Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, OffsetSizeTrait};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::{DataType, TimeUnit};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::int_cache::IntCache;
use fast_axolotl_boundary::lists::{extend, list, list_by_ranges};
use fast_axolotl_stream::Table;
use pyo3::BoundObject;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyList, PyString, PyTuple};

use crate::sharing::Sharing;
use crate::temporal::Clock;

/// The rows as a dict of lists.
pub fn to_dict<'py>(
    py: Python<'py>,
    table: &Table,
    tokens: &IntCache,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (index, field) in table.schema().fields().iter().enumerate() {
        let mut whole: Option<Bound<'py, PyList>> = None;
        for piece in table.pieces() {
            let array = piece.column(index);
            let values =
                values(py, array.as_ref(), field.name(), Sharing { tokens, inside: false })?;
            let part = list_by_ranges(py, array.len(), |start, length| values.list(start, length))?;
            match &whole {
                Some(whole) => extend(whole, &part)?,
                None => whole = Some(part),
            }
        }
        dict.set_item(field.name(), whole.unwrap_or_else(|| PyList::empty(py)))?;
    }
    Ok(dict)
}

/// The values of an array, as Python objects.
trait Values<'py> {
    /// One value.
    fn get(&self, row: usize) -> PyResult<Bound<'py, PyAny>>;

    /// `length` values from `start` on.
    fn list(&self, start: usize, length: usize) -> PyResult<Bound<'py, PyList>>;
}

/// Values that a function makes where the array is not null. Being generic, it is compiled to one
/// tight loop for each type.
struct Each<'a, 'py, F> {
    py: Python<'py>,
    nulls: Option<&'a NullBuffer>,
    make: F,
}

impl<'py, F> Values<'py> for Each<'_, 'py, F>
where
    F: Fn(usize) -> PyResult<Bound<'py, PyAny>>,
{
    fn get(&self, row: usize) -> PyResult<Bound<'py, PyAny>> {
        match self.nulls {
            Some(nulls) if nulls.is_null(row) => Ok(self.py.None().into_bound(self.py)),
            _ => (self.make)(row),
        }
    }

    fn list(&self, start: usize, length: usize) -> PyResult<Bound<'py, PyList>> {
        match self.nulls {
            None => list(self.py, length, |index| (self.make)(start + index)),
            Some(_) => list(self.py, length, |index| self.get(start + index)),
        }
    }
}

type Made<'a, 'py> = PyResult<Box<dyn Values<'py> + 'a>>;

fn each<'a, 'py: 'a>(
    py: Python<'py>,
    array: &'a dyn Array,
    make: impl Fn(usize) -> PyResult<Bound<'py, PyAny>> + 'a,
) -> Made<'a, 'py> {
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
    Ok(Box::new(Each { py, nulls, make }))
}

/// `column` names the column in error messages.
fn values<'a, 'py: 'a>(
    py: Python<'py>,
    array: &'a dyn Array,
    column: &str,
    sharing: Sharing<'a>,
) -> Made<'a, 'py> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match array.data_type() {
        DataType::Null => each(py, array, move |_| Ok(py.None().into_bound(py))),
        DataType::Boolean => {
            let array = array.as_boolean();
            each(py, array, move |row| {
                Ok(array.value(row).into_pyobject(py)?.to_owned().into_any())
            })
        }
        DataType::Int8 => integers::<Int8Type>(py, array, sharing),
        DataType::Int16 => integers::<Int16Type>(py, array, sharing),
        DataType::Int32 => integers::<Int32Type>(py, array, sharing),
        DataType::Int64 => integers::<Int64Type>(py, array, sharing),
        DataType::UInt8 => integers::<UInt8Type>(py, array, sharing),
        DataType::UInt16 => integers::<UInt16Type>(py, array, sharing),
        DataType::UInt32 => integers::<UInt32Type>(py, array, sharing),
        DataType::UInt64 => integers::<UInt64Type>(py, array, sharing),
        DataType::Float16 => floats::<Float16Type>(py, array, |value| value.to_f64()),
        DataType::Float32 => floats::<Float32Type>(py, array, f64::from),
        DataType::Float64 => floats::<Float64Type>(py, array, |value| value),
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            each(py, array, move |row| Ok(PyString::new(py, array.value(row)).into_any()))
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            each(py, array, move |row| Ok(PyString::new(py, array.value(row)).into_any()))
        }
        DataType::Utf8View => {
            let array = array.as_string_view();
            each(py, array, move |row| Ok(PyString::new(py, array.value(row)).into_any()))
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            each(py, array, move |row| Ok(PyBytes::new(py, array.value(row)).into_any()))
        }
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>();
            each(py, array, move |row| Ok(PyBytes::new(py, array.value(row)).into_any()))
        }
        DataType::BinaryView => {
            let array = array.as_binary_view();
            each(py, array, move |row| Ok(PyBytes::new(py, array.value(row)).into_any()))
        }
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary();
            each(py, array, move |row| Ok(PyBytes::new(py, array.value(row)).into_any()))
        }
        DataType::Date32 => {
            dates::<Date32Type>(py, array, Clock::new(py, column, None)?, i64::from)
        }
        DataType::Date64 => {
            let to_days = |millis: i64| millis.div_euclid(86_400_000);
            dates::<Date64Type>(py, array, Clock::new(py, column, None)?, to_days)
        }
        DataType::Time32(unit) | DataType::Time64(unit) => {
            let clock = Clock::new(py, column, None)?;
            match unit {
                Second => times::<Time32SecondType>(py, array, clock, *unit, i64::from),
                Millisecond => times::<Time32MillisecondType>(py, array, clock, *unit, i64::from),
                Microsecond => times::<Time64MicrosecondType>(py, array, clock, *unit, |at| at),
                Nanosecond => times::<Time64NanosecondType>(py, array, clock, *unit, |at| at),
            }
        }
        DataType::Timestamp(unit, zone) => {
            let clock = Clock::new(py, column, zone.as_deref())?;
            match unit {
                Second => instants::<TimestampSecondType>(py, array, clock, *unit),
                Millisecond => instants::<TimestampMillisecondType>(py, array, clock, *unit),
                Microsecond => instants::<TimestampMicrosecondType>(py, array, clock, *unit),
                Nanosecond => instants::<TimestampNanosecondType>(py, array, clock, *unit),
            }
        }
        DataType::Duration(unit) => {
            let clock = Clock::new(py, column, None)?;
            match unit {
                Second => durations::<DurationSecondType>(py, array, clock, *unit),
                Millisecond => durations::<DurationMillisecondType>(py, array, clock, *unit),
                Microsecond => durations::<DurationMicrosecondType>(py, array, clock, *unit),
                Nanosecond => durations::<DurationNanosecondType>(py, array, clock, *unit),
            }
        }
        DataType::Decimal32(_, _) => decimals::<Decimal32Type>(py, array),
        DataType::Decimal64(_, _) => decimals::<Decimal64Type>(py, array),
        DataType::Decimal128(_, _) => decimals::<Decimal128Type>(py, array),
        DataType::Decimal256(_, _) => decimals::<Decimal256Type>(py, array),
        DataType::List(_) => lists::<i32>(py, array, column, sharing),
        DataType::LargeList(_) => lists::<i64>(py, array, column, sharing),
        DataType::ListView(_) => list_views::<i32>(py, array, column, sharing),
        DataType::LargeListView(_) => list_views::<i64>(py, array, column, sharing),
        DataType::FixedSizeList(_, _) => {
            let array = array.as_fixed_size_list();
            let items = values(py, array.values().as_ref(), column, sharing.inside())?;
            let length = array.value_length() as usize;
            each(py, array, move |row| Ok(items.list(row * length, length)?.into_any()))
        }
        DataType::Struct(_) => structs(py, array, column, sharing),
        DataType::Map(_, _) => maps(py, array, column, sharing),
        DataType::Dictionary(key, _) => match key.as_ref() {
            DataType::Int8 => dictionary::<Int8Type>(py, array, column, sharing),
            DataType::Int16 => dictionary::<Int16Type>(py, array, column, sharing),
            DataType::Int32 => dictionary::<Int32Type>(py, array, column, sharing),
            DataType::Int64 => dictionary::<Int64Type>(py, array, column, sharing),
            DataType::UInt8 => dictionary::<UInt8Type>(py, array, column, sharing),
            DataType::UInt16 => dictionary::<UInt16Type>(py, array, column, sharing),
            DataType::UInt32 => dictionary::<UInt32Type>(py, array, column, sharing),
            DataType::UInt64 => dictionary::<UInt64Type>(py, array, column, sharing),
            other => Err(unsupported(column, other)),
        },
        other => Err(unsupported(column, other)),
    }
}

fn unsupported(column: &str, data_type: &DataType) -> PyErr {
    type_error(format!(
        "column {column:?} has the Arrow type {data_type}, which is not supported; leave it out \
         with columns=[...] or cast it"
    ))
}

fn integers<'a, 'py: 'a, T>(
    py: Python<'py>,
    array: &'a dyn Array,
    sharing: Sharing<'a>,
) -> Made<'a, 'py>
where
    T: ArrowPrimitiveType,
    T::Native: IntoPyObject<'py>,
    PyErr: From<<T::Native as IntoPyObject<'py>>::Error>,
{
    let numbers = array.as_primitive::<T>().values();
    if sharing.inside {
        return each(py, array, move |row| {
            let number = numbers[row];
            match sharing.tokens.get(py, number.as_usize())? {
                // Negative numbers wrap to large ones, which are not shared.
                Some(object) => Ok(object),
                None => Ok(number.into_pyobject(py)?.into_bound().into_any()),
            }
        });
    }
    each(py, array, move |row| Ok(numbers[row].into_pyobject(py)?.into_bound().into_any()))
}

fn floats<'a, 'py: 'a, T: ArrowPrimitiveType>(
    py: Python<'py>,
    array: &'a dyn Array,
    widen: impl Fn(T::Native) -> f64 + 'a,
) -> Made<'a, 'py> {
    let numbers = array.as_primitive::<T>().values();
    each(py, array, move |row| Ok(PyFloat::new(py, widen(numbers[row])).into_any()))
}

fn dates<'a, 'py: 'a, T: ArrowPrimitiveType>(
    py: Python<'py>,
    array: &'a dyn Array,
    clock: Clock<'py>,
    to_days: impl Fn(T::Native) -> i64 + 'a,
) -> Made<'a, 'py> {
    let days = array.as_primitive::<T>().values();
    each(py, array, move |row| clock.date(to_days(days[row])))
}

fn times<'a, 'py: 'a, T: ArrowPrimitiveType>(
    py: Python<'py>,
    array: &'a dyn Array,
    clock: Clock<'py>,
    unit: TimeUnit,
    widen: impl Fn(T::Native) -> i64 + 'a,
) -> Made<'a, 'py> {
    let ticks = array.as_primitive::<T>().values();
    each(py, array, move |row| clock.time(widen(ticks[row]), unit))
}

fn instants<'a, 'py: 'a, T: ArrowPrimitiveType<Native = i64>>(
    py: Python<'py>,
    array: &'a dyn Array,
    clock: Clock<'py>,
    unit: TimeUnit,
) -> Made<'a, 'py> {
    let ticks = array.as_primitive::<T>().values();
    each(py, array, move |row| clock.instant(ticks[row], unit))
}

fn durations<'a, 'py: 'a, T: ArrowPrimitiveType<Native = i64>>(
    py: Python<'py>,
    array: &'a dyn Array,
    clock: Clock<'py>,
    unit: TimeUnit,
) -> Made<'a, 'py> {
    let ticks = array.as_primitive::<T>().values();
    each(py, array, move |row| clock.duration(ticks[row], unit))
}

fn decimals<'a, 'py: 'a, T: DecimalType>(py: Python<'py>, array: &'a dyn Array) -> Made<'a, 'py> {
    let decimal = py.import("decimal")?.getattr("Decimal")?;
    let array = array.as_primitive::<T>();
    each(py, array, move |row| decimal.call1((array.value_as_string(row),)))
}

fn lists<'a, 'py: 'a, O: OffsetSizeTrait>(
    py: Python<'py>,
    array: &'a dyn Array,
    column: &str,
    sharing: Sharing<'a>,
) -> Made<'a, 'py> {
    let array = array.as_list::<O>();
    let items = values(py, array.values().as_ref(), column, sharing.inside())?;
    let offsets = array.value_offsets();
    each(py, array, move |row| {
        let (start, end) = (offsets[row].as_usize(), offsets[row + 1].as_usize());
        Ok(items.list(start, end - start)?.into_any())
    })
}

fn list_views<'a, 'py: 'a, O: OffsetSizeTrait>(
    py: Python<'py>,
    array: &'a dyn Array,
    column: &str,
    sharing: Sharing<'a>,
) -> Made<'a, 'py> {
    let array = array.as_list_view::<O>();
    let items = values(py, array.values().as_ref(), column, sharing.inside())?;
    let (offsets, sizes) = (array.offsets(), array.sizes());
    each(py, array, move |row| {
        Ok(items.list(offsets[row].as_usize(), sizes[row].as_usize())?.into_any())
    })
}

fn structs<'a, 'py: 'a>(
    py: Python<'py>,
    array: &'a dyn Array,
    column: &str,
    sharing: Sharing<'a>,
) -> Made<'a, 'py> {
    let array = array.as_struct();
    let mut fields: Vec<(Bound<'py, PyString>, Box<dyn Values<'py> + 'a>)> = Vec::new();
    for (field, child) in array.fields().iter().zip(array.columns()) {
        let name = field.name();
        if array.fields().iter().filter(|other| other.name() == name).count() > 1 {
            return Err(value_error(format!(
                "column {column:?} has structs with several fields named {name:?}, and a dict \
                 can hold one; rename them"
            )));
        }
        let child = values(py, child.as_ref(), &format!("{column}.{name}"), sharing.inside())?;
        fields.push((PyString::intern(py, name), child));
    }
    each(py, array, move |row| {
        let dict = PyDict::new(py);
        for (name, child) in &fields {
            dict.set_item(name, child.get(row)?)?;
        }
        Ok(dict.into_any())
    })
}

fn maps<'a, 'py: 'a>(
    py: Python<'py>,
    array: &'a dyn Array,
    column: &str,
    sharing: Sharing<'a>,
) -> Made<'a, 'py> {
    let array = array.as_map();
    let keys = values(py, array.keys().as_ref(), column, sharing.inside())?;
    let items = values(py, array.values().as_ref(), column, sharing.inside())?;
    let offsets = array.value_offsets();
    each(py, array, move |row| {
        let (start, end) = (offsets[row].as_usize(), offsets[row + 1].as_usize());
        let pairs = list(py, end - start, |index| {
            let pair = [keys.get(start + index)?, items.get(start + index)?];
            Ok(PyTuple::new(py, pair)?.into_any())
        })?;
        Ok(pairs.into_any())
    })
}

fn dictionary<'a, 'py: 'a, K: ArrowDictionaryKeyType>(
    py: Python<'py>,
    array: &'a dyn Array,
    column: &str,
    sharing: Sharing<'a>,
) -> Made<'a, 'py> {
    let array = array.as_dictionary::<K>();
    let keys = array.keys().values();
    let items = values(py, array.values().as_ref(), column, sharing.inside())?;
    // Immutable values can be shared between rows; lists and dicts must not be.
    if array.values().data_type().is_nested() || array.values().len() > array.len() {
        return each(py, array, move |row| items.get(keys[row].as_usize()));
    }
    let shared = (0..array.values().len()).map(|at| items.get(at)).collect::<PyResult<Vec<_>>>()?;
    each(py, array, move |row| Ok(shared[keys[row].as_usize()].clone()))
}
