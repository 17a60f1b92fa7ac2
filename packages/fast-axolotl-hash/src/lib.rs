//! The Python face of `fast-axolotl-hash`.

mod arguments;
mod arrow_array;
mod chunks;
mod deduplicate_indices;
mod deduplicator;
mod duplicate_finder;
mod errors;
mod hash_rows;
mod output;
mod parallel_hash_rows;
mod printable;
mod source;

/// Hash rows in parallel and deduplicate.
#[pyo3::pymodule]
mod _hash {
    #[pymodule_export]
    use crate::arrow_array::ArrowArray;
    #[pymodule_export]
    use crate::deduplicate_indices::deduplicate_indices;
    #[pymodule_export]
    use crate::deduplicator::Deduplicator;
    #[pymodule_export]
    use crate::duplicate_finder::DuplicateFinder;
    #[pymodule_export]
    use crate::hash_rows::hash_rows;
    #[pymodule_export]
    use crate::parallel_hash_rows::parallel_hash_rows;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
