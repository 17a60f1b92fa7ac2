//! The Python face of `fast-axolotl-pad`.

mod arguments;
mod create_padding_mask;
mod pad_sequences;

/// Pad batches of token sequences.
#[pyo3::pymodule]
mod _pad {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::create_padding_mask::create_padding_mask;
    #[pymodule_export]
    use crate::pad_sequences::pad_sequences;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        fast_axolotl_boundary::settings::read(module.py())?;
        // Whether lists are read in memory, for tests and for who looks for the cause of a loss.
        module.add("_READS_LISTS", fast_axolotl_boundary::lists::reads_memory(module.py()))
    }

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
