//! Strings and binary data.

use arrow_array::cast::AsArray;
use arrow_array::types::{ByteArrayType, ByteViewType};
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, GenericByteArray, GenericByteViewArray};

use super::column::{Column, write_count};
use super::error::ValuesError;
use crate::algorithm::RowSink;
use crate::arrow_layout::{bytes_at, view_at};

pub(super) const STRING: u8 = 0x40;
pub(super) const BINARY: u8 = 0x41;

/// Writes a string or binary data.
pub(super) fn write(tag: u8, bytes: &[u8], out: &mut RowSink) {
    out.push(tag);
    write_count(bytes.len(), out.buffer());
    out.bytes(bytes);
}

struct Bytes<A> {
    tag: u8,
    array: A,
    name: String,
}

impl<A> Bytes<A> {
    fn write(&self, bytes: Option<&[u8]>, out: &mut RowSink) -> Result<(), ValuesError> {
        let outside = || ValuesError::Outside { column: self.name.clone() };
        write(self.tag, bytes.ok_or_else(outside)?, out);
        Ok(())
    }
}

pub(super) fn of<T: ByteArrayType>(tag: u8, array: &ArrayRef, name: &str) -> Box<dyn Column> {
    Box::new(Bytes { tag, array: array.as_bytes::<T>().clone(), name: name.to_owned() })
}

impl<T: ByteArrayType> Column for Bytes<GenericByteArray<T>> {
    fn is_null(&self, index: usize) -> bool {
        self.array.is_null(index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        self.write(bytes_at(&self.array, index), out)
    }
}

pub(super) fn of_views<T: ByteViewType>(tag: u8, array: &ArrayRef, name: &str) -> Box<dyn Column> {
    Box::new(Bytes { tag, array: array.as_byte_view::<T>().clone(), name: name.to_owned() })
}

impl<T: ByteViewType> Column for Bytes<GenericByteViewArray<T>> {
    fn is_null(&self, index: usize) -> bool {
        self.array.is_null(index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        self.write(view_at(&self.array, index), out)
    }
}

impl Column for FixedSizeBinaryArray {
    fn is_null(&self, index: usize) -> bool {
        Array::is_null(self, index)
    }

    fn write_value(&self, index: usize, out: &mut RowSink) -> Result<(), ValuesError> {
        write(BINARY, self.value(index), out);
        Ok(())
    }
}
