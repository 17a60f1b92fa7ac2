"""Padding a batch of token lists, a large one and one as a training step has it."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from cases import Call, Case
from cases.tokens import Lists, Size

LENGTH = 256


def sequences(count: int) -> Lists:
    """Lists of 1 to 256 tokens, the first of the full length."""
    chance = random.Random(3)
    lengths = [LENGTH, *(chance.randint(1, LENGTH) for _ in range(count - 1))]
    return [chance.choices(range(3, 32_000), k=length) for length in lengths]


def stock(size: Size, folder: Path, scale: float) -> Call:
    """Plain Python, as one would write it."""
    rows = sequences(size.count(scale))

    def pad() -> Lists:
        length = max(map(len, rows))
        return [row + [0] * (length - len(row)) for row in rows]

    return size.timed(pad, scale)


def ours(size: Size, folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import pad_sequences

    rows = sequences(size.count(scale))
    return size.timed(lambda: pad_sequences(rows), scale)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours}

CASES = {
    name: Case(
        f"`pad_sequences`, {size}",
        f"{size}, of 1 to 256 tokens, to 256, lists to lists",
        {name: partial(implementation, size) for name, implementation in IMPLEMENTATIONS.items()},
    )
    for name, size in {"10k": Size(10_000), "8": Size(8, calls=1000)}.items()
}
