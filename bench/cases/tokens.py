"""Lists of tokens, many in one call or few in many calls, and the same as arrays."""

from __future__ import annotations

import hashlib
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from cases import Call

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

Lists = list[list[int]]


class Size(NamedTuple):
    """How many sequences a call takes, and how many calls are timed as one."""

    sequences: int
    calls: int = 1

    def __str__(self) -> str:
        calls = f", {self.calls:,} times" if self.calls > 1 else ""
        return f"{self.sequences:,} sequences{calls}"

    def count(self, scale: float) -> int:
        """How many sequences a run of this scale has: few stay as few as they are."""
        return self.sequences if self.calls > 1 else round(self.sequences * scale)

    def timed(self, call: Call, scale: float) -> Call:
        """So many calls in one; the last result is returned, the others are let go."""

        def repeated() -> Any:
            for _ in range(round(self.calls * scale) - 1):
                call()
            return call()

        return repeated


def ragged(rows: Lists, dtype: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All values, and the offsets at which the sequences begin and end."""
    import numpy as np

    return np.concatenate(rows).astype(dtype), np.cumsum([0, *map(len, rows)])


def arrow(rows: Lists, dtype: str) -> pa.ListArray:
    """The same as an Arrow array."""
    import pyarrow as pa

    return pa.array(rows, pa.list_(getattr(pa, dtype)()))


def facts(result: dict[str, Any] | None) -> dict[str, Any]:
    """A digest of the rows of each column, be they lists or arrays."""
    if result is None:
        return {}
    digest = hashlib.sha256()
    for name, rows in result.items():
        digest.update(name.encode())
        for row in _listed(rows):
            digest.update(len(row).to_bytes(8, "little"))
            digest.update(array("q", row))
    return {"rows": digest.hexdigest()}


def _listed(rows: Any) -> Lists:
    if hasattr(rows, "__arrow_c_array__"):
        import pyarrow as pa

        rows = pa.array(rows)
        rows = rows.values.to_numpy().reshape(len(rows), -1)
    return rows if isinstance(rows, list) else rows.tolist()
