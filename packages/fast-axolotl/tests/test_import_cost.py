"""Importing the package costs little and pulls in nothing heavy."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def seconds(code):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def test_costs_less_than_half_of_numpy():
    # In empty interpreters on the machine, as busy as it is now: four were measured, and sixteen
    # for numpy.
    seconds("import fast_axolotl")
    pairs = [(seconds("import fast_axolotl"), seconds("pass")) for _ in range(15)]
    assert statistics.median(ours / empty for ours, empty in pairs) < 8


def test_nothing_heavy_is_imported(fresh):
    code = """
        import sys, fast_axolotl
        heavy = {"torch", "numpy", "pyarrow", "datasets", "axolotl", "yaml", "inspect", "argparse"}
        print(sorted(heavy & set(sys.modules)))
    """
    assert fresh(code) == "[]\n"
