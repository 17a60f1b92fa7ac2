"""Pack token sequences into fixed-length rows and bins, in Rust."""

from ._pack import (
    ArrowArray,
    Bins,
    __version__,
    concatenate_and_pack,
    pack_lengths,
    pack_sequences,
)

__all__ = [
    "ArrowArray",
    "Bins",
    "__version__",
    "concatenate_and_pack",
    "pack_lengths",
    "pack_sequences",
]
