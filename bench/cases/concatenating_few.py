"""Packing few ready-made columns, where the cost of a call shows."""

from __future__ import annotations

from pathlib import Path

from cases import Call, repeat
from cases.concatenating import columns, concatenate
from cases.packing import LENGTH, PAD

TITLE = "`concatenate_and_pack`, small"
INPUT = "3 columns of 100 sequences around 200 tokens, into rows of 2048, lists to lists, 100 times"
PREPARE = None


def stock(folder: Path, scale: float) -> Call:
    """Plain Python."""
    given = columns(100)
    return repeat(lambda: concatenate(given), 100 * scale)


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import concatenate_and_pack

    given = columns(100)
    return repeat(lambda: concatenate_and_pack(*given, LENGTH, PAD), 100 * scale)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours}
