//! `deduplicate_indices`.

use fast_axolotl_boundary::pool::Threads;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::rows::{digests, hex_list, seen_before};

/// Find the first occurrence of each distinct row.
///
/// Args:
///     rows: as for `parallel_hash_rows`.
///     existing_hashes: hexadecimal SHA-256 digests of rows seen earlier (a list, a set or any
///         other iterable); rows with these hashes are left out.
///     num_threads: how many threads to use; 0 is one per core.
///
/// Returns:
///     The indices of the first occurrences whose hash is not in `existing_hashes`, ascending, and
///     those rows' hashes in the same order.
///
/// Raises:
///     TypeError: a row is neither str nor bytes, or an existing hash is not a str.
///     ValueError: an existing hash is not 64 lower-case hexadecimal digits, num_threads is
///         negative, or an Arrow row is null.
#[pyfunction]
#[pyo3(
    signature = (rows, existing_hashes = None, num_threads = Threads(0)),
    text_signature = "(rows, existing_hashes=None, num_threads=0)"
)]
pub fn deduplicate_indices<'py>(
    rows: &Bound<'py, PyAny>,
    existing_hashes: Option<&Bound<'_, PyAny>>,
    num_threads: Threads,
) -> PyResult<(Vec<usize>, Bound<'py, PyList>)> {
    let mut seen = seen_before(existing_hashes)?;
    let digests = digests(rows, num_threads)?;
    let indices = rows.py().detach(|| seen.first_occurrences(&digests));
    let hashes = hex_list(rows.py(), indices.iter().map(|&index| &digests[index]))?;
    Ok((indices, hashes))
}
