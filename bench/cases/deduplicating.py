"""Leaving out duplicates of a table of text."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

# What checking a result takes, so that all processes load it at the same time.
import numpy as np
import polars as pl

from cases import Call, Case, Fresh
from cases.rows import SIZES, frame, strings, table

INPUT = (
    "{size}, a fifth of them duplicates. *stock* and *dict* take and return a list, polars a "
    "frame, which shares its text, the others an Arrow table; those marked *any order* return the "
    "rows in no order"
)


class AnyOrder(NamedTuple):
    """The rows that are kept, in an order of no meaning."""

    rows: Any


def facts(result: Any) -> dict[str, Any]:
    """How many rows are kept, and a digest of them and of their order."""
    rows = result.rows if isinstance(result, AnyOrder) else result
    values = rows if isinstance(rows, list) else rows["text"]
    hashes = pl.Series(values, dtype=pl.String).hash().to_numpy()
    found = {"rows": len(hashes), "sum": int(hashes.sum(dtype=np.uint64))}
    if not isinstance(result, AnyOrder):
        found["order"] = hashlib.sha256(hashes).hexdigest()
    return found


def stock(folder: Path, scale: float) -> Call:
    """The loop that Axolotl has."""
    rows = strings(folder)

    def deduplicate() -> list[str]:
        seen = set()
        kept = []
        for row in rows:
            digest = hashlib.sha256(row.encode()).hexdigest()
            if digest not in seen:
                seen.add(digest)
                kept.append(row)
        return kept

    return deduplicate


def plain(folder: Path, scale: float) -> Call:
    """A dictionary of the rows themselves."""
    return Fresh(lambda: strings(folder), lambda rows: list(dict.fromkeys(rows)))


def pyarrow_unique(folder: Path, scale: float) -> Call:
    """pyarrow's function for one column."""
    import pyarrow.compute as pc

    rows = table(folder)
    return lambda: {"text": pc.unique(rows["text"])}


def pyarrow_group_by(folder: Path, scale: float) -> Call:
    """pyarrow's way for any columns."""
    # What `group_by` loads at the first call.
    import pyarrow.acero  # noqa: F401

    rows = table(folder)
    return lambda: AnyOrder(rows.group_by("text").aggregate([]))


def polars(folder: Path, scale: float) -> Call:
    """polars, in the order of the rows."""
    rows = frame(folder)
    return lambda: rows.unique(maintain_order=True)


def polars_any_order(folder: Path, scale: float) -> Call:
    """polars, as it likes."""
    rows = frame(folder)
    return lambda: AnyOrder(rows.unique())


def duckdb(folder: Path, scale: float) -> Call:
    """duckdb on the Arrow table."""
    import duckdb

    rows = duckdb.from_arrow(table(folder))
    return lambda: AnyOrder(rows.distinct().to_arrow_table())


def ours(algorithm: Any, folder: Path, scale: float) -> Call:
    """Ours from a table."""
    from fast_axolotl_hash import deduplicate

    rows = table(folder)
    return lambda: deduplicate(rows, algorithm=algorithm)


def ours_list(folder: Path, scale: float) -> Call:
    """Ours from a list."""
    from fast_axolotl_hash import deduplicate

    rows = strings(folder)
    return lambda: deduplicate(rows, algorithm="xxh3_128")


def ours_polars(folder: Path, scale: float) -> Call:
    """Ours from a polars frame."""
    from fast_axolotl_hash import deduplicate

    rows = frame(folder)
    return lambda: deduplicate(rows, algorithm="xxh3_128")


IMPLEMENTATIONS = {
    "stock": stock,
    "dict": plain,
    "pyarrow `unique`": pyarrow_unique,
    "pyarrow `group_by`, any order": pyarrow_group_by,
    "polars": polars,
    "polars, any order": polars_any_order,
    "duckdb, any order": duckdb,
    "ours, sha256": partial(ours, "sha256"),
    "ours, blake3": partial(ours, "blake3"),
    "ours, xxh3_128": partial(ours, "xxh3_128"),
    "ours, xxh3_128, of a list": ours_list,
    "ours, xxh3_128, of a polars frame": ours_polars,
}

# Not worth the minutes and gigabytes that twenty million rows would take in a list.
FEWER = ("dict", "ours, xxh3_128, of a list")

CASES = {
    name: Case(
        f"`deduplicate`, {size}",
        INPUT.format(size=size),
        {
            implementation: call
            for implementation, call in IMPLEMENTATIONS.items()
            if name != "20M-20B" or implementation not in FEWER
        },
        size.prepare,
        facts,
        {f"{one} is": f"ours, {one}" for one in ("sha256", "blake3", "xxh3_128")},
        size.turns,
        frozenset({"stock"} if name == "20M-20B" else ()),
        size.rows,
        size.bytes,
    )
    for name, size in SIZES.items()
}
