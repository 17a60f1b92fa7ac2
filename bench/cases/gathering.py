"""Building packed rows from bins and a table of tokens."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

# What checking a result takes, so that all processes load it at the same time.
from xxhash import xxh3_128

from cases import Call, Case
from cases.lengths import CAPACITY

SEQUENCES = 50_000
FILLS = {"input_ids": 0, "labels": -100}


class Given(NamedTuple):
    """A table, and the bins of its sequences."""

    table: pa.Table
    bins: Any
    begins: np.ndarray[Any, Any]
    ends: np.ndarray[Any, Any]
    """Of each sequence in the order of the bins, where it is in the values of its column."""

    def values(self, name: str) -> np.ndarray[Any, Any]:
        """All values of a column, without a copy."""
        array: np.ndarray[Any, Any] = self.table[name].chunk(0).values.to_numpy()
        return array


def lengths_of(scale: float) -> np.ndarray[Any, Any]:
    """The lengths of the sequences, none too long for a bin."""
    drawn = np.random.default_rng(12).lognormal(5.5, 1, round(SEQUENCES * scale))
    return np.clip(drawn, 1, CAPACITY).astype(np.int32)


def given(scale: float) -> Given:
    """Ids of 32 bits and labels of 64, as tokenized data has them."""
    from fast_axolotl_pack import pack_lengths

    lengths = lengths_of(scale)
    offsets = np.cumsum([0, *lengths], dtype=np.int32)
    ids = np.random.default_rng(13).integers(0, 32_000, offsets[-1], dtype=np.int32)
    labels = np.where(ids < 8_000, -100, ids.astype(np.int64))
    columns = {"input_ids": ids, "labels": labels}
    table = {name: pa.ListArray.from_arrays(offsets, pa.array(c)) for name, c in columns.items()}
    bins = pack_lengths(lengths, CAPACITY, strategy="best_fit_decreasing")
    return Given(pa.table(table), bins, offsets[bins.indices], offsets[bins.indices + 1])


def facts(result: Any) -> dict[str, Any]:
    """Digests of the ids and of the labels, in one run or in rows of one length."""
    found = {}
    for name in FILLS if result else ():
        values = result[name]
        if isinstance(values, pa.Array):
            values = values.to_numpy()
        form = "one run" if 1 in (values.ndim, len(values)) else "rows"
        found[f"{name} in {form}"] = xxh3_128(values.astype(np.int64, copy=False)).hexdigest()
    return found


def numpy_flat(folder: Path, scale: float) -> Call:
    """numpy, the sequences of all bins at once."""
    data = given(scale)
    columns = {name: data.values(name) for name in FILLS}
    begins, ends = data.begins.tolist(), data.ends.tolist()

    def gather() -> dict[str, Any]:
        return {
            name: np.concatenate(
                [values[begin:end] for begin, end in zip(begins, ends, strict=True)], dtype=np.int64
            )
            for name, values in columns.items()
        }

    return gather


def numpy_rows(folder: Path, scale: float) -> Call:
    """numpy, one sequence after the other into its place."""
    data = given(scale)
    columns = {name: data.values(name) for name in FILLS}
    # Where each sequence begins in the values of all rows.
    row = np.repeat(np.arange(len(data.bins)), np.diff(data.bins.offsets))
    run = np.concatenate([[0], np.cumsum(data.ends - data.begins)])
    to = run[:-1] - run[data.bins.offsets[:-1]][row] + row * CAPACITY
    places = list(
        zip(
            to.tolist(),
            (to + data.ends - data.begins).tolist(),
            data.begins.tolist(),
            data.ends.tolist(),
            strict=True,
        )
    )

    def gather() -> dict[str, Any]:
        rows = {}
        for name, values in columns.items():
            filled = np.full(len(data.bins) * CAPACITY, FILLS[name])
            for start, stop, begin, end in places:
                filled[start:stop] = values[begin:end]
            rows[name] = filled.reshape(-1, CAPACITY)
        return rows

    return gather


def take(folder: Path, scale: float) -> Call:
    """pyarrow's function, with which TRL gathers."""
    import pyarrow.compute as pc

    data = given(scale)
    indices = pa.array(data.bins.indices)

    def gather() -> dict[str, Any]:
        taken = pc.take(data.table, indices)
        return {name: taken[name].chunk(0).values for name in FILLS}

    return gather


def ours(options: dict[str, Any], folder: Path, scale: float) -> Call:
    """Ours."""
    from fast_axolotl_pack import gather

    data = given(scale)
    return lambda: gather(data.table, data.bins, **options)


def limit(folder: Path, scale: float) -> Call:
    """Only the memory, on one thread, to a place that is there."""
    data = given(scale)
    columns = [data.values(name) for name in FILLS]
    targets = [np.ones(len(column), np.int64) for column in columns]

    def copy() -> None:
        for target, column in zip(targets, columns, strict=True):
            np.copyto(target, column)

    return copy


ONLY = {"attention_mask": None, "position_ids": False}
TOKENS = int(lengths_of(1.0).sum())

CASE = Case(
    "`gather`",
    f"Ids of 32 bits and labels of 64 of {SEQUENCES:,} sequences, {TOKENS / 1e6:.1f} million "
    f"tokens, from an Arrow table into rows of {CAPACITY:,} or into one run without padding, of 64 "
    "bits. GB/s are of what is written of tokens; pyarrow leaves the ids as they are, and writes "
    "less. The limit writes the columns in their order",
    {
        "numpy, to one run": numpy_flat,
        "numpy, to rows": numpy_rows,
        "pyarrow `take`, as in TRL, to one run": take,
        "ours, to one run": partial(ours, {**ONLY, "flatten": True}),
        "ours, to rows": partial(ours, ONLY),
        "ours, to rows with mask and position ids": partial(ours, {}),
        "limit": limit,
    },
    facts=facts,
    ours={"one run is": "ours, to one run", "rows are": "ours, to rows"},
    turns=5,
    bytes=TOKENS * 2 * 8,
)
