"""Deduplicating a tokenized Hugging Face dataset, as Axolotl does it."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cases import Call, Case
from cases.rows import with_duplicates

ROWS, TOKENS = 20_000, 200


def prepare(folder: Path, scale: float) -> None:
    """Write the source of Axolotl's function, for an environment without Axolotl."""
    package = importlib.util.find_spec("axolotl")
    assert package is not None
    assert package.origin is not None
    module = Path(package.origin).parent / "utils" / "data" / "utils.py"
    source = module.read_text(encoding="utf-8")
    functions = {node.name: node for node in ast.parse(source).body if hasattr(node, "name")}
    needed = (functions["sha256"], functions["_deduplicate_dataset"])
    text = "\n\n".join(str(ast.get_source_segment(source, node)) for node in needed)
    (folder / "stock.py").write_text(text, encoding="utf-8")


def _dataset(scale: float) -> Any:
    import numpy as np
    import pyarrow as pa
    from datasets import Dataset

    chance = np.random.default_rng(5)
    rows = round(ROWS * scale)
    order = with_duplicates(chance, rows)
    ids = chance.integers(0, 32_000, (rows, TOKENS), dtype=np.int32)[order]
    columns = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids, dtype=np.int8),
        "labels": np.where(np.arange(TOKENS) < 60, -100, ids).astype(np.int64),
        "position_ids": np.broadcast_to(np.arange(TOKENS, dtype=np.int64), ids.shape),
    }
    offsets = np.arange(0, rows * TOKENS + 1, TOKENS, dtype=np.int32)
    lists = {
        name: pa.ListArray.from_arrays(offsets, pa.array(values.ravel()))
        for name, values in columns.items()
    }
    return Dataset(pa.table(lists))


def facts(result: Any) -> dict[str, Any]:
    """The fingerprint of the dataset, and a digest of the hashes."""
    if result is None:
        return {}
    dataset, hashes = result
    digest = hashlib.sha256("".join(sorted(hashes)).encode()).hexdigest()
    return {"fingerprint": dataset._fingerprint, "hashes": digest, "rows": len(dataset)}


def ours(folder: Path, scale: float) -> Call:
    """Ours, in Axolotl's place."""
    from axolotl.utils.data import utils

    import fast_axolotl  # noqa: F401

    dataset = _dataset(scale)
    return lambda: utils._deduplicate_dataset(dataset)


def stock(folder: Path, scale: float) -> Call:
    """Axolotl's own function."""
    from axolotl.utils.data import utils

    dataset = _dataset(scale)
    return lambda: utils._deduplicate_dataset(dataset)


def older(folder: Path, scale: float) -> Call:
    """The same source where pyarrow is older."""
    import datasets

    names: dict[str, Any] = {"hashlib": hashlib, "Dataset": datasets.Dataset}
    exec((folder / "stock.py").read_text(encoding="utf-8"), names)
    dataset = _dataset(scale)
    return lambda: names["_deduplicate_dataset"](dataset)


def limit(folder: Path, scale: float) -> Call:
    """Only the hashing: the bytes of all rows, ready and in one piece for each of two threads."""
    text = [str(row).encode() for row in _dataset(scale)]
    halves = b"".join(text[::2]), b"".join(text[1::2])

    def hash_all() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda half: hashlib.sha256(half).digest(), halves))

    return hash_all


CASE = Case(
    "`_deduplicate_dataset`",
    f"{ROWS:,} tokenized rows of 4 columns x {TOKENS} tokens, a fifth of them duplicates. pyarrow "
    "25 made rows quicker to read: the source of Axolotl's function runs before that, too",
    {"stock": stock, "stock, pyarrow 24": older, "ours": ours, "limit": limit},
    prepare,
    facts,
    once=frozenset({"stock, pyarrow 24"}),
)
