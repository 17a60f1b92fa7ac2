//! The values of one Arrow column as Python text.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, BinaryType, ByteArrayType, Date32Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, LargeBinaryType, LargeUtf8Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    Utf8Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, GenericByteArray, GenericListArray,
    OffsetSizeTrait, PrimitiveArray,
};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, TimeUnit};

use super::number::write_float;
use super::string::{write_bytes, write_str};
use super::temporal::{write_date, write_datetime};
use super::{Printable, Uncovered, keys, unknown_characters};

/// The values of a column.
pub(super) trait Column: Send + Sync {
    /// Appends `repr` of the value at `index`.
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered>;

    /// Appends the values from `start` to `end` with commas between. Provided here so that it is
    /// compiled once per type: a list pays for one dynamic call, not for one per value.
    fn write_range(&self, start: usize, end: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        for index in start..end {
            if index > start {
                out.extend_from_slice(b", ");
            }
            self.write(index, out)?;
        }
        Ok(())
    }
}

/// The writer for `array`, whose field gives its name for errors.
pub(super) fn of(
    field: &Field,
    array: &ArrayRef,
    printable: &Arc<Printable>,
) -> Result<Box<dyn Column>, Uncovered> {
    let name = format!("{:?}", field.name());
    if let Some(extension) = field.extension_type_name() {
        return Err(Uncovered {
            column: name,
            reason: format!("the extension type {extension} is not covered"),
        });
    }
    of_array(name, array, printable)
}

fn of_array(
    name: String,
    array: &ArrayRef,
    printable: &Arc<Printable>,
) -> Result<Box<dyn Column>, Uncovered> {
    let item = |field: &Field, values: &ArrayRef| {
        of(field, values, printable).map_err(|inner| inside(&name, inner))
    };
    Ok(match array.data_type() {
        DataType::Null => Box::new(Nothing),
        DataType::Boolean => Box::new(array.as_boolean().clone()),
        DataType::Int8 => integers::<Int8Type>(array),
        DataType::Int16 => integers::<Int16Type>(array),
        DataType::Int32 => integers::<Int32Type>(array),
        DataType::Int64 => integers::<Int64Type>(array),
        DataType::UInt8 => integers::<UInt8Type>(array),
        DataType::UInt16 => integers::<UInt16Type>(array),
        DataType::UInt32 => integers::<UInt32Type>(array),
        DataType::UInt64 => integers::<UInt64Type>(array),
        DataType::Float32 => Box::new(Floats(array.as_primitive::<Float32Type>().clone())),
        DataType::Float64 => Box::new(Floats(array.as_primitive::<Float64Type>().clone())),
        DataType::Utf8 => strings::<Utf8Type>(name, array, printable),
        DataType::LargeUtf8 => strings::<LargeUtf8Type>(name, array, printable),
        DataType::Binary => {
            Box::new(Binary { name, array: array.as_bytes::<BinaryType>().clone() })
        }
        DataType::LargeBinary => {
            Box::new(Binary { name, array: array.as_bytes::<LargeBinaryType>().clone() })
        }
        DataType::FixedSizeBinary(_) => Box::new(array.as_fixed_size_binary().clone()),
        DataType::Date32 => {
            Box::new(Dates { name, array: array.as_primitive::<Date32Type>().clone() })
        }
        DataType::Timestamp(TimeUnit::Second, None) => {
            datetimes::<TimestampSecondType>(name, array, 1)
        }
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            datetimes::<TimestampMillisecondType>(name, array, 1_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            datetimes::<TimestampMicrosecondType>(name, array, 1_000_000)
        }
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let values = item(field, list.values())?;
            lists(name, list, values)
        }
        DataType::LargeList(field) => {
            let list = array.as_list::<i64>();
            let values = item(field, list.values())?;
            lists(name, list, values)
        }
        DataType::FixedSizeList(field, size) => {
            let list = array.as_fixed_size_list();
            Box::new(FixedLists {
                size: size.as_usize(),
                nulls: list.nulls().cloned(),
                values: item(field, list.values())?,
            })
        }
        DataType::Struct(fields) => {
            let array = array.as_struct();
            let keys = keys(fields, printable).map_err(|inner| inside(&name, inner))?;
            let columns = fields.iter().zip(array.columns());
            Box::new(Dicts {
                nulls: array.nulls().cloned(),
                fields: keys
                    .into_iter()
                    .zip(columns)
                    .map(|(key, (field, column))| Ok((key, item(field, column)?)))
                    .collect::<Result<_, Uncovered>>()?,
            })
        }
        other => {
            return Err(Uncovered {
                column: name,
                reason: format!("the type {other} is not covered"),
            });
        }
    })
}

fn inside(name: &str, inner: Uncovered) -> Uncovered {
    Uncovered { column: format!("{name}.{}", inner.column), reason: inner.reason }
}

fn write_none(out: &mut Vec<u8>) {
    out.extend_from_slice(b"None");
}

fn is_null(nulls: Option<&NullBuffer>, index: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(index))
}

struct Nothing;

impl Column for Nothing {
    fn write(&self, _index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        write_none(out);
        Ok(())
    }
}

impl Column for BooleanArray {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        match (self.is_null(index), self.is_valid(index) && self.value(index)) {
            (true, _) => write_none(out),
            (false, true) => out.extend_from_slice(b"True"),
            (false, false) => out.extend_from_slice(b"False"),
        }
        Ok(())
    }
}

struct Integers<T: ArrowPrimitiveType>(PrimitiveArray<T>);

fn integers<T: ArrowPrimitiveType<Native: itoa::Integer>>(array: &ArrayRef) -> Box<dyn Column> {
    Box::new(Integers(array.as_primitive::<T>().clone()))
}

impl<T: ArrowPrimitiveType<Native: itoa::Integer>> Column for Integers<T> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if is_null(self.0.nulls(), index) {
            write_none(out);
        } else {
            out.extend_from_slice(itoa::Buffer::new().format(self.0.value(index)).as_bytes());
        }
        Ok(())
    }
}

struct Floats<T: ArrowPrimitiveType>(PrimitiveArray<T>);

impl<T: ArrowPrimitiveType<Native: Into<f64>>> Column for Floats<T> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.0.is_null(index) {
            write_none(out);
        } else {
            write_float(self.0.value(index).into(), out);
        }
        Ok(())
    }
}

struct Strings<T: ByteArrayType> {
    name: String,
    array: GenericByteArray<T>,
    printable: Arc<Printable>,
}

fn strings<T: ByteArrayType>(
    name: String,
    array: &ArrayRef,
    printable: &Arc<Printable>,
) -> Box<dyn Column> {
    let array = array.as_bytes::<T>().clone();
    Box::new(Strings { name, array, printable: Arc::clone(printable) })
}

impl<T: ByteArrayType> Column for Strings<T> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.array.is_null(index) {
            write_none(out);
            return Ok(());
        }
        // Data that crossed a C interface or came from a file need not be UTF-8.
        match std::str::from_utf8(bytes_at(&self.name, &self.array, index)?) {
            Ok(text) if write_str(text, &self.printable, out) => Ok(()),
            Ok(_) => Err(unknown_characters(self.name.clone())),
            Err(error) => Err(Uncovered {
                column: self.name.clone(),
                reason: format!("a string is not UTF-8: {error}"),
            }),
        }
    }
}

struct Binary<T: ByteArrayType> {
    name: String,
    array: GenericByteArray<T>,
}

impl<T: ByteArrayType> Column for Binary<T> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.array.is_null(index) {
            write_none(out);
        } else {
            write_bytes(bytes_at(&self.name, &self.array, index)?, out);
        }
        Ok(())
    }
}

impl Column for FixedSizeBinaryArray {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.is_null(index) {
            write_none(out);
        } else {
            write_bytes(self.value(index), out);
        }
        Ok(())
    }
}

/// The bytes of a value: without the promise of UTF-8 that `value` makes of a string array, and
/// without trust in the offsets, which may come from anywhere.
fn bytes_at<'a, T: ByteArrayType>(
    name: &str,
    array: &'a GenericByteArray<T>,
    index: usize,
) -> Result<&'a [u8], Uncovered> {
    let offsets = array.value_offsets();
    array
        .value_data()
        .get(offsets[index].as_usize()..offsets[index + 1].as_usize())
        .ok_or_else(|| outside(name))
}

fn outside(name: &str) -> Uncovered {
    Uncovered {
        column: name.to_owned(),
        reason: "a value points outside its Arrow buffers".to_owned(),
    }
}

struct Dates {
    name: String,
    array: PrimitiveArray<Date32Type>,
}

impl Column for Dates {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.array.is_null(index) {
            write_none(out);
        } else if !write_date(self.array.value(index).into(), out) {
            return Err(outside_calendar(&self.name));
        }
        Ok(())
    }
}

struct Datetimes<T: ArrowPrimitiveType> {
    name: String,
    array: PrimitiveArray<T>,
    per_second: i64,
}

fn datetimes<T: ArrowPrimitiveType<Native = i64>>(
    name: String,
    array: &ArrayRef,
    per_second: i64,
) -> Box<dyn Column> {
    Box::new(Datetimes { name, array: array.as_primitive::<T>().clone(), per_second })
}

impl<T: ArrowPrimitiveType<Native = i64>> Column for Datetimes<T> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if self.array.is_null(index) {
            write_none(out);
        } else if !write_datetime(self.array.value(index), self.per_second, out) {
            return Err(outside_calendar(&self.name));
        }
        Ok(())
    }
}

fn outside_calendar(name: &str) -> Uncovered {
    Uncovered {
        column: name.to_owned(),
        reason: "a date lies outside the years 1 to 9999".to_owned(),
    }
}

struct Lists<O: OffsetSizeTrait> {
    name: String,
    offsets: OffsetBuffer<O>,
    nulls: Option<NullBuffer>,
    values: Box<dyn Column>,
    /// How many values there are.
    length: usize,
}

fn lists<O: OffsetSizeTrait>(
    name: String,
    list: &GenericListArray<O>,
    values: Box<dyn Column>,
) -> Box<dyn Column> {
    Box::new(Lists {
        name,
        offsets: list.offsets().clone(),
        nulls: list.nulls().cloned(),
        values,
        length: list.values().len(),
    })
}

impl<O: OffsetSizeTrait> Column for Lists<O> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let range = self.offsets[index].as_usize()..self.offsets[index + 1].as_usize();
        if range.start > range.end || range.end > self.length {
            return Err(outside(&self.name));
        }
        write_list(self.nulls.as_ref(), index, range, &*self.values, out)
    }
}

struct FixedLists {
    size: usize,
    nulls: Option<NullBuffer>,
    values: Box<dyn Column>,
}

impl Column for FixedLists {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let range = index * self.size..(index + 1) * self.size;
        write_list(self.nulls.as_ref(), index, range, &*self.values, out)
    }
}

fn write_list(
    nulls: Option<&NullBuffer>,
    index: usize,
    range: std::ops::Range<usize>,
    values: &dyn Column,
    out: &mut Vec<u8>,
) -> Result<(), Uncovered> {
    if is_null(nulls, index) {
        write_none(out);
        return Ok(());
    }
    out.push(b'[');
    values.write_range(range.start, range.end, out)?;
    out.push(b']');
    Ok(())
}

struct Dicts {
    nulls: Option<NullBuffer>,
    fields: Vec<(Vec<u8>, Box<dyn Column>)>,
}

impl Column for Dicts {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        if is_null(self.nulls.as_ref(), index) {
            write_none(out);
            return Ok(());
        }
        out.push(b'{');
        for (key, column) in &self.fields {
            out.extend_from_slice(key);
            column.write(index, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}
