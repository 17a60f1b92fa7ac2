"""What replaces functions of Axolotl: a folder for each piece, a module for each function."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from ..protocol import Replacement


def load(name: str, upstream: Callable[..., Any]) -> Replacement:
    """Import a replacement and, if it needs upstream's function, give it that.

    Args:
        name: The module below this package, such as `pack.encode_streaming`.
        upstream: The function to be replaced.
    """
    module: Any = importlib.import_module(f"{__name__}.{name}")
    if hasattr(module, "replacement_for"):
        module = module.replacement_for(upstream)
    replacement: Replacement = module
    return replacement
