//! Chunks of Arrow data: which are hashed together, and what of them.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    BinaryType, BinaryViewType, ByteArrayType, ByteViewType, LargeBinaryType, LargeUtf8Type,
    StringViewType, Utf8Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::DataType;
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_hash::{bytes_at, view_at};
use pyo3::prelude::*;

/// Chunks are hashed together up to this many rows or bytes: handing work to threads costs the
/// same for a row as for many.
const ROWS_TOGETHER: usize = 1 << 16;
const BYTES_TOGETHER: usize = 64 << 20;

/// Chunks to be hashed together.
#[derive(Default)]
pub struct ChunkGroup {
    pub chunks: Vec<ArrayRef>,
    pub rows: usize,
    bytes: usize,
}

impl ChunkGroup {
    /// Whether there are enough with this one.
    pub fn push(&mut self, chunk: ArrayRef) -> bool {
        self.rows += chunk.len();
        self.bytes += chunk.get_buffer_memory_size();
        self.chunks.push(chunk);
        self.rows >= ROWS_TOGETHER || self.bytes >= BYTES_TOGETHER
    }
}

/// The table of some columns of a table.
pub fn select(chunk: &ArrayRef, columns: &[String]) -> PyResult<ArrayRef> {
    let DataType::Struct(fields) = chunk.data_type() else {
        let found = chunk.data_type();
        return Err(type_error(format!("an array of {found} has no columns to choose")));
    };
    let table = chunk.as_struct();
    let places = columns.iter().map(|name| {
        fields.find(name).map(|(place, _)| place).ok_or_else(|| {
            let names: Vec<_> = fields.iter().map(|field| format!("{:?}", field.name())).collect();
            value_error(format!("there is no column {name:?}; there are {}", names.join(", ")))
        })
    });
    let places = places.collect::<PyResult<Vec<_>>>()?;
    let chosen = places.iter().map(|&place| fields[place].clone()).collect();
    let arrays = places.iter().map(|&place| table.column(place).clone()).collect();
    // The lengths are those of a table, so this does not fail.
    StructArray::try_new_with_length(chosen, arrays, table.nulls().cloned(), table.len())
        .map(|table| Arc::new(table) as ArrayRef)
        .map_err(value_error)
}

pub fn record_batch(chunk: &ArrayRef) -> PyResult<RecordBatch> {
    match chunk.data_type() {
        DataType::Struct(_) if chunk.null_count() == 0 => {
            Ok(RecordBatch::from(chunk.as_struct().clone()))
        }
        other => Err(type_error(format!(
            "encoding='text' is of rows of a table, and this is an Arrow array of {other}"
        ))),
    }
}

/// The bytes of a value; `None` if it points outside its buffers.
type Slice<'a> = Box<dyn Fn(usize) -> Option<&'a [u8]> + Send + Sync + 'a>;

/// The rows of arrays of strings or binary.
pub struct Strings<'a> {
    slices: Vec<Slice<'a>>,
    /// The number of the first row of each array, and at the end the number of all rows.
    starts: Vec<usize>,
    /// How many rows came before, for errors.
    before: usize,
}

impl<'a> Strings<'a> {
    /// The rows of `chunks`, which have no nulls, or of the only column of tables.
    pub fn new(chunks: &'a [ArrayRef], before: usize) -> PyResult<Self> {
        let mut strings =
            Self { slices: Vec::with_capacity(chunks.len()), starts: vec![0], before };
        for chunk in chunks {
            let start = strings.starts[strings.starts.len() - 1];
            let array = the_column(chunk)?;
            if array.null_count() > 0 {
                let null = (0..array.len()).find(|&row| array.is_null(row)).unwrap_or(0);
                return Err(value_error(format!(
                    "rows[{}] is null, which has no bytes to hash; drop or fill nulls first",
                    before + start + null
                )));
            }
            strings.slices.push(slice_of(array)?);
            strings.starts.push(start + array.len());
        }
        Ok(strings)
    }

    /// The bytes of a row.
    pub fn at(&self, row: usize) -> PyResult<&'a [u8]> {
        let chunk = self.starts.partition_point(|&start| start <= row) - 1;
        let within = row - self.starts[chunk];
        self.slices[chunk](within).ok_or_else(|| {
            value_error(format!(
                "rows[{}] points outside its Arrow buffers (row {within} of its chunk); the \
                 producer of the array is at fault",
                self.before + row
            ))
        })
    }
}

/// The array, or the only column of a table.
fn the_column(chunk: &ArrayRef) -> PyResult<&ArrayRef> {
    match chunk.data_type() {
        DataType::Struct(fields) => match chunk.as_struct().columns() {
            [column] => Ok(column),
            _ => Err(type_error(format!(
                "encoding='bytes' is of one column, and there are {}; choose one",
                fields.len()
            ))),
        },
        _ => Ok(chunk),
    }
}

fn slice_of(array: &ArrayRef) -> PyResult<Slice<'_>> {
    fn offsets<T: ByteArrayType>(array: &ArrayRef) -> Slice<'_> {
        let array = array.as_bytes::<T>();
        Box::new(move |row| bytes_at(array, row))
    }
    fn views<T: ByteViewType>(array: &ArrayRef) -> Slice<'_> {
        let array = array.as_byte_view::<T>();
        Box::new(move |row| view_at(array, row))
    }
    Ok(match array.data_type() {
        DataType::Utf8 => offsets::<Utf8Type>(array),
        DataType::LargeUtf8 => offsets::<LargeUtf8Type>(array),
        DataType::Binary => offsets::<BinaryType>(array),
        DataType::LargeBinary => offsets::<LargeBinaryType>(array),
        DataType::Utf8View => views::<StringViewType>(array),
        DataType::BinaryView => views::<BinaryViewType>(array),
        other => {
            return Err(type_error(format!(
                "rows is an Arrow array of {other}, expected strings or binary; cast it first"
            )));
        }
    })
}
