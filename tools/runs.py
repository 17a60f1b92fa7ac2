"""What the test sessions really ran, for COMPATIBILITY.md.

Every session that tests wheels leaves a record in ``report/`` (see ``record_run.py``). This module
reads them, drops those of other wheels than the present ones, and renders the table.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One test session that ran to its end."""

    session: str
    python: str
    implementation: str
    system: str
    machine: str
    packages: dict[str, str]
    passed: int
    failed: int
    skipped: int

    @property
    def python_minor(self) -> str:
        """The Python version without its patch level, such as ``3.12``."""
        return ".".join(self.python.split(".")[:2])


def listing(packages: dict[str, str]) -> str:
    """Render versions as ``name version, name version``.

    Args:
        packages: Versions by package name.

    Returns:
        One line, sorted by name.
    """
    return ", ".join(f"{name} {version}" for name, version in sorted(packages.items()))


def load_runs(directory: Path, wheels: str | None = None) -> list[Run]:
    """Read the records of the sessions that ran.

    Args:
        directory: Where the records are, ``report/`` at the root.
        wheels: Only records of these wheels count, if given: a digest as the sessions pass it.

    Returns:
        One entry per record, in the order of their session names and Pythons.
    """
    runs = []
    for path in sorted(directory.glob("run-*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if wheels is not None and record["wheels"] != wheels:
            continue
        runs.append(
            Run(
                session=record["session"],
                python=record["python"],
                implementation=record["implementation"],
                system=record["system"],
                machine=record["machine"],
                packages=record["packages"],
                **record["tests"],
            )
        )
    return sorted(runs, key=lambda run: (run.session.split("-")[0], _ordinal(run.python)))


def render_runs(runs: list[Run]) -> str:
    """Render the table of what ran.

    Args:
        runs: What :func:`load_runs` returned.

    Returns:
        A Markdown table with a row per run, ending in a newline.
    """
    lines = [
        "| session | Python | platform | with | passed | skipped |",
        "|---|---|---|---|--:|--:|",
    ]
    lines += [
        f"| `{run.session}` | {run.implementation} {run.python_minor} "
        f"| {run.system} {run.machine} | {listing(run.packages)} | {run.passed} | {run.skipped} |"
        for run in runs
    ]
    return "\n".join(lines) + "\n"


def _ordinal(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
