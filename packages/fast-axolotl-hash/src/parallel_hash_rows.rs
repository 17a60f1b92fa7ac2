//! `parallel_hash_rows`.

use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::pool::Threads;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::output::hex_list;
use crate::source::Hashing;

/// Hash each row with SHA-256, on several threads.
///
/// Args:
///     rows: a list (or other iterable) of str or bytes, or an Arrow array of strings or binary
///         from any library (pyarrow, polars, ...), without nulls; text counts as its UTF-8 bytes.
///         Or a table, a stream of record batches or a Hugging Face Dataset, whose rows count as
///         Python's `str` of their dictionaries, as Axolotl has it.
///     num_threads: how many threads to use; 0 is one per core.
///
/// Returns:
///     The 64 lower-case hexadecimal digits of each row's digest, in order: what
///     `hashlib.sha256(row.encode()).hexdigest()` gives, or `hashlib.sha256(str(row).encode())`
///     for a row of a table.
///
/// Raises:
///     TypeError: a row is neither str nor bytes (the message names it).
///     UnicodeEncodeError: a str holds a lone surrogate, which has no UTF-8 form.
///     ValueError: num_threads is negative, or an Arrow row is null.
///     NotImplementedError: a column's type, or a value, has a text that is not covered (the
///         message names the column), or a Dataset has a format.
#[guarded]
#[pyfunction]
#[pyo3(signature = (rows, num_threads = Threads(0)), text_signature = "(rows, num_threads=0)")]
pub fn parallel_hash_rows<'py>(
    rows: &Bound<'py, PyAny>,
    num_threads: Threads,
) -> PyResult<Bound<'py, PyList>> {
    let digests = Hashing::as_axolotl(num_threads).digests("rows", rows)?;
    hex_list(rows.py(), digests.chunks_exact(32))
}
