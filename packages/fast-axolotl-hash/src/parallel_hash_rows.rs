//! `parallel_hash_rows`.

use fast_axolotl_boundary::pool::Threads;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::rows::{digests, hex_list};

/// Hash each row with SHA-256, on several threads.
///
/// Args:
///     rows: a list (or other iterable) of str or bytes, or an Arrow array of strings or binary
///         from any library (pyarrow, polars, ...), without nulls. Text counts as its UTF-8 bytes.
///     num_threads: how many threads to use; 0 is one per core.
///
/// Returns:
///     The 64 lower-case hexadecimal digits of each row's digest, in order: what
///     `hashlib.sha256(row.encode()).hexdigest()` gives.
///
/// Raises:
///     TypeError: a row is neither str nor bytes (the message names it).
///     UnicodeEncodeError: a str holds a lone surrogate, which has no UTF-8 form.
///     ValueError: num_threads is negative, or an Arrow row is null.
#[pyfunction]
#[pyo3(signature = (rows, num_threads = Threads(0)), text_signature = "(rows, num_threads=0)")]
pub fn parallel_hash_rows<'py>(
    rows: &Bound<'py, PyAny>,
    num_threads: Threads,
) -> PyResult<Bound<'py, PyList>> {
    hex_list(rows.py(), digests(rows, num_threads)?.iter())
}
