"""Measure every operation against the Python it replaces, its peers and the earlier package.

Each implementation runs in a process of its own (the earlier package has our name), and the
processes take turns, so that a busy machine slows all of them alike. A ratio is the median of the
ratios within each turn.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import cases
from cases import Case

HERE = Path(__file__).parent
HEADER = """# Benchmarks

Written by `uvx nox -s bench`. Times are medians of {turns} turns, in which the implementations run
one after the other; a ratio is the median of the ratios within a turn, above 1 where ours is
faster. Machines differ and are noisy: read the ratios, not the times. All implementations of an
operation return equal results, which is checked, but for what its text says. Where there are few
turns, their number is under the table. Peak memory is how much more was resident during the first
call than before it, the result included; the input is not.

- *stock*: the Python that ours replaces.
- *earlier*: fast-axolotl 0.2.0 from the registry.
- *limit*: only what any implementation has to do.
"""


SUMMARY = [
    "| operation | against the Python it replaces | against fast-axolotl 0.2.0 |",
    "|---|--:|--:|",
]


class Row(NamedTuple):
    """One implementation of a case."""

    name: str
    seconds: float
    ratios: dict[str, float]
    """How many times faster ours is, by the name of that."""
    peak: int | None
    """How many bytes of memory it takes."""
    shows: dict[str, str]


class Worker:
    """A process that runs one implementation."""

    def __init__(self, python: str, case: str, name: str, folder: str, scale: float) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("FAST_AXOLOTL")}
        # A file and no pipe: progress bars would fill one that nobody reads.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - until the process ends
        self._process = subprocess.Popen(
            [python, str(HERE / "worker.py"), case, name, folder, str(scale)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if os.environ.get("BENCH_DEBUG") else self._errors,
            text=True,
            env=environment | {"HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1"},
        )
        self.name = name
        self.first: dict[str, Any] = {}
        """What there is to know of the first call, when it is done."""

    def ready(self) -> None:
        """Wait until there is nothing left to do before the first call."""
        self._answer()

    def start(self) -> None:
        """Call for the first time."""
        self.first = json.loads(self._ask())

    def time(self) -> float:
        """Seconds of one more call."""
        return float(self._ask())

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()
        self._errors.close()

    def _ask(self) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            raise SystemExit(f"{self._process.args} failed:\n{self._errors.read()}")
        return line


def measure(name: str, pythons: dict[str, str], scale: float, turns: int) -> list[Row]:
    """Time all implementations of a case, in this Python unless another is given for one."""
    case = cases.load(name)
    with tempfile.TemporaryDirectory() as folder:
        if case.prepare is not None:
            case.prepare(Path(folder), scale)
        workers = [
            Worker(pythons.get(implementation, sys.executable), name, implementation, folder, scale)
            for implementation in case.implementations
        ]
        # They get ready at the same time, and are measured one at a time.
        for worker in workers:
            worker.ready()
        for worker in workers:
            worker.start()
        check(name, workers)
        # The first call of many is to warm up; where there are few, none is wasted.
        times = {
            worker.name: [worker.first["seconds"]] if case.turns or worker.name in case.once else []
            for worker in workers
        }
        for _ in range(case.turns - 1 if case.turns else turns):
            for worker in workers:
                if worker.name not in case.once:
                    times[worker.name].append(worker.time())
        for worker in workers:
            worker.close()
    return [
        Row(
            worker.name,
            statistics.median(times[worker.name]),
            {
                # An implementation of fewer turns is compared in those.
                ours: statistics.median(map(_divide, times[worker.name], times[ours]))
                for ours in case.ours.values()
                if ours != worker.name
            },
            worker.first["peak"],
            worker.first["shows"],
        )
        for worker in workers
    ]


def check(name: str, workers: list[Worker]) -> None:
    """Stop if implementations return different results."""
    for fact in {fact for worker in workers for fact in worker.first["facts"]}:
        found = {w.name: w.first["facts"][fact] for w in workers if fact in w.first["facts"]}
        if len(set(found.values())) > 1:
            raise SystemExit(f"{name}: the implementations return different results: {found}")


def _divide(seconds: float, ours: float) -> float:
    return seconds / ours


def render(results: dict[str, list[Row]], turns: int, before: str = "") -> str:
    """The text of BENCHMARKS.md.

    Args:
        results: What was measured, by the names of the cases.
        turns: How often.
        before: The text as it was. Of the cases that were not measured now, its sections and lines
            are kept; a section says on which machine and with which versions it was measured.
    """
    earlier_lines, earlier_sections = _parts(before)
    summary = {**earlier_lines, **_summary(results)}
    sections = dict(earlier_sections)
    for name, rows in results.items():
        sections[cases.load(name).title] = _section(cases.load(name), rows)
    titles = [cases.load(name).title for name in cases.NAMES]
    operations = dict.fromkeys(_operation(name) for name in cases.NAMES)
    lines = [HEADER.format(turns=turns), "## In short", "", *SUMMARY]
    lines += [summary[operation] for operation in operations if operation in summary]
    return "\n".join([*lines, "", *(sections[title] for title in titles if title in sections)])


def _section(case: Case, rows: list[Row]) -> str:
    lines = [f"## {case.title}", "", f"{case.input}.", "", *_table(case, rows), ""]
    notes = [_machine()]
    if case.turns:
        notes.append(f"{case.turns} turns, the first call counted.")
    if case.once:
        notes.append(f"Called once: {'; '.join(sorted(case.once))}.")
    return "\n".join([*lines, " ".join(notes), ""])


def _parts(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The lines of the summary and the sections of an earlier BENCHMARKS.md, by their titles."""
    _, _, rest = text.partition("## In short\n")
    summary, *sections = rest.split("\n## ")
    lines = [line for line in summary.splitlines() if line.startswith("| ")]
    return (
        {line.split(" | ")[0].removeprefix("| "): line for line in lines if line not in SUMMARY},
        {section.partition("\n")[0]: f"## {section.rstrip()}\n" for section in sections},
    )


def _table(case: Case, rows: list[Row]) -> list[str]:
    sized = case.rows is not None or case.bytes is not None
    headings = ["implementation", "time"]
    headings += ["rows/s"] if case.rows is not None else []
    headings += ["GB/s"] if case.bytes is not None else []
    headings += ["peak memory"] if sized else []
    headings += [*case.shows, *case.ours]
    table = [headings, ["---", *["--:"] * (len(headings) - 1)]]
    for row in rows:
        cells = [row.name, f"{row.seconds * 1000:.1f} ms"]
        if case.rows is not None:
            cells.append(_count(case.rows / row.seconds))
        if case.bytes is not None:
            cells.append(f"{case.bytes / row.seconds / 1e9:.3g}")
        if sized:
            cells.append("" if row.peak is None else f"{row.peak / 1e6:.0f} MB")
        cells += [row.shows[column] for column in case.shows]
        cells += [f"{row.ratios[o]:.2f}x" if o in row.ratios else "" for o in case.ours.values()]
        table.append(cells)
    return [
        f"|{'|'.join(cells)}|" if cells[0] == "---" else f"| {' | '.join(cells)} |"
        for cells in table
    ]


def _count(number: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g}"


def _summary(results: dict[str, list[Row]]) -> dict[str, str]:
    """A line of the summary for each operation."""
    # The sizes of one operation share a line, which has the least and the most.
    ratios: dict[str, dict[str, list[float]]] = {}
    for name, rows in results.items():
        ours = next(iter(cases.load(name).ours.values()))
        for row in rows:
            if row.name in ("stock", "earlier"):
                of_operation = ratios.setdefault(_operation(name), {})
                of_operation.setdefault(row.name, []).append(row.ratios[ours])
    lines = {}
    for operation, found in ratios.items():
        cells = [
            _range(found[name]) if name in found else "not there" for name in ("stock", "earlier")
        ]
        lines[operation] = f"| {operation} | {' | '.join(cells)} |"
    return lines


def _operation(name: str) -> str:
    """The title of a case without the size."""
    title = cases.load(name).title
    return title.rpartition(", ")[0] if ":" in name else title


def _range(ratios: list[float]) -> str:
    # Equal ones are one, in their order.
    return " to ".join(dict.fromkeys(f"{ratio:.1f}x" for ratio in (min(ratios), max(ratios))))


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
    parser.add_argument("--older-python", required=True, help="with datasets on pyarrow 24")
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="small inputs, two turns, and by default one size of each operation",
    )
    parser.add_argument("--output", type=Path, help="where to write the tables")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    options = parser.parse_args()
    if not options.cases:
        one_of_each = {_operation(case): case for case in reversed(cases.NAMES)}.values()
        options.cases = list(reversed(one_of_each)) if options.smoke else cases.NAMES
    if options.smoke and options.output:
        parser.error("small inputs give no figures to write")
    measured = {_operation(case) for case in options.cases}
    others = {case for case in cases.NAMES if _operation(case) in measured} - {*options.cases}
    if options.output and others:
        parser.error(f"they share a line of the summary, so measure {' '.join(sorted(others))} too")
    pythons = {"earlier": options.earlier_python, "stock, pyarrow 24": options.older_python}
    scale, turns = (0.01, 2) if options.smoke else (1.0, 11)
    results = {}
    for number, case in enumerate(options.cases, start=1):
        start = time.monotonic()
        results[case] = measure(case, pythons, scale, turns)
        for row in results[case]:
            ratios = ", ".join(f"{ratio:.2f}x" for ratio in row.ratios.values())
            print(f"{case}: {row.name}: {row.seconds * 1000:.2f} ms, {ratios}", flush=True)
        print(f"{case} took {time.monotonic() - start:.0f} s", flush=True)
        to_come = {_operation(other) for other in options.cases[number:]}
        done = {name: rows for name, rows in results.items() if _operation(name) not in to_come}
        if options.output:
            write(options.output, done, turns)


def write(path: Path, results: dict[str, list[Row]], turns: int) -> None:
    """Write what was measured so far, so that an interrupted run keeps it."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(render(results, turns, before), encoding="utf-8")


if __name__ == "__main__":
    main()
