"""Compare the docstrings in the stubs with those of the compiled modules, or copy them there.

Editors show what the stubs say, `help()` what the modules say. Run as
``python tools/stub_docstrings.py [--write] [PIECE...]`` by a Python that has the pieces installed.
The docstrings are written once, in Rust. The first overload of a function carries its docstring;
names with underscores have none.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from typing import NamedTuple

from pieces import NAMES, ROOT

Documented = ast.FunctionDef | ast.ClassDef


class Place(NamedTuple):
    """A function, method, property or class in a stub."""

    node: Documented
    name: str
    """With that of its class before it."""
    docstring: str | None
    """What the compiled module says, without the indentation."""


def main() -> int:
    """Compare or write; returns the exit status: 1 where a docstring differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="copy the docstrings to the stubs")
    parser.add_argument("pieces", nargs="*", default=NAMES, metavar="PIECE")
    options = parser.parse_args()
    problems = []
    for piece in options.pieces:
        module = importlib.import_module(f"fast_axolotl_{piece}._{piece}")
        package = ROOT / "packages" / f"fast-axolotl-{piece}" / "python" / f"fast_axolotl_{piece}"
        stub = package / f"_{piece}.pyi"
        text = stub.read_text(encoding="utf-8")
        places = list(documented(ast.parse(text), module))
        if options.write:
            stub.write_text(with_docstrings(text, places), encoding="utf-8")
            continue
        for place in places:
            where = f"{stub.relative_to(ROOT).as_posix()}:{place.node.lineno}: {place.name}"
            if not place.docstring:
                problems.append(f"{where} has no docstring: write it in Rust")
            elif ast.get_docstring(place.node) != place.docstring:
                write = f"python tools/stub_docstrings.py --write {piece}"
                problems.append(f"{where} says something else than the module: {write}")
    print(
        "\n".join(problems) or f"The stubs say what the modules say: {', '.join(options.pieces)}."
    )
    return bool(problems)


def documented(tree: ast.Module | ast.ClassDef, owner: object, prefix: str = "") -> Iterator[Place]:
    """Walk through a stub, and look each name up in the compiled module or class."""
    seen = set()
    for node in tree.body:
        if not isinstance(node, Documented) or node.name.startswith("_") or node.name in seen:
            continue
        seen.add(node.name)  # what follows are further overloads
        value = inspect.getattr_static(owner, node.name)
        value = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        docstring = value.__doc__
        yield Place(node, prefix + node.name, inspect.cleandoc(docstring) if docstring else None)
        if isinstance(node, ast.ClassDef):
            yield from documented(node, value, f"{node.name}.")


def with_docstrings(text: str, places: list[Place]) -> str:
    """Return a stub with the docstrings of the compiled module in it."""
    lines = text.splitlines()
    for node, _, docstring in sorted(places, key=lambda place: -place.node.lineno):
        if not docstring or ast.get_docstring(node) == docstring:
            continue
        new = literal(docstring, " " * (node.col_offset + 4))
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            # An ellipsis or an earlier docstring, which may follow the colon on its line.
            before = lines[first.lineno - 1][: first.col_offset].rstrip()
            lines[first.lineno - 1 : end_of(first)] = [*([before] if before else []), *new]
        else:
            decorators = getattr(first, "decorator_list", [])
            start = min(part.lineno for part in (first, *decorators)) - 1
            lines[start:start] = new
    return "\n".join(lines) + "\n"


def end_of(node: ast.stmt) -> int:
    """Return the number of a statement's last line."""
    return node.lineno if node.end_lineno is None else node.end_lineno


def literal(docstring: str, indentation: str) -> list[str]:
    """Return the lines of a docstring as it stands in code."""
    escaped = docstring.replace("\\", "\\\\").replace('"""', r"\"\"\"")
    first, *others = escaped.splitlines()
    if not others and not first.endswith('"'):
        return [f'{indentation}"""{first}"""']
    body = [indentation + line if line else "" for line in others]
    return [f'{indentation}"""{first}', *body, f'{indentation}"""']


if __name__ == "__main__":
    sys.exit(main())
