"""Which pieces and packages there are, for the sessions, the checks and the workflows.

`PIECES` is the declaration in the meta-package. Run as a program, this prints a JSON list of the
pieces' names or, with `packages`, of all packages in the order in which they are published.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent
META = "fast-axolotl"
DECLARATION = ROOT / "packages" / META / "src" / "fast_axolotl" / "pieces.py"


class Piece(Protocol):
    """What the declaration says of a piece."""

    name: str
    exports: tuple[str, ...]
    distribution: str
    module: str


PIECES: tuple[Piece, ...] = runpy.run_path(str(DECLARATION))["PIECES"]
NAMES = [piece.name for piece in PIECES]
# The pieces come first, because the meta-package requires them.
PACKAGES = [*(piece.distribution for piece in PIECES), META]


if __name__ == "__main__":
    print(json.dumps(PACKAGES if sys.argv[1:] == ["packages"] else NAMES))
