//! Lists, structs, maps, and values stored apart from their places.

use std::ops::Range;

use arrow_array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray,
    OffsetSizeTrait,
};
use arrow_buffer::{ArrowNativeType, NullBuffer};
use arrow_schema::{Field, Fields};

use super::bytes::STRING;
use super::column::{self, Column, write_count};
use super::{ValuesError, repeated};
use crate::algorithm::RowSink;

const STRUCT: u8 = 0x50;
const STRUCT_END: u8 = 0x5f;
const MAP: u8 = 0x60;

fn is_null_in(nulls: Option<&NullBuffer>, index: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(index))
}

/// The field of the items of a list, whose name (`item`, `element`, ...) says nothing.
fn items(field: &Field, values: &ArrayRef, name: &str) -> Result<Box<dyn Column>, ValuesError> {
    column::of(&Field::new("[]", field.data_type().clone(), true), values, name)
}

/// Lists of any kind: `range` says where the items of each are.
struct Lists<F> {
    name: String,
    nulls: Option<NullBuffer>,
    items: Box<dyn Column>,
    /// How many items there are.
    length: usize,
    range: F,
}

impl<F: Fn(usize) -> Range<usize> + Send + Sync> Column for Lists<F> {
    fn is_null(&self, index: usize) -> bool {
        is_null_in(self.nulls.as_ref(), index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let range = (self.range)(index);
        if range.start > range.end || range.end > self.length {
            return Err(ValuesError::Outside { column: self.name.clone() });
        }
        self.items.write_list(range, out)
    }
}

fn lists(
    array: &dyn Array,
    values: &ArrayRef,
    field: &Field,
    name: &str,
    range: impl Fn(usize) -> Range<usize> + Send + Sync + 'static,
) -> Result<Box<dyn Column>, ValuesError> {
    Ok(Box::new(Lists {
        name: name.to_owned(),
        nulls: array.nulls().cloned(),
        items: items(field, values, name)?,
        length: values.len(),
        range,
    }))
}

pub(super) fn of_lists<O: OffsetSizeTrait>(
    array: &GenericListArray<O>,
    field: &Field,
    name: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    let offsets = array.offsets().clone();
    let range = move |index: usize| offsets[index].as_usize()..offsets[index + 1].as_usize();
    lists(array, array.values(), field, name, range)
}

pub(super) fn of_list_views<O: OffsetSizeTrait>(
    array: &GenericListViewArray<O>,
    field: &Field,
    name: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    let (offsets, sizes) = (array.offsets().clone(), array.sizes().clone());
    let range = move |index: usize| {
        let start = offsets[index].as_usize();
        start..start.saturating_add(sizes[index].as_usize())
    };
    lists(array, array.values(), field, name, range)
}

pub(super) fn of_fixed_lists(
    array: &FixedSizeListArray,
    field: &Field,
    name: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    let size = array.value_length().as_usize();
    lists(array, array.values(), field, name, move |index| index * size..(index + 1) * size)
}

/// A struct, or the rows of a table.
struct Structs {
    nulls: Option<NullBuffer>,
    /// The bytes of each name and its values, ascending by name.
    fields: Vec<(Vec<u8>, Box<dyn Column>)>,
}

pub(super) fn of_fields(
    fields: &Fields,
    arrays: &[ArrayRef],
    nulls: Option<NullBuffer>,
    path: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    if let Some(name) = repeated(fields.iter().map(|field| field.name().as_str())) {
        let column = if path.is_empty() { format!("{name:?}") } else { format!("{path}.{name:?}") };
        return Err(ValuesError::Unsupported {
            column,
            reason: "the name occurs twice".to_owned(),
        });
    }
    let mut named: Vec<_> = fields.iter().zip(arrays).collect();
    named.sort_unstable_by_key(|(field, _)| field.name());
    let fields = named.into_iter().map(|(field, array)| {
        let mut name = vec![STRING];
        write_count(field.name().len(), &mut name);
        name.extend_from_slice(field.name().as_bytes());
        Ok((name, column::of(field, array, path)?))
    });
    Ok(Box::new(Structs { nulls, fields: fields.collect::<Result<_, _>>()? }))
}

impl Column for Structs {
    fn is_null(&self, index: usize) -> bool {
        is_null_in(self.nulls.as_ref(), index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        out.push(STRUCT);
        for (name, column) in &self.fields {
            if !column.is_null(index) {
                out.buffer().extend_from_slice(name);
                column.write_value(index, out)?;
            }
        }
        out.push(STRUCT_END);
        Ok(())
    }
}

/// The entries of maps.
struct Entries {
    keys: Box<dyn Column>,
    values: Box<dyn Column>,
}

pub(super) fn of_map(array: &MapArray, name: &str) -> Result<Box<dyn Column>, ValuesError> {
    let (key, value) = array.entries_fields();
    let entries = Entries {
        keys: column::of(key, array.keys(), name)?,
        values: column::of(value, array.values(), name)?,
    };
    let offsets = array.offsets().clone();
    Ok(Box::new(Lists {
        name: name.to_owned(),
        nulls: array.nulls().cloned(),
        items: Box::new(entries),
        length: array.entries().len(),
        range: move |index: usize| offsets[index].as_usize()..offsets[index + 1].as_usize(),
    }))
}

impl Column for Entries {
    fn is_null(&self, _index: usize) -> bool {
        false
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        self.keys.write(index, out)?;
        self.values.write(index, out)
    }

    fn write_list(&self, range: Range<usize>, out: &mut RowSink) -> Result<(), ValuesError> {
        out.push(MAP);
        write_count(range.len(), out.buffer());
        range.into_iter().try_for_each(|index| self.write_value(index, out))
    }
}
