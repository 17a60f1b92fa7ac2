"""Pad batches of token sequences, in Rust."""

from ._pad import (
    __version__,
    create_padding_mask,
    pad_sequences,
)

__all__ = [
    "__version__",
    "create_padding_mask",
    "pad_sequences",
]
