//! The rows that callers pass, as digests.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::arrow::{self, Chunks};
use fast_axolotl_boundary::dataset::{Dataset, order, pandas_columns, refuse_polars_objects};
use fast_axolotl_boundary::errors::type_error;
use fast_axolotl_boundary::interrupt::check_signals;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_boundary::string_rows::StringRows;
use fast_axolotl_hash::row_text::TextRows;
use fast_axolotl_hash::{
    Algorithm, DigestKind, Encoding, PARALLEL_ROWS, hash_rows, hash_slices, values,
};
use pyo3::exceptions::{PyKeyboardInterrupt, PyMemoryError, PyNotImplementedError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyMapping, PyTuple};

use crate::chunks::{ChunkGroup, Strings, record_batch, select};
use crate::errors;
use crate::printable::printable;

/// The most rows whose digests are held at a time.
const ROWS_PER_PART: usize = 1 << 16;
/// Rows that together have at most this many bytes take no time that anybody would interrupt.
const FEW_BYTES: usize = 1 << 16;

/// Takes the digests of some rows.
pub type Taker<'a> = dyn FnMut(&Pool, Vec<u8>) -> PyResult<()> + 'a;

/// How rows become digests.
pub struct Hashing {
    pub kind: DigestKind,
    /// Python's text for rows of tables, as Axolotl hashes them, and bytes for all else.
    pub as_axolotl: bool,
    pub columns: Option<Vec<String>>,
    pub threads: Threads,
}

impl Hashing {
    /// SHA-256 as the functions that Axolotl knows have it.
    pub fn as_axolotl(threads: Threads) -> Self {
        let kind = DigestKind { algorithm: Algorithm::Sha256, encoding: Encoding::Bytes };
        Self { kind, as_axolotl: true, columns: None, threads }
    }

    /// The digests of all rows.
    pub fn digests(&self, name: &str, data: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
        let mut digests = Vec::new();
        self.each(name, data, &mut |_, mut some| {
            if digests.is_empty() {
                digests = some;
            } else {
                digests.try_reserve(some.len()).map_err(|_| no_memory(name))?;
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
            let is_text = self.as_axolotl || self.kind.encoding == Encoding::Text;
            if let Some(format) = dataset.format.filter(|_| is_text) {
                return Err(PyNotImplementedError::new_err(format!(
                    "{name} has the format '{format}', which gives its rows another text; pass \
                     {name}.with_format(None)"
                )));
            }
            let chunks = Chunks::open(name, &dataset.table)?.collect::<PyResult<Vec<_>>>()?;
            let num_rows = chunks.iter().map(|chunk| chunk.len()).sum();
            let order = dataset.indices.map(|indices| order(&indices, num_rows)).transpose()?;
            return self.hash_chunks(data.py(), &pool, &chunks, columns, order.as_deref(), 0, take);
        }
        if !arrow::is_arrow(data)? {
            return self.hash_objects(name, data, &pool, take);
        }
        refuse_polars_objects(name, data)?;
        let of_pandas = pandas_columns(data)?;
        let columns = self.columns.as_ref().or(of_pandas.as_ref());
        let mut group = ChunkGroup::default();
        let mut first = 0;
        for chunk in Chunks::open(name, data)? {
            if group.push(chunk?) {
                self.hash_chunks(data.py(), &pool, &group.chunks, columns, None, first, take)?;
                first += group.rows;
                group = ChunkGroup::default();
            }
        }
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
        if !is_sequence && (data.cast::<PyMapping>().is_ok() || data.try_iter().is_err()) {
            return Err(type_error(format!(
                "{name} is {}, expected a list of str or bytes, Arrow data or a Dataset",
                type_name(data)
            )));
        }
        if self.columns.is_some() {
            return Err(type_error(format!("{name} is a list, which has no columns to choose")));
        }
        let rows = StringRows::read(data)?;
        let slices = rows.as_slices();
        let py = data.py();
        let size = Size::new(slices.len(), || slices.iter().map(|slice| slice.len()).sum());
        match self.kind.encoding {
            Encoding::Bytes => in_parts(py, pool, size, take, |rows, stop| {
                hash_slices(self.kind.algorithm, rows, |row| {
                    go_on(stop)?;
                    Ok(slices[row])
                })
            }),
            Encoding::Values => {
                let are_text: Vec<bool> = (0..slices.len()).map(|row| rows.is_text(row)).collect();
                in_parts(py, pool, size, take, |rows, stop| {
                    hash_rows(self.kind.algorithm, rows, |row, out| {
                        go_on(stop)?;
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
        let size =
            Size::new(num_rows, || chunks.iter().map(|chunk| chunk.get_buffer_memory_size()).sum());
        let at = |row: usize| order.map_or(row, |order| order[row]);
        let encoding =
            if self.as_axolotl && is_table { Encoding::Text } else { self.kind.encoding };
        let chosen = match columns {
            Some(columns) => chunks.iter().map(|chunk| select(chunk, columns)).collect(),
            None => Ok(chunks.to_vec()),
        }?;
        match encoding {
            Encoding::Values => {
                let rows = values::ValueRows::new(&chosen).map_err(errors::values)?;
                in_parts(py, pool, size, take, |part, stop| {
                    hash_rows(self.kind.algorithm, part, |row, out| {
                        go_on(stop)?;
                        rows.write_row(at(row), out).map_err(errors::values)
                    })
                })
            }
            Encoding::Text => {
                let batches = chosen.iter().map(record_batch).collect::<PyResult<Vec<_>>>()?;
                let printable = printable(py);
                // Detached, as all that asks `printable`: another thread may be asking Python.
                let table =
                    py.detach(|| TextRows::new(&batches, &printable)).map_err(errors::uncovered)?;
                in_parts(py, pool, size, take, |part, stop| {
                    hash_rows(self.kind.algorithm, part, |row, out| {
                        go_on(stop)?;
                        table.write_row(at(row), out.buffer()).map_err(errors::uncovered)
                    })
                })
            }
            Encoding::Bytes => {
                let strings = Strings::new(&chosen, first)?;
                in_parts(py, pool, size, take, |part, stop| {
                    hash_slices(self.kind.algorithm, part, |row| {
                        go_on(stop)?;
                        strings.at(at(row))
                    })
                })
            }
        }
    }
}

/// How much there is to hash.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    /// Whether it is so little that the calling thread does it.
    is_small: bool,
}

impl Size {
    /// The bytes are asked for only if there are few rows.
    fn new(rows: usize, bytes: impl FnOnce() -> usize) -> Self {
        Self { rows, is_small: rows < PARALLEL_ROWS && bytes() <= FEW_BYTES }
    }
}

/// Hashes detached, part by part, and hands on the digests of each. Hears Ctrl-C.
fn in_parts(
    py: Python<'_>,
    pool: &Pool,
    size: Size,
    take: &mut Taker<'_>,
    hash: impl Fn(Range<usize>, &AtomicBool) -> PyResult<Vec<u8>> + Sync,
) -> PyResult<()> {
    for start in (0..size.rows).step_by(ROWS_PER_PART) {
        let part = start..size.rows.min(start + ROWS_PER_PART);
        let digests = if size.is_small {
            py.detach(|| hash(part, &AtomicBool::new(false)))
        } else {
            pool.run_unless_interrupted(py, |stop| hash(part, stop))?
        };
        take(pool, digests?)?;
        check_signals(py)?;
    }
    Ok(())
}

fn no_memory(name: &str) -> PyErr {
    PyMemoryError::new_err(format!(
        "there is no memory for the digests of all rows of {name}; pass some rows at a time"
    ))
}

/// An error that ends the work if it is to stop. Nobody sees it: Ctrl-C has raised another.
fn go_on(stop: &AtomicBool) -> PyResult<()> {
    if stop.load(Ordering::Relaxed) {
        return Err(PyKeyboardInterrupt::new_err(()));
    }
    Ok(())
}
