"""The meta-package with some of the pieces: run once for each of the sixteen subsets.

`FAST_AXOLOTL_EXPECTED` names the pieces that are installed in this environment.
"""

from __future__ import annotations

import importlib.util
import logging
import os

import pytest

import fast_axolotl
from fast_axolotl.pieces import PIECES

EXPECTED = frozenset(filter(None, os.environ["FAST_AXOLOTL_EXPECTED"].split(",")))


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
            assert target.state in ("bound", "recognized", "waiting")
        else:
            assert target.state == "piece absent"


def test_only_what_is_present_is_bound(tmp_path, monkeypatch):
    """On a package with Axolotl's module names; the real one is bound in the other tests."""
    for name in ("axolotl", "axolotl/utils", "axolotl/utils/data", "axolotl/utils/collators"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    import axolotl.utils.collators as collators
    import axolotl.utils.data as data

    assert hasattr(data, "fast_parallel_hash_rows") == ("hash" in EXPECTED)
    assert hasattr(data, "rust_streaming") == ("stream" in EXPECTED)
    assert hasattr(collators, "fast_pad_sequences") == ("pad" in EXPECTED)


def test_absence_is_quiet(caplog):
    with caplog.at_level(logging.DEBUG):
        assert fast_axolotl.uninstall() is True
        assert fast_axolotl.install() is True
    assert caplog.records == []
