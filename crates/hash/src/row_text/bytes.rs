//! Columns of strings and of bytes, however Arrow lays them out.

use std::sync::Arc;

use arrow_array::types::{ByteArrayType, ByteViewType};
use arrow_array::{FixedSizeBinaryArray, GenericByteArray, GenericByteViewArray};
use arrow_buffer::ArrowNativeType;
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};

use super::column::{Values, outside};
use super::string::{write_bytes, write_str};
use super::{Printable, Uncovered, unknown_characters};

/// Where the bytes of each value are.
pub(super) trait Bytes: Send + Sync {
    /// Hands the bytes at `index` on; `None` if they lie outside the buffers. Neither offsets nor
    /// views are trusted, which may come from anywhere.
    fn with<R>(&self, index: usize, use_bytes: impl FnOnce(&[u8]) -> R) -> Option<R>;
}

/// Bytes between one offset and the next.
pub(super) struct Offsets<T: ByteArrayType>(pub GenericByteArray<T>);

impl<T: ByteArrayType> Bytes for Offsets<T> {
    fn with<R>(&self, index: usize, use_bytes: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let offsets = self.0.value_offsets();
        let range = offsets[index].as_usize()..offsets[index + 1].as_usize();
        self.0.value_data().get(range).map(use_bytes)
    }
}

/// Bytes in the view itself, or where it says.
pub(super) struct Views<T: ByteViewType + ?Sized>(pub GenericByteViewArray<T>);

impl<T: ByteViewType + ?Sized> Bytes for Views<T> {
    fn with<R>(&self, index: usize, use_bytes: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let raw = self.0.views()[index];
        let view = ByteView::from(raw);
        let length = view.length as usize;
        if view.length <= MAX_INLINE_VIEW_LEN {
            return raw.to_le_bytes().get(4..4 + length).map(use_bytes);
        }
        let buffer = self.0.data_buffers().get(view.buffer_index as usize)?;
        let start = view.offset as usize;
        buffer.get(start..start.checked_add(length)?).map(use_bytes)
    }
}

pub(super) struct Strings<B> {
    pub name: String,
    pub bytes: B,
    pub printable: Arc<Printable>,
}

impl<B: Bytes> Values for Strings<B> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let written = self.bytes.with(index, |bytes| {
            // Data that crossed a C interface or came from a file need not be UTF-8.
            std::str::from_utf8(bytes).map(|text| write_str(text, &self.printable, out))
        });
        match written {
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(unknown_characters(self.name.clone())),
            Some(Err(error)) => Err(Uncovered {
                column: self.name.clone(),
                reason: format!("a string is not UTF-8: {error}"),
            }),
            None => Err(outside(&self.name)),
        }
    }
}

pub(super) struct Binary<B> {
    pub name: String,
    pub bytes: B,
}

impl<B: Bytes> Values for Binary<B> {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        let written = self.bytes.with(index, |bytes| write_bytes(bytes, out));
        written.ok_or_else(|| outside(&self.name))
    }
}

pub(super) struct FixedBinary(pub FixedSizeBinaryArray);

impl Values for FixedBinary {
    fn write(&self, index: usize, out: &mut Vec<u8>) -> Result<(), Uncovered> {
        write_bytes(self.0.value(index), out);
        Ok(())
    }
}
