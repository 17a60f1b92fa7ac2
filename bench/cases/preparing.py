"""What Axolotl does to a tokenized dataset before it packs: lengths, labels, positions."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from cases import Call, Case

ROWS, TOKENS, LONGEST = 20_000, 200, 512
STRATEGIES = {"drop": "without those too long", "truncate": "those too long truncated"}


def prepare(folder: Path, scale: float) -> None:
    """Save a dataset of rows around 200 tokens, some of them too long, some without labels."""
    import numpy as np
    import pyarrow as pa
    from datasets import Dataset

    chance = np.random.default_rng(7)
    rows = round(ROWS * scale)
    lengths = np.round(chance.lognormal(np.log(TOKENS) - 0.18, 0.6, rows)).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    ids = chance.integers(0, 32_000, offsets[-1], dtype=np.int32)
    prompt = np.where(chance.random(rows) < 0.01, lengths, lengths // 3)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    columns = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids, dtype=np.int8),
        "labels": np.where(place < np.repeat(prompt, lengths), -100, ids).astype(np.int64),
    }
    lists = {
        name: pa.ListArray.from_arrays(offsets, pa.array(values))
        for name, values in columns.items()
    }
    Dataset(pa.table(lists)).save_to_disk(folder / "data")


def facts(result: Any) -> dict[str, Any]:
    """The fingerprint of the dataset, and a digest of its rows."""
    if result is None:
        return {}
    digest = hashlib.sha256()
    for rows in result.with_format("arrow").iter(1000):
        digest.update(rows["length"].to_numpy().tobytes())
        for name in sorted(set(rows.column_names) - {"length"}):
            digest.update(rows[name].combine_chunks().flatten().to_numpy().tobytes())
    return {
        "fingerprint": result._fingerprint,
        "features": str(result.features),
        "rows": len(result),
        "digest": digest.hexdigest(),
    }


def stock(strategy: str, folder: Path, scale: float) -> Call:
    """Axolotl's own, as `axolotl preprocess` calls them: nothing is taken from a cache."""
    from axolotl.utils.data import utils
    from axolotl.utils.dict import DictDefault
    from axolotl.utils.trainer import process_datasets_for_packing
    from datasets import load_from_disk

    cfg = DictDefault(
        {"sample_packing": True, "is_preprocess": True, "excess_length_strategy": strategy}
    )
    dataset = load_from_disk(folder / "data")

    def call() -> Any:
        fitting = utils.handle_long_seq_in_dataset(dataset, LONGEST, cfg)
        return process_datasets_for_packing(cfg, fitting, None)[0]

    return call


def ours(strategy: str, folder: Path, scale: float) -> Call:
    """Ours, in Axolotl's place."""
    import fast_axolotl  # noqa: F401

    return stock(strategy, folder, scale)


def limit(folder: Path, scale: float) -> Call:
    """Only writing as many rows, with positions, to a file."""
    import pyarrow as pa
    from datasets import load_from_disk

    table = load_from_disk(folder / "data").data.table
    table = table.append_column("position_ids", table.column("labels")).combine_chunks()

    def write() -> None:
        with (
            pa.OSFile(str(folder / "limit.arrow"), "wb") as sink,
            pa.ipc.new_stream(sink, table.schema) as writer,
        ):
            writer.write_table(table, 1000)

    return write


CASES = {
    strategy: Case(
        f"`handle_long_seq_in_dataset` and `process_datasets_for_packing`, {strategy}",
        f"{ROWS:,} tokenized rows on disk, 3 columns, log-normal around {TOKENS} tokens, {what}",
        {"stock": partial(stock, strategy), "ours": partial(ours, strategy), "limit": limit},
        prepare,
        facts,
        rows=ROWS,
        bytes=ROWS * TOKENS * (4 + 1 + 8),
    )
    for strategy, what in STRATEGIES.items()
}
