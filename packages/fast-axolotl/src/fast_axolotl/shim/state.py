"""The answer of `fast_axolotl.status()`."""

from __future__ import annotations

from typing import NamedTuple

from .._version import __version__


class TargetStatus(NamedTuple):
    """One intercepted name."""

    target: str
    kind: str
    piece: str
    state: str
    detail: str


class Status(NamedTuple):
    """What is bound. `str()` of it is a table."""

    installed: bool
    pieces: dict[str, str]
    targets: list[TargetStatus]

    def __str__(self) -> str:
        state = "installed" if self.installed else "not installed"
        pieces = ", ".join(self.pieces) or "none"
        rows = [
            ("target", "kind", "piece", "state"),
            *((t[0], t[1], t[2], t[3]) for t in self.targets),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        details = ["", *(target.detail for target in self.targets)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            + (f"  {detail}" if detail else "")
            for row, detail in zip(rows, details, strict=True)
        ]
        head = f"fast-axolotl {__version__}, {state}; pieces: {pieces}"
        return "\n".join([head, *(line.rstrip() for line in lines)])
