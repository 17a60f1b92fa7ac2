//! A column that writes the bytes of its values.

use std::ops::Range;

use arrow_array::{Array, BooleanArray, NullArray};

use super::error::ValuesError;
use crate::algorithm::RowSink;

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
