//! Lists, structs, maps, and values stored apart from their places.

use std::ops::Range;

use arrow_array::{Array, ArrayRef, MapArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{Field, Fields};

use super::bytes::STRING;
use super::column::{self, Column, write_count};
use super::{ValuesError, repeated};
use crate::algorithm::RowSink;
use crate::places::{self, Ranges};

const STRUCT: u8 = 0x50;
const STRUCT_END: u8 = 0x5f;
const MAP: u8 = 0x60;

fn is_null_in(nulls: Option<&NullBuffer>, index: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(index))
}

/// Lists of any kind, and maps.
struct Lists {
    name: String,
    nulls: Option<NullBuffer>,
    items: Box<dyn Column>,
    ranges: Ranges,
}

impl Column for Lists {
    fn is_null(&self, index: usize) -> bool {
        is_null_in(self.nulls.as_ref(), index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let outside = || ValuesError::Outside { column: self.name.clone() };
        self.items.write_list((self.ranges)(index).ok_or_else(outside)?, out)
    }
}

/// The lists of an array, whose items are `values`.
pub(super) fn of_lists(
    array: &dyn Array,
    values: &ArrayRef,
    ranges: Ranges,
    field: &Field,
    name: &str,
) -> Result<Box<dyn Column>, ValuesError> {
    // The name of the items (`item`, `element`, ...) says nothing.
    let item = Field::new("[]", field.data_type().clone(), true);
    Ok(Box::new(Lists {
        name: name.to_owned(),
        nulls: array.nulls().cloned(),
        items: column::of(&item, values, name)?,
        ranges,
    }))
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
    Ok(Box::new(Lists {
        name: name.to_owned(),
        nulls: array.nulls().cloned(),
        items: Box::new(entries),
        ranges: places::of_maps(array),
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
