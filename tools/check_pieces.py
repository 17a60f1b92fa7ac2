"""Check that every declared piece has all that a piece needs, and that nothing else looks like one.

What can be derived from the declaration is derived; this is for the rest: folders, manifests and
texts.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pieces import DECLARATION, META, NAMES, PIECES, ROOT, Piece

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECIPE = "see 'Add a piece' in CONTRIBUTING.md"
DECLARED_IN = DECLARATION.relative_to(ROOT).as_posix()


def problems() -> list[str]:
    """Run the checks of this file.

    Returns:
        A line for each problem, with what to do about it.
    """
    found = [*_undeclared(), *_exports_are_unique(), *_workflows()]
    for piece in PIECES:
        missing = [path for path in _files(piece) if not (ROOT / path).is_file()]
        if missing:
            found += [f"{path} is missing: {RECIPE}" for path in missing]
        else:
            found += [*_manifests(piece), *_exports(piece)]
        found += [*_root_manifests(piece), *_readmes(piece)]
    return found


def _files(piece: Piece) -> list[str]:
    package = f"packages/{piece.distribution}"
    module = f"{package}/python/{piece.module}"
    return [
        f"crates/{piece.name}/Cargo.toml",
        f"crates/{piece.name}/src/lib.rs",
        f"{package}/Cargo.toml",
        f"{package}/README.md",
        f"{package}/pyproject.toml",
        f"{package}/src/lib.rs",
        f"{module}/__init__.py",
        f"{module}/_{piece.name}.pyi",
        f"{module}/py.typed",
    ]


def _undeclared() -> Iterator[str]:
    declared = {piece.distribution for piece in PIECES}
    for package in sorted((ROOT / "packages").glob(f"{META}-*/pyproject.toml")):
        if package.parent.name not in declared:
            yield f"packages/{package.parent.name} is no declared piece: add it to {DECLARED_IN}"


def _manifests(piece: Piece) -> Iterator[str]:
    package = f"packages/{piece.distribution}"
    crate, binding = _toml(f"crates/{piece.name}/Cargo.toml"), _toml(f"{package}/Cargo.toml")
    project = _toml(f"{package}/pyproject.toml")
    maturin = project["tool"]["maturin"]
    expected = [
        (f"crates/{piece.name}/Cargo.toml", "name", crate["package"]["name"], piece.distribution),
        (
            f"{package}/Cargo.toml",
            "name",
            binding["package"]["name"],
            f"{piece.distribution}-python",
        ),
        (f"{package}/Cargo.toml", "lib.name", binding["lib"]["name"], f"_{piece.name}"),
        (f"{package}/Cargo.toml", "publish", binding["package"].get("publish"), False),
        (
            f"{package}/pyproject.toml",
            "tool.maturin.module-name",
            maturin.get("module-name"),
            f"{piece.module}._{piece.name}",
        ),
        (
            f"{package}/pyproject.toml",
            "tool.maturin.python-source",
            maturin.get("python-source"),
            "python",
        ),
        (
            f"{package}/pyproject.toml",
            "build-system",
            project["build-system"],
            _toml(f"packages/{PIECES[0].distribution}/pyproject.toml")["build-system"],
        ),
    ]
    for path, key, value, wanted in expected:
        if value != wanted:
            yield f"{path}: {key} is {value!r}, write {wanted!r}"


def _root_manifests(piece: Piece) -> Iterator[str]:
    dependencies = _toml("Cargo.toml")["workspace"]["dependencies"]
    if dependencies.get(piece.distribution, {}).get("path") != f"crates/{piece.name}":
        yield (
            "Cargo.toml: write under [workspace.dependencies]: "
            f'{piece.distribution} = {{ path = "crates/{piece.name}", version = ... }}'
        )
    if piece.distribution not in _toml("pyproject.toml")["tool"]["uv"]["sources"]:
        yield (
            "pyproject.toml: write under [tool.uv.sources]: "
            f"{piece.distribution} = {{ workspace = true }}"
        )


def _readmes(piece: Piece) -> Iterator[str]:
    row = f"| [`{piece.distribution}`](packages/{piece.distribution}) |"
    if row not in (ROOT / "README.md").read_text(encoding="utf-8"):
        yield f"README.md: the table of the pieces has no row that begins with {row}"
    meta = f"packages/{META}/README.md"
    if f"`{piece.distribution}`" not in (ROOT / meta).read_text(encoding="utf-8"):
        yield f"{meta} does not name `{piece.distribution}` among the pieces it installs"


def _exports(piece: Piece) -> Iterator[str]:
    """The functions that a piece has are those that `fast_axolotl` exports of it."""
    path = f"packages/{piece.distribution}/python/{piece.module}/__init__.py"
    names = _all(ROOT / path)
    for name in piece.exports:
        if name not in names:
            yield f"{path}: __all__ lacks {name}, which {DECLARED_IN} exports: add it here"
    for name in names:
        # Classes may be left out: some are only the type of a result.
        if name.islower() and not name.startswith("_") and name not in piece.exports:
            yield f"{DECLARED_IN}: {piece.name} does not export {name}, which is in its __all__"
    readme = f"packages/{piece.distribution}/README.md"
    text = (ROOT / readme).read_text(encoding="utf-8")
    for name in piece.exports:
        if not re.search(rf"\b{name}\b", text):
            yield f"{readme} does not mention {name}"


def _exports_are_unique() -> Iterator[str]:
    seen: dict[str, str] = {}
    for piece in PIECES:
        for name in piece.exports:
            if name in seen:
                yield f"{DECLARED_IN}: {name} is exported by {seen[name]} and by {piece.name}"
            seen[name] = piece.name


def _workflows() -> Iterator[str]:
    """The workflows ask `tools/pieces.py`, so that a release never lacks a piece."""
    named = re.compile(rf"(?<![-\w])(?:{'|'.join(NAMES)})(?![-\w])")
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if named.search(line.partition("#")[0]):
                place = f"{path.relative_to(ROOT).as_posix()}:{number}"
                yield f"{place} names a piece: take the list from tools/pieces.py"


def _all(path: Path) -> list[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def _toml(path: str) -> Any:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))
