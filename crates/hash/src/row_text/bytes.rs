//! Columns of strings and of bytes, however Arrow lays them out.

use std::sync::Arc;

use arrow_array::types::{ByteArrayType, ByteViewType};
use arrow_array::{FixedSizeBinaryArray, GenericByteArray, GenericByteViewArray};

use super::column::Values;
use super::printable::Printable;
use super::string::{write_bytes, write_str};
use super::uncovered::{Uncovered, outside, unknown_characters};
use crate::arrow_layout::{bytes_at, view_at};

/// The bytes of each value.
pub(super) trait Bytes: Send + Sync {
    /// The bytes at `index`; `None` if they lie outside the buffers.
    fn at(&self, index: usize) -> Option<&[u8]>;
}

impl<T: ByteArrayType> Bytes for GenericByteArray<T> {
    fn at(&self, index: usize) -> Option<&[u8]> {
        bytes_at(self, index)
    }
}

impl<T: ByteViewType + ?Sized> Bytes for GenericByteViewArray<T> {
    fn at(&self, index: usize) -> Option<&[u8]> {
        view_at(self, index)
    }
}

pub(super) struct Strings<B> {
    pub name: String,
    pub bytes: B,
    pub printable: Arc<Printable>,
}

impl<B: Bytes> Values for Strings<B> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let bytes = self.bytes.at(index).ok_or_else(|| outside(&self.name))?;
        // Data that crossed a C interface or came from a file need not be UTF-8.
        match std::str::from_utf8(bytes) {
            Ok(text) if write_str(text, &self.printable, out) => Ok(()),
            Ok(_) => Err(unknown_characters(self.name.clone())),
            Err(error) => Err(Uncovered {
                column: self.name.clone(),
                reason: format!("a string is not UTF-8: {error}"),
            }),
        }
    }
}

pub(super) struct Binary<B> {
    pub name: String,
    pub bytes: B,
}

impl<B: Bytes> Values for Binary<B> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        write_bytes(self.bytes.at(index).ok_or_else(|| outside(&self.name))?, out);
        Ok(())
    }
}

pub(super) struct FixedBinary(pub FixedSizeBinaryArray);

impl Values for FixedBinary {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        write_bytes(self.0.value(index), out);
        Ok(())
    }
}
