"""parallel_hash_rows against hashlib."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_hash import parallel_hash_rows

ROWS = st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.binary(), max_size=600)


def with_hashlib(rows):
    return [
        hashlib.sha256(row.encode() if isinstance(row, str) else row).hexdigest() for row in rows
    ]


@given(ROWS, st.integers(0, 5))
def test_equals_hashlib(rows, num_threads):
    assert parallel_hash_rows(rows, num_threads) == with_hashlib(rows)


@pytest.mark.parametrize("make", [list, tuple, iter])
def test_any_iterable(make):
    assert parallel_hash_rows(make(["axolotl", b"newt"])) == with_hashlib(["axolotl", b"newt"])


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()],
    ids=str,
)
def test_arrow_arrays(kind):
    rows = ["", "axolotl", "ajolote 🦎", "a longer row than fits into a view"] * 200
    expected = with_hashlib(rows)
    encoded = rows if "string" in str(kind) else [row.encode() for row in rows]
    array = pa.array(encoded, kind)
    assert parallel_hash_rows(array) == expected
    assert parallel_hash_rows(array.slice(3, 70)) == expected[3:73]
    assert parallel_hash_rows(pa.chunked_array([array, array.slice(1)])) == expected + expected[1:]


def test_polars_series():
    assert parallel_hash_rows(pl.Series(["axolotl", "newt"])) == with_hashlib(["axolotl", "newt"])


def test_nulls_have_no_bytes():
    rows = pa.chunked_array([["a", "b"], ["c", None]])
    with pytest.raises(ValueError, match=r"rows\[3\] is null"):
        parallel_hash_rows(rows)


def test_arrow_of_another_type():
    with pytest.raises(TypeError, match="Int64"):
        parallel_hash_rows(pa.array([1, 2]))


@pytest.mark.parametrize("row", [1, None, 1.5, ["a"], bytearray(b"a")])
def test_row_of_another_type(row):
    with pytest.raises(TypeError, match=r"rows\[1\] is .*expected str or bytes"):
        parallel_hash_rows(["a", row])


@pytest.mark.parametrize("rows", ["axolotl", b"axolotl"])
def test_one_row_is_not_a_list(rows):
    with pytest.raises(TypeError, match="wrap it in a list"):
        parallel_hash_rows(rows)


@pytest.mark.parametrize("rows", [None, 3])
def test_not_iterable(rows):
    with pytest.raises(TypeError):
        parallel_hash_rows(rows)


def test_lone_surrogate():
    with pytest.raises(UnicodeEncodeError, match=r"rows\[1\]"):
        parallel_hash_rows(["a", "\ud800"])


@pytest.mark.parametrize(
    ("num_threads", "error"), [(-1, ValueError), ("2", TypeError), (1 << 70, OverflowError)]
)
def test_bad_num_threads(num_threads, error):
    with pytest.raises(error, match="num_threads"):
        parallel_hash_rows(["a"], num_threads)


def test_many_threads_are_capped():
    assert parallel_hash_rows(["a"] * 1000, 10**6) == with_hashlib(["a"] * 1000)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_survives_fork():
    rows = [str(number) for number in range(5000)]
    expected = parallel_hash_rows(rows)
    child = os.fork()
    if child == 0:
        os._exit(0 if parallel_hash_rows(rows) == expected else 1)
    deadline = time.monotonic() + 30
    while (status := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail("the child hangs")
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(status[1]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole groups")
def test_ctrl_c_stops_it():
    code = """if True:
        import fast_axolotl_hash
        row = "x" * (1 << 20)
        rows = [row] * 40_000
        print("go", flush=True)
        try:
            fast_axolotl_hash.parallel_hash_rows(rows)
        except KeyboardInterrupt:
            print("stopped", flush=True)
        else:
            print("done", flush=True)
    """
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "go\n"
    time.sleep(0.3)  # in which the call has begun, and is far from done
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=240)
    assert output == "stopped\n"


def test_the_callers_list_may_change_meanwhile():
    import threading

    rows = [f"row {number}" for number in range(200_000)]
    expected = with_hashlib(rows)
    results = []
    thread = threading.Thread(target=lambda: results.append(parallel_hash_rows(rows)))
    thread.start()
    # The copy of the references is made first, under the lock; what follows may not matter.
    thread.join(0.001)
    thread.join()
    rows.clear()
    assert results == [expected]
