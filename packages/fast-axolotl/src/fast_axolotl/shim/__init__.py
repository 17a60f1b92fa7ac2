"""The shim on Axolotl: existing objects are patched in place, and put back exactly.

If a target's module is loaded, it is bound now; if not, right after it loads. Axolotl is never
imported, and no parent module is ever made.
"""

from __future__ import annotations

import threading
from types import ModuleType

from ..switches import disabled_pieces
from . import settings
from .bindings import Binding, bindings_for
from .hooks import ImportHooks
from .protocol import ParityError
from .state import Status, TargetStatus
from .targets import TARGETS

__all__ = ["ParityError", "Status", "configure", "install", "status", "uninstall"]

_LOCK = threading.RLock()
_HOOKS = ImportHooks()
_PRESENT: dict[str, ModuleType] = {}
_BINDINGS: list[Binding] = []
_INSTALLED = False


def configure(present: dict[str, ModuleType]) -> None:
    """Say which pieces there are; called once, when the package is imported."""
    _PRESENT.update(present)


def install() -> bool:
    """Bind every target whose piece is present, now or when its module loads.

    Returns:
        True if this call installed the shim, False if it was installed already.
    """
    global _INSTALLED
    with _LOCK:
        if _INSTALLED:
            return False
        _INSTALLED = True
        _BINDINGS[:] = bindings_for(TARGETS, _PRESENT, disabled_pieces())
        _HOOKS.enable()
        for binding in _BINDINGS:
            binding.start(_HOOKS)
        return True


def uninstall() -> bool:
    """Put back exactly what was there before `install()`.

    Returns:
        True if this call uninstalled the shim, False if it was not installed.
    """
    global _INSTALLED
    with _LOCK:
        if not _INSTALLED:
            return False
        _INSTALLED = False
        _HOOKS.disable()
        for binding in reversed(_BINDINGS):
            binding.undo()
        _BINDINGS.clear()
        settings.set_packing(None)
        return True


def status() -> Status:
    """What is bound at this moment, target by target, and what became of the calls."""
    with _LOCK:
        _HOOKS.catch_up()
        bindings = _BINDINGS or bindings_for(TARGETS, _PRESENT, disabled_pieces())
        return Status(
            installed=_INSTALLED,
            pieces={name: module.__version__ for name, module in _PRESENT.items()},
            targets=[
                TargetStatus(
                    binding.target.name,
                    binding.target.kind,
                    binding.target.piece,
                    binding.state if _INSTALLED else "not installed",
                    binding.detail,
                )
                for binding in bindings
            ],
            packing=settings.packing(),
        )
