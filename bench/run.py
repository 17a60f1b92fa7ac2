"""Measure every operation against the Python it replaces, its peers and the earlier package.

Each implementation runs in a process of its own (the earlier package has our name), and the
processes take turns, so that a busy machine slows all of them alike. A ratio is the median of the
ratios within each turn.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import cases

HERE = Path(__file__).parent
HEADER = """# Benchmarks

Written by `uvx nox -s bench`. Times are medians of {turns} turns, in which the implementations run
one after the other; a ratio is the median of the ratios within a turn, above 1 where ours is
faster. Machines differ and are noisy: read the ratios, not the times. All implementations of an
operation return equal results, which is checked before they are timed.

{machine}

- *stock*: the Python that ours replaces.
- *earlier*: fast-axolotl 0.2.0 from the registry.
- *limit*: only what any implementation has to do.
"""


class Row(NamedTuple):
    """One implementation of a case."""

    name: str
    seconds: float
    ratio: float
    """How many times faster ours is."""


class Worker:
    """A process that runs one implementation."""

    def __init__(self, python: str, case: str, name: str, folder: Path, scale: float) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FAST_AXOLOTL")}
        self._process = subprocess.Popen(
            [python, str(HERE / "worker.py"), case, name, str(folder), str(scale)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if not os.environ.get("BENCH_DEBUG") else None,
            text=True,
            env=environment | {"HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1"},
        )
        self.name = name
        self.digest = self._answer().split()[-1]

    def time(self) -> float:
        """Seconds of one call."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return float(self._answer())

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            _, errors = self._process.communicate()
            raise SystemExit(f"{self._process.args} failed:\n{errors}")
        return line


def measure(case: str, earlier: str, scale: float, turns: int) -> list[Row]:
    """Time all implementations of a case."""
    module = cases.load(case)
    with tempfile.TemporaryDirectory() as folder:
        if module.PREPARE is not None:
            module.PREPARE(Path(folder), scale)
        workers = [
            Worker(
                earlier if name == "earlier" else sys.executable, case, name, Path(folder), scale
            )
            for name in module.IMPLEMENTATIONS
        ]
        if len({worker.digest for worker in workers}) > 1:
            results = {worker.name: worker.digest[:8] for worker in workers}
            raise SystemExit(f"{case}: the implementations return different results: {results}")
        times: dict[str, list[float]] = {worker.name: [] for worker in workers}
        for _ in range(turns):
            for worker in workers:
                times[worker.name].append(worker.time())
        for worker in workers:
            worker.close()
    ours = times["ours"]
    return [
        Row(name, statistics.median(seconds), statistics.median(map(_divide, seconds, ours)))
        for name, seconds in times.items()
    ]


def _divide(seconds: float, ours: float) -> float:
    return seconds / ours


def render(results: dict[str, list[Row]], turns: int) -> str:
    """The text of BENCHMARKS.md."""
    lines = [HEADER.format(turns=turns, machine=_machine()), "## In short", ""]
    lines += [*_summary(results), ""]
    for case, rows in results.items():
        module = cases.load(case)
        lines += [f"## {module.TITLE}", "", f"{module.INPUT}.", ""]
        lines += ["| implementation | time | ours is |", "|---|--:|--:|"]
        for row in rows:
            ratio = "" if row.name == "ours" else f"{row.ratio:.2f}x"
            lines.append(f"| {row.name} | {row.seconds * 1000:.1f} ms | {ratio} |")
        lines.append("")
    return "\n".join(lines)


def _summary(results: dict[str, list[Row]]) -> list[str]:
    """A table with a line per operation, which the README repeats."""
    lines = [
        "| operation | against the Python it replaces | against fast-axolotl 0.2.0 |",
        "|---|--:|--:|",
    ]
    for case, rows in results.items():
        ratios = {row.name: f"{row.ratio:.1f}x" for row in rows}
        title = cases.load(case).TITLE
        lines.append(f"| {title} | {ratios['stock']} | {ratios.get('earlier', 'not there')} |")
    return lines


def _machine() -> str:
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("fast-axolotl", "axolotl", "datasets", "pyarrow", "polars", "numpy", "torch")
    )
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; {versions}."
    )


def main() -> None:
    """Measure, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--earlier-python", required=True, help="with fast-axolotl 0.2.0")
    parser.add_argument("--smoke", action="store_true", help="small inputs, two turns")
    parser.add_argument("--output", type=Path, help="where to write the tables")
    parser.add_argument("cases", nargs="*", default=cases.NAMES, metavar="CASE")
    options = parser.parse_args()
    scale, turns = (0.01, 2) if options.smoke else (1.0, 11)
    results = {}
    for case in options.cases:
        results[case] = measure(case, options.earlier_python, scale, turns)
        for row in results[case]:
            print(f"{case}: {row.name}: {row.seconds * 1000:.2f} ms, {row.ratio:.2f}x", flush=True)
    if options.output:
        options.output.write_text(render(results, turns), encoding="utf-8")


if __name__ == "__main__":
    main()
