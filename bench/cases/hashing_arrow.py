"""Hashing a column of text where it is."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from cases import Call, Case
from cases.rows import SIZES, frame, table, text

INPUT = (
    "{size} in an Arrow table. polars makes digests of 64 bits that no other implementation is to "
    "equal; the limit copies the bytes of the rows, on one thread"
)

Digests = tuple[str, Any]


def facts(result: Digests) -> dict[str, Any]:
    """The digest of all digests."""
    algorithm, digests = result
    if not algorithm:
        return {}
    if isinstance(digests, list):
        digests = bytes.fromhex("".join(digests))
    elif hasattr(digests, "__arrow_c_array__"):
        import pyarrow as pa

        array = pa.array(digests)
        digests = array.buffers()[1][: len(array) * array.type.byte_width]
    return {algorithm: hashlib.sha256(digests).hexdigest()}


def polars_column(folder: Path, scale: float) -> Call:
    """polars' hash of a column."""
    rows = frame(folder)["text"]
    return lambda: ("", rows.hash())


def polars_rows(folder: Path, scale: float) -> Call:
    """polars' hash of rows."""
    rows = frame(folder)
    return lambda: ("", rows.hash_rows())


def ours(algorithm: Any, output: Any, folder: Path, scale: float) -> Call:
    """Ours."""
    from fast_axolotl_hash import hash_rows

    rows = table(folder)
    return lambda: (
        algorithm,
        hash_rows(rows, algorithm=algorithm, encoding="bytes", output=output),
    )


def limit(folder: Path, scale: float) -> Call:
    """Only the memory, to a place that is there."""
    import numpy as np

    rows = text(folder)
    target = np.zeros_like(rows)
    target.fill(1)
    return lambda: ("", np.copyto(target, rows))


OUTPUTS = {"list": "hexadecimal digits", "numpy": "numpy", "arrow": "Arrow"}

CASES = {
    name: Case(
        f"`hash_rows` of Arrow data, {size}",
        INPUT.format(size=size),
        {
            "polars `Series.hash`": polars_column,
            "polars `hash_rows`": polars_rows,
            **{
                f"ours, {one}, to {OUTPUTS[output]}": partial(ours, one, output)
                for one in ("sha256", "blake3", "xxh3_128")
                for output in ("list", "numpy", "arrow")
                # As lists, twenty million rows would be of the time to make Python objects only.
                if (one != "blake3" and name != "20M-20B") or output == "arrow"
            },
            "limit": limit,
        },
        size.prepare,
        facts,
        {f"{one} is": f"ours, {one}, to Arrow" for one in ("sha256", "blake3", "xxh3_128")},
        size.turns,
        rows=size.rows,
        bytes=size.bytes,
    )
    for name, size in SIZES.items()
}
