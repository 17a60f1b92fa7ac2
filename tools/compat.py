"""Write the tables of COMPATIBILITY.md and README.md, or check that they are up to date.

``code`` are the tables that are made from what is in the repository: the intercepted names from the
table in the code that intercepts them, the README's figures from BENCHMARKS.md. They must be right
in every commit. ``runs`` are those made from the records that the test sessions leave, which are
written down for a release. The text around the tables is written by hand.
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
    RecognizedFunction,
    ReplacedFunction,
    Target,
)
from proven import load_proofs, render_proofs
from runs import load_runs, render_runs

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
    if isinstance(target, (ReplacedFunction, RecognizedFunction)):
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


CODE_TABLES = (
    CodeTable(DOCUMENT, "intercepted names", render_targets),
    CodeTable(README, "figures", render_figures),
)


def main() -> int:
    """Check or write; returns the exit status."""
    options = parse_arguments()
    if options.tables == "runs":
        return write_runs(options.report, options.wheels)
    outdated = [table for table in CODE_TABLES if not up_to_date(table, write=options.write)]
    for table in outdated:
        print(f"{table.document.name}: the table of {table.name} is not up to date: ", end="")
        print("uvx nox -s compat -- --write")
    return bool(outdated)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    subparsers = parser.add_subparsers(dest="tables", required=True)
    code = subparsers.add_parser("code", help="the tables made from the repository")
    action = code.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--write", action="store_true")
    runs = subparsers.add_parser("runs", help="write the tables made from what ran")
    runs.add_argument("--report", type=Path, required=True, help="the records of the sessions")
    runs.add_argument("--wheels", required=True, help="the digest of the tested wheels")
    return parser.parse_args()


def up_to_date(table: CodeTable, *, write: bool) -> bool:
    """Tell whether a table is what the repository makes of it, after writing it if asked to."""
    text = table.document.read_text(encoding="utf-8")
    current = replace_block(text, table.name, table.render())
    if write:
        table.document.write_text(current, encoding="utf-8")
    return write or current == text


def write_runs(report: Path, wheels: str) -> int:
    """Write down what ran; returns the exit status.

    The sessions of the packages and those of Axolotl's versions are run at different times, so
    a table of which there are no records stays as it is.
    """
    tables = {}
    if runs := load_runs(report, wheels):
        tables["what ran"] = render_runs(runs)
    if proofs := load_proofs(report):
        tables["proven"] = render_proofs(proofs)
    if not tables:
        print(f"no session has left a record of these wheels in {report}", file=sys.stderr)
        return 1
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, table in tables.items():
        text = replace_block(text, name, table)
    DOCUMENT.write_text(text, encoding="utf-8")
    print(f"wrote: {', '.join(tables)}")
    return 0


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
