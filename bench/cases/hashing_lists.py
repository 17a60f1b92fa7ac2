"""Hashing a list of text into a list of hexadecimal digits."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from cases import Call, Case
from cases.rows import SIZES, strings

Digests = tuple[str, list[str]]


def facts(result: Digests) -> dict[str, Any]:
    """The digest of all digests."""
    algorithm, digests = result
    return {algorithm: hashlib.sha256("".join(digests).encode()).hexdigest()}


def loop(algorithm: str, folder: Path, scale: float) -> Call:
    """The package of an algorithm, row by row."""
    function: Any
    if algorithm == "sha256":
        function = hashlib.sha256
    elif algorithm == "blake3":
        from blake3 import blake3 as function
    else:
        from xxhash import xxh3_128 as function
    rows = strings(folder)
    return lambda: (algorithm, [function(row.encode()).hexdigest() for row in rows])


def ours(algorithm: Any, folder: Path, scale: float) -> Call:
    """Ours."""
    from fast_axolotl_hash import hash_rows

    rows = strings(folder)
    return lambda: (algorithm, hash_rows(rows, algorithm=algorithm, encoding="bytes"))


CASES = {
    name: Case(
        f"`hash_rows` of lists, {size}",
        f"A list of {size}, to a list of hexadecimal digits",
        {
            "stock": partial(loop, "sha256"),
            "blake3 in a loop": partial(loop, "blake3"),
            "xxhash in a loop": partial(loop, "xxh3_128"),
            **{f"ours, {one}": partial(ours, one) for one in ("sha256", "blake3", "xxh3_128")},
        },
        size.prepare,
        facts,
        {f"{one} is": f"ours, {one}" for one in ("sha256", "blake3", "xxh3_128")},
        size.turns,
        rows=size.rows,
        bytes=size.bytes,
    )
    for name, size in SIZES.items()
    if name != "20M-20B"
}
