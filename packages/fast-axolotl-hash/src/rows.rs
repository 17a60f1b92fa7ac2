//! The rows that callers pass, as digests.

use arrow_array::cast::AsArray;
use arrow_array::types::ByteViewType;
use arrow_array::types::{BinaryType, ByteArrayType, LargeBinaryType, LargeUtf8Type, Utf8Type};
use arrow_array::{Array, ArrayRef, GenericByteArray, GenericByteViewArray};
use arrow_buffer::ArrowNativeType;
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};
use arrow_schema::DataType;
use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::arrow;
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::pool::{self, Threads};
use fast_axolotl_boundary::rows::Rows;
use fast_axolotl_hash::{Deduplicator, Digest, hash_rows, hex, parse_hex};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// Bytes hashed between two looks at Ctrl-C: a few tens of milliseconds of work.
const BYTES_PER_SLICE: usize = 32 << 20;

/// The digest of every row, whatever holds the rows.
pub fn digests(rows: &Bound<'_, PyAny>, threads: Threads) -> PyResult<Vec<Digest>> {
    let py = rows.py();
    if arrow::is_arrow(rows)? {
        let chunks = arrow::chunks("rows", rows)?;
        let mut slices = Vec::new();
        for chunk in &chunks {
            arrow_slices(chunk, &mut slices)?;
        }
        hash(py, &slices, threads)
    } else {
        let rows = Rows::read(rows)?;
        hash(py, rows.as_slices(), threads)
    }
}

/// Hashes detached, coming up for Ctrl-C in between.
fn hash(py: Python<'_>, rows: &[&[u8]], threads: Threads) -> PyResult<Vec<Digest>> {
    let mut digests = Vec::with_capacity(rows.len());
    let mut rest = rows;
    while !rest.is_empty() {
        let mut bytes = 0;
        let end = rest
            .iter()
            .position(|row| {
                bytes += row.len() + 64;
                bytes > BYTES_PER_SLICE
            })
            .map_or(rest.len(), |last| last + 1);
        let (now, later) = rest.split_at(end);
        digests.append(&mut py.detach(|| pool::run(threads, || hash_rows(now)))?);
        py.check_signals()?;
        rest = later;
    }
    Ok(digests)
}

/// Appends the bytes of every row of a string or binary array.
fn arrow_slices<'a>(array: &'a ArrayRef, slices: &mut Vec<&'a [u8]>) -> PyResult<()> {
    if array.null_count() > 0 {
        let null = (0..array.len()).find(|&row| array.is_null(row)).unwrap_or(0) + slices.len();
        return Err(value_error(format!(
            "rows[{null}] is null, which has no bytes to hash; drop or fill nulls first"
        )));
    }
    let before = slices.len();
    let complete = match array.data_type() {
        DataType::Utf8 => from_offsets::<Utf8Type>(array.as_bytes(), slices),
        DataType::LargeUtf8 => from_offsets::<LargeUtf8Type>(array.as_bytes(), slices),
        DataType::Binary => from_offsets::<BinaryType>(array.as_bytes(), slices),
        DataType::LargeBinary => from_offsets::<LargeBinaryType>(array.as_bytes(), slices),
        DataType::Utf8View => from_views(array.as_string_view(), slices),
        DataType::BinaryView => from_views(array.as_binary_view(), slices),
        other => {
            return Err(type_error(format!(
                "rows is an Arrow array of {other}, expected strings or binary; cast it first"
            )));
        }
    };
    complete.ok_or_else(|| {
        value_error(format!(
            "rows[{}] points outside its Arrow buffers (row {} of its chunk); the producer of the \
             array is at fault",
            slices.len(),
            slices.len() - before
        ))
    })
}

/// Appends each row, up to the first that points outside the buffer: then `None`.
fn from_offsets<'a, T: ByteArrayType>(
    array: &'a GenericByteArray<T>,
    slices: &mut Vec<&'a [u8]>,
) -> Option<()> {
    let values = array.value_data();
    for ends in array.value_offsets().windows(2) {
        slices.push(values.get(ends[0].as_usize()..ends[1].as_usize())?);
    }
    Some(())
}

/// The same for rows that are views: a length, and the bytes themselves or where they are.
fn from_views<'a, T: ByteViewType + ?Sized>(
    array: &'a GenericByteViewArray<T>,
    slices: &mut Vec<&'a [u8]>,
) -> Option<()> {
    for (row, view) in array.views().iter().enumerate() {
        let length = ByteView::from(*view).length;
        slices.push(if length <= MAX_INLINE_VIEW_LEN {
            // SAFETY: the view is in the array and says that its bytes are inline.
            unsafe { GenericByteViewArray::<T>::inline_value(&array.views()[row], length as usize) }
        } else {
            let view = ByteView::from(*view);
            let start = view.offset as usize;
            let buffer = array.data_buffers().get(view.buffer_index as usize)?;
            buffer.get(start..start.checked_add(length as usize)?)?
        });
    }
    Some(())
}

/// The hexadecimal digits of each digest, as a Python list.
pub fn hex_list<'py, 'a>(
    py: Python<'py>,
    digests: impl ExactSizeIterator<Item = &'a Digest>,
) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, digests.map(|digest| PyString::new(py, &hex(digest))))
}

/// A deduplicator that knows the hexadecimal digests in `existing`.
pub fn seen_before(existing: Option<&Bound<'_, PyAny>>) -> PyResult<Deduplicator> {
    let mut seen = Deduplicator::new();
    for (index, item) in
        existing.map(|existing| existing.try_iter()).transpose()?.into_iter().flatten().enumerate()
    {
        let item = item?;
        let text = item.extract::<&str>().map_err(|_| {
            type_error(format!("existing_hashes[{index}] is {}, expected str", type_name(&item)))
        })?;
        let digest = parse_hex(text).ok_or_else(|| {
            value_error(format!(
                "existing_hashes[{index}] is {text:?}, expected the 64 lower-case hexadecimal \
                 digits of a SHA-256 digest"
            ))
        })?;
        seen.insert(digest);
    }
    Ok(seen)
}
