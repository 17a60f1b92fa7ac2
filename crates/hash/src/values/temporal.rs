//! Dates, times, timestamps, durations and intervals, whatever their units.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, IntervalDayTimeType, IntervalMonthDayNanoType,
    IntervalYearMonthType, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, NullArray, PrimitiveArray};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use super::column::Column;
use super::error::ValuesError;
use crate::algorithm::RowSink;

const DATE: u8 = 0x70;
const DATE_WITHIN_DAY: u8 = 0x71;
const TIME: u8 = 0x72;
const TIMESTAMP: u8 = 0x73;
const TIMESTAMP_WITH_ZONE: u8 = 0x74;
const DURATION: u8 = 0x75;
const INTERVAL: u8 = 0x76;

const MILLISECONDS_PER_DAY: i64 = 86_400_000;
const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

/// The column of an array of one of these types.
pub(super) fn of(array: &ArrayRef) -> Box<dyn Column> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match array.data_type() {
        DataType::Date32 => temporal::<Date32Type>(array, write_days),
        DataType::Date64 => temporal::<Date64Type>(array, |value, out| {
            match i32::try_from(value / MILLISECONDS_PER_DAY) {
                Ok(days) if value % MILLISECONDS_PER_DAY == 0 => write_days(days, out),
                _ => write_parts(DATE_WITHIN_DAY, &[&value.to_le_bytes()], out),
            }
        }),
        DataType::Time32(Second) => {
            temporal::<Time32SecondType>(array, |value, out| write_time(value.into(), 1, out))
        }
        DataType::Time32(_) => temporal::<Time32MillisecondType>(array, |value, out| {
            write_time(value.into(), 1_000, out);
        }),
        DataType::Time64(Microsecond) => {
            temporal::<Time64MicrosecondType>(array, |value, out| write_time(value, 1_000_000, out))
        }
        DataType::Time64(_) => temporal::<Time64NanosecondType>(array, |value, out| {
            write_time(value, NANOSECONDS_PER_SECOND, out);
        }),
        DataType::Timestamp(unit, zone) => {
            let tag = if zone.is_some() { TIMESTAMP_WITH_ZONE } else { TIMESTAMP };
            match unit {
                Second => instants::<TimestampSecondType>(array, tag, 1),
                Millisecond => instants::<TimestampMillisecondType>(array, tag, 1_000),
                Microsecond => instants::<TimestampMicrosecondType>(array, tag, 1_000_000),
                Nanosecond => {
                    instants::<TimestampNanosecondType>(array, tag, NANOSECONDS_PER_SECOND)
                }
            }
        }
        DataType::Duration(Second) => instants::<DurationSecondType>(array, DURATION, 1),
        DataType::Duration(Millisecond) => {
            instants::<DurationMillisecondType>(array, DURATION, 1_000)
        }
        DataType::Duration(Microsecond) => {
            instants::<DurationMicrosecondType>(array, DURATION, 1_000_000)
        }
        DataType::Duration(Nanosecond) => {
            instants::<DurationNanosecondType>(array, DURATION, NANOSECONDS_PER_SECOND)
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            temporal::<IntervalYearMonthType>(array, |months, out| {
                write_interval(months, 0, 0, out)
            })
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            temporal::<IntervalDayTimeType>(array, |value, out| {
                write_interval(0, value.days, i64::from(value.milliseconds) * 1_000_000, out);
            })
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            temporal::<IntervalMonthDayNanoType>(array, |value, out| {
                write_interval(value.months, value.days, value.nanoseconds, out);
            })
        }
        // `by_type::of` sends no other type here.
        _ => Box::new(NullArray::new(array.len())),
    }
}

struct Temporal<T: ArrowPrimitiveType, F> {
    array: PrimitiveArray<T>,
    write: F,
}

fn temporal<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    write: impl Fn(T::Native, &mut Vec<u8>) + Send + Sync + 'static,
) -> Box<dyn Column> {
    Box::new(Temporal { array: array.as_primitive::<T>().clone(), write })
}

/// Values of `per_second` units to the second.
fn instants<T: ArrowPrimitiveType<Native = i64>>(
    array: &ArrayRef,
    tag: u8,
    per_second: i64,
) -> Box<dyn Column> {
    temporal::<T>(array, move |value, out| {
        let seconds = value.div_euclid(per_second);
        let nanoseconds = value.rem_euclid(per_second) * (NANOSECONDS_PER_SECOND / per_second);
        write_parts(tag, &[&seconds.to_le_bytes(), &(nanoseconds as u32).to_le_bytes()], out);
    })
}

impl<T, F> Column for Temporal<T, F>
where
    T: ArrowPrimitiveType,
    F: Fn(T::Native, &mut Vec<u8>) + Send + Sync,
{
    fn is_null(&self, index: usize) -> bool {
        self.array.is_null(index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        (self.write)(self.array.value(index), out.buffer());
        Ok(())
    }
}

fn write_days(days: i32, out: &mut Vec<u8>) {
    write_parts(DATE, &[&days.to_le_bytes()], out);
}

fn write_time(value: i64, per_second: i64, out: &mut Vec<u8>) {
    // A valid time of day has fewer nanoseconds than overflow; the wrapped product of another is
    // still one for each value.
    let nanoseconds = value.wrapping_mul(NANOSECONDS_PER_SECOND / per_second);
    write_parts(TIME, &[&nanoseconds.to_le_bytes()], out);
}

fn write_interval(months: i32, days: i32, nanoseconds: i64, out: &mut Vec<u8>) {
    let parts = [&months.to_le_bytes()[..], &days.to_le_bytes(), &nanoseconds.to_le_bytes()];
    write_parts(INTERVAL, &parts, out);
}

fn write_parts(tag: u8, parts: &[&[u8]], out: &mut Vec<u8>) {
    out.push(tag);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
