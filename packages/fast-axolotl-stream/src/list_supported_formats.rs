//! `list_supported_formats`.

use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_stream::supported;
use pyo3::prelude::*;

/// List what `dataset_type` may be.
///
/// Returns:
///     The formats, each but the directory "hf_dataset" also with ".zst" and ".gz".
#[guarded]
#[pyfunction]
pub fn list_supported_formats() -> Vec<String> {
    supported()
}
