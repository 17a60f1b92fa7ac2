"""Whether the code of a function that is loaded is the code in its file.

They differ where a file was edited after it was imported, or before and then back, and where an
import hook changed the syntax tree. What is proven of the file says nothing of such a function.
"""

from __future__ import annotations

import functools
import inspect
import linecache
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType

from .fingerprint import as_written

_COMPARED = (
    "co_code",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_flags",
)


def first_changed(module: ModuleType, names: Iterable[str]) -> str | None:
    """Return the first function whose loaded code is not that of its file; None if all are.

    Args:
        module: The module that has them.
        names: Functions, classes and methods; of a class, its own methods count.
    """
    for name in names:
        holder: object = module
        for part in name.split("."):
            holder = getattr(holder, "__dict__", {}).get(part)
        written = as_written(holder)
        functions = [written] if isinstance(written, FunctionType) else _methods(written, module)
        for function in functions:
            if not is_as_in_file(function.__code__):
                return name
    return None


def _methods(found: object, module: ModuleType) -> list[FunctionType]:
    inside = [inspect.unwrap(value) for value in vars(found).values() if callable(value)]
    return [
        value
        for value in inside
        if type(value) is FunctionType and value.__code__.co_filename == module.__file__
    ]


def is_as_in_file(code: CodeType) -> bool:
    """Whether a file has this code at the place that it says it comes from."""
    linecache.checkcache(code.co_filename)
    lines = tuple(linecache.getlines(code.co_filename))
    return any(_are_equal(code, other) for other in _codes(code.co_filename, lines, code.co_name))


@functools.lru_cache(maxsize=64)
def _codes(path: str, lines: tuple[str, ...], name: str) -> tuple[CodeType, ...]:
    """What the functions of a name in a file are compiled to."""
    try:
        whole = compile("".join(lines), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return ()
    return tuple(code for code in _inside(whole) if code.co_name == name)


def _inside(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inside(constant)


def _are_equal(one: CodeType, other: CodeType) -> bool:
    """Whether two codes do the same, wherever they stand."""
    if any(getattr(one, field) != getattr(other, field) for field in _COMPARED):
        return False
    if len(one.co_consts) != len(other.co_consts):
        return False
    return all(map(_are_equal_constants, one.co_consts, other.co_consts))


def _are_equal_constants(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _are_equal(one, other)
    if isinstance(one, frozenset):
        return one == other  # whose text has no order
    # 1 equals True and 1.0, and 0.0 equals -0.0.
    return type(one) is type(other) and repr(one) == repr(other)
