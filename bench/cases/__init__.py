"""The operations that are measured, a module each.

A module has a `TITLE`, `INPUT`, its `IMPLEMENTATIONS` by name (`stock` first: the Python that ours
replaces), and `PREPARE`, what to write to a folder first or None. An implementation is a function
that takes the folder and the scale (1 for the full size), imports what it needs and returns the
call to be timed. All calls of a case return equal results, which is checked.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

NAMES = (
    "parquet",
    "hashing",
    "packing",
    "packing_few",
    "concatenating",
    "concatenating_few",
    "padding",
    "padding_few",
    "deduplication",
)

Call = Callable[[], Any]
Implementation = Callable[[Path, float], Call]


def repeat(call: Call, times: float) -> Call:
    """Call so many times, at least once, and return the last result; the others are let go."""

    def repeated() -> Any:
        for _ in range(round(times) - 1):
            call()
        return call()

    return repeated


def load(name: str) -> ModuleType:
    """The module of a case."""
    return importlib.import_module(f"cases.{name}")
