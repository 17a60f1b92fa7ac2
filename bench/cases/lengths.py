"""Lengths of sequences, as data for chats has them, and of long ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

CAPACITY = 4096
# So many does Axolotl pack together.
GROUP = 100_000


class Lengths(NamedTuple):
    """How many sequences, of which distribution."""

    count: int
    distribution: str
    turns: int | None = None

    def __str__(self) -> str:
        around = {"log-normal": "around 250", "uniform": f"up to {CAPACITY:,}"}
        return f"{self.count:,} {self.distribution} lengths {around[self.distribution]}"

    def prepare(self, folder: Path, scale: float) -> None:
        """Write the lengths, none of them too long for a bin."""
        import numpy as np

        count = round(self.count * scale)
        chance = np.random.default_rng(10)
        if self.distribution == "uniform":
            lengths = chance.integers(1, CAPACITY + 1, count)
        else:
            lengths = np.clip(chance.lognormal(5.5, 1, count), 1, CAPACITY).astype(np.int64)
        np.save(folder / "lengths.npy", lengths)


def load(folder: Path) -> tuple[np.ndarray[Any, Any], int]:
    """The lengths, and how many tokens they are."""
    import numpy as np

    lengths: np.ndarray[Any, Any] = np.load(folder / "lengths.npy")
    return lengths, int(lengths.sum())
