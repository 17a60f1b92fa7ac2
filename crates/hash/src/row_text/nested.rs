//! Columns made of other columns: lists, maps, dictionaries in both senses, and runs.

use std::ops::Range;

use super::Uncovered;
use super::column::{Column, Values, outside};
use crate::places::{Numbers, Ranges};

pub(super) struct Lists {
    pub name: String,
    pub ranges: Ranges,
    pub values: Box<dyn Column>,
}

impl Values for Lists {
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
    pub ranges: Ranges,
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

/// Values that several rows share: those of a dictionary, or of runs.
pub(super) struct Shared {
    pub name: String,
    pub number: Numbers,
    pub values: Box<dyn Column>,
}

impl Values for Shared {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let number = (self.number)(index).ok_or_else(|| outside(&self.name))?;
        self.values.write(number, out)
    }
}
