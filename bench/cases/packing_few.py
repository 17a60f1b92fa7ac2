"""Packing a handful of sequences, where the cost of a call shows."""

from __future__ import annotations

from pathlib import Path

from cases import Call, repeat
from cases.packing import EOS, LENGTH, PAD, pack, sequences

TITLE = "`pack_sequences`, small"
INPUT = "8 sequences, log-normal around 200 tokens, into rows of 2048, lists to lists, 1000 times"
PREPARE = None


def stock(folder: Path, scale: float) -> Call:
    """Plain Python."""
    rows = sequences(8)
    return repeat(lambda: pack(rows), 1000 * scale)


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import pack_sequences

    rows = sequences(8)
    return repeat(lambda: pack_sequences(rows, LENGTH, PAD, EOS), 1000 * scale)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours}
