"""Reading a Parquet file into dictionaries of lists."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cases import Call

TITLE = "`streaming_dataset_reader`, Parquet"
INPUT = "50,000 rows of text (about 100 characters) and an integer, Snappy, to dicts of lists"
BATCH = 1000


def prepare(folder: Path, scale: float) -> None:
    """Write the file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    chance = random.Random(4)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(2000)]
    rows = range(round(50_000 * scale))
    text = [" ".join(chance.choices(words, k=chance.randint(5, 20))) for _ in rows]
    pq.write_table(pa.table({"text": text, "id": list(rows)}), folder / "rows.parquet")


PREPARE = prepare


def _columns(batches: Iterable[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"text": [], "id": []}
    for batch in batches:
        for name, values in columns.items():
            values.extend(batch[name])
    return columns


def _load(folder: Path, cache: str) -> Any:
    import datasets

    path = str(folder / "rows.parquet")
    return datasets.load_dataset("parquet", data_files=path, split="train", cache_dir=cache)


def stock(folder: Path, scale: float) -> Call:
    """Hugging Face `load_dataset` into an empty cache, then its rows."""

    def read() -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {"text": [], "id": []}
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            for row in _load(folder, cache):
                columns["text"].append(row["text"])
                columns["id"].append(row["id"])
        return columns

    return read


def batches(folder: Path, scale: float) -> Call:
    """The same by batches, which is quicker."""

    def read() -> dict[str, list[Any]]:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            return _columns(_load(folder, cache).iter(BATCH))

    return read


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import streaming_dataset_reader

    path = str(folder / "rows.parquet")
    return lambda: _columns(streaming_dataset_reader(path, "parquet", BATCH))


def pyarrow(folder: Path, scale: float) -> Call:
    """pyarrow's batches, made into dictionaries."""
    import pyarrow.parquet as pq

    path = folder / "rows.parquet"
    return lambda: _columns(b.to_pydict() for b in pq.ParquetFile(path).iter_batches(BATCH))


def polars(folder: Path, scale: float) -> Call:
    """polars' batches, made into dictionaries; it reads the whole file first."""
    import polars as pl

    path = folder / "rows.parquet"
    return lambda: _columns(
        b.to_dict(as_series=False) for b in pl.read_parquet(path).iter_slices(BATCH)
    )


IMPLEMENTATIONS = {
    "stock": stock,
    "stock, by batches": batches,
    "pyarrow": pyarrow,
    "polars": polars,
    "earlier": ours,
    "ours": ours,
}
