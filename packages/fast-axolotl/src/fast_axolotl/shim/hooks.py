"""Calling back right after a module has loaded.

A finder at the front of `sys.meta_path` answers only for the awaited modules: it asks the finders
behind it and wraps the loader that they name. Nothing is imported for the sake of a hook.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, cast

from ..switches import LOG

if TYPE_CHECKING:
    from importlib.abc import Loader  # whose import takes several milliseconds

Callback = Callable[[ModuleType], None]


class ImportHooks:
    """The awaited modules, with what to call when each has loaded."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callback]] = {}
        # Modules that were in the middle of their import when they were first awaited.
        self._unfinished: dict[str, list[Callback]] = {}

    def when_loaded(self, name: str, callback: Callback) -> None:
        """Call back now if the module is loaded, and after each time that it loads from now on."""
        self._callbacks.setdefault(name, []).append(callback)
        module = sys.modules.get(name)
        if module is None:
            return
        if is_unfinished(module):
            self._unfinished.setdefault(name, []).append(callback)
        else:
            _run(callback, module)

    def catch_up(self) -> None:
        """Call back for modules whose import has ended since.

        Nothing tells of that end, so this looks when the next module is imported or somebody asks.
        """
        for name in tuple(self._unfinished):
            module = sys.modules.get(name)
            if module is None:
                del self._unfinished[name]
            elif not is_unfinished(module):
                for callback in self._unfinished.pop(name):
                    _run(callback, module)

    def enable(self) -> None:
        """Start to listen."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def disable(self) -> None:
        """Stop to listen and forget everything."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._callbacks.clear()
        self._unfinished.clear()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the finders behind this one give, with its loader wrapped."""
        if self._unfinished:
            self.catch_up()
        callbacks = self._callbacks.get(name)
        if callbacks is None:
            return None
        # Only those behind: another finder that asks as this one does must not be asked back.
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            if not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = cast("Loader", _CallingLoader(spec.loader, callbacks))
                return spec
        return None


class _CallingLoader:
    """A loader that calls back, and leaves no trace of itself on the module."""

    def __init__(self, loader: Loader, callbacks: list[Callback]) -> None:
        self._loader = loader
        self._callbacks = callbacks

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        for callback in tuple(self._callbacks):
            _run(callback, module)


def is_unfinished(module: ModuleType) -> bool:
    """Whether a module is in the middle of its import and has not defined its names yet."""
    return getattr(getattr(module, "__spec__", None), "_initializing", False) is True


def _run(callback: Callback, module: ModuleType) -> None:
    """Run a hook; its failure may not fail the import that it follows."""
    try:
        callback(module)
    except Exception:  # noqa: BLE001 - whatever it was, it is logged and the import goes on
        LOG.exception("fast-axolotl could not bind into %s; upstream stays", module)
