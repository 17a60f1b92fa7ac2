"""On which versions of Axolotl each replaced function was proven, for COMPATIBILITY.md.

The ``versions`` session leaves a file in ``report/`` for each version whose parity tests all
passed, with how many of them ran a replaced function fast. This module renders them as a table.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from fast_axolotl.shim.targets import TARGETS, ReplacedFunction


class Proof(NamedTuple):
    """The parity tests on one version of Axolotl."""

    version: str
    tests: dict[str, int]
    """How many tests passed in which a target ran fast, by its name."""


def load_proofs(directory: Path) -> list[Proof]:
    """Read what the ``versions`` session has left, the newest version first.

    Args:
        directory: Where the records are, ``report/`` at the root.
    """
    proofs = [
        Proof(path.stem.removeprefix("proven-"), json.loads(path.read_text(encoding="utf-8")))
        for path in directory.glob("proven-*.json")
    ]
    return sorted(
        proofs,
        key=lambda proof: [int(part) for part in re.findall(r"\d+", proof.version)],
        reverse=True,
    )


def render_proofs(proofs: list[Proof]) -> str:
    """Render a table with a row for each replaced function and a column for each version.

    Args:
        proofs: What :func:`load_proofs` returned.
    """
    lines = [
        f"| replaced function | {' | '.join(proof.version for proof in proofs)} |",
        f"|---|{'--:|' * len(proofs)}",
    ]
    for target in TARGETS:
        if isinstance(target, ReplacedFunction):
            cells = [str(proof.tests.get(target.name, "")) for proof in proofs]
            lines.append(f"| `{target.name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
