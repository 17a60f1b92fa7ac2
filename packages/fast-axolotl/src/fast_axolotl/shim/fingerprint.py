"""What a function of upstream is, whatever its formatting, comments and Python version."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import textwrap
from collections.abc import Iterable
from types import CodeType, FunctionType, ModuleType

from .replace import upstream_of

_WITHOUT_MEANING = frozenset({"ctx", "kind", "type_comment", "type_params"})


def fingerprint(module: ModuleType, names: Iterable[str]) -> str | None:
    """A digest of the syntax trees of functions and classes of a module.

    A method is named with its class. Of a function that numba compiles, and of one that is replaced
    already, what counts is the function that upstream wrote.

    None where one of them is missing, is neither a plain function nor a class (another library may
    have wrapped it), or has no source.
    """
    found = []
    for name in names:
        holder: object = module
        for part in name.split("."):
            holder = getattr(holder, "__dict__", {}).get(part)
        written = as_written(holder)
        source = None if written is None else _source(written)
        if source is None:
            return None
        found.append(source)
    return digest_of(found)


@functools.lru_cache(maxsize=64)
def code_fingerprint(code: CodeType) -> str | None:
    """The fingerprint of a function that is at hand, also of one inside another."""
    source = _source(code)
    return None if source is None else digest_of([source])


def digest_of(sources: Iterable[str]) -> str:
    """A digest of the syntax trees of functions and classes, given by their sources."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(syntax_of(source).encode())
    return digest.hexdigest()[:16]


def _source(written: FunctionType | CodeType | type) -> str | None:
    try:
        return textwrap.dedent(inspect.getsource(written))
    except (OSError, TypeError):
        return None


def as_written(found: object) -> FunctionType | type | None:
    """The function or class in the source that an object was made from, or replaces."""
    found = upstream_of(found)
    if type(found).__module__.split(".")[0] == "numba":
        found = getattr(found, "py_func", None)
    if isinstance(found, type):
        return found
    # Not isinstance: proxies, as those of tracers, pass for what they wrap.
    if type(found) is FunctionType and not hasattr(found, "__wrapped__"):
        return found
    return None


def syntax_of(source: str) -> str:
    """The syntax tree of a function's or class's source as text, without docstrings.

    Fields that are empty are left out: which of them exist differs between versions of Python.
    """
    tree = ast.parse(source)
    described = (ast.FunctionDef, ast.ClassDef)
    for node in ast.walk(tree):
        if isinstance(node, described) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return _text(tree)


def _text(value: object) -> str:
    if isinstance(value, ast.AST):
        fields = (
            f"{name}={_text(child)}"
            for name, child in ast.iter_fields(value)
            if name not in _WITHOUT_MEANING and child is not None and child != []
        )
        return f"{type(value).__name__}({', '.join(fields)})"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return repr(value)
