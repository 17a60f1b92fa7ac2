"""Functions that numba compiles: known by what was written, and reachable behind a replacement."""

from __future__ import annotations

import numba
import numpy as np
from axolotl.utils.samplers import multipack

from fast_axolotl.shim.fingerprint import fingerprint
from fast_axolotl.shim.protocol import NotCovered
from fast_axolotl.shim.replace import Calls, replace, upstream_of


class Never:
    """A replacement that covers nothing."""

    @staticmethod
    def run(*arguments, **options):
        raise NotCovered("never")


def test_the_fingerprint_is_of_the_function_with_its_decorator(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    text = "import numba\n\n@numba.njit\ndef total(rows):\n    return rows.sum()\n"
    (tmp_path / "compiled.py").write_text(text)
    (tmp_path / "plain.py").write_text(text.replace("@numba.njit\n", ""))
    (tmp_path / "otherwise.py").write_text(text.replace("njit", "njit(fastmath=True)"))
    import compiled
    import otherwise
    import plain

    found = [fingerprint(module, ["total"]) for module in (compiled, plain, otherwise)]
    assert None not in found
    assert len(set(found)) == 3
    compiled.total(np.ones(3))
    assert fingerprint(compiled, ["total"]) == found[0]


def test_those_of_axolotl():
    names = ["pack_group", "ffd_check", "allocate_sequentially"]
    upstream = [upstream_of(getattr(multipack, name)) for name in names]
    assert all(isinstance(one, numba.core.dispatcher.Dispatcher) for one in upstream)
    assert None not in [fingerprint(multipack, [name]) for name in names]


def test_a_replacement_keeps_what_was_written():
    upstream = upstream_of(multipack.ffd_check)
    replacement = replace(upstream, Never, Calls("ffd_check"))
    assert replacement.py_func is upstream.py_func
    assert replacement.__wrapped__ is upstream
    assert replacement.__name__ == "ffd_check"
    assert vars(replacement).keys() == {"__wrapped__", "py_func"}
    assert replacement(np.array([3, 4]), 4, 2) is True
