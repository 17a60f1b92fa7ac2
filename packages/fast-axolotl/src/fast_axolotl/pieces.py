"""The compiled pieces: which there are, and which of them are installed.

An absent piece is quiet. A piece that does not load, or is of another version, raises ImportError:
running half of what was installed would be a surprise in a training job.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import NamedTuple

from ._version import __version__


class Piece(NamedTuple):
    """A compiled piece: a wheel of its own."""

    name: str
    exports: tuple[str, ...]

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


def load_present() -> dict[str, ModuleType]:
    """Import the pieces that are installed, by name.

    Raises:
        ImportError: a piece is installed but does not load, or its version is not this one.
    """
    present = {}
    for piece in PIECES:
        try:
            module = importlib.import_module(piece.module)
        except ModuleNotFoundError as error:
            if error.name != piece.module:
                raise
            continue
        version = getattr(module, "__version__", "unknown")
        if version != __version__:
            raise ImportError(
                f"{piece.distribution} {version} is beside fast-axolotl {__version__}; "
                f"install matching versions: {piece.distribution}=={__version__}",
                name=piece.module,
            )
        present[piece.name] = module
    return present


def missing_piece(export: str) -> Piece | None:
    """The piece that exports a name of the public API."""
    return next((piece for piece in PIECES if export in piece.exports), None)
