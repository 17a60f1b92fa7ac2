"""Inputs that are made to crash: each ends in an answer or an exception of its own kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = ("an answer", "MemoryError", "NotImplementedError", "TypeError", "ValueError")


def test_lying_producers() -> None:
    """A process of their own, since a crash would take the tests with it."""
    done = subprocess.run(
        [sys.executable, str(HERE / "lying_producers.py")],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"ended with {done.returncode} in {lines[-1]}\n{done.stderr}"
    assert len(lines) > 3000
    odd = [line for line in lines if not any(f": {kind}" in line for kind in EXPECTED)]
    assert odd == []


LIMITED = """if True:
    import resource, sys
    import numpy as np, pyarrow as pa
    from fast_axolotl_hash import *
    from fast_axolotl_pack import *
    from fast_axolotl_pad import *
    from fast_axolotl_stream import *

    {prepare}
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    for mebibytes in {headrooms}:
        limit = used + (mebibytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        try:
            {call}
        except MemoryError:
            outcome = "MemoryError"
        else:
            outcome = "an answer"
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        print(mebibytes, outcome, flush=True)
"""
HEADROOMS = (8, 24, 64, 150, 400, 900)
CASES = {
    "digests of nulls": ("rows = pa.nulls(2**26)", "hash_rows(rows)"),
    "digests as bytes": ("rows = pa.nulls(2**25)", "hash_rows(rows, output='arrow')"),
    "lists of bins": (
        "bins = pack_lengths(np.ones(3_000_000, int), 8, strategy='sequential')",
        "bins.to_lists()",
    ),
    "lengths": (
        "lengths = np.ones(3_000_000, int)",
        "pack_lengths(lengths, 8, strategy='sequential')",
    ),
    "best fit": (
        "lengths = np.arange(3_000_000) % 8",
        "pack_lengths(lengths, 8, strategy='best_fit_decreasing')",
    ),
    "many small arrays": (
        "rows = [np.ones(2, 'i8')] * 2_000_000",
        "pack_sequences(rows, 8, 0, 1, output='numpy')",
    ),
    "padded lists": ("rows = [[1]] * 300_000", "pad_sequences(rows, 64)"),
    "packed lists": ("rows = [[1]] * 2_000_000", "pack_sequences(rows, 8, 0, 1)"),
    "gathered": (
        "rows = pa.table({'input_ids': pa.array([[1, 2]] * 2_000_000)});"
        "bins = pack_lengths(np.full(2_000_000, 2), 8, strategy='sequential')",
        "gather(rows, bins)",
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
@pytest.mark.parametrize("case", CASES)
def test_too_little_memory(case: str) -> None:
    prepare, call = CASES[case]
    code = LIMITED.format(prepare=prepare, call=call, headrooms=HEADROOMS)
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stdout} {done.stderr[-1000:]}"
    assert len(done.stdout.splitlines()) == len(HEADROOMS)
    assert "MemoryError" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space")
def test_damaged_files() -> None:
    """Of each format, with all that a decoder may take at its word."""
    done = subprocess.run(
        [sys.executable, str(HERE / "mutated_files.py"), "3000"],
        check=False,
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-1000:]}"
    outcomes = json.loads(done.stdout)
    assert sum(outcomes.values()) == 3000
    assert outcomes["an answer"] > 500
    assert outcomes["ValueError"] > 1500
