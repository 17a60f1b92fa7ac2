"""Bindings: one per target, each knows what it did and how to take it back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from ..switches import LOG
from . import replacements, virtual
from .hooks import ImportHooks, is_unfinished
from .replace import Calls, ReliedOn, replace, upstream_of
from .targets import (
    AddedName,
    ImportedName,
    RecognizedFunction,
    ReplacedFunction,
    ReplacedMethod,
    Target,
    VirtualModule,
)

_ABSENT = object()


class Attribute:
    """An attribute of a module, or of a class in it, that was set here, with what it was before."""

    def __init__(
        self,
        module: ModuleType,
        name: str,
        value: object,
        *,
        holder: type | None = None,
        before: object | None = None,
    ) -> None:
        self.module = module
        self._holder = module if holder is None else holder
        self._name = name
        self._value = value
        self._before = vars(self._holder).get(name, _ABSENT) if before is None else before
        setattr(self._holder, name, value)

    @property
    def is_bound(self) -> bool:
        """Whether the attribute still is what was set here."""
        return vars(self._holder).get(self._name) is self._value

    def undo(self) -> None:
        """Put back what was there, unless somebody else has put something over it since."""
        if not self.is_bound:
            LOG.warning(
                "%s.%s was changed after fast-axolotl bound it; it is left as it is",
                self._holder.__name__,
                self._name,
            )
        elif self._before is _ABSENT:
            delattr(self._holder, self._name)
        else:
            setattr(self._holder, self._name, self._before)


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
        for earlier in [one for one in self._attributes if one.module is module]:
            self._attributes.remove(earlier)
            if earlier.is_bound:
                earlier.undo()
        try:
            attribute = self._set(module)
        except Exception:
            self._settle("failed", "see the log")
            raise
        if attribute is not None:
            self._attributes.append(attribute)
            self._settle("bound")

    def _set(self, module: ModuleType) -> Attribute | None:
        """Bind; None where upstream is to be left, with the state saying why."""
        raise NotImplementedError

    def _settle(self, state: str, note: str = "") -> None:
        self.state = state
        self._note = note


class AddedNameBinding(Binding):
    """Adds a name that upstream does not have."""

    def __init__(self, target: AddedName, piece: ModuleType) -> None:
        super().__init__(target)
        self._export: object = getattr(piece, target.export)

    def _set(self, module: ModuleType) -> Attribute | None:
        if self._leaf in vars(module):
            self._settle("left alone", "upstream has this name itself")
            return None
        return Attribute(module, self._leaf, self._export)


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

    def _set(self, module: ModuleType) -> Attribute | None:
        if self._leaf in vars(module):
            return None
        return Attribute(module, self._leaf, self._module)


class ReplacedFunctionBinding(Binding):
    """Replaces a function, or a method of a class, whose code is known."""

    def __init__(self, target: ReplacedFunction) -> None:
        super().__init__(target)
        self._target = target
        self._class = ""
        if isinstance(target, ReplacedMethod):
            self._parent, _, self._class = self._parent.rpartition(".")
        self._calls = Calls(self._leaf)
        self._replacements: list[Callable[..., Any]] = []

    def undo(self) -> None:
        """Put back what was there, and have those who hold the replacement get upstream."""
        super().undo()
        self._calls.is_off = True

    @property
    def parent(self) -> str:
        """The module of the function."""
        return self._parent

    @property
    def detail(self) -> str:
        """How the calls went, once there were any."""
        return str(self._calls) or self._note

    def replacement_of(self, found: object) -> Callable[..., Any] | None:
        """The replacement of a function, or the function itself if it is one; else None."""
        for replacement in self._replacements:
            if found is replacement or found is upstream_of(replacement):
                return replacement
        return None

    def _set(self, module: ModuleType) -> Attribute | None:
        name = f"{self._class}.{self._leaf}".removeprefix(".")
        holder = vars(module).get(self._class) if self._class else None
        upstream = getattr(holder if self._class else module, "__dict__", {}).get(self._leaf)
        if upstream is None:
            self._settle("left alone", "this Axolotl does not have it")
            return None
        from .fingerprint import fingerprint  # needs inspect, too slow for every import

        found = fingerprint(module, (name, *self._target.depends_on))
        if found not in self._target.proven:
            self._settle("left alone", f"code not proven equal (fingerprint {found})")
            LOG.warning(
                "%s is not one that fast-axolotl knows (fingerprint %s); upstream stays",
                self.target.name,
                found,
            )
            return None
        from .loaded import first_changed  # as above

        changed = first_changed(module, (name, *self._target.depends_on))
        if changed is not None:
            self._settle("left alone", f"the loaded code of {changed} is not that of its file")
            LOG.warning(
                "%s: the code of %s that is loaded is not that of its file; upstream stays",
                self.target.name,
                changed,
            )
            return None
        implementation = replacements.load(self._target.replacement, upstream)
        relied_on = [_relied_on(module, name) for name in self._target.depends_on]
        replacement = replace(upstream, implementation, self._calls, relied_on)
        self._replacements.append(replacement)
        return Attribute(module, self._leaf, replacement, holder=holder)


def _relied_on(module: ModuleType, name: str) -> ReliedOn:
    """What a name of a module, or of a class in it, stands for now."""
    *classes, leaf = name.split(".")
    holder: Any = module
    for part in classes:
        holder = vars(holder)[part]
    return ReliedOn(holder, leaf)


class ImportedNameBinding(Binding):
    """Puts a replacement where another module has imported the function that it replaces."""

    def __init__(self, target: ImportedName, function: ReplacedFunctionBinding) -> None:
        super().__init__(target)
        self._function = function

    def start(self, hooks: ImportHooks) -> None:
        """Bind once both modules have loaded: with circular imports either may be the last."""
        super().start(hooks)
        hooks.when_loaded(self._function.parent, self._function_has_loaded)

    def _function_has_loaded(self, _: ModuleType) -> None:
        module = sys.modules.get(self._parent)
        if self.state == "waiting" and module is not None and not is_unfinished(module):
            self._bind(module)

    def _set(self, module: ModuleType) -> Attribute | None:
        found = vars(module).get(self._leaf)
        replacement = self._function.replacement_of(found)
        if found is None:
            self._settle("left alone", "this Axolotl does not have it")
        elif replacement is not None:
            # The module may have imported the replacement itself, which is to leave with the rest.
            upstream = upstream_of(replacement)
            return Attribute(module, self._leaf, replacement, before=upstream)
        elif self._function.state == "waiting":
            self._settle("waiting", f"until {self._function.parent} is imported")
        elif self._function.state == "bound":
            self._settle("left alone", "it is not the function of upstream")
        else:
            self._settle("left alone", "the function of upstream stays")
        return None


def bindings_for(
    targets: Iterable[Target], present: Mapping[str, ModuleType], disabled: frozenset[str]
) -> list[Binding]:
    """A binding for each target, settled where its piece is absent or turned off."""
    bindings: list[Binding] = []
    functions: dict[str, ReplacedFunctionBinding] = {}
    for target in targets:
        piece = present.get(target.piece)
        if piece is None:
            bindings.append(Binding(target, "piece absent"))
        elif target.piece in disabled:
            bindings.append(Binding(target, "disabled"))
        elif isinstance(target, RecognizedFunction):
            bindings.append(Binding(target, "recognized"))
        elif isinstance(target, VirtualModule):
            bindings.append(VirtualModuleBinding(target, piece))
        elif isinstance(target, AddedName):
            bindings.append(AddedNameBinding(target, piece))
        elif isinstance(target, ImportedName):
            bindings.append(ImportedNameBinding(target, functions[target.function]))
        else:
            functions[target.name] = ReplacedFunctionBinding(target)
            bindings.append(functions[target.name])
    return bindings
