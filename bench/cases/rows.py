"""Rows of text of one width, a fifth of them duplicates, in the containers that operations take.

They are in a file without separators, which a process without Arrow can read as well, and which
the processes that map it share.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    import pyarrow as pa


class Size(NamedTuple):
    """How many rows, and of how many bytes each."""

    rows: int
    width: int
    turns: int | None = None

    def __str__(self) -> str:
        return f"{self.rows:,} rows of {self.width:,} bytes"

    @property
    def bytes(self) -> int:
        """Of all rows."""
        return self.rows * self.width

    def prepare(self, folder: Path, scale: float) -> None:
        """Write the rows."""
        import numpy as np

        rows = round(self.rows * scale)
        chance = np.random.default_rng(6)
        # Sixteen letters, so that a row of 20 has 80 bits and none repeats by chance.
        letters = np.frombuffer(chance.bytes(rows * 4 // 5 * self.width), np.uint8) & 15 | 96
        distinct = letters.reshape(-1, self.width)
        order = with_duplicates(chance, rows)
        with (folder / f"{self.width}.rows").open("wb") as file:
            for start in range(0, rows, 100_000):
                distinct[order[start : start + 100_000]].tofile(file)


SIZES = {
    "10k-20B": Size(10_000, 20),
    "1M-20B": Size(1_000_000, 20, turns=5),
    "20M-20B": Size(20_000_000, 20, turns=2),
    "10k-2kB": Size(10_000, 2_000),
    "100k-2kB": Size(100_000, 2_000, turns=5),
    "5k-100kB": Size(5_000, 100_000, turns=3),
}


def with_duplicates(chance: np.random.Generator, rows: int) -> np.ndarray[Any, Any]:
    """So many indices in no order, of which each occurs and a fifth repeats another."""
    import numpy as np

    distinct = rows * 4 // 5
    order = np.concatenate([np.arange(distinct), chance.integers(0, distinct, rows - distinct)])
    chance.shuffle(order)
    return order


def strings(folder: Path) -> list[str]:
    """The rows as a list."""
    path, width = _file(folder)
    text = path.read_text(encoding="ascii")
    return [text[start : start + width] for start in range(0, len(text), width)]


def text(folder: Path) -> np.ndarray[Any, Any]:
    """The bytes of all rows."""
    import numpy as np

    return np.fromfile(_file(folder)[0], np.uint8)


def table(folder: Path) -> pa.Table:
    """The rows as a table of one column."""
    import numpy as np
    import pyarrow as pa

    # What `filter` loads at the first call.
    import pyarrow.compute

    path, width = _file(folder)
    buffer = pa.memory_map(str(path)).read_buffer()
    # So that reading the file is no part of what is measured.
    np.frombuffer(buffer, np.uint8)[::4096].sum()
    offsets = np.arange(0, len(buffer) + 1, width, dtype=np.int32)
    rows = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), buffer)
    return pa.table({"text": rows})


def frame(folder: Path) -> pl.DataFrame:
    """The rows as a polars frame of one column."""
    import polars as pl

    return pl.DataFrame(table(folder))


def _file(folder: Path) -> tuple[Path, int]:
    (path,) = folder.glob("*.rows")
    return path, int(path.stem)
