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


def test_under_50_ms_more_than_an_empty_interpreter():
    seconds("import fast_axolotl")
    more = [seconds("import fast_axolotl") - seconds("pass") for _ in range(15)]
    # A busy machine only ever adds time: the lower half is what the import takes.
    assert statistics.median(sorted(more)[:8]) < 0.05


def test_nothing_heavy_is_imported(fresh):
    code = """
        import sys, fast_axolotl
        heavy = {"torch", "numpy", "pyarrow", "datasets", "axolotl", "yaml", "inspect", "argparse"}
        print(sorted(heavy & set(sys.modules)))
    """
    assert fresh(code) == "[]\n"
