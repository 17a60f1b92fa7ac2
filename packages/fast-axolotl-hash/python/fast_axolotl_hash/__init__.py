"""Hash rows in parallel and deduplicate, in Rust."""

from ._deduplicate import deduplicate
from ._hash import (
    ArrowArray,
    Deduplicator,
    DuplicateFinder,
    __version__,
    deduplicate_indices,
    hash_rows,
    parallel_hash_rows,
)

__all__ = [
    "ArrowArray",
    "Deduplicator",
    "DuplicateFinder",
    "__version__",
    "deduplicate",
    "deduplicate_indices",
    "hash_rows",
    "parallel_hash_rows",
]
