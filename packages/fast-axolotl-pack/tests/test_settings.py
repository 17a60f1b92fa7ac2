"""The environment variables that this piece reads when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig

import pytest

from fast_axolotl_pack import _pack

# Builds without a GIL lay objects out otherwise.
KNOWN = (
    sys.implementation.name == "cpython"
    and (3, 10) <= sys.version_info < (3, 15)
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
)


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter with these variables."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )


def test_lists_are_read_in_memory_where_their_layout_is_known() -> None:
    is_on = os.environ.get("FAST_AXOLOTL_LIST_LAYOUT", "1") != "0"
    assert (KNOWN and is_on) == _pack._READS_LISTS


@pytest.mark.parametrize(("value", "warns"), [("0", False), (" 0 ", False), ("off", True)])
def test_reading_lists_in_memory_can_be_turned_off(value: str, warns: bool) -> None:
    code = """if True:
        from fast_axolotl_pack import _pack, pack_sequences
        assert pack_sequences([[7, 2**62]], 4, 0, 1)["input_ids"] == [[7, 2**62, 1, 0]]
        print(_pack._READS_LISTS)
    """
    done = run(code, FAST_AXOLOTL_LIST_LAYOUT=value)
    assert done.stdout == f"{warns and KNOWN}\n"
    assert ("RuntimeWarning: FAST_AXOLOTL_LIST_LAYOUT=" in done.stderr) == warns
    assert ("expected 0 or 1; it is on" in done.stderr) == warns


@pytest.mark.skipif(sys.platform != "linux", reason="reads the resident memory from /proc")
@pytest.mark.parametrize(
    ("value", "kept"),
    [("", 24), ("0", 0), ("21 MiB", 16), ("11000kib", 8), ("11MB", 8), ("-1", 24)],
)
def test_the_memory_of_freed_outputs_is_kept_up_to_a_bound(value: str, kept: int) -> None:
    """Three columns of 8 MiB, with 2 MiB to align each, are made and freed."""
    code = """if True:
        import numpy as np
        from fast_axolotl_pack import pack_sequences

        def resident():
            with open("/proc/self/statm") as statm:
                return int(statm.read().split()[1]) * 4096 >> 20

        tokens = np.full((1024, 1022), 7, "int32")
        pack_sequences(tokens[:1], 1024, 0, 1, output="numpy")
        before = resident()
        columns = pack_sequences(tokens, 1024, 0, 1, output="numpy")
        full = resident()
        del columns
        print(full - before, resident() - before)
    """
    done = run(code, FAST_AXOLOTL_KEPT_MEMORY=value)
    full, left = map(int, done.stdout.split())
    assert full >= 23
    assert abs(left - kept) <= 5
    warned = "expected a number of bytes such as 64MiB, or 0 for none; 128MiB are kept"
    assert (warned in done.stderr) == (value == "-1")
