//! The rows that callers pass, as digests.

use std::ops::Range;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    BinaryType, BinaryViewType, ByteArrayType, ByteViewType, LargeBinaryType, LargeUtf8Type,
    StringViewType, UInt64Type, Utf8Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::DataType;
use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::arrow::{self, Chunks};
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_boundary::rows::Rows;
use fast_axolotl_hash::row_text::Table;
use fast_axolotl_hash::values::{self, bytes_at, view_at};
use fast_axolotl_hash::{Algorithm, Encoding, Kind, RowSink, hash_rows, hash_slices};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyMapping, PyTuple};

use crate::dataset::Dataset;
use crate::errors;
use crate::printable::printable;

/// The work between two looks at Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(30);
/// Chunks are hashed together up to this many rows or bytes: handing work to threads costs the
/// same for a row as for many.
const ROWS_TOGETHER: usize = 1 << 16;
const BYTES_TOGETHER: usize = 64 << 20;

/// Takes the digests of some rows.
pub type Taker<'a> = dyn FnMut(&Pool, Vec<u8>) -> PyResult<()> + 'a;

/// How rows become digests.
pub struct Hashing {
    pub kind: Kind,
    /// Python's text for rows of tables, as Axolotl hashes them, and bytes for all else.
    pub as_axolotl: bool,
    pub columns: Option<Vec<String>>,
    pub threads: Threads,
}

impl Hashing {
    /// SHA-256 as the functions that Axolotl knows have it.
    pub fn as_axolotl(threads: Threads) -> Self {
        let kind = Kind { algorithm: Algorithm::Sha256, encoding: Encoding::Bytes };
        Self { kind, as_axolotl: true, columns: None, threads }
    }

    /// The digests of all rows.
    pub fn digests(&self, name: &str, data: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        let mut digests = Vec::new();
        self.each(name, data, &mut |_, mut some| {
            if digests.is_empty() {
                digests = some;
            } else {
                digests.append(&mut some);
            }
            Ok(())
        })?;
        Ok(digests)
    }

    /// Hands the digests of all rows on, some at a time.
    pub fn each(&self, name: &str, data: &Bound<'_, PyAny>, take: &mut Taker<'_>) -> PyResult<()> {
        let pool = Pool::new(self.threads)?;
        if let Some(dataset) = Dataset::read(data)? {
            let columns = self.columns.as_ref().or(dataset.columns.as_ref());
            let chunks = Chunks::open(name, &dataset.table)?.collect::<PyResult<Vec<_>>>()?;
            let num_rows = chunks.iter().map(|chunk| chunk.len()).sum();
            let order = dataset.indices.map(|indices| order(&indices, num_rows)).transpose()?;
            return self.hash_chunks(data.py(), &pool, &chunks, columns, order.as_deref(), 0, take);
        }
        if !arrow::is_arrow(data)? {
            return self.hash_objects(name, data, &pool, take);
        }
        let mut group = Group::default();
        let mut first = 0;
        for chunk in Chunks::open(name, data)? {
            if group.push(chunk?) {
                let columns = self.columns.as_ref();
                self.hash_chunks(data.py(), &pool, &group.chunks, columns, None, first, take)?;
                first += group.rows;
                group = Group::default();
            }
        }
        let columns = self.columns.as_ref();
        self.hash_chunks(data.py(), &pool, &group.chunks, columns, None, first, take)
    }

    /// Hashes a list of str or bytes.
    fn hash_objects(
        &self,
        name: &str,
        data: &Bound<'_, PyAny>,
        pool: &Pool,
        take: &mut Taker<'_>,
    ) -> PyResult<()> {
        let is_sequence = data.is_instance_of::<PyList>() || data.is_instance_of::<PyTuple>();
        if !is_sequence && data.cast::<PyMapping>().is_ok() {
            return Err(type_error(format!(
                "{name} is {}, expected a list of str or bytes, Arrow data or a Dataset",
                type_name(data)
            )));
        }
        if self.columns.is_some() {
            return Err(type_error(format!("{name} is a list, which has no columns to choose")));
        }
        let rows = Rows::read(data)?;
        let slices = rows.as_slices();
        let py = data.py();
        match self.kind.encoding {
            Encoding::Bytes => self.in_parts(py, pool, slices.len(), take, |rows| {
                Ok(hash_slices(self.kind.algorithm, &slices[rows]))
            }),
            Encoding::Values => {
                let are_text: Vec<bool> = (0..slices.len()).map(|row| rows.is_text(row)).collect();
                self.in_parts(py, pool, slices.len(), take, |rows| {
                    self.rows(rows, |row, out| {
                        if are_text[row] {
                            values::write_text(slices[row], out);
                        } else {
                            values::write_binary(slices[row], out);
                        }
                        Ok(())
                    })
                })
            }
            Encoding::Text => Err(type_error(format!(
                "encoding='text' is of rows of a table; {name} is a list: take encoding='bytes'"
            ))),
        }
    }

    /// Hashes the rows of chunks, of which the first is row `first`, in the order given.
    #[expect(clippy::too_many_arguments, reason = "what a chunk's rows are takes all of them")]
    fn hash_chunks(
        &self,
        py: Python<'_>,
        pool: &Pool,
        chunks: &[ArrayRef],
        columns: Option<&Vec<String>>,
        order: Option<&[usize]>,
        first: usize,
        take: &mut Taker<'_>,
    ) -> PyResult<()> {
        let Some(one) = chunks.first() else { return Ok(()) };
        let is_table = matches!(one.data_type(), DataType::Struct(_));
        let num_rows = order.map_or(chunks.iter().map(|chunk| chunk.len()).sum(), <[usize]>::len);
        let at = |row: usize| order.map_or(row, |order| order[row]);
        let encoding =
            if self.as_axolotl && is_table { Encoding::Text } else { self.kind.encoding };
        let chosen = match columns {
            Some(columns) => chunks.iter().map(|chunk| select(chunk, columns)).collect(),
            None => Ok(chunks.to_vec()),
        }?;
        match encoding {
            Encoding::Values => {
                let rows = values::Rows::new(&chosen).map_err(errors::values)?;
                self.in_parts(py, pool, num_rows, take, |part| {
                    self.rows(part, |row, out| rows.write_row(at(row), out).map_err(errors::values))
                })
            }
            Encoding::Text => {
                let batches = chosen.iter().map(record_batch).collect::<PyResult<Vec<_>>>()?;
                let printable = printable(py);
                // Detached, as all that asks `printable`: another thread may be asking Python.
                let table =
                    py.detach(|| Table::new(&batches, &printable)).map_err(errors::uncovered)?;
                self.in_parts(py, pool, num_rows, take, |part| {
                    self.rows(part, |row, out| {
                        table.write_row(at(row), out.buffer()).map_err(errors::uncovered)
                    })
                })
            }
            Encoding::Bytes => {
                let mut slices = Vec::with_capacity(num_rows);
                for chunk in &chosen {
                    slices_of(the_column(chunk)?, first, &mut slices)?;
                }
                self.in_parts(py, pool, num_rows, take, |part| {
                    Ok(match order {
                        None => hash_slices(self.kind.algorithm, &slices[part]),
                        Some(order) => {
                            let rows: Vec<_> = order[part].iter().map(|&row| slices[row]).collect();
                            hash_slices(self.kind.algorithm, &rows)
                        }
                    })
                })
            }
        }
    }

    fn rows(
        &self,
        rows: Range<usize>,
        write: impl Fn(usize, &mut RowSink) -> PyResult<()> + Sync,
    ) -> PyResult<Vec<u8>> {
        hash_rows(self.kind.algorithm, rows, write)
    }

    /// Hashes detached, in parts that take no longer than Ctrl-C may wait.
    fn in_parts(
        &self,
        py: Python<'_>,
        pool: &Pool,
        num_rows: usize,
        take: &mut Taker<'_>,
        hash: impl Fn(Range<usize>) -> PyResult<Vec<u8>> + Sync + Send,
    ) -> PyResult<()> {
        let (mut start, mut length) = (0, 1024);
        while start < num_rows {
            let part = start..num_rows.min(start.saturating_add(length));
            let began = Instant::now();
            let digests = py.detach(|| pool.run(|| hash(part.clone())))?;
            let took = began.elapsed();
            py.check_signals()?;
            take(pool, digests)?;
            start = part.end;
            length = if took < PATIENCE { length * 2 } else { (length / 2).max(1) };
        }
        Ok(())
    }
}

/// Chunks to be hashed together.
#[derive(Default)]
struct Group {
    chunks: Vec<ArrayRef>,
    rows: usize,
    bytes: usize,
}

impl Group {
    /// Whether there are enough with this one.
    fn push(&mut self, chunk: ArrayRef) -> bool {
        self.rows += chunk.len();
        self.bytes += chunk.get_buffer_memory_size();
        self.chunks.push(chunk);
        self.rows >= ROWS_TOGETHER || self.bytes >= BYTES_TOGETHER
    }
}

/// The rows that an indices mapping points to, checked against the number of rows there are.
fn order(indices: &Bound<'_, PyAny>, num_rows: usize) -> PyResult<Vec<usize>> {
    let mut order = Vec::new();
    for chunk in Chunks::open("the indices mapping", indices)? {
        let chunk = chunk?;
        if chunk.data_type() != &DataType::UInt64 || chunk.null_count() > 0 {
            return Err(type_error("the indices mapping is not of uint64 without nulls"));
        }
        for &index in chunk.as_primitive::<UInt64Type>().values() {
            match usize::try_from(index) {
                Ok(row) if row < num_rows => order.push(row),
                _ => {
                    return Err(pyo3::exceptions::PyIndexError::new_err(format!(
                        "the indices mapping has {index} at {}, but there are {num_rows} rows",
                        order.len()
                    )));
                }
            }
        }
    }
    Ok(order)
}

/// The table of some columns of a table.
fn select(chunk: &ArrayRef, columns: &[String]) -> PyResult<ArrayRef> {
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
        .map(|table| std::sync::Arc::new(table) as ArrayRef)
        .map_err(value_error)
}

fn record_batch(chunk: &ArrayRef) -> PyResult<RecordBatch> {
    match chunk.data_type() {
        DataType::Struct(_) if chunk.null_count() == 0 => {
            Ok(RecordBatch::from(chunk.as_struct().clone()))
        }
        other => Err(type_error(format!(
            "encoding='text' is of rows of a table, and this is an Arrow array of {other}"
        ))),
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

/// Appends the bytes of every row of a string or binary array.
fn slices_of<'a>(array: &'a ArrayRef, first: usize, slices: &mut Vec<&'a [u8]>) -> PyResult<()> {
    let before = slices.len();
    if array.null_count() > 0 {
        let null = (0..array.len()).find(|&row| array.is_null(row)).unwrap_or(0);
        return Err(value_error(format!(
            "rows[{}] is null, which has no bytes to hash; drop or fill nulls first",
            first + before + null
        )));
    }
    let complete = match array.data_type() {
        DataType::Utf8 => from_offsets::<Utf8Type>(array, slices),
        DataType::LargeUtf8 => from_offsets::<LargeUtf8Type>(array, slices),
        DataType::Binary => from_offsets::<BinaryType>(array, slices),
        DataType::LargeBinary => from_offsets::<LargeBinaryType>(array, slices),
        DataType::Utf8View => from_views::<StringViewType>(array, slices),
        DataType::BinaryView => from_views::<BinaryViewType>(array, slices),
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
            first + slices.len(),
            slices.len() - before
        ))
    })
}

/// Appends each row, up to the first that points outside the buffer: then `None`.
fn from_offsets<'a, T: ByteArrayType>(
    array: &'a ArrayRef,
    slices: &mut Vec<&'a [u8]>,
) -> Option<()> {
    let array = array.as_bytes::<T>();
    (0..array.len()).try_for_each(|row| bytes_at(array, row).map(|bytes| slices.push(bytes)))
}

/// The same for views.
fn from_views<'a, T: ByteViewType>(array: &'a ArrayRef, slices: &mut Vec<&'a [u8]>) -> Option<()> {
    let array = array.as_byte_view::<T>();
    (0..array.len()).try_for_each(|row| view_at(array, row).map(|bytes| slices.push(bytes)))
}
