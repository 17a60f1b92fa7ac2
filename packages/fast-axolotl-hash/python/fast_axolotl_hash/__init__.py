"""Hash rows in parallel and deduplicate, in Rust."""

from ._hash import (
    __version__,
    deduplicate_indices,
    deduplicate_row_text,
    parallel_hash_rows,
)

__all__ = [
    "__version__",
    "deduplicate_indices",
    "deduplicate_row_text",
    "parallel_hash_rows",
]
