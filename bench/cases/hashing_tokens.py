"""Hashing the values of a tokenized table."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from cases import Call, Case

ROWS, TOKENS = 50_000, 200
ALGORITHMS = ("sha256", "blake3", "xxh3_128")


def _table(scale: float) -> Any:
    import numpy as np
    import pyarrow as pa

    chance = np.random.default_rng(7)
    rows = round(ROWS * scale)
    offsets = np.arange(0, rows * TOKENS + 1, TOKENS, dtype=np.int32)
    ids = chance.integers(0, 32_000, rows * TOKENS, dtype=np.int32)
    columns = {"input_ids": ids, "attention_mask": np.ones_like(ids), "labels": ids.copy()}
    lists = {name: pa.ListArray.from_arrays(offsets, pa.array(c)) for name, c in columns.items()}
    return pa.table(lists)


def polars(folder: Path, scale: float) -> Call:
    """polars' hash of rows."""
    import polars as pl

    rows = pl.DataFrame(_table(scale))
    return rows.hash_rows


def ours(algorithm: Any, folder: Path, scale: float) -> Call:
    """Ours."""
    from fast_axolotl_hash import hash_rows

    rows = _table(scale)
    return lambda: hash_rows(rows, algorithm=algorithm, output="arrow")


def limit(folder: Path, scale: float) -> Call:
    """Only the memory, to a place that is there."""
    import numpy as np

    columns = [column.combine_chunks().values.to_numpy() for column in _table(scale)]
    targets = [column.copy() for column in columns]

    def copy() -> None:
        for target, column in zip(targets, columns, strict=True):
            np.copyto(target, column)

    return copy


def facts(result: Any) -> dict[str, Any]:
    """How many digests there are: no two of these implementations return the same ones."""
    return {} if result is None else {"rows": len(result)}


CASE = Case(
    "`hash_rows` by values",
    f"{ROWS:,} rows of 3 columns x {TOKENS} tokens of 32 bits, Arrow to Arrow; polars makes "
    "digests of 64 bits",
    {
        "polars": polars,
        **{f"ours, {one}": partial(ours, one) for one in ALGORITHMS},
        "limit": limit,
    },
    facts=facts,
    ours={f"{one} is": f"ours, {one}" for one in ALGORITHMS},
    rows=ROWS,
    bytes=ROWS * TOKENS * 3 * 4,
)
