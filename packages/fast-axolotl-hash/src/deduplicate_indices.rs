//! `deduplicate_indices`.

use fast_axolotl_boundary::arguments::type_name;
use fast_axolotl_boundary::errors::{type_error, value_error};
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_boundary::pool::{Pool, Threads};
use fast_axolotl_hash::{Deduplicator, parse_hex};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::output::hex_list;
use crate::source::Hashing;

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
///     those rows' hashes in the same order. On a Dataset this is how Axolotl deduplicates.
///
/// Raises:
///     TypeError: a row is neither str nor bytes, or an existing hash is not a str.
///     ValueError: an existing hash is not 64 lower-case hexadecimal digits, num_threads is
///         negative, or an Arrow row is null.
///     NotImplementedError: a column's type, or a value, has a text that is not covered (the
///         message names the column), or a Dataset has a format.
#[guarded]
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
    let py = rows.py();
    let pool = Pool::new(num_threads)?;
    let mut seen = seen_before(existing_hashes)?;
    let digests = Hashing::as_axolotl(num_threads).digests("rows", rows)?;
    let is_new = py.detach(|| pool.run(|| seen.add(&digests)));
    let first: Vec<usize> =
        is_new.iter().enumerate().filter(|(_, is_new)| **is_new).map(|(row, _)| row).collect();
    let hashes = hex_list(py, first.iter().map(|&row| &digests[32 * row..][..32]))?;
    Ok((first, hashes))
}

/// A deduplicator that knows the hexadecimal digests in `existing`.
fn seen_before(existing: Option<&Bound<'_, PyAny>>) -> PyResult<Deduplicator> {
    let mut digests = Vec::new();
    for (index, item) in
        existing.map(|existing| existing.try_iter()).transpose()?.into_iter().flatten().enumerate()
    {
        let item = item?;
        let text = item.extract::<&str>().map_err(|_| {
            type_error(format!("existing_hashes[{index}] is {}, expected str", type_name(&item)))
        })?;
        digests.extend(parse_hex(text).ok_or_else(|| {
            value_error(format!(
                "existing_hashes[{index}] is {text:?}, expected the 64 lower-case hexadecimal \
                 digits of a SHA-256 digest"
            ))
        })?);
    }
    let mut seen = Deduplicator::new(32);
    // In small parts, which need no thread pool.
    digests.chunks(32 << 10).for_each(|digests| drop(seen.add(digests)));
    Ok(seen)
}
