"""The compiled pieces: the one declaration of them.

Whatever depends on which pieces there are is derived from `PIECES`: the pins that `hatch_build.py`
writes, the sessions of nox, the wheels and the releases of the workflows (both by
`tools/pieces.py`), the switches and the face. What cannot be derived is checked by
`tools/check_tree.py`. This file is also read outside of its package, so it imports nothing of it.
"""

from __future__ import annotations

from typing import NamedTuple


class Piece(NamedTuple):
    """A compiled piece: a wheel of its own."""

    name: str
    exports: tuple[str, ...]
    """What `fast_axolotl` exports of it, sorted as ruff sorts imports."""

    @property
    def distribution(self) -> str:
        """The name to install it by."""
        return f"fast-axolotl-{self.name}"

    @property
    def module(self) -> str:
        """The name to import it by."""
        return f"fast_axolotl_{self.name}"


PIECES = (
    Piece(
        "stream",
        (
            "RustStreamingDataset",
            "create_rust_streaming_dataset",
            "detect_format",
            "list_supported_formats",
            "should_use_rust_streaming",
            "streaming_dataset_reader",
        ),
    ),
    Piece(
        "hash",
        (
            "Deduplicator",
            "DuplicateFinder",
            "deduplicate",
            "deduplicate_indices",
            "hash_rows",
            "parallel_hash_rows",
        ),
    ),
    Piece(
        "pack",
        (
            "Bins",
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
        ),
    ),
    Piece("pad", ("create_padding_mask", "pad_sequences")),
)


def missing_piece(export: str) -> Piece | None:
    """The piece that exports a name of the public API."""
    return next((piece for piece in PIECES if export in piece.exports), None)
