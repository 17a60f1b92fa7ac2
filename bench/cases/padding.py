"""Padding a large batch of token lists."""

from __future__ import annotations

import random
from pathlib import Path

from cases import Call

TITLE = "`pad_sequences`"
INPUT = "10,000 sequences of 1 to 256 tokens, to 256, lists to lists"
PREPARE = None
LENGTH = 256


def sequences(count: int) -> list[list[int]]:
    """Lists of 1 to 256 tokens, the first of the full length."""
    chance = random.Random(3)
    lengths = [LENGTH, *(chance.randint(1, LENGTH) for _ in range(count - 1))]
    return [[chance.randrange(3, 32_000) for _ in range(length)] for length in lengths]


def pad(rows: list[list[int]]) -> list[list[int]]:
    """Plain Python, as one would write it."""
    length = max(map(len, rows))
    return [row + [0] * (length - len(row)) for row in rows]


def stock(folder: Path, scale: float) -> Call:
    """Plain Python."""
    rows = sequences(round(10_000 * scale))
    return lambda: pad(rows)


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import pad_sequences

    rows = sequences(round(10_000 * scale))
    return lambda: pad_sequences(rows)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours}
