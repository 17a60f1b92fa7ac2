"""The environment variables that this piece reads when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig

import pytest

from fast_axolotl_pad import _pad

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
    assert (KNOWN and is_on) == _pad._READS_LISTS


@pytest.mark.parametrize(("value", "warns"), [("0", False), (" 0 ", False), ("off", True)])
def test_reading_lists_in_memory_can_be_turned_off(value: str, warns: bool) -> None:
    code = """if True:
        from fast_axolotl_pad import _pad, pad_sequences
        assert pad_sequences([[7, 2**62], []]) == [[7, 2**62], [0, 0]]
        print(_pad._READS_LISTS)
    """
    done = run(code, FAST_AXOLOTL_LIST_LAYOUT=value)
    assert done.stdout == f"{warns and KNOWN}\n"
    assert ("RuntimeWarning: FAST_AXOLOTL_LIST_LAYOUT=" in done.stderr) == warns
    assert ("expected 0 or 1; it is on" in done.stderr) == warns
