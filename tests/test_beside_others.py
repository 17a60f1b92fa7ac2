"""Other people's patches, import hooks and tracers go on working beside the shim."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest

PREAMBLE = """
import json, sys, types
import numpy as np

UTILS = "axolotl.utils.samplers.utils"
LENGTHS = np.array([5, 4, 3, 4, 7, 2])

def is_ours(function):
    return "fast_axolotl" in getattr(getattr(function, "__code__", None), "co_filename", "")

def state(name):
    return {t.target: t.state for t in fast_axolotl.status().targets}[name]

def detail(name):
    return {t.target: t.detail for t in fast_axolotl.status().targets}[name]
"""


def run(code, **environment):
    """What a process of its own prints as its last line of JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PREAMBLE + textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_patch_that_comes_later_is_used_and_then_taken_away():
    """Stock calls the helper of the sampler that is there at that moment."""
    found = run("""
        import fast_axolotl
        import axolotl.utils.samplers.multipack as multipack

        def pack():
            return [list(map(int, b)) for b in multipack.pack_parallel(LENGTHS, 8, 100, 8, 1)]

        before, upstream = pack(), multipack.pack_group
        multipack.pack_group = lambda lengths, offset, *rest, **options: [
            [offset + at] for at in range(len(lengths))
        ]
        patched = pack()
        said = detail("axolotl.utils.samplers.multipack.pack_parallel")
        multipack.pack_group = upstream
        print(json.dumps([before, patched, pack(), said]))
    """)
    before, patched, after, said = found
    assert patched == [[at] for at in range(6)]
    assert before == after != patched
    assert "pack_group, which it relies on, is not upstream's" in said


@pytest.mark.parametrize("loads_itself", [True, False], ids=["past the shim", "asking others"])
def test_a_finder_in_front(loads_itself):
    """As typeguard, jaxtyping and pytest put one there."""
    found = run(
        """
        import importlib.machinery
        import fast_axolotl

        class InFront:
            def find_spec(self, name, path, target=None):
                if name != UTILS:
                    return None
                if LOADS_ITSELF:
                    return importlib.machinery.PathFinder.find_spec(name, path, target)
                for finder in sys.meta_path:
                    if finder is not self and hasattr(finder, "find_spec"):
                        if (spec := finder.find_spec(name, path, target)) is not None:
                            return spec

        sys.meta_path.insert(0, InFront())
        module = importlib.import_module(UTILS)
        # What was loaded past the shim is seen when the next module is imported.
        import axolotl.utils.data
        bound = is_ours(module.get_dataset_lengths)
        print(json.dumps([bound, state(UTILS + ".get_dataset_lengths")]))
        """.replace("LOADS_ITSELF", str(loads_itself))
    )
    assert found == [True, "bound"]


def test_finders_that_are_wrapped():
    """As tracers of imports do with each entry of `sys.meta_path`."""
    found = run("""
        import importlib
        import fast_axolotl

        class Traced:
            def __init__(self, finder):
                self.finder = finder
            def find_spec(self, *arguments):
                return self.finder.find_spec(*arguments)
            def __getattr__(self, name):
                return getattr(self.finder, name)

        sys.meta_path[:] = [f if isinstance(f, type) else Traced(f) for f in sys.meta_path]
        module = importlib.import_module(UTILS)
        bound = is_ours(module.get_dataset_lengths)
        fast_axolotl.uninstall()
        import axolotl.utils.samplers.multipack as multipack
        names = (module.get_dataset_lengths, multipack.pack_group)
        print(json.dumps([bound, *map(is_ours, names)]))
    """)
    assert found == [True, False, False]


def test_a_module_that_is_loaded_again():
    found = run("""
        import importlib
        import fast_axolotl
        module = importlib.import_module(UTILS)
        del sys.modules[UTILS]
        again = importlib.import_module(UTILS)
        print(json.dumps([is_ours(again.get_dataset_lengths), again is not module,
                          state(UTILS + ".get_dataset_lengths")]))
    """)
    assert found == [True, True, "bound"]


def test_a_proxy_stays_over_uninstall_and_install():
    """A tracer's proxy passes for what it wraps, in `isinstance` and `==`."""
    found = run("""
        import fast_axolotl
        import axolotl.utils.samplers.multipack as multipack

        calls = []

        class Proxy:
            def __init__(self, wrapped):
                self.__wrapped__ = wrapped
            @property
            def __class__(self):
                return types.FunctionType
            def __call__(self, *args, **kwargs):
                calls.append(1)
                return self.__wrapped__(*args, **kwargs)
            def __eq__(self, other):
                return self.__wrapped__ == other
            def __hash__(self):
                return hash(self.__wrapped__)
            def __getattr__(self, name):
                return getattr(self.__wrapped__, name)

        proxy = multipack.pack_parallel = Proxy(multipack.pack_parallel)
        fast_axolotl.uninstall()
        fast_axolotl.install()
        bins = multipack.pack_parallel(LENGTHS, 8, 10, 8, 1)
        print(json.dumps([len(calls), multipack.pack_parallel is proxy, len(bins) > 0]))
    """)
    assert found == [1, True, True]


def test_who_holds_a_replacement_gets_upstream_after_uninstall():
    found = run("""
        import fast_axolotl
        import axolotl.utils.samplers.multipack as multipack

        held = multipack.pack_parallel
        with_ours = [list(map(int, b)) for b in held(LENGTHS, 8, 10, 8, 1)]
        fast_axolotl.uninstall()
        multipack.pack_group = lambda lengths, offset, *rest, **options: [[7]]
        print(json.dumps([with_ours != [[7]], held(LENGTHS, 8, 10, 8, 1)]))
    """)
    assert found == [True, [[7]]]
