//! Columns made of other columns: lists, maps, structs, and dictionary or run-end encoded values.

use std::ops::Range;

use super::column::{Column, Values};
use super::uncovered::{Uncovered, outside};
use crate::arrow_layout::{ListRanges, ValueIndexes};

pub(super) struct ListColumn {
    pub name: String,
    pub ranges: ListRanges,
    pub values: Box<dyn Column>,
}

impl Values for ListColumn {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let range = (self.ranges)(index).ok_or_else(|| outside(&self.name))?;
        write_list(range, &*self.values, out)
    }
}

fn write_list(
    range: Range<usize>,
    values: &dyn Column,
    out: &mut Vec<u8>,
) -> Result<(), Uncovered> {
    out.push(b'[');
    values.write_range(range.start, range.end, out)?;
    out.push(b']');
    Ok(())
}

/// Structs, as Python dictionaries: the text in front of each value, and the values.
pub(super) struct Dicts(pub Vec<(Vec<u8>, Box<dyn Column>)>);

impl Values for Dicts {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        out.push(b'{');
        for (key, column) in &self.0 {
            out.extend_from_slice(key);
            column.write(index, out)?;
        }
        out.push(b'}');
        Ok(())
    }
}

/// Maps, which pyarrow makes lists of pairs.
pub(super) struct Maps {
    pub name: String,
    pub ranges: ListRanges,
    pub keys: Box<dyn Column>,
    pub values: Box<dyn Column>,
}

impl Values for Maps {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let range = (self.ranges)(index).ok_or_else(|| outside(&self.name))?;
        out.push(b'[');
        for entry in range.clone() {
            out.extend_from_slice(if entry == range.start { b"(" } else { b", (" });
            self.keys.write(entry, out)?;
            out.extend_from_slice(b", ");
            self.values.write(entry, out)?;
            out.push(b')');
        }
        out.push(b']');
        Ok(())
    }
}

/// A dictionary-encoded or run-end encoded column: several rows share a value.
pub(super) struct Encoded {
    pub name: String,
    pub indexes: ValueIndexes,
    pub values: Box<dyn Column>,
}

impl Values for Encoded {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let value = (self.indexes)(index).ok_or_else(|| outside(&self.name))?;
        self.values.write(value, out)
    }
}
