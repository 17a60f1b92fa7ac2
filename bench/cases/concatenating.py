"""Packing ready-made columns into rows of a fixed length."""

from __future__ import annotations

from pathlib import Path

from cases import Call
from cases.packing import LENGTH, PAD, sequences

TITLE = "`concatenate_and_pack`"
INPUT = "3 columns of 10,000 sequences around 200 tokens, into rows of 2048, lists to lists"
PREPARE = None

Columns = tuple[list[list[int]], list[list[int]], list[list[int]]]


def columns(count: int) -> Columns:
    """Ids, labels with the first fifth masked, and masks of ones."""
    ids = sequences(count)
    labels = [[-100] * (len(row) // 5) + row[len(row) // 5 :] for row in ids]
    return ids, labels, [[1] * len(row) for row in ids]


def concatenate(given: Columns) -> dict[str, list[list[int]]]:
    """Plain Python, as one would write it."""
    rows: dict[str, list[list[int]]] = {"input_ids": [], "labels": [], "attention_mask": []}
    ids: list[int] = []
    labels: list[int] = []
    mask: list[int] = []

    def flush() -> None:
        missing = LENGTH - len(ids)
        rows["input_ids"].append(ids + [PAD] * missing)
        rows["labels"].append(labels + [-100] * missing)
        rows["attention_mask"].append(mask + [0] * missing)

    for one, label, ones in zip(*given, strict=True):
        if ids and len(ids) + len(one) > LENGTH:
            flush()
            ids, labels, mask = [], [], []
        ids += one
        labels += label
        mask += ones
    if ids:
        flush()
    return rows


def stock(folder: Path, scale: float) -> Call:
    """Plain Python."""
    given = columns(round(10_000 * scale))
    return lambda: concatenate(given)


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import concatenate_and_pack

    given = columns(round(10_000 * scale))
    return lambda: concatenate_and_pack(*given, LENGTH, PAD)


IMPLEMENTATIONS = {"stock": stock, "earlier": ours, "ours": ours}
