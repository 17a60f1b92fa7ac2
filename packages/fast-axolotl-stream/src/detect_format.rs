//! `detect_format`.

use fast_axolotl_boundary::arguments;
use fast_axolotl_boundary::guard::guarded;
use fast_axolotl_stream::{Compression, Format, detect};
use pyo3::prelude::*;

/// Tell a dataset's format and compression from its path, without reading it.
///
/// Args:
///     path: a file or directory; its name counts in any case.
///
/// Returns:
///     The format and, if the name says so, the compression ("zstd" or "gzip"): "data.jsonl.zst"
///     gives ("jsonl", "zstd"). A directory is an "hf_dataset". What has no known extension is
///     "json".
///
/// Raises:
///     TypeError: path is neither str nor os.PathLike.
///     ValueError: path is empty.
#[guarded]
#[pyfunction]
pub fn detect_format(path: &Bound<'_, PyAny>) -> PyResult<(&'static str, Option<&'static str>)> {
    let (format, compression) = detect(&arguments::file_path("path", path)?);
    Ok((Format::name(format), compression.map(Compression::name)))
}
