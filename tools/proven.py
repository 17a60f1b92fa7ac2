"""On which versions of Axolotl each replaced function was proven, for COMPATIBILITY.md.

With ``FAST_AXOLOTL_PROVEN=report/proven-0.18.0.json`` in the environment, tests that all pass leave
there how many of them ran each replaced function fast. This module renders such files as a table.
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
    """Read the records of all versions, the newest first.

    Args:
        directory: Where the records are, ``report/`` at the root.

    Returns:
        One entry per record.
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
