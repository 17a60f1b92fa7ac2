//! The column that writes the values of an array, by the type of the array.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, BinaryType, Date32Type, Date64Type, Decimal32Type, Decimal64Type,
    Decimal128Type, Decimal256Type, DurationMicrosecondType, DurationMillisecondType,
    DurationSecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    LargeBinaryType, LargeUtf8Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type, Utf8Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};

use super::bytes::{Binary, FixedBinary, Strings};
use super::column::{Column, Values, nullable, write_none};
use super::keys::keys;
use super::nested::{Dicts, Encoded, ListColumn, Maps};
use super::number::{Integer, Integers, write_decimal, write_float};
use super::printable::Printable;
use super::reprs::{ReprCache, Reprs};
use super::temporal::{write_date, write_datetime, write_time, write_timedelta};
use super::uncovered::{Uncovered, inside, not_covered};
use crate::arrow_layout::{
    dictionary_indexes, fixed_list_ranges, list_ranges, list_view_ranges, map_ranges, run_indexes,
};

/// What Python says of the values of a table, for all of its columns.
pub(super) struct FromPython {
    pub printable: Arc<Printable>,
    pub reprs: Arc<ReprCache>,
}

/// The writer for `array`, whose field gives its name for errors.
pub(super) fn of(
    field: &Field,
    array: &ArrayRef,
    python: &FromPython,
) -> Result<Box<dyn Column>, Uncovered> {
    let name = format!("{:?}", field.name());
    if let Some(extension) = field.extension_type_name() {
        return Err(Uncovered {
            column: name,
            reason: format!("the extension type {extension} is not covered"),
        });
    }
    of_array(name, array, python)
}

fn of_array(
    name: String,
    array: &ArrayRef,
    python: &FromPython,
) -> Result<Box<dyn Column>, Uncovered> {
    use DataType as D;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

    let item = |field: &Field, values: &ArrayRef| {
        of(field, values, python).map_err(|inner| inside(&name, inner))
    };
    let text = || Arc::clone(&python.printable);
    Ok(match array.data_type() {
        D::Null => nullable(None, Nothing),
        D::Boolean => {
            let bits = array.as_boolean().values().clone();
            nullable(
                array.nulls(),
                Simple(move |index, out: &mut Vec<u8>| {
                    out.extend_from_slice(if bits.value(index) { b"True" } else { b"False" });
                }),
            )
        }
        D::Int8 => integers::<Int8Type>(array),
        D::Int16 => integers::<Int16Type>(array),
        D::Int32 => integers::<Int32Type>(array),
        D::Int64 => integers::<Int64Type>(array),
        D::UInt8 => integers::<UInt8Type>(array),
        D::UInt16 => integers::<UInt16Type>(array),
        D::UInt32 => integers::<UInt32Type>(array),
        D::UInt64 => integers::<UInt64Type>(array),
        D::Float32 => {
            let write = |value: f32, out: &mut Vec<u8>| write_float(value.into(), out);
            primitives::<Float32Type>(array, write)
        }
        D::Float64 => primitives::<Float64Type>(array, write_float),
        D::Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale),
        D::Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale),
        D::Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale),
        D::Decimal256(_, scale) => decimals::<Decimal256Type>(array, *scale),
        D::Utf8 => {
            let bytes = array.as_bytes::<Utf8Type>().clone();
            nullable(array.nulls(), Strings { name, bytes, printable: text() })
        }
        D::LargeUtf8 => {
            let bytes = array.as_bytes::<LargeUtf8Type>().clone();
            nullable(array.nulls(), Strings { name, bytes, printable: text() })
        }
        D::Utf8View => {
            let bytes = array.as_string_view().clone();
            nullable(array.nulls(), Strings { name, bytes, printable: text() })
        }
        D::Binary => {
            let bytes = array.as_bytes::<BinaryType>().clone();
            nullable(array.nulls(), Binary { name, bytes })
        }
        D::LargeBinary => {
            let bytes = array.as_bytes::<LargeBinaryType>().clone();
            nullable(array.nulls(), Binary { name, bytes })
        }
        D::BinaryView => {
            let bytes = array.as_binary_view().clone();
            nullable(array.nulls(), Binary { name, bytes })
        }
        D::FixedSizeBinary(_) => {
            nullable(array.nulls(), FixedBinary(array.as_fixed_size_binary().clone()))
        }
        D::Date32 => moments::<Date32Type>(name, array, |days, out| write_date(days.into(), out)),
        D::Date64 => moments::<Date64Type>(name, array, |milliseconds, out| {
            write_date(milliseconds.div_euclid(86_400_000), out)
        }),
        D::Time32(Second) => {
            moments::<Time32SecondType>(name, array, |count, out| write_time(count.into(), 1, out))
        }
        D::Time32(Millisecond) => moments::<Time32MillisecondType>(name, array, |count, out| {
            write_time(count.into(), 1_000, out)
        }),
        D::Time64(Microsecond) => moments::<Time64MicrosecondType>(name, array, |count, out| {
            write_time(count, 1_000_000, out)
        }),
        D::Duration(Second) => {
            moments::<DurationSecondType>(name, array, |count, out| write_timedelta(count, 1, out))
        }
        D::Duration(Millisecond) => {
            moments::<DurationMillisecondType>(name, array, |count, out| {
                write_timedelta(count, 1_000, out)
            })
        }
        D::Duration(Microsecond) => {
            moments::<DurationMicrosecondType>(name, array, |count, out| {
                write_timedelta(count, 1_000_000, out)
            })
        }
        D::Timestamp(Second, None) => {
            moments::<TimestampSecondType>(name, array, |count, out| write_datetime(count, 1, out))
        }
        D::Timestamp(Millisecond, None) => {
            moments::<TimestampMillisecondType>(name, array, |count, out| {
                write_datetime(count, 1_000, out)
            })
        }
        D::Timestamp(Microsecond, None) => {
            moments::<TimestampMicrosecondType>(name, array, |count, out| {
                write_datetime(count, 1_000_000, out)
            })
        }
        // What these become depends on the versions of Python, pyarrow, numpy, pandas and of the
        // time zones that are installed.
        D::Float16
        | D::Time64(Nanosecond)
        | D::Duration(Nanosecond)
        | D::Timestamp(_, _)
        | D::Interval(IntervalUnit::MonthDayNano) => {
            nullable(None, Reprs::new(name, Arc::clone(array), Arc::clone(&python.reprs)))
        }
        D::List(field) => {
            let list = array.as_list::<i32>();
            let values = item(field, list.values())?;
            let ranges = list_ranges(list.offsets(), list.values().len());
            nullable(array.nulls(), ListColumn { name, ranges, values })
        }
        D::LargeList(field) => {
            let list = array.as_list::<i64>();
            let values = item(field, list.values())?;
            let ranges = list_ranges(list.offsets(), list.values().len());
            nullable(array.nulls(), ListColumn { name, ranges, values })
        }
        D::ListView(field) => {
            let list = array.as_list_view::<i32>();
            let values = item(field, list.values())?;
            nullable(array.nulls(), ListColumn { name, ranges: list_view_ranges(list), values })
        }
        D::LargeListView(field) => {
            let list = array.as_list_view::<i64>();
            let values = item(field, list.values())?;
            nullable(array.nulls(), ListColumn { name, ranges: list_view_ranges(list), values })
        }
        D::FixedSizeList(field, _) => {
            let list = array.as_fixed_size_list();
            let values = item(field, list.values())?;
            nullable(array.nulls(), ListColumn { name, ranges: fixed_list_ranges(list), values })
        }
        D::Map(_, _) => {
            let map = array.as_map();
            let (names, values) = (map.entries().fields(), map.entries().columns());
            let (keys, values) = (item(&names[0], &values[0])?, item(&names[1], &values[1])?);
            nullable(array.nulls(), Maps { name, ranges: map_ranges(map), keys, values })
        }
        D::Struct(fields) => {
            let array = array.as_struct();
            let keys = keys(fields, &python.printable).map_err(|inner| inside(&name, inner))?;
            let columns = fields.iter().zip(array.columns());
            let fields = keys
                .into_iter()
                .zip(columns)
                .map(|(key, (field, column))| Ok((key, item(field, column)?)))
                .collect::<Result<_, Uncovered>>()?;
            nullable(array.nulls(), Dicts(fields))
        }
        D::Dictionary(_, _) => {
            let array = array.as_any_dictionary();
            let values = of_array(name.clone(), array.values(), python)?;
            let indexes = dictionary_indexes(array);
            nullable(array.nulls(), Encoded { name, indexes, values })
        }
        D::RunEndEncoded(_, field) => {
            let Some((values, indexes)) = run_indexes(array) else {
                return Err(not_covered(name, array));
            };
            let values = item(field, &values)?;
            nullable(None, Encoded { name, indexes, values })
        }
        _ => return Err(not_covered(name, array)),
    })
}

fn integers<T: ArrowPrimitiveType<Native: Integer>>(array: &ArrayRef) -> Box<dyn Column> {
    nullable(array.nulls(), Integers::new(array.as_primitive::<T>().values().clone()))
}

fn primitives<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    write: impl Fn(T::Native, &mut Vec<u8>) + Send + Sync + 'static,
) -> Box<dyn Column> {
    let values = array.as_primitive::<T>().values().clone();
    nullable(
        array.nulls(),
        Simple(move |index: usize, out: &mut Vec<u8>| {
            write(values[index], out);
        }),
    )
}

fn decimals<T: ArrowPrimitiveType<Native: std::fmt::Display>>(
    array: &ArrayRef,
    scale: i8,
) -> Box<dyn Column> {
    primitives::<T>(array, move |value, out| write_decimal(&value.to_string(), scale, out))
}

/// Dates, times and durations, which `write` appends unless Python has none such.
fn moments<T: ArrowPrimitiveType>(
    name: String,
    array: &ArrayRef,
    write: fn(T::Native, &mut Vec<u8>) -> bool,
) -> Box<dyn Column> {
    let values = array.as_primitive::<T>().values().clone();
    nullable(
        array.nulls(),
        Fallible(move |index: usize, out: &mut Vec<u8>| {
            if write(values[index], out) {
                return Ok(());
            }
            let reason = match T::DATA_TYPE {
                DataType::Duration(_) => "a duration is longer than Python's can be",
                DataType::Time32(_) | DataType::Time64(_) => "a time lies outside the day",
                _ => "a date lies outside the years 1 to 9999",
            };
            Err(Uncovered { column: name.clone(), reason: reason.to_owned() })
        }),
    )
}

struct Nothing;

impl Values for Nothing {
    fn write(&self, _index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        write_none(out);
        Ok(())
    }
}

/// Values each of which has a text.
struct Simple<F>(F);

impl<F: Fn(usize, &mut Vec<u8>) + Send + Sync> Values for Simple<F> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        (self.0)(index, out);
        Ok(())
    }
}

/// Values some of which Python cannot have.
struct Fallible<F>(F);

impl<F: Fn(usize, &mut Vec<u8>) -> Result<(), Uncovered> + Send + Sync> Values for Fallible<F> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        (self.0)(index, out)
    }
}
