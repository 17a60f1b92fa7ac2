"""Padding a batch as a training step has it, where the cost of a call shows."""

from __future__ import annotations

from pathlib import Path

from cases import Call, repeat
from cases.padding import pad, sequences

TITLE = "`pad_sequences`, small"
INPUT = "8 sequences of 1 to 256 tokens, to 256, lists to lists, 1000 times"
PREPARE = None


def stock(folder: Path, scale: float) -> Call:
    """Plain Python."""
    rows = sequences(8)
    return repeat(lambda: pad(rows), 1000 * scale)


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import pad_sequences

    rows = sequences(8)
    return repeat(lambda: pad_sequences(rows), 1000 * scale)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours}
