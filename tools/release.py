"""The source of a released Axolotl, read from its archive without importing it."""

from __future__ import annotations

import ast
import functools
import re
import tarfile
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

_LOCALS = "<locals>"


class Release:
    """A wheel or a source distribution of Axolotl.

    Args:
        archive: The file, named as registries name them.

    Raises:
        ValueError: It is neither a wheel nor a source distribution of Axolotl.
    """

    def __init__(self, archive: Path) -> None:
        match = re.match(r"axolotl-(.+?)(-py3-none-any\.whl|\.tar\.gz)$", archive.name)
        if match is None:
            raise ValueError(f"{archive} is neither a wheel nor a source distribution of Axolotl")
        self.version = match[1]
        read = _read_wheel if archive.suffix == ".whl" else _read_sdist
        self._files: dict[str, str] = {}
        self._packages: set[str] = set()
        for path, text in read(archive):
            module = path.removesuffix(".py").replace("/", ".")
            if module.endswith(".__init__"):
                module = module.removesuffix(".__init__")
                self._packages.add(module)
            self._files[module] = text

    @property
    def ordinal(self) -> tuple[int, ...]:
        """What releases are ordered by."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version))

    def source(self, name: str) -> str | None:
        """The source of a function or class, without the indentation that it stands at.

        Args:
            name: Its full name; inside another function, as in ``a.b.outer.<locals>.inner``.

        Returns:
            None if there is none. What a module has imported from another is looked up there.
        """
        module, qualified = self._split(name)
        if module is None:
            return None
        node: ast.AST = self._tree(module)
        for part in qualified.split("."):
            if part == _LOCALS:
                continue
            found = _child(node, part)
            if found is None:
                origin = dict(self._imported(module)).get(part)
                return self.source(origin) if origin and part == qualified else None
            node = found
        assert isinstance(node, (ast.FunctionDef, ast.ClassDef))  # noqa: S101 - what _child finds
        lines = self._files[module].splitlines(keepends=True)
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        return textwrap.dedent("".join(lines[first - 1 : node.end_lineno]))

    def imports(self) -> Iterator[tuple[str, str]]:
        """Every name that a module has imported from another one of Axolotl's.

        Returns:
            The full name in the importing module, and that of the function where it is defined.
        """
        for module in self._files:
            for name, origin in self._imported(module):
                yield f"{module}.{name}", self._definition(origin)

    def _definition(self, name: str) -> str:
        """Follow imports of imports to the module that defines a name."""
        seen = set()
        while name not in seen:
            seen.add(name)
            module, qualified = self._split(name)
            if module is not None:
                name = dict(self._imported(module)).get(qualified, name)
        return name

    def _split(self, name: str) -> tuple[str | None, str]:
        """The module of a full name, and the rest."""
        module = name
        while module not in self._files:
            module, _, rest = module.rpartition(".")
            if not rest:
                return None, name
        return module, name[len(module) + 1 :]

    @functools.cache  # noqa: B019 - a run reads a few releases and ends
    def _tree(self, module: str) -> ast.Module:
        return ast.parse(self._files[module])

    @functools.cache  # noqa: B019
    def _imported(self, module: str) -> tuple[tuple[str, str], ...]:
        """The names that a module imports when it loads, and the full names of what they are."""
        package = module if module in self._packages else module.rpartition(".")[0]
        found = []
        for node in _at_import(self._tree(module)):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).rstrip(".")
            if base.split(".")[0] == "axolotl":
                found += [(one.asname or one.name, f"{base}.{one.name}") for one in node.names]
        return tuple(found)


def _child(node: ast.AST, name: str) -> ast.FunctionDef | ast.ClassDef | None:
    """The last function or class of a name that is defined right in another, or in a module."""
    found = None
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            if child.name == name:
                found = child
        elif isinstance(child, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            found = _child(child, name) or found
    return found


def _at_import(node: ast.AST) -> Iterator[ast.ImportFrom]:
    """The `from ... import` statements that run when a module loads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom):
            yield child
        elif not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _at_import(child)


def _read_wheel(archive: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            if _is_module(name):
                yield name, files.read(name).decode()


def _read_sdist(archive: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(archive) as files:
        for member in files:
            # Such as axolotl-0.12.0/src/axolotl/utils/trainer.py.
            name = member.name.partition("/src/")[2]
            file = files.extractfile(member) if _is_module(name) else None
            if file is not None:
                yield name, file.read().decode()


def _is_module(path: str) -> bool:
    return path.startswith("axolotl/") and path.endswith(".py")
