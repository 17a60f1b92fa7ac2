"""The meta-package with some of the pieces: run once for each subset of them.

`FAST_AXOLOTL_EXPECTED` names the pieces that are installed in this environment; if it is not set,
those are all.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys

import pytest

import fast_axolotl
from fast_axolotl.pieces import PIECES
from fast_axolotl.shim.targets import TARGETS, AddedName, VirtualModule, parent_module

ALL = ",".join(piece.name for piece in PIECES)
# Of a target whose piece is installed.
STATES = frozenset({"bound", "recognized", "waiting"})
EXPECTED = frozenset(filter(None, os.environ.get("FAST_AXOLOTL_EXPECTED", ALL).split(",")))


def test_the_environment_is_what_it_says():
    present = {p.name for p in PIECES if importlib.util.find_spec(p.module) is not None}
    assert present == EXPECTED


def test_exports():
    for piece in PIECES:
        for name in piece.exports:
            assert hasattr(fast_axolotl, name) == (piece.name in EXPECTED)
            assert (name in fast_axolotl.__all__) == (piece.name in EXPECTED)
            if piece.name not in EXPECTED:
                with pytest.raises(AttributeError, match=piece.distribution):
                    getattr(fast_axolotl, name)


def test_versions_and_availability():
    assert fast_axolotl.is_available() is fast_axolotl.RUST_AVAILABLE is bool(EXPECTED)
    for piece in PIECES:
        assert (f"{piece.name} " in fast_axolotl.get_version()) == (piece.name in EXPECTED)


def test_states():
    status = fast_axolotl.status()
    assert set(status.pieces) == EXPECTED
    for target in status.targets:
        if target.piece in EXPECTED:
            # An older Axolotl lacks what a newer one has; all that it has is proven.
            absent = target.detail == "this Axolotl does not have it"
            assert target.state == "left alone" if absent else target.state in STATES
        else:
            assert target.state == "piece absent"


def test_only_what_is_present_is_bound(tmp_path, monkeypatch):
    """On a package with Axolotl's module names; the real one is bound in the other tests."""
    added = [target for target in TARGETS if isinstance(target, AddedName | VirtualModule)]
    parents = {parent_module(target) for target in added if ".utils." in target.name}
    for parent in parents:
        folder = tmp_path
        for name in parent.split("."):
            folder /= name
            folder.mkdir(exist_ok=True)
            (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert {target.piece for target in added} <= {piece.name for piece in PIECES}
    for target in added:
        if isinstance(target, VirtualModule):
            assert (target.name in sys.modules) == (target.piece in EXPECTED)
        if parent_module(target) in parents:
            module = importlib.import_module(parent_module(target))
            name = target.name.rpartition(".")[2]
            assert hasattr(module, name) == (target.piece in EXPECTED)


def test_absence_is_quiet(caplog):
    with caplog.at_level(logging.DEBUG):
        assert fast_axolotl.uninstall() is True
        assert fast_axolotl.install() is True
    assert caplog.records == []
