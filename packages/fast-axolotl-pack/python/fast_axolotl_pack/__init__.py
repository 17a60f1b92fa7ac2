"""Pack token sequences into fixed-length rows, in Rust."""

from ._pack import (
    ArrowArray,
    __version__,
    concatenate_and_pack,
    pack_sequences,
)

__all__ = [
    "ArrowArray",
    "__version__",
    "concatenate_and_pack",
    "pack_sequences",
]
