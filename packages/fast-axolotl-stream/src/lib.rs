//! The Python face of `fast-axolotl-stream`.

mod arguments;
mod arrow;
mod arrow_batch;
mod dataset_reader;
mod detect_format;
mod errors;
mod json;
mod list_supported_formats;
mod panic_hook;
mod sharing;
mod streaming_dataset_reader;
mod temporal;

/// Read datasets in batches, in bounded memory.
#[pyo3::pymodule]
mod _stream {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::arrow_batch::ArrowBatch;
    #[pymodule_export]
    use crate::dataset_reader::DatasetReader;
    #[pymodule_export]
    use crate::detect_format::detect_format;
    #[pymodule_export]
    use crate::list_supported_formats::list_supported_formats;
    #[pymodule_export]
    use crate::streaming_dataset_reader::streaming_dataset_reader;

    #[pymodule_init]
    fn init(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::panic_hook::silence_caught_panics();
        Ok(())
    }

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
