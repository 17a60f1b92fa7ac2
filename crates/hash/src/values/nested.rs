//! ListColumn, structs and maps.

use std::ops::Range;

use arrow_buffer::NullBuffer;

use super::bytes::STRING;
use super::column::{Column, write_count};
use super::error::ValuesError;
use crate::algorithm::RowSink;
use crate::arrow_layout::ListRanges;

const STRUCT: u8 = 0x50;
const STRUCT_END: u8 = 0x5f;
const MAP: u8 = 0x60;

fn is_null_in(nulls: Option<&NullBuffer>, index: usize) -> bool {
    nulls.is_some_and(|nulls| nulls.is_null(index))
}

/// ListColumn of any kind, and maps.
struct ListColumn {
    name: String,
    nulls: Option<NullBuffer>,
    items: Box<dyn Column>,
    ranges: ListRanges,
}

impl Column for ListColumn {
    fn is_null(&self, index: usize) -> bool {
        is_null_in(self.nulls.as_ref(), index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        let outside = || ValuesError::Outside { column: self.name.clone() };
        self.items.write_list((self.ranges)(index).ok_or_else(outside)?, out)
    }
}

/// A column of lists of `items`.
pub(super) fn lists(
    name: &str,
    nulls: Option<NullBuffer>,
    ranges: ListRanges,
    items: Box<dyn Column>,
) -> Box<dyn Column> {
    Box::new(ListColumn { name: name.to_owned(), nulls, items, ranges })
}

/// A struct, or the rows of a table.
struct Structs {
    nulls: Option<NullBuffer>,
    /// The bytes of each name and its values, ascending by name.
    fields: Vec<(Vec<u8>, Box<dyn Column>)>,
}

/// A column of structs with these fields, ascending by name.
pub(super) fn structs(
    fields: Vec<(&String, Box<dyn Column>)>,
    nulls: Option<NullBuffer>,
) -> Box<dyn Column> {
    let fields = fields.into_iter().map(|(name, column)| {
        let mut bytes = vec![STRING];
        write_count(name.len(), &mut bytes);
        bytes.extend_from_slice(name.as_bytes());
        (bytes, column)
    });
    Box::new(Structs { nulls, fields: fields.collect() })
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

/// A column of maps.
pub(super) fn maps(
    name: &str,
    nulls: Option<NullBuffer>,
    ranges: ListRanges,
    keys: Box<dyn Column>,
    values: Box<dyn Column>,
) -> Box<dyn Column> {
    lists(name, nulls, ranges, Box::new(Entries { keys, values }))
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
