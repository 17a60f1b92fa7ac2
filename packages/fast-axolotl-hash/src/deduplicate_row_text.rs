//! `deduplicate_row_text`.

use std::ops::Range;
use std::time::{Duration, Instant};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_schema::DataType;
use fast_axolotl_boundary::arrow;
use fast_axolotl_boundary::errors::type_error;
use fast_axolotl_boundary::pool::{self, Threads};
use fast_axolotl_hash::row_text::{Table, Uncovered};
use fast_axolotl_hash::{Digest, hash_rows_with};
use pyo3::exceptions::{PyIndexError, PyNotImplementedError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::printable::printable;
use crate::rows::{hex_list, seen_before};

/// Rows hashed before the first look at Ctrl-C. The threads wait for each other at the end of each
/// slice, so slices grow until one takes as long as nobody minds waiting; not without end, as later
/// rows may be longer.
const FIRST_SLICE: usize = 4096;
const LAST_SLICE: usize = 1 << 18;
const LONG_ENOUGH: Duration = Duration::from_millis(50);

/// Find the first occurrence of each distinct row of a table, comparing rows as Python text.
///
/// A row counts as `str(row)`, where `row` is the dictionary that pyarrow makes of it; hashing that
/// text is how Axolotl deduplicates. The text is written straight from the Arrow buffers, except
/// that pyarrow is asked for half floats, timestamps with a zone and what counts nanoseconds: their
/// text depends on the versions that are installed.
///
/// Args:
///     data: a table, record batch or stream of them, from any Arrow library. Names of columns may
///         not hold a NUL, at which the Arrow C interface cuts them.
///     existing_hashes: hexadecimal SHA-256 digests of rows seen earlier (a list, a set or any
///         other iterable); rows with these hashes are left out.
///     num_threads: how many threads to use; 0 is one per core.
///     indices: an Arrow uint64 array: row `i` is then row `indices[i]` of `data`, as in the
///         indices mapping of a shuffled or selected HF dataset.
///
/// Returns:
///     The indices of the first occurrences whose hash is not in `existing_hashes`, ascending, and
///     those rows' hashes in the same order.
///
/// Raises:
///     NotImplementedError: a column's type, or a value, has a Python text that is not covered; the
///         message names the column.
///     TypeError: `data` is not Arrow data, or `indices` is not a uint64 array.
///     IndexError: an index lies outside `data`.
///     ValueError: an existing hash is not 64 lower-case hexadecimal digits, or num_threads is
///         negative.
#[pyfunction]
#[pyo3(
    signature = (data, existing_hashes = None, num_threads = Threads(0), *, indices = None),
    text_signature = "(data, existing_hashes=None, num_threads=0, *, indices=None)"
)]
pub fn deduplicate_row_text<'py>(
    data: &Bound<'py, PyAny>,
    existing_hashes: Option<&Bound<'_, PyAny>>,
    num_threads: Threads,
    indices: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Vec<usize>, Bound<'py, PyList>)> {
    let py = data.py();
    let mut seen = seen_before(existing_hashes)?;
    let batches = arrow::record_batches("data", data)?;
    let printable = printable(py);
    // Detached, as all that asks `printable`: another thread may be asking Python just then.
    let table = py.detach(|| Table::new(&batches, &printable)).map_err(uncovered)?;
    let mapping = indices.map(|indices| mapping(indices, table.num_rows())).transpose()?;
    let num_rows = mapping.as_ref().map_or(table.num_rows(), Vec::len);

    let mut digests = Vec::with_capacity(num_rows);
    let mut slice = FIRST_SLICE;
    while digests.len() < num_rows {
        let rows = digests.len()..num_rows.min(digests.len() + slice);
        let started = Instant::now();
        let hashed =
            py.detach(|| pool::run(num_threads, || hash_slice(&table, mapping.as_deref(), rows)))?;
        digests.append(&mut hashed.map_err(uncovered)?);
        if started.elapsed() < LONG_ENOUGH {
            slice = LAST_SLICE.min(slice * 2);
        }
        py.check_signals()?;
    }
    let first = py.detach(|| seen.first_occurrences(&digests));
    let hashes = hex_list(py, first.iter().map(|&row| &digests[row]))?;
    Ok((first, hashes))
}

fn hash_slice(
    table: &Table,
    mapping: Option<&[usize]>,
    rows: Range<usize>,
) -> Result<Vec<Digest>, Uncovered> {
    hash_rows_with(rows.len(), |at, out| {
        let row = rows.start + at;
        table.write_row(mapping.map_or(row, |mapping| mapping[row]), out)
    })
}

/// The indices, checked against the number of rows they point into.
fn mapping(indices: &Bound<'_, PyAny>, num_rows: usize) -> PyResult<Vec<usize>> {
    let expected = || type_error("indices must be an Arrow array of uint64 without nulls");
    let mut mapping = Vec::new();
    for chunk in arrow::chunks("indices", indices)? {
        if chunk.data_type() != &DataType::UInt64 || chunk.null_count() > 0 {
            return Err(expected());
        }
        for &index in chunk.as_primitive::<UInt64Type>().values() {
            match usize::try_from(index) {
                Ok(row) if row < num_rows => mapping.push(row),
                _ => {
                    return Err(PyIndexError::new_err(format!(
                        "indices[{}] is {index}, but data has {num_rows} rows",
                        mapping.len()
                    )));
                }
            }
        }
    }
    Ok(mapping)
}

fn uncovered(error: Uncovered) -> PyErr {
    PyNotImplementedError::new_err(error.to_string())
}
