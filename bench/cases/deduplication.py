"""Deduplicating a tokenized Hugging Face dataset, as Axolotl does it."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cases import Call

TITLE = "`_deduplicate_dataset`"
INPUT = "20,000 tokenized rows of 4 columns x 200 tokens, a fifth of them duplicates"
PREPARE = None


def _dataset(scale: float) -> Any:
    import numpy as np
    import pyarrow as pa
    from datasets import Dataset

    chance = np.random.default_rng(5)
    rows = round(20_000 * scale)
    distinct = chance.integers(0, max(1, rows * 4 // 5), rows)
    ids = chance.integers(0, 32_000, (distinct.max() + 1, 200), dtype=np.int32)[distinct]
    columns = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids, dtype=np.int8),
        "labels": np.where(np.arange(200) < 60, -100, ids).astype(np.int64),
        "position_ids": np.broadcast_to(np.arange(200, dtype=np.int64), ids.shape),
    }
    offsets = np.arange(0, rows * 200 + 1, 200, dtype=np.int32)
    lists = {
        name: pa.ListArray.from_arrays(offsets, pa.array(values.ravel()))
        for name, values in columns.items()
    }
    return Dataset(pa.table(lists))


def _result(kept: Any) -> tuple[str, list[str]]:
    dataset, hashes = kept
    return dataset._fingerprint, sorted(hashes)


def ours(folder: Path, scale: float) -> Call:
    """Ours, in Axolotl's place."""
    from axolotl.utils.data import utils

    import fast_axolotl  # noqa: F401

    dataset = _dataset(scale)
    return lambda: _result(utils._deduplicate_dataset(dataset))


def stock(folder: Path, scale: float) -> Call:
    """Axolotl's own function."""
    from axolotl.utils.data import utils

    dataset = _dataset(scale)
    return lambda: _result(utils._deduplicate_dataset(dataset))


def limit(folder: Path, scale: float) -> Call:
    """Only the hashing: the bytes of all rows, ready and in one piece for each of two threads."""
    expected = stock(folder, scale)()
    text = [str(row).encode() for row in _dataset(scale)]
    halves = b"".join(text[::2]), b"".join(text[1::2])

    def hash_all() -> tuple[str, list[str]]:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda half: hashlib.sha256(half).digest(), halves))
        return expected

    return hash_all


IMPLEMENTATIONS = {"stock": stock, "ours": ours, "limit": limit}
