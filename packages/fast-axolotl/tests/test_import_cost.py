"""Importing the package costs little and pulls in nothing heavy.

What it loads is counted, since how long that takes depends on what else the machine does.
"""

from __future__ import annotations


def test_loads_fewer_modules_than_numpy(fresh):
    count = """
        import sys
        before = set(sys.modules)
        import {module}
        print(len(set(sys.modules) - before))
    """
    ours, numpy = (int(fresh(count.format(module=name))) for name in ("fast_axolotl", "numpy"))
    assert 0 < ours < numpy


def test_nothing_heavy_is_imported(fresh):
    code = """
        import sys, fast_axolotl
        heavy = {"torch", "numpy", "pyarrow", "datasets", "axolotl", "yaml", "inspect", "argparse"}
        heavy |= {"asyncio", "ast", "subprocess", "json", "dataclasses", "importlib.metadata"}
        print(sorted(heavy & set(sys.modules)))
    """
    assert fresh(code) == "[]\n"
