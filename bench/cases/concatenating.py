"""Packing ready-made columns into rows of a fixed length."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from cases import Call, Case
from cases.packing import LENGTH, PAD, places, sequences
from cases.tokens import Lists, Size, arrow, facts, ragged

# As tokenized datasets have them.
DTYPES = {"input_ids": "int32", "labels": "int64", "attention_mask": "int8"}
FILLS = {"input_ids": PAD, "labels": -100, "attention_mask": 0}


def columns(count: int) -> dict[str, Lists]:
    """Ids, labels with the first fifth masked, and masks of ones."""
    ids = sequences(count)
    labels = [[-100] * (len(row) // 5) + row[len(row) // 5 :] for row in ids]
    return dict(zip(DTYPES, (ids, labels, [[1] * len(row) for row in ids]), strict=True))


def stock(size: Size, folder: Path, scale: float) -> Call:
    """Plain Python, as one would write it."""
    given = columns(size.count(scale))

    def concatenate() -> dict[str, Lists]:
        rows: dict[str, Lists] = {"input_ids": [], "labels": [], "attention_mask": []}
        ids: list[int] = []
        labels: list[int] = []
        mask: list[int] = []

        def flush() -> None:
            missing = LENGTH - len(ids)
            rows["input_ids"].append(ids + [PAD] * missing)
            rows["labels"].append(labels + [-100] * missing)
            rows["attention_mask"].append(mask + [0] * missing)

        for one, label, ones in zip(*given.values(), strict=True):
            if ids and len(ids) + len(one) > LENGTH:
                flush()
                ids, labels, mask = [], [], []
            ids += one
            labels += label
            mask += ones
        if ids:
            flush()
        return rows

    return size.timed(concatenate, scale)


def numpy(size: Size, folder: Path, scale: float) -> Call:
    """numpy, a column at a time."""
    import numpy as np

    given = {n: ragged(rows, DTYPES[n]) for n, rows in columns(size.count(scale)).items()}

    def concatenate() -> dict[str, Any]:
        offsets = given["input_ids"][1]
        lengths = np.diff(offsets)
        rows, begins = places(lengths)
        to = np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], lengths)
        filled = {}
        for name, (values, _) in given.items():
            column = np.full(rows * LENGTH, FILLS[name])
            column[to] = values
            filled[name] = column.reshape(rows, LENGTH)
        return filled

    return size.timed(concatenate, scale)


def ours(size: Size, folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import concatenate_and_pack

    given = columns(size.count(scale)).values()
    return size.timed(lambda: concatenate_and_pack(*given, LENGTH, PAD), scale)


def ours_to_numpy(form: str, size: Size, folder: Path, scale: float) -> Call:
    """Ours, to arrays."""
    from fast_axolotl import concatenate_and_pack

    given: dict[str, Any] = columns(size.count(scale))
    if form != "lists":
        make = ragged if form == "numpy" else arrow
        given = {name: make(rows, DTYPES[name]) for name, rows in given.items()}
    arguments = (*given.values(), LENGTH, PAD)
    return size.timed(lambda: concatenate_and_pack(*arguments, output="numpy"), scale)


IMPLEMENTATIONS = {
    "stock": stock,
    "earlier": ours,
    "numpy": numpy,
    "ours": ours,
    "ours, lists to numpy": partial(ours_to_numpy, "lists"),
    "ours, numpy to numpy": partial(ours_to_numpy, "numpy"),
    "ours, Arrow to numpy": partial(ours_to_numpy, "Arrow"),
}

CASES = {
    name: Case(
        f"`concatenate_and_pack`, {size}",
        f"3 columns of {size}, around 200 tokens, into rows of {LENGTH}, lists to lists where "
        "nothing else is said. Arrays hold ids of 32 bits, labels of 64 and masks of 8, the rows "
        "are of 64",
        {name: partial(implementation, size) for name, implementation in IMPLEMENTATIONS.items()},
        facts=facts,
        ours={"ours is": "ours", "Arrow to numpy is": "ours, Arrow to numpy"},
    )
    for name, size in {"10k": Size(10_000), "100": Size(100, calls=100)}.items()
}
