"""The answer of `fast_axolotl.status()`."""

from __future__ import annotations

from typing import NamedTuple

from .._version import __version__
from .settings import PACKINGS, SETTING


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
    packing: str
    """The strategy of the multipack sampler: `first_fit` is Axolotl's, others were asked for."""

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
        if self.packing != PACKINGS[0]:
            lines.append(f"{SETTING}: {self.packing}; {self._effect()}")
        return "\n".join([head, *(line.rstrip() for line in lines)])

    def _effect(self) -> str:
        """What comes of a strategy that is not Axolotl's."""
        (sampler,) = [one for one in self.targets if one.target.endswith(".generate_batches")]
        if sampler.state in ("bound", "waiting"):
            return "its bins are not those of Axolotl"
        return f"without effect, because {sampler.target} is not replaced: {sampler.state}"
