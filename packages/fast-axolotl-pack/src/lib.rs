//! The Python face of `fast-axolotl-pack`.

mod arguments;
mod arrow_array;
mod blocks;
mod concatenate_and_pack;
mod pack_sequences;
mod rows;

/// Pack token sequences into fixed-length rows.
#[pyo3::pymodule]
mod _pack {
    #[pymodule_export]
    use crate::arrow_array::ArrowArray;
    #[pymodule_export]
    use crate::concatenate_and_pack::concatenate_and_pack;
    #[pymodule_export]
    use crate::pack_sequences::pack_sequences;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
