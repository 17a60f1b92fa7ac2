//! `streaming_dataset_reader`.

use fast_axolotl_boundary::arguments::{self, names};
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::output::OutputOf;
use fast_axolotl_boundary::pool::Threads;
use fast_axolotl_stream::{OnError, Options, Reader};
use pyo3::prelude::*;

use crate::arguments::{BatchForm, batch_size, dataset_type, on_error};
use crate::dataset_reader::DatasetReader;
use crate::errors::exception;

/// Read a dataset in batches, in bounded memory.
///
/// Args:
///     file_path: a file, or a directory that `datasets.Dataset.save_to_disk` wrote.
///     dataset_type: "" or "auto" to tell from the path, a format, or "format.compression" such
///         as "jsonl.zst"; see `list_supported_formats`. A format alone takes the compression
///         from the path.
///     batch_size: rows per batch, at least 1; only the last batch may have fewer.
///     num_threads: an upper bound for the threads that read ahead; 0 is one per core. Reading
///         and decoding take one thread, beside the one that takes the batches.
///     columns: the columns to read, in this order; all of them if None. Other columns of
///         Parquet, Arrow and CSV files are not decoded. In JSON a column must occur in the first
///         batch.
///     on_error: "raise", or "skip" to leave out malformed records of JSON, CSV and text files;
///         the iterator's `skipped` and `skipped_count` tell which and how many. Damage to a file
///         as a whole is raised all the same, and so is a JSON record after which the next one
///         cannot be told for sure.
///     output: "list", for dicts of lists of Python objects, or "arrow", for Arrow data that no
///         Python object is made of.
///
/// Returns:
///     An iterator. With output="list" it yields one dict per batch, of equally long lists by
///     column name. Values are those
///     of `pyarrow`'s `to_pylist()`, with these exceptions: UUIDs are bytes, decimals of negative
///     scale are equal but written out, as 12300 for 1.23E+4, and Parquet columns that were
///     written from whole seconds in a time zone are the same instants in UTC. JSON has the
///     values of `json.loads`; its columns are the top-level keys so far, None where a record
///     lacks one. CSV is typed by its first 10,000 rows, as pandas does it, but each row must
///     have as many fields as the header, and integers that floats would round stay integers;
///     text has one column "text".
///
///     With output="arrow" it yields one `ArrowBatch` per batch, which pyarrow, polars and others
///     take without a copy. Parquet, Arrow and saved datasets keep their types and metadata; a
///     slice of a larger piece of the file shares that piece's memory. Each batch of JSON has the
///     types of its own values: null where there is nothing else, bool, int64 (uint64 if one is
///     above and none negative), float64 for floats and integers mixed, string, lists and structs
///     of these, with all keys in the order they first came and null for one that is missing.
///
/// Raises:
///     FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError: the path cannot
///         be read, or is of the wrong kind.
///     TypeError: an argument of the wrong type, an output that is not there yet, or with
///         output="list" a column type that has no Python value.
///     ValueError: an empty path, an unknown format or column, a batch_size below 1, malformed or
///         damaged data; the message names the file and the place. With output="arrow" also a JSON
///         column whose values in one batch no single type holds unaltered, as strings and numbers, an
///         integer outside of int64 and uint64 or one among floats that no float64 equals, a
///         text with half of a surrogate pair, or more than 60 levels; on_error="skip" does not
///         leave out such records, since which of them is wrong is not known.
#[guarded]
#[pyfunction]
#[pyo3(
    signature = (
        file_path, dataset_type = String::from("auto"), batch_size = 1000,
        num_threads = Threads(4), columns = None, *, on_error = OnError::Raise,
        output = OutputOf(BatchForm::List)
    ),
    text_signature = "(file_path, dataset_type='auto', batch_size=1000, num_threads=4, \
                      columns=None, *, on_error='raise', output='list')"
)]
pub fn streaming_dataset_reader(
    file_path: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = dataset_type)] dataset_type: String,
    #[pyo3(from_py_with = batch_size)] batch_size: usize,
    num_threads: Threads,
    columns: Option<&Bound<'_, PyAny>>,
    #[pyo3(from_py_with = on_error)] on_error: OnError,
    output: OutputOf<BatchForm>,
) -> PyResult<DatasetReader> {
    // One thread always suffices, so every valid bound is kept.
    let _ = num_threads;
    let py = file_path.py();
    let path = arguments::file_path("file_path", file_path)?;
    let names = |value| names("columns", "a list of str or None", value);
    let columns = columns.map(names).transpose()?;
    let output = output.0;
    let arrow = output == BatchForm::Arrow;
    let options = Options { batch_size, columns, on_error, arrow };
    let reader = py.detach(|| Reader::open(&path, &dataset_type, options)).map_err(exception)?;
    DatasetReader::start(path, reader, output)
}
