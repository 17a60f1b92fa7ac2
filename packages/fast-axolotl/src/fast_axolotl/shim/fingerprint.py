"""What a function of upstream is, whatever its formatting, comments and Python version."""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Iterable
from types import FunctionType, ModuleType

_WITHOUT_MEANING = frozenset({"ctx", "kind", "type_comment", "type_params"})


def fingerprint(module: ModuleType, names: Iterable[str]) -> str | None:
    """A digest of the syntax trees of functions of a module.

    None where one of them is missing, is not a plain function (another library may have wrapped
    it), or has no source.
    """
    digest = hashlib.sha256()
    for name in names:
        function = vars(module).get(name)
        if not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
            return None
        try:
            source = textwrap.dedent(inspect.getsource(function))
        except (OSError, TypeError):
            return None
        digest.update(syntax_of(source).encode())
    return digest.hexdigest()[:16]


def syntax_of(source: str) -> str:
    """The syntax tree of a function's source as text, without its docstring.

    Fields that are empty are left out: which of them exist differs between versions of Python.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None:
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
