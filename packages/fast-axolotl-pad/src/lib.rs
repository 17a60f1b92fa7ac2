//! The Python face of `fast-axolotl-pad`.

mod arguments;
mod create_padding_mask;
mod pad_sequences;

/// Pad batches of token sequences.
#[pyo3::pymodule]
mod _pad {
    #[pymodule_export]
    use crate::create_padding_mask::create_padding_mask;
    #[pymodule_export]
    use crate::pad_sequences::pad_sequences;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
