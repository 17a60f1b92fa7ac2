"""Fast replacements for the data pipeline of Axolotl.

Importing this package binds them into Axolotl, whether it is imported before or after; `status()`
shows what is bound. `FAST_AXOLOTL=0` in the environment turns that off, and
`FAST_AXOLOTL_DISABLE=pad,pack` leaves pieces unbound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import shim
from ._version import __version__
from .pieces import PIECES, missing_piece
from .present import load_present
from .shim import ParityError, Status, install, status, uninstall
from .switches import enabled

if TYPE_CHECKING:
    # The exports of the pieces, from pieces.py: `python tools/check_tree.py --fix` writes them.
    from fast_axolotl_hash import Deduplicator as Deduplicator
    from fast_axolotl_hash import DuplicateFinder as DuplicateFinder
    from fast_axolotl_hash import deduplicate as deduplicate
    from fast_axolotl_hash import deduplicate_indices as deduplicate_indices
    from fast_axolotl_hash import hash_rows as hash_rows
    from fast_axolotl_hash import parallel_hash_rows as parallel_hash_rows
    from fast_axolotl_pack import Bins as Bins
    from fast_axolotl_pack import balance_flattened as balance_flattened
    from fast_axolotl_pack import balance_labels as balance_labels
    from fast_axolotl_pack import balance_microbatches as balance_microbatches
    from fast_axolotl_pack import balance_padded as balance_padded
    from fast_axolotl_pack import concatenate_and_pack as concatenate_and_pack
    from fast_axolotl_pack import gather as gather
    from fast_axolotl_pack import gather_batches as gather_batches
    from fast_axolotl_pack import order_batches_by_rank as order_batches_by_rank
    from fast_axolotl_pack import pack_lengths as pack_lengths
    from fast_axolotl_pack import pack_sequences as pack_sequences
    from fast_axolotl_pad import create_padding_mask as create_padding_mask
    from fast_axolotl_pad import pad_sequences as pad_sequences
    from fast_axolotl_stream import RustStreamingDataset as RustStreamingDataset
    from fast_axolotl_stream import create_rust_streaming_dataset as create_rust_streaming_dataset
    from fast_axolotl_stream import detect_format as detect_format
    from fast_axolotl_stream import list_supported_formats as list_supported_formats
    from fast_axolotl_stream import should_use_rust_streaming as should_use_rust_streaming
    from fast_axolotl_stream import streaming_dataset_reader as streaming_dataset_reader

    from .plugin import FastAxolotlPlugin as FastAxolotlPlugin

_PRESENT = load_present()

RUST_AVAILABLE: bool = bool(_PRESENT)
"""Whether any compiled piece is installed."""

__all__ = [
    "RUST_AVAILABLE",
    "ParityError",
    "Status",
    "__version__",
    "get_version",
    "install",
    "is_available",
    "status",
    "uninstall",
]


def is_available() -> bool:
    """Whether any compiled piece is installed."""
    return RUST_AVAILABLE


def get_version() -> str:
    """The version, and each piece that is present with its own."""
    pieces = ", ".join(f"{name} {module.__version__}" for name, module in _PRESENT.items())
    return f"fast-axolotl {__version__} ({pieces or 'no piece is installed'})"


def _export_pieces() -> None:
    for piece in PIECES:
        if piece.name in _PRESENT:
            for name in piece.exports:
                globals()[name] = getattr(_PRESENT[piece.name], name)
                __all__.append(name)


def __getattr__(name: str) -> object:
    # The plugin subclasses a class of Axolotl, so it is made when Axolotl asks for it.
    if name == "FastAxolotlPlugin":
        from .plugin import FastAxolotlPlugin

        return FastAxolotlPlugin
    piece = missing_piece(name)
    hint = f"; it comes with {piece.distribution}, which is not installed" if piece else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}", name=name)


_export_pieces()
shim.configure(_PRESENT)
if enabled():
    install()
