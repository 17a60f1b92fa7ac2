//! The Python face of `fast-axolotl-hash`.

mod deduplicate_indices;
mod deduplicate_row_text;
mod parallel_hash_rows;
mod printable;
mod rows;

/// Hash rows in parallel and deduplicate.
#[pyo3::pymodule]
mod _hash {
    #[pymodule_export]
    use crate::deduplicate_indices::deduplicate_indices;
    #[pymodule_export]
    use crate::deduplicate_row_text::deduplicate_row_text;
    #[pymodule_export]
    use crate::parallel_hash_rows::parallel_hash_rows;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
