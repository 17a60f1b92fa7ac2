"""Write the tables of COMPATIBILITY.md and README.md, or check that they are up to date.

``code`` are the tables that are made from what is in the repository: the intercepted names from the
table in the code that intercepts them, the README's figures from BENCHMARKS.md. They must be right
in every commit. ``runs`` are those made from the records that the test sessions leave, which are
written for a release. The text around the tables is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from fast_axolotl.shim.targets import (
    TARGETS,
    AddedName,
    ImportedName,
    ReplacedFunction,
    Target,
)
from ran import Run, load_runs, outdated, render_runs

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "COMPATIBILITY.md"
README = ROOT / "README.md"


def render_targets() -> str:
    """Render every intercepted name as a Markdown table."""
    lines = ["| name | kind | piece | what |", "|---|---|---|---|"]
    lines += [
        f"| `{target.name}` | {target.kind} | {target.piece} | {describe(target)} |"
        for target in TARGETS
    ]
    return "\n".join(lines) + "\n"


def describe(target: Target) -> str:
    """Say what becomes of one name."""
    if isinstance(target, ReplacedFunction):
        proven = "; ".join(f"{versions} (`{code}`)" for code, versions in target.proven.items())
        return f"proven equal to Axolotl {proven}"
    if isinstance(target, ImportedName):
        return f"is `{target.function}`"
    if isinstance(target, AddedName):
        return f"is `{target.export}`"
    return "holds " + ", ".join(f"`{name}`" for name in target.names)


def render_figures() -> str:
    """Return the summary of BENCHMARKS.md: the table below its first heading.

    Raises:
        ValueError: There is no such table.
    """
    benchmarks = (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8")
    summary = re.search(r"^## In short\n\n((?:\|.*\n)+)", benchmarks, re.MULTILINE)
    if summary is None:
        raise ValueError("BENCHMARKS.md has no summary: uvx nox -s bench writes it")
    return summary[1]


class CodeTable(NamedTuple):
    """A table that is made from what is in the repository."""

    document: Path
    name: str
    """As it is between the markers in the document."""
    render: Callable[[], str]


class RunsTable(NamedTuple):
    """A table that is made from the records of the test sessions."""

    document: Path
    name: str
    render: Callable[[list[Run]], str]
    outdated: Callable[[list[Run], str], list[str]]
    """Says which of the runs the text of the document does not know."""


CODE_TABLES = (
    CodeTable(DOCUMENT, "intercepted names", render_targets),
    CodeTable(README, "figures", render_figures),
)
RUNS_TABLES = (RunsTable(DOCUMENT, "what ran", render_runs, outdated),)


def main() -> int:
    """Check or write; returns the exit status."""
    options = parse_arguments()
    if options.tables == "code":
        problems = code_problems(write=options.write)
        remedy = "uvx nox -s compat -- --write"
    else:
        problems = runs_problems(load_runs(options.report, options.wheels), write=options.write)
        remedy = "run all tests, then: uvx nox -s record"
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(remedy, file=sys.stderr)
    return bool(problems)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    subparsers = parser.add_subparsers(dest="tables", required=True)
    for name in ("code", "runs"):
        subparser = subparsers.add_parser(name)
        action = subparser.add_mutually_exclusive_group(required=True)
        action.add_argument("--check", action="store_true")
        action.add_argument("--write", action="store_true")
        if name == "runs":
            subparser.add_argument(
                "--report", type=Path, required=True, help="the records of the sessions"
            )
            subparser.add_argument(
                "--wheels", required=True, help="the digest of the tested wheels"
            )
    return parser.parse_args()


def code_problems(*, write: bool) -> list[str]:
    """Write the tables made from the repository, or say which are not up to date."""
    problems = []
    for document, name, render in CODE_TABLES:
        text = document.read_text(encoding="utf-8")
        current = replace_block(text, name, render())
        if write:
            document.write_text(current, encoding="utf-8")
        elif current != text:
            problems.append(f"{document.name}: the table of {name} is not up to date")
    return problems


def runs_problems(runs: list[Run], *, write: bool) -> list[str]:
    """Write the tables made from what ran, or say which runs they do not know."""
    if not runs:
        return ["no session has left a record of these wheels"]
    problems = []
    for document, name, render, unknown in RUNS_TABLES:
        text = document.read_text(encoding="utf-8")
        if write:
            document.write_text(replace_block(text, name, render(runs)), encoding="utf-8")
        else:
            problems += [
                f"{document.name}: {name}: no row for {run}" for run in unknown(runs, text)
            ]
    return problems


def replace_block(text: str, name: str, content: str) -> str:
    """Replace what stands between the markers of a generated block.

    Args:
        text: The document.
        name: The name in the markers.
        content: The new block, ending in a newline.

    Returns:
        The document with the block.

    Raises:
        ValueError: The document has no such block.
    """
    pattern = rf"(<!-- generated: {re.escape(name)} -->\n).*?(<!-- end -->)"
    replaced, count = re.subn(
        pattern, lambda match: match[1] + content + match[2], text, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"the document has {count} blocks named {name!r}, expected one")
    return replaced


if __name__ == "__main__":
    sys.exit(main())
