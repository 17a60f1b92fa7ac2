//! The Python face of `fast-axolotl-pack`.

mod arguments;
mod arrow_array;
mod balance_arguments;
mod balance_flattened;
mod balance_labels;
mod balance_microbatches;
mod balance_padded;
mod bins;
mod blocks;
mod concatenate_and_pack;
mod data;
mod errors;
mod fixed_batches;
mod gather;
mod gather_batches;
mod gathering;
mod lengths;
mod nested;
mod numbers;
mod offsets;
mod order_batches_by_rank;
mod pack_lengths;
mod pack_sequences;
mod rows;

/// Pack token sequences into fixed-length rows.
#[pyo3::pymodule]
mod _pack {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::arrow_array::ArrowArray;
    #[pymodule_export]
    use crate::balance_flattened::balance_flattened;
    #[pymodule_export]
    use crate::balance_labels::balance_labels;
    #[pymodule_export]
    use crate::balance_microbatches::balance_microbatches;
    #[pymodule_export]
    use crate::balance_padded::balance_padded;
    #[pymodule_export]
    use crate::bins::{Bins, restore_bins};
    #[pymodule_export]
    use crate::concatenate_and_pack::concatenate_and_pack;
    #[pymodule_export]
    use crate::gather::gather;
    #[pymodule_export]
    use crate::gather_batches::{PackedBatches, gather_batches};
    #[pymodule_export]
    use crate::order_batches_by_rank::order_batches_by_rank;
    #[pymodule_export]
    use crate::pack_lengths::pack_lengths;
    #[pymodule_export]
    use crate::pack_sequences::pack_sequences;

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
