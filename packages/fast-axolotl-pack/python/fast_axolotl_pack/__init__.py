"""Pack token sequences into fixed-length rows and bins, in Rust."""

from ._pack import (
    ArrowArray,
    Bins,
    PackedBatches,
    __version__,
    concatenate_and_pack,
    gather,
    gather_batches,
    pack_lengths,
    pack_sequences,
)

__all__ = [
    "ArrowArray",
    "Bins",
    "PackedBatches",
    "__version__",
    "concatenate_and_pack",
    "gather",
    "gather_batches",
    "pack_lengths",
    "pack_sequences",
]
