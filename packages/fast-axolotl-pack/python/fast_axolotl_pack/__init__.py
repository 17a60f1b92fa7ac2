"""Pack token sequences into fixed-length rows and bins, in Rust."""

from ._pack import (
    ArrowArray,
    Bins,
    PackedBatches,
    __version__,
    balance_flattened,
    balance_labels,
    balance_microbatches,
    balance_padded,
    concatenate_and_pack,
    gather,
    gather_batches,
    order_batches_by_rank,
    pack_lengths,
    pack_sequences,
)

__all__ = [
    "ArrowArray",
    "Bins",
    "PackedBatches",
    "__version__",
    "balance_flattened",
    "balance_labels",
    "balance_microbatches",
    "balance_padded",
    "concatenate_and_pack",
    "gather",
    "gather_batches",
    "order_batches_by_rank",
    "pack_lengths",
    "pack_sequences",
]
