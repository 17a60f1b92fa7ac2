"""Pack token sequences into fixed-length rows, in Rust."""

from ._pack import (
    __version__,
    concatenate_and_pack,
    pack_sequences,
)

__all__ = [
    "__version__",
    "concatenate_and_pack",
    "pack_sequences",
]
