"""Finding the first of equal strings, and their hashes."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from cases import Call
from cases.hashing import strings

TITLE = "`deduplicate_indices`"
INPUT = "100,000 strings of 20 to 60 characters, a fifth of them duplicates, list to lists"
PREPARE = None


def _rows(scale: float) -> list[str]:
    rows = strings(0.8 * scale)
    rows += random.Random(8).choices(rows, k=len(rows) // 4)
    random.Random(9).shuffle(rows)
    return rows


def stock(folder: Path, scale: float) -> Call:
    """The loop that Axolotl has."""
    rows = _rows(scale)

    def deduplicate() -> tuple[list[int], list[str]]:
        seen = set()
        indices = []
        hashes = []
        for index, row in enumerate(rows):
            digest = hashlib.sha256(row.encode()).hexdigest()
            if digest not in seen:
                seen.add(digest)
                indices.append(index)
                hashes.append(digest)
        return indices, hashes

    return deduplicate


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import deduplicate_indices

    rows = _rows(scale)
    return lambda: deduplicate_indices(rows)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours}
