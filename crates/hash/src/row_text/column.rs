//! The values of one Arrow column as Python text.

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
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};

use super::asked::{Answers, Asked};
use super::bytes::{Binary, FixedBinary, Strings};
use super::nested::{Dicts, Lists, Maps, Shared as SharedValues};
use super::number::{Integer, Integers, write_decimal, write_float};
use super::temporal::{write_date, write_datetime, write_time, write_timedelta};
use super::{Printable, Uncovered, keys};
use crate::places;

/// The values of a column.
pub(super) trait Column: Send + Sync {
    /// Appends `repr` of the value at `index`.
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered>;

    /// Appends the values from `start` to `end` with commas between: a list pays for one dynamic
    /// call, not for one per value.
    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered>;
}

/// The values of a column, where they are not null.
pub(super) trait Values: Send + Sync {
    /// Appends `repr` of the value at `index`.
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered>;

    /// Appends the values from `start` to `end` with commas between.
    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        separated(start, end, out, |index, out| self.write(index, out))
    }
}

/// Values some of which are null.
struct Nullable<V> {
    nulls: Option<NullBuffer>,
    values: V,
}

impl<V: Values> Column for Nullable<V> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
            write_none(out);
            return Ok(());
        }
        self.values.write(index, out)
    }

    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.nulls.is_none() {
            return self.values.write_range(start, end, out);
        }
        separated(start, end, out, |index, out| self.write(index, out))
    }
}

/// Appends what `write` does for each index, with commas between.
fn separated(
    start: usize,
    end: usize,
    out: &mut Vec<u8>,
    write: impl Fn(usize, &mut Vec<u8>) -> Result<(), Uncovered>,
) -> Result<(), Uncovered> {
    for index in start..end {
        if index > start {
            out.extend_from_slice(b", ");
        }
        write(index, out)?;
    }
    Ok(())
}

/// What the columns of a table share.
pub(super) struct Shared {
    pub printable: Arc<Printable>,
    pub answers: Arc<Answers>,
}

/// The writer for `array`, whose field gives its name for errors.
pub(super) fn of(
    field: &Field,
    array: &ArrayRef,
    shared: &Shared,
) -> Result<Box<dyn Column>, Uncovered> {
    let name = format!("{:?}", field.name());
    if let Some(extension) = field.extension_type_name() {
        return Err(Uncovered {
            column: name,
            reason: format!("the extension type {extension} is not covered"),
        });
    }
    of_array(name, array, shared)
}

fn of_array(name: String, array: &ArrayRef, shared: &Shared) -> Result<Box<dyn Column>, Uncovered> {
    use DataType as D;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

    let item = |field: &Field, values: &ArrayRef| {
        of(field, values, shared).map_err(|inner| inside(&name, inner))
    };
    let text = || Arc::clone(&shared.printable);
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
            nullable(None, Asked::new(name, Arc::clone(array), Arc::clone(&shared.answers)))
        }
        D::List(field) => {
            let list = array.as_list::<i32>();
            let values = item(field, list.values())?;
            let ranges = places::of_lists(list.offsets(), list.values().len());
            nullable(array.nulls(), Lists { name, ranges, values })
        }
        D::LargeList(field) => {
            let list = array.as_list::<i64>();
            let values = item(field, list.values())?;
            let ranges = places::of_lists(list.offsets(), list.values().len());
            nullable(array.nulls(), Lists { name, ranges, values })
        }
        D::ListView(field) => {
            let list = array.as_list_view::<i32>();
            let values = item(field, list.values())?;
            nullable(array.nulls(), Lists { name, ranges: places::of_list_views(list), values })
        }
        D::LargeListView(field) => {
            let list = array.as_list_view::<i64>();
            let values = item(field, list.values())?;
            nullable(array.nulls(), Lists { name, ranges: places::of_list_views(list), values })
        }
        D::FixedSizeList(field, _) => {
            let list = array.as_fixed_size_list();
            let values = item(field, list.values())?;
            nullable(array.nulls(), Lists { name, ranges: places::of_fixed_lists(list), values })
        }
        D::Map(_, _) => {
            let map = array.as_map();
            let (names, values) = (map.entries().fields(), map.entries().columns());
            let (keys, values) = (item(&names[0], &values[0])?, item(&names[1], &values[1])?);
            nullable(array.nulls(), Maps { name, ranges: places::of_maps(map), keys, values })
        }
        D::Struct(fields) => {
            let array = array.as_struct();
            let keys = keys(fields, &shared.printable).map_err(|inner| inside(&name, inner))?;
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
            let values = of_array(name.clone(), array.values(), shared)?;
            let number = places::of_dictionary(array);
            nullable(array.nulls(), SharedValues { name, number, values })
        }
        D::RunEndEncoded(_, field) => {
            let Some((values, number)) = places::of_runs(array) else {
                return Err(not_covered(name, array));
            };
            let values = item(field, &values)?;
            nullable(None, SharedValues { name, number, values })
        }
        _ => return Err(not_covered(name, array)),
    })
}

fn not_covered(column: String, array: &ArrayRef) -> Uncovered {
    Uncovered { column, reason: format!("the type {} is not covered", array.data_type()) }
}

fn inside(name: &str, inner: Uncovered) -> Uncovered {
    Uncovered { column: format!("{name}.{}", inner.column), reason: inner.reason }
}

/// The error for offsets and the like that lead nowhere, which may come from anywhere.
pub(super) fn outside(name: &str) -> Uncovered {
    Uncovered {
        column: name.to_owned(),
        reason: "a value points outside its Arrow buffers".to_owned(),
    }
}

pub(super) fn write_none(out: &mut Vec<u8>) {
    out.extend_from_slice(b"None");
}

fn nullable(nulls: Option<&NullBuffer>, values: impl Values + 'static) -> Box<dyn Column> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0).cloned();
    Box::new(Nullable { nulls, values })
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
