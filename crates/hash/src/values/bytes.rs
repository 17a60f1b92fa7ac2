//! Strings and binary data.

use arrow_array::cast::AsArray;
use arrow_array::types::{ByteArrayType, ByteViewType};
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, GenericByteArray, GenericByteViewArray};
use arrow_buffer::ArrowNativeType;
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};

use super::ValuesError;
use super::column::{Column, write_count};
use crate::algorithm::RowSink;

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

/// The bytes of the value at `index`; `None` if it points outside the buffers.
///
/// Offsets may come from anywhere, so they are not trusted, and neither is it that text is UTF-8.
pub fn bytes_at<T: ByteArrayType>(array: &GenericByteArray<T>, index: usize) -> Option<&[u8]> {
    let offsets = array.value_offsets();
    array.value_data().get(offsets[index].as_usize()..offsets[index + 1].as_usize())
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

/// The same for a view: a length, and the bytes themselves or where they are.
pub fn view_at<T: ByteViewType>(array: &GenericByteViewArray<T>, index: usize) -> Option<&[u8]> {
    let place = &array.views()[index];
    let view = ByteView::from(*place);
    let length = view.length as usize;
    if view.length <= MAX_INLINE_VIEW_LEN {
        // SAFETY: the view is in the array and says that its bytes are inline.
        return Some(unsafe { GenericByteViewArray::<T>::inline_value(place, length) });
    }
    let start = view.offset as usize;
    array.data_buffers().get(view.buffer_index as usize)?.get(start..start.checked_add(length)?)
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
