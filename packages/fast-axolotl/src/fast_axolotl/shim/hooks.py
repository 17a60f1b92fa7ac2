"""Calling back right after a module has loaded.

A finder at the front of `sys.meta_path` answers only for the awaited modules: it asks the other
finders and wraps the loader that they name. Nothing is imported for the sake of a hook.

Others put finders in front, too, and load modules past this one. Those are found among the loaded
ones when the next module is imported, and when somebody asks.
"""

from __future__ import annotations

import sys
import threading
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
        # The module that was loaded when the hooks of a name ran last.
        self._seen: dict[str, ModuleType] = {}
        # The names that finders are asked for, by thread.
        self._asking = threading.local()

    def when_loaded(self, name: str, callback: Callback) -> None:
        """Call back now if the module is loaded, and after each time that it loads from now on."""
        self._callbacks.setdefault(name, []).append(callback)
        module = sys.modules.get(name)
        if module is not None and (self._seen.get(name) is module or not is_unfinished(module)):
            self._seen[name] = module
            _run(callback, module)

    def catch_up(self) -> None:
        """Call back for modules that have loaded since without a word.

        Their import was under way when they were first awaited, or another finder loaded them.
        """
        for name in tuple(self._callbacks):
            module = sys.modules.get(name)
            if module is None or self._seen.get(name) is module or is_unfinished(module):
                continue
            self._run_all(name, module)

    def _run_all(self, name: str, module: ModuleType) -> None:
        self._seen[name] = module
        for callback in tuple(self._callbacks.get(name, ())):
            _run(callback, module)

    def enable(self) -> None:
        """Start to listen."""
        if not any(finder is self for finder in sys.meta_path):
            sys.meta_path.insert(0, self)

    def disable(self) -> None:
        """Stop to listen and forget everything."""
        # In place: others may hold the list. A finder that others have wrapped stays, and finds
        # nothing any more.
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]
        self._callbacks.clear()
        self._seen.clear()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the finders behind this one give, with its loader wrapped."""
        self.catch_up()
        asked = vars(self._asking).setdefault("names", set())
        # A finder that asks all others, as this one does, or that has this one inside, asks back.
        if name not in self._callbacks or name in asked:
            return None
        asked.add(name)
        try:
            for finder in tuple(sys.meta_path):
                if finder is self or not hasattr(finder, "find_spec"):
                    continue
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                        spec.loader = cast("Loader", _CallingLoader(spec.loader, name, self))
                    return spec
            return None
        finally:
            asked.discard(name)

    def has_loaded(self, name: str, module: ModuleType) -> None:
        """Call back for a module that was just loaded."""
        self._run_all(name, module)


class _CallingLoader:
    """A loader that calls back, and leaves no trace of itself on the module."""

    def __init__(self, loader: Loader, name: str, hooks: ImportHooks) -> None:
        self._loader = loader
        self._name = name
        self._hooks = hooks

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._hooks.has_loaded(self._name, module)


def is_unfinished(module: ModuleType) -> bool:
    """Whether a module is in the middle of its import and has not defined its names yet."""
    return getattr(getattr(module, "__spec__", None), "_initializing", False) is True


def _run(callback: Callback, module: ModuleType) -> None:
    """Run a hook; its failure may not fail the import that it follows."""
    try:
        callback(module)
    except Exception:  # noqa: BLE001 - whatever it was, it is logged and the import goes on
        LOG.exception("fast-axolotl could not bind into %s; upstream stays", module)
