"""SHA-256 of short strings."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from cases import Call

TITLE = "`parallel_hash_rows`"
INPUT = "100,000 strings of 20 to 60 characters, list to list"
PREPARE = None


def strings(scale: float) -> list[str]:
    """So many times 100,000 strings."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz "
    return [
        "".join(chance.choices(letters, k=chance.randint(20, 60)))
        for _ in range(round(100_000 * scale))
    ]


def stock(folder: Path, scale: float) -> Call:
    """The loop that Axolotl has."""
    rows = strings(scale)
    return lambda: [hashlib.sha256(row.encode()).hexdigest() for row in rows]


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import parallel_hash_rows

    rows = strings(scale)
    return lambda: parallel_hash_rows(rows)


def arrow(folder: Path, scale: float) -> Call:
    """Ours from a pyarrow array."""
    import pyarrow as pa

    from fast_axolotl import parallel_hash_rows

    rows = pa.array(strings(scale))
    return lambda: parallel_hash_rows(rows)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours, "ours, from Arrow": arrow}
