"""The pieces that are installed.

An absent piece is quiet. A piece that does not load, or is of another version, raises ImportError:
running half of what was installed would be a surprise in a training job.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from ._version import __version__
from .pieces import PIECES


def load_present() -> dict[str, ModuleType]:
    """Import the pieces that are installed, by name.

    Raises:
        ImportError: a piece is installed but does not load, or its version is not this one.
    """
    present = {}
    for piece in PIECES:
        try:
            module = importlib.import_module(piece.module)
        except ModuleNotFoundError as error:
            if error.name != piece.module:
                raise
            continue
        version = getattr(module, "__version__", "unknown")
        if version != __version__:
            raise ImportError(
                f"{piece.distribution} {version} is beside fast-axolotl {__version__}; "
                f"install matching versions: {piece.distribution}=={__version__}",
                name=piece.module,
            )
        present[piece.name] = module
    return present
