//! The lengths of sequences, from whatever the caller has.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, OffsetSizeTrait};
use arrow_schema::DataType;
use fast_axolotl_boundary::arguments::{count, type_name};
use fast_axolotl_boundary::arrow::{Chunks, is_arrow};
use fast_axolotl_boundary::errors::{no_room, room_for, type_error, value_error};
use fast_axolotl_boundary::interrupt::Interrupts;
use fast_axolotl_boundary::ragged::refuse_masked;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// Reads lengths: integers, or Arrow lists, of which the offsets are read and no value.
pub fn read(lengths: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let py = lengths.py();
    if is_arrow(lengths)? {
        let mut read = Vec::new();
        for chunk in Chunks::open("lengths", lengths)? {
            from_arrow(&chunk?, &mut read)?;
        }
        return Ok(read);
    }
    if lengths.hasattr(intern!(py, "__array__"))? {
        return from_numpy(lengths);
    }
    if lengths.is_instance_of::<PyString>() || lengths.is_instance_of::<PyBytes>() {
        return Err(wrong_type(lengths));
    }
    let items = lengths.try_iter().map_err(|_| wrong_type(lengths))?;
    // What has no length may have any.
    let mut read = room_for("lengths", lengths.len().unwrap_or(0))?;
    let mut interrupts = Interrupts::new(py);
    for (index, item) in items.enumerate() {
        let item = item?;
        read.push(match item.extract::<usize>() {
            Ok(length) => length,
            Err(_) => count(&format!("lengths[{index}]"), &item, 0)?,
        });
        interrupts.after(1)?;
    }
    Ok(read)
}

fn wrong_type(lengths: &Bound<'_, PyAny>) -> PyErr {
    type_error(format!(
        "lengths is {}, expected integers (a list, a numpy or Arrow array) or Arrow lists",
        type_name(lengths)
    ))
}

fn from_numpy(lengths: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    let py = lengths.py();
    refuse_masked("lengths", lengths)?;
    let numpy = py.import(intern!(py, "numpy"))?;
    let array = numpy.call_method1(intern!(py, "asarray"), (lengths,))?;
    let dtype = array.getattr(intern!(py, "dtype"))?;
    let kind: String = dtype.getattr(intern!(py, "kind"))?.extract()?;
    let shape = array.getattr(intern!(py, "shape"))?;
    if !matches!(kind.as_str(), "i" | "u") || shape.len()? != 1 {
        return Err(type_error(format!(
            "lengths is an array of {dtype} with the shape {shape}, expected integers in one \
             dimension"
        )));
    }
    let unsigned = kind == "u";
    let target = if unsigned { "<u8" } else { "<i8" };
    let bytes = array.call_method1(intern!(py, "astype"), (target,))?;
    let bytes = bytes.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
    let (numbers, _) = bytes.as_bytes().as_chunks::<8>();
    let mut read = room_for("lengths", numbers.len())?;
    for (index, number) in numbers.iter().enumerate() {
        let found = if unsigned {
            i128::from(u64::from_le_bytes(*number))
        } else {
            i128::from(i64::from_le_bytes(*number))
        };
        read.push(usize::try_from(found).map_err(|_| not_a_length(index, found))?);
    }
    Ok(read)
}

fn from_arrow(chunk: &ArrayRef, read: &mut Vec<usize>) -> PyResult<()> {
    if let Some(nulls) = chunk.logical_nulls()
        && let Some(null) = nulls.iter().position(|is_valid| !is_valid)
    {
        let row = read.len() + null;
        return Err(value_error(format!("lengths has a null in row {row}; drop or fill it")));
    }
    // Empty lists take no memory, so there may be any number of them.
    read.try_reserve(chunk.len()).map_err(|_| no_room("lengths", chunk.len()))?;
    match chunk.data_type() {
        DataType::Int8 => integers::<Int8Type>(chunk, read),
        DataType::Int16 => integers::<Int16Type>(chunk, read),
        DataType::Int32 => integers::<Int32Type>(chunk, read),
        DataType::Int64 => integers::<Int64Type>(chunk, read),
        DataType::UInt8 => integers::<UInt8Type>(chunk, read),
        DataType::UInt16 => integers::<UInt16Type>(chunk, read),
        DataType::UInt32 => integers::<UInt32Type>(chunk, read),
        DataType::UInt64 => integers::<UInt64Type>(chunk, read),
        DataType::List(_) => differences(chunk.as_list::<i32>().value_offsets(), read),
        DataType::LargeList(_) => differences(chunk.as_list::<i64>().value_offsets(), read),
        DataType::ListView(_) => sizes(chunk.as_list_view::<i32>().sizes(), read),
        DataType::LargeListView(_) => sizes(chunk.as_list_view::<i64>().sizes(), read),
        DataType::FixedSizeList(_, width) => {
            read.extend(std::iter::repeat_n(usize::try_from(*width).unwrap_or(0), chunk.len()));
            Ok(())
        }
        // What libraries make of no rows at all.
        DataType::Null if chunk.is_empty() => Ok(()),
        other => Err(type_error(format!(
            "lengths is Arrow data of the type {other}, expected integers or lists"
        ))),
    }
}

fn integers<T>(chunk: &ArrayRef, read: &mut Vec<usize>) -> PyResult<()>
where
    T: ArrowPrimitiveType,
    i128: From<T::Native>,
{
    for &value in chunk.as_primitive::<T>().values() {
        let number = i128::from(value);
        read.push(usize::try_from(number).map_err(|_| not_a_length(read.len(), number))?);
    }
    Ok(())
}

fn sizes<O: OffsetSizeTrait>(sizes: &[O], read: &mut Vec<usize>) -> PyResult<()> {
    for size in sizes {
        read.push(size.to_usize().ok_or_else(|| {
            value_error(format!("lengths is damaged: row {} has a negative size", read.len()))
        })?);
    }
    Ok(())
}

fn differences<O: OffsetSizeTrait>(offsets: &[O], read: &mut Vec<usize>) -> PyResult<()> {
    for pair in offsets.windows(2) {
        let length = pair[1].as_usize().checked_sub(pair[0].as_usize());
        read.push(length.ok_or_else(|| {
            value_error(format!("lengths is damaged: row {} ends before it begins", read.len()))
        })?);
    }
    Ok(())
}

fn not_a_length(index: usize, number: i128) -> PyErr {
    value_error(format!("lengths[{index}] must be at least 0, got {number}"))
}
