//! The values of one Arrow column.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    BinaryType, BinaryViewType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    LargeBinaryType, LargeUtf8Type, StringViewType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    Utf8Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, NullArray};
use arrow_schema::{DataType, Field};

use super::{ValuesError, bytes, nested, number, shared, temporal};
use crate::algorithm::RowSink;
use crate::places;

pub(super) const NULL: u8 = 0x00;
const FALSE: u8 = 0x01;
const TRUE: u8 = 0x02;
const LIST: u8 = 0x30;

/// The values of a column.
pub(super) trait Column: Send + Sync {
    /// Whether the value at `index` is null.
    fn is_null(&self, index: usize) -> bool;

    /// Writes the value at `index`, which is not null.
    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError>;

    /// Writes the value at `index`.
    fn write(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        if self.is_null(index) {
            out.push(NULL);
            return Ok(());
        }
        self.write_value(index, out)
    }

    /// Writes the list of the values of a range.
    fn write_list(&self, range: Range<usize>, out: &mut RowSink) -> Result<(), ValuesError> {
        out.push(LIST);
        write_count(range.len(), out.buffer());
        range.into_iter().try_for_each(|index| self.write(index, out))
    }
}

/// The column of an array; `path` leads to its field, for errors.
pub(super) fn of(
    field: &Field,
    array: &ArrayRef,
    path: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    let name = &match path {
        "" => format!("{:?}", field.name()),
        _ => format!("{path}.{:?}", field.name()),
    };
    Ok(match array.data_type() {
        DataType::Null => Box::new(NullArray::new(array.len())),
        DataType::Boolean => Box::new(array.as_boolean().clone()),
        DataType::Int8 => number::of::<Int8Type>(array),
        DataType::Int16 => number::of::<Int16Type>(array),
        DataType::Int32 => number::of::<Int32Type>(array),
        DataType::Int64 => number::of::<Int64Type>(array),
        DataType::UInt8 => number::of::<UInt8Type>(array),
        DataType::UInt16 => number::of::<UInt16Type>(array),
        DataType::UInt32 => number::of::<UInt32Type>(array),
        DataType::UInt64 => number::of::<UInt64Type>(array),
        DataType::Float16 => number::of::<Float16Type>(array),
        DataType::Float32 => number::of::<Float32Type>(array),
        DataType::Float64 => number::of::<Float64Type>(array),
        DataType::Decimal32(_, scale) => number::of_decimals::<Decimal32Type>(array, *scale),
        DataType::Decimal64(_, scale) => number::of_decimals::<Decimal64Type>(array, *scale),
        DataType::Decimal128(_, scale) => number::of_decimals::<Decimal128Type>(array, *scale),
        DataType::Decimal256(_, scale) => number::of_decimals::<Decimal256Type>(array, *scale),
        DataType::Utf8 => bytes::of::<Utf8Type>(bytes::STRING, array, name),
        DataType::LargeUtf8 => bytes::of::<LargeUtf8Type>(bytes::STRING, array, name),
        DataType::Utf8View => bytes::of_views::<StringViewType>(bytes::STRING, array, name),
        DataType::Binary => bytes::of::<BinaryType>(bytes::BINARY, array, name),
        DataType::LargeBinary => bytes::of::<LargeBinaryType>(bytes::BINARY, array, name),
        DataType::BinaryView => bytes::of_views::<BinaryViewType>(bytes::BINARY, array, name),
        DataType::FixedSizeBinary(_) => Box::new(array.as_fixed_size_binary().clone()),
        DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
        | DataType::Duration(_)
        | DataType::Interval(_) => temporal::of(array),
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let ranges = places::of_lists(list.offsets(), list.values().len());
            nested::of_lists(list, list.values(), ranges, field, name)?
        }
        DataType::LargeList(field) => {
            let list = array.as_list::<i64>();
            let ranges = places::of_lists(list.offsets(), list.values().len());
            nested::of_lists(list, list.values(), ranges, field, name)?
        }
        DataType::ListView(field) => {
            let list = array.as_list_view::<i32>();
            let ranges = places::of_list_views(list);
            nested::of_lists(list, list.values(), ranges, field, name)?
        }
        DataType::LargeListView(field) => {
            let list = array.as_list_view::<i64>();
            let ranges = places::of_list_views(list);
            nested::of_lists(list, list.values(), ranges, field, name)?
        }
        DataType::FixedSizeList(field, _) => {
            let list = array.as_fixed_size_list();
            let ranges = places::of_fixed_lists(list);
            nested::of_lists(list, list.values(), ranges, field, name)?
        }
        DataType::Struct(fields) => {
            let array = array.as_struct();
            nested::of_fields(fields, array.columns(), array.nulls().cloned(), name)?
        }
        DataType::Map(..) => nested::of_map(array.as_map(), name)?,
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) => {
            shared::of(field, array, path, name)?
        }
        DataType::Union(..) => {
            return Err(ValuesError::Unsupported {
                column: name.clone(),
                reason: "unions are not covered; cast it to a struct".to_owned(),
            });
        }
    })
}

/// Appends a count as LEB128.
pub(super) fn write_count(count: usize, out: &mut Vec<u8>) {
    let mut rest = count;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

impl Column for NullArray {
    fn is_null(&self, _index: usize) -> bool {
        true
    }

    fn write_value(&self, _index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        out.push(NULL);
        Ok(())
    }
}

impl Column for BooleanArray {
    fn is_null(&self, index: usize) -> bool {
        Array::is_null(self, index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        out.push(if self.value(index) { TRUE } else { FALSE });
        Ok(())
    }
}
