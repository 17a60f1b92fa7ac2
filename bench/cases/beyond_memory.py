"""Finding duplicates among rows that are made as they are added, within a limit of memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cases import Call, Case

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

LIMIT = 32
BATCH, WIDTH = 250_000, 20


class Found(NamedTuple):
    """Which rows are kept, and what went to files."""

    kept: Any
    spilled: int


def _mixed(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The finalizer of SplitMix64, which takes different numbers to different numbers."""
    import numpy as np

    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    """Rows of 20 letters, each fifth of which repeats one before it."""
    import numpy as np
    import pyarrow as pa

    byte = np.arange(256, dtype=np.uint8)
    letters = np.stack([byte >> 4 | 96, byte & 15 | 96], axis=1)
    pairs = np.ascontiguousarray(letters).view(np.uint16).ravel()
    for start in range(0, rows, BATCH):
        number = np.arange(start, min(start + BATCH, rows), dtype=np.uint64)
        fifth = number[4::5]
        earlier = _mixed(fifth) % fifth
        number[4::5] = earlier - (earlier % np.uint64(5) == 4)
        pair = pairs[_mixed(number).view(np.uint8).reshape(-1, 8)]
        text = np.concatenate([pair, pair[:, :2]], axis=1)
        offsets = np.arange(0, len(number) * WIDTH + 1, WIDTH, dtype=np.int32)
        array = pa.StringArray.from_buffers(len(number), pa.py_buffer(offsets), pa.py_buffer(text))
        yield pa.record_batch({"text": array})


def find(rows: int, algorithm: Any, memory_limit: int | None, folder: Path, scale: float) -> Call:
    """Ours."""
    from fast_axolotl_hash import DuplicateFinder

    def found() -> Found:
        finder = DuplicateFinder(algorithm, memory_limit=memory_limit, spill_directory=folder)
        for batch in batches(round(rows * scale)):
            finder.add(batch)
        return Found(finder.finish(output="numpy"), finder.spilled_bytes)

    return found


def limit(rows: int, folder: Path, scale: float) -> Call:
    """Only making the rows."""

    def make() -> None:
        for _ in batches(round(rows * scale)):
            pass

    return make


def facts(result: Found | None) -> dict[str, Any]:
    """Which rows are kept."""
    if result is None:
        return {}
    return {"kept": int(result.kept.sum()), "mask": hashlib.sha256(result.kept).hexdigest()}


def _spilled(result: Found | None) -> str:
    return f"{result.spilled / 1e6:.0f} MB" if result else ""


def _case(rows: int, turns: int) -> Case:
    algorithms = ("sha256", "xxh3_128")
    return Case(
        f"`DuplicateFinder`, {rows:,} rows",
        f"{rows:,} rows of {WIDTH} bytes, a fifth of them duplicates, made {BATCH:,} at a time "
        f"while they are added, in memory and within {LIMIT} MiB",
        {
            **{one: partial(find, rows, one, None) for one in algorithms},
            **{
                f"{one}, within {LIMIT} MiB": partial(find, rows, one, LIMIT << 20)
                for one in algorithms
            },
            "limit": partial(limit, rows),
        },
        facts=facts,
        ours={f"{one} within is": f"{one}, within {LIMIT} MiB" for one in algorithms},
        turns=turns,
        rows=rows,
        bytes=rows * WIDTH,
        shows={"spilled": _spilled},
    )


CASES = {"2M": _case(2_000_000, 3), "20M": _case(20_000_000, 2)}
