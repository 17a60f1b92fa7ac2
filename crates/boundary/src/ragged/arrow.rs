//! Rows of Arrow lists.

use std::borrow::Cow;
use std::fmt::Display;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, GenericListViewArray, OffsetSizeTrait};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use pyo3::prelude::*;

use super::values::Values;
use super::{Ragged, RowRanges};
use crate::arrow::Chunks;
use crate::errors::{type_error, value_error};

impl Ragged {
    /// Opens lists of integers from any Arrow library; `name` is the argument's, for errors.
    ///
    /// Nothing is copied: the producer's memory is kept and read in place. Raises `TypeError` for
    /// data of another type, and `ValueError` for a null, naming the row and the place in it, and
    /// for offsets that point outside of the values.
    pub fn from_arrow(name: &'static str, object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let mut chunks = Vec::new();
        for chunk in Chunks::open(name, object)? {
            chunks.push(chunk?);
        }
        py.detach(|| Self::from_chunks(name.into(), &chunks))
    }

    /// Opens the chunks of one column, as [`Ragged::from_arrow`] does.
    pub fn from_chunks(name: Cow<'static, str>, chunks: &[ArrayRef]) -> PyResult<Self> {
        let mut ragged = Self::new(name);
        for chunk in chunks {
            ragged.push_chunk(chunk)?;
        }
        Ok(ragged.finish())
    }

    fn push_chunk(&mut self, chunk: &ArrayRef) -> PyResult<()> {
        let (name, before) = (&self.name, self.len());
        let Some((rows, items)) = lists(name, chunk)? else {
            return Ok(());
        };
        let values = values(name, chunk.data_type(), items)?;
        let null = |at: &dyn Display| {
            value_error(format!(
                "{name}{at} is null, which is no integer; drop or fill nulls first"
            ))
        };
        if let Some(row) = first_null(chunk.nulls()) {
            return Err(null(&format_args!("[{}]", before + row)));
        }
        if let Some(row) = rows.first_outside(items.len()) {
            return Err(value_error(format!(
                "{name}[{}] points outside its Arrow buffers (row {row} of its chunk); the \
                 producer of the array is at fault",
                before + row
            )));
        }
        // A sliced array has all the values there were, so not every null belongs to a row.
        if items.data_type() == &DataType::Null || items.null_count() > 0 {
            let nulls = items.nulls();
            let is_null = |item| nulls.is_none_or(|nulls| nulls.is_null(item));
            for row in 0..rows.len() {
                if let Some(at) = rows.range(row).position(is_null) {
                    return Err(null(&format_args!("[{}][{at}]", before + row)));
                }
            }
        }
        self.push(rows, values);
        Ok(())
    }
}

/// Where the lists of an array are, and the array of what is in them; `None` for no rows at all.
fn lists<'a>(name: &str, chunk: &'a ArrayRef) -> PyResult<Option<(RowRanges, &'a ArrayRef)>> {
    fn views<O: OffsetSizeTrait>(array: &GenericListViewArray<O>) -> RowRanges {
        // What is negative or too long is found outside of the values.
        let place = |(start, length): (&O, &O)| {
            let start = start.to_usize().unwrap_or(usize::MAX);
            (start, start.saturating_add(length.to_usize().unwrap_or(usize::MAX)))
        };
        RowRanges::Places(array.offsets().iter().zip(array.sizes()).map(place).collect())
    }
    Ok(Some(match chunk.data_type() {
        DataType::List(_) => {
            let array = chunk.as_list::<i32>();
            (RowRanges::Offsets32(array.offsets().inner().clone()), array.values())
        }
        DataType::LargeList(_) => {
            let array = chunk.as_list::<i64>();
            (RowRanges::Offsets64(array.offsets().inner().clone()), array.values())
        }
        DataType::FixedSizeList(_, length) => {
            let array = chunk.as_fixed_size_list();
            // The type's length is never negative.
            let length = usize::try_from(*length).unwrap_or(0);
            (RowRanges::fixed(name, array.len(), length)?, array.values())
        }
        DataType::ListView(_) => {
            let array = chunk.as_list_view::<i32>();
            (views(array), array.values())
        }
        DataType::LargeListView(_) => {
            let array = chunk.as_list_view::<i64>();
            (views(array), array.values())
        }
        // What libraries make of nothing but empty or missing rows.
        DataType::Null if chunk.is_empty() => return Ok(None),
        DataType::Null => {
            return Err(value_error(format!(
                "{name}[0] is null, which is no integer; drop or fill nulls first"
            )));
        }
        other => return Err(unfit(name, other)),
    }))
}

fn values(name: &str, lists: &DataType, items: &ArrayRef) -> PyResult<Values> {
    Ok(match items.data_type() {
        DataType::Int8 => Values::I8(items.as_primitive::<Int8Type>().values().clone()),
        DataType::Int16 => Values::I16(items.as_primitive::<Int16Type>().values().clone()),
        DataType::Int32 => Values::I32(items.as_primitive::<Int32Type>().values().clone()),
        DataType::Int64 => Values::I64(items.as_primitive::<Int64Type>().values().clone()),
        DataType::UInt8 => Values::U8(items.as_primitive::<UInt8Type>().values().clone()),
        DataType::UInt16 => Values::U16(items.as_primitive::<UInt16Type>().values().clone()),
        DataType::UInt32 => Values::U32(items.as_primitive::<UInt32Type>().values().clone()),
        DataType::UInt64 => Values::U64(items.as_primitive::<UInt64Type>().values().clone()),
        DataType::Null => Values::None,
        _ => return Err(unfit(name, lists)),
    })
}

fn unfit(name: &str, found: &DataType) -> PyErr {
    let fix = match found {
        DataType::Struct(_) => "pass one of its columns",
        _ => "cast it first",
    };
    type_error(format!("{name} is Arrow data of {found}, expected lists of integers; {fix}"))
}

fn first_null(nulls: Option<&NullBuffer>) -> Option<usize> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0)?;
    (0..nulls.len()).find(|&row| nulls.is_null(row))
}
