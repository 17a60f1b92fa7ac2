"""The virtual modules: names under which users of earlier versions import the stream piece."""

from __future__ import annotations

from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType

from .targets import VirtualModule


def _is_available() -> bool:
    """Whether the stream piece is installed: where this is asked, it is."""
    return True


_OTHER_NAMES: dict[str, Callable[[ModuleType], object]] = {
    "RUST_EXTENSION_AVAILABLE": lambda stream: True,
    "get_rust_extension_status": lambda stream: _is_available,
    "is_rust_streaming_available": lambda stream: _is_available,
    "load_dataset_with_rust_streaming": lambda stream: stream.streaming_dataset_reader,
}


def make(target: VirtualModule, stream: ModuleType) -> ModuleType:
    """The module, without the submodules that are virtual modules themselves."""
    module = ModuleType(target.name, "A face of fast_axolotl_stream, provided by fast-axolotl.")
    module.__spec__ = ModuleSpec(target.name, loader=None, origin="fast-axolotl")
    for name in target.names:
        if name in _OTHER_NAMES:
            setattr(module, name, _OTHER_NAMES[name](stream))
        elif hasattr(stream, name):
            setattr(module, name, getattr(stream, name))
        else:
            module.__path__ = []  # the name is a submodule, which makes this a package
    return module
