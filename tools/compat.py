"""Write the tables of COMPATIBILITY.md and README.md, or check that they are up to date.

The intercepted names come from the table in the code that intercepts them, the tested versions from
the records of the test sessions, the README's figures from BENCHMARKS.md. The text around the
tables is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from fast_axolotl.shim.targets import (
    TARGETS,
    AddedName,
    ImportedName,
    RecognizedFunction,
    ReplacedFunction,
    Target,
)
from ran import load_runs, outdated, render_runs

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "COMPATIBILITY.md"
README = ROOT / "README.md"


def main() -> int:
    """Check or write; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, required=True, help="the records of the sessions")
    parser.add_argument("--wheels", required=True, help="the digest of the tested wheels")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--write", action="store_true")
    options = parser.parse_args()
    runs = load_runs(options.report, options.wheels)
    text = DOCUMENT.read_text(encoding="utf-8")
    current = replace_block(text, "intercepted names", render_targets())
    readme = README.read_text(encoding="utf-8")
    current_readme = replace_block(readme, "figures", figures())
    if options.write:
        current = replace_block(current, "what ran", render_runs(runs))
        DOCUMENT.write_text(current, encoding="utf-8")
        README.write_text(current_readme, encoding="utf-8")
        return 0
    problems = [f"COMPATIBILITY.md: no row for {run}" for run in outdated(runs, text)]
    if current != text:
        problems.append("COMPATIBILITY.md: the intercepted names are not those of the code")
    if current_readme != readme:
        problems.append("README.md: the figures are not those of BENCHMARKS.md")
    if not runs:
        problems.append("no session has left a record of these wheels: run the tests first")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("run all tests, then: uvx nox -s compat -- --write", file=sys.stderr)
    return bool(problems)


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


def figures() -> str:
    """Return the summary of BENCHMARKS.md: the table below its first heading.

    Raises:
        ValueError: There is no such table.
    """
    benchmarks = (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8")
    summary = re.search(r"^## In short\n\n((?:\|.*\n)+)", benchmarks, re.MULTILINE)
    if summary is None:
        raise ValueError("BENCHMARKS.md has no summary: uvx nox -s bench writes it")
    return summary[1]


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


if __name__ == "__main__":
    sys.exit(main())
