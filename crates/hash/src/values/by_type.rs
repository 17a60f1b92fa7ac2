//! The column that writes the values of an array, by the type of the array.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    BinaryType, BinaryViewType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    LargeBinaryType, LargeUtf8Type, StringViewType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    Utf8Type,
};
use arrow_array::{Array, ArrayRef, NullArray, StructArray};
use arrow_schema::{DataType, Field, Fields};

use super::column::Column;
use super::error::{ValuesError, repeated};
use super::{bytes, encoded, nested, number, temporal};
use crate::arrow_layout::{
    ListRanges, fixed_list_ranges, list_ranges, list_view_ranges, map_ranges,
};

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
    let lists = |list: &dyn Array, values: &ArrayRef, ranges: ListRanges, field: &Field| {
        // The name of the items (`item`, `element`, ...) says nothing.
        let item = Field::new("[]", field.data_type().clone(), true);
        Ok(nested::lists(name, list.nulls().cloned(), ranges, of(&item, values, name)?))
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
            lists(list, list.values(), list_ranges(list.offsets(), list.values().len()), field)?
        }
        DataType::LargeList(field) => {
            let list = array.as_list::<i64>();
            lists(list, list.values(), list_ranges(list.offsets(), list.values().len()), field)?
        }
        DataType::ListView(field) => {
            let list = array.as_list_view::<i32>();
            lists(list, list.values(), list_view_ranges(list), field)?
        }
        DataType::LargeListView(field) => {
            let list = array.as_list_view::<i64>();
            lists(list, list.values(), list_view_ranges(list), field)?
        }
        DataType::FixedSizeList(field, _) => {
            let list = array.as_fixed_size_list();
            lists(list, list.values(), fixed_list_ranges(list), field)?
        }
        DataType::Struct(_) => of_struct(array.as_struct(), name)?,
        DataType::Map(..) => {
            let map = array.as_map();
            let (key, value) = map.entries_fields();
            let keys = of(key, map.keys(), name)?;
            let values = of(value, map.values(), name)?;
            nested::maps(name, map.nulls().cloned(), map_ranges(map), keys, values)
        }
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) => {
            let encoded = encoded::Values::of(array, name)?;
            let field = Field::new(field.name(), encoded.values.data_type().clone(), true);
            let values = of(&field, &encoded.values, path)?;
            encoded.column(values, name)
        }
        DataType::Union(..) => {
            return Err(ValuesError::Unsupported {
                column: name.clone(),
                reason: "unions are not covered; cast it to a struct".to_owned(),
            });
        }
    })
}

/// The column of a struct, or of the rows of a table; `path` leads to it.
pub(super) fn of_struct(array: &StructArray, path: &str) -> Result<Box<dyn Column>, ValuesError> {
    let fields: &Fields = array.fields();
    if let Some(name) = repeated(fields.iter().map(|field| field.name().as_str())) {
        let column = if path.is_empty() { format!("{name:?}") } else { format!("{path}.{name:?}") };
        return Err(ValuesError::Unsupported {
            column,
            reason: "the name occurs twice".to_owned(),
        });
    }
    let mut named: Vec<_> = fields.iter().zip(array.columns()).collect();
    named.sort_unstable_by_key(|(field, _)| field.name());
    let columns =
        named.into_iter().map(|(field, array)| Ok((field.name(), of(field, array, path)?)));
    let columns = columns.collect::<Result<Vec<_>, ValuesError>>()?;
    Ok(nested::structs(columns, array.nulls().cloned()))
}
