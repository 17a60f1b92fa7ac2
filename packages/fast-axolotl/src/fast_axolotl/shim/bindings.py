"""Bindings: one per target, each knows what it did and how to take it back."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ..switches import LOG
from . import virtual
from .hooks import ImportHooks
from .replace import Calls, replace
from .targets import AddedName, ReplacedFunction, Target, VirtualModule

_ABSENT = object()


class Attribute:
    """An attribute of a module that was set here, with what was there before."""

    def __init__(self, module: ModuleType, name: str, value: object) -> None:
        self.module = module
        self._name = name
        self._value = value
        self._before = vars(module).get(name, _ABSENT)
        setattr(module, name, value)

    @property
    def is_bound(self) -> bool:
        """Whether the attribute still is what was set here."""
        return vars(self.module).get(self._name) is self._value

    def undo(self) -> None:
        """Put back what was there, unless somebody else has put something over it since."""
        if not self.is_bound:
            LOG.warning(
                "%s.%s was changed after fast-axolotl bound it; it is left as it is",
                self.module.__name__,
                self._name,
            )
        elif self._before is _ABSENT:
            delattr(self.module, self._name)
        else:
            setattr(self.module, self._name, self._before)


class Binding:
    """What became of one target."""

    def __init__(self, target: Target, state: str = "waiting") -> None:
        self.target = target
        self.state = state
        self._note = ""
        self._parent, _, self._leaf = target.name.rpartition(".")
        self._attributes: list[Attribute] = []

    @property
    def detail(self) -> str:
        """Why the state is what it is, or what became of the calls."""
        return self._note

    def start(self, hooks: ImportHooks) -> None:
        """Bind now or when the module loads; nothing where the state already is final."""
        if self.state == "waiting":
            self._note = f"until {self._parent} is imported"
            hooks.when_loaded(self._parent, self._bind)

    def undo(self) -> None:
        """Put back what was there."""
        for attribute in self._attributes:
            attribute.undo()
        self._attributes.clear()

    def _bind(self, module: ModuleType) -> None:
        # A module that is loaded again keeps the names that it does not define itself.
        for attribute in [one for one in self._attributes if one.module is module]:
            self._attributes.remove(attribute)
            if attribute.is_bound:
                attribute.undo()
        try:
            value = self._value(module)
        except Exception:
            self._settle("failed", "see the log")
            raise
        if value is not None:
            self._attributes.append(Attribute(module, self._leaf, value))
            self._settle("bound")

    def _value(self, module: ModuleType) -> object | None:
        """What to bind; None where upstream is to be left, with the state saying why."""
        raise NotImplementedError

    def _settle(self, state: str, note: str = "") -> None:
        self.state = state
        self._note = note


class AddedNameBinding(Binding):
    """Adds a name that upstream does not have."""

    def __init__(self, target: AddedName, piece: ModuleType) -> None:
        super().__init__(target)
        self._export: object = getattr(piece, target.export)

    def _value(self, module: ModuleType) -> object | None:
        if self._leaf in vars(module):
            self._settle("left alone", "upstream has this name itself")
            return None
        return self._export


class VirtualModuleBinding(Binding):
    """Puts a module into `sys.modules`, and onto its parent where that is loaded."""

    def __init__(self, target: VirtualModule, piece: ModuleType) -> None:
        super().__init__(target)
        self._module = virtual.make(target, piece)

    def start(self, hooks: ImportHooks) -> None:
        """Put the module where imports find it now, and onto its parent once that is loaded."""
        name = self.target.name
        if name in sys.modules:
            self._settle("left alone", "upstream has this module itself")
            return
        sys.modules[name] = self._module
        hooks.when_loaded(self._parent, self._bind)
        self._settle("bound")

    def undo(self) -> None:
        """Take the module away from both places."""
        super().undo()
        if sys.modules.get(self.target.name) is self._module:
            del sys.modules[self.target.name]

    def _value(self, module: ModuleType) -> object | None:
        return None if self._leaf in vars(module) else self._module


class ReplacedFunctionBinding(Binding):
    """Replaces a function whose code is known."""

    def __init__(self, target: ReplacedFunction) -> None:
        super().__init__(target)
        self._target = target
        self._calls = Calls(self._leaf)

    @property
    def detail(self) -> str:
        """What became of the calls, once there were any."""
        return str(self._calls) or self._note

    def _value(self, module: ModuleType) -> object | None:
        upstream = vars(module).get(self._leaf)
        if upstream is None:
            self._settle("left alone", "this Axolotl does not have it")
            return None
        from .fingerprint import fingerprint  # needs inspect, too slow for every import

        found = fingerprint(module, (self._leaf, *self._target.depends_on))
        if found not in self._target.proven:
            self._settle("left alone", f"code not proven equal (fingerprint {found})")
            LOG.warning(
                "%s is not one that fast-axolotl knows (fingerprint %s); upstream stays",
                self.target.name,
                found,
            )
            return None
        implementation: Any = importlib.import_module(f"{__package__}.{self._target.replacement}")
        return replace(upstream, implementation, self._calls)


def bindings_for(
    targets: Iterable[Target], present: Mapping[str, ModuleType], disabled: frozenset[str]
) -> list[Binding]:
    """A binding for each target, settled where its piece is absent or turned off."""
    bindings: list[Binding] = []
    for target in targets:
        piece = present.get(target.piece)
        if piece is None:
            bindings.append(Binding(target, "piece absent"))
        elif target.piece in disabled:
            bindings.append(Binding(target, "disabled"))
        elif isinstance(target, VirtualModule):
            bindings.append(VirtualModuleBinding(target, piece))
        elif isinstance(target, AddedName):
            bindings.append(AddedNameBinding(target, piece))
        else:
            bindings.append(ReplacedFunctionBinding(target))
    return bindings
