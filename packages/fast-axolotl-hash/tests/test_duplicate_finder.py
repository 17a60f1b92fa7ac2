"""DuplicateFinder: what it keeps, its limit of memory, and being killed."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_hash import Deduplicator, DuplicateFinder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def expected(rows, keep, seen=()):
    kept = []
    for at, row in enumerate(rows):
        alone = {
            "first": row not in rows[:at],
            "last": row not in rows[at + 1 :],
            "none": rows.count(row) == 1,
        }
        kept.append(row not in seen and alone[keep])
    return kept


@given(
    st.lists(st.lists(st.text("ab", max_size=2), max_size=20), max_size=4),
    st.lists(st.text("ab", max_size=2), max_size=3),
    st.sampled_from(["first", "last", "none"]),
)
def test_keeps_what_a_loop_keeps(tmp_path_factory, batches, seen, keep):
    folder = tmp_path_factory.mktemp("finder")
    state = Deduplicator()
    state.add(seen)
    state.save(folder / "before")
    finder = DuplicateFinder(spill_directory=folder)
    for batch in batches:
        finder.add(batch)
    rows = [row for batch in batches for row in batch]
    assert len(finder) == len(rows)
    kept = finder.finish(keep, against=folder / "before", save=folder / "after")
    assert kept == expected(rows, keep, seen)
    after = Deduplicator.load(folder / "after")
    assert len(after) == len({*rows, *seen})
    assert all(after.contains([*rows, *seen]))
    assert names(folder) == ["after", "before"]


LEAST = 1 << 20


@pytest.mark.parametrize("keep", ["first", "last", "none"])
def test_beyond_the_limit_rows_go_to_a_file(tmp_path, keep):
    rows = np.random.default_rng(7).integers(0, 30_000, 50_000)
    state = Deduplicator()
    state.add(pa.array(range(1000)))
    state.save(tmp_path / "before")
    finder = DuplicateFinder(memory_limit=LEAST, spill_directory=tmp_path)
    for start in range(0, len(rows), 7_000):
        finder.add(pa.array(rows[start : start + 7_000]))
    assert 50_000 * 40 - LEAST < finder.spilled_bytes < 50_000 * 45
    assert names(tmp_path) == ["before"]
    kept = finder.finish(keep, against=tmp_path / "before", save=tmp_path / "after", output="numpy")
    _, first, counts = np.unique(rows, return_index=True, return_counts=True)
    _, last = np.unique(rows[::-1], return_index=True)
    at = {"first": first, "last": len(rows) - 1 - last, "none": first[counts == 1]}[keep]
    expected = np.zeros(len(rows), bool)
    expected[at] = True
    assert (kept == (expected & (rows >= 1000))).all()
    assert len(Deduplicator.load(tmp_path / "after")) == len({*rows, *range(1000)})
    assert names(tmp_path) == ["after", "before"]


def test_a_limit_that_is_too_small_is_refused(tmp_path):
    for limit in (0, 1, LEAST - 1):
        with pytest.raises(ValueError, match=f"memory_limit must be at least {LEAST}, got {limit}"):
            DuplicateFinder(memory_limit=limit)
    assert DuplicateFinder(memory_limit=LEAST).finish() == []


SPILLING = """
import sys, pyarrow, fast_axolotl_hash
finder = fast_axolotl_hash.DuplicateFinder(
    "xxh3_128", memory_limit=1 << 20, spill_directory=sys.argv[1])
for start in range(0, 10**9, 10**5):
    finder.add(pyarrow.array(range(start, start + 10**5)))
    if finder.spilled_bytes:
        print(finder.spilled_bytes, flush=True)
"""


def test_killed_it_leaves_nothing(tmp_path):
    chance = random.Random(9)
    for _ in range(3):
        line = [sys.executable, "-c", SPILLING, str(tmp_path)]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as child:
            assert int(child.stdout.readline()) > 0
            time.sleep(chance.uniform(0, 0.1))
            child.kill()
        assert names(tmp_path) == []


MEMORY = """
import resource, sys, numpy, pyarrow, fast_axolotl_hash
kept, limit, rows, headroom = sys.argv[1], eval(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
def peak():
    # ru_maxrss begins with what the parent process had.
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
def finder():
    return fast_axolotl_hash.DuplicateFinder(
        "xxh3_128", memory_limit=limit, spill_directory=sys.argv[5])
warm = finder()
warm.add(pyarrow.array(numpy.arange(10**5)))
warm.finish(output="arrow")
if headroom:
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + headroom, used + headroom))
before, found = peak(), finder()
for start in range(0, rows, 10**5):
    batch = numpy.arange(start, start + 10**5)
    found.add(pyarrow.array(batch if kept == "all" else batch * 0))
mask = pyarrow.array(found.finish(output="arrow"))
assert mask.true_count == (rows if kept == "all" else 1)
print(peak() - before)
"""


def grown(folder, kept, limit, rows=600_000, headroom=0):
    """How many MiB more are resident, at the most, while duplicates are found."""
    line = [sys.executable, "-c", MEMORY, kept, str(limit), str(rows), str(headroom), str(folder)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of memory")
@pytest.mark.parametrize("kept", ["all", "one"])
def test_memory_shrinks_with_the_limit(tmp_path, kept):
    # 600,000 digests with the numbers of their rows are 14 MiB. The address limit is what made
    # small limits abort the process.
    limits = [LEAST, 4 << 20, 16 << 20, None]
    peaks = [grown(tmp_path, kept, limit, headroom=256 << 20) for limit in limits]
    noise = 3
    assert all(less <= more + noise for less, more in itertools.pairwise(peaks)), peaks
    assert peaks[0] < 8, peaks
    assert peaks[-1] > 12, peaks


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of memory")
def test_memory_does_not_grow_with_the_rows(tmp_path):
    assert grown(tmp_path, "all", LEAST, 1_500_000) < grown(tmp_path, "all", LEAST) + 8


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of memory")
def test_without_memory_it_is_a_memory_error(tmp_path):
    with pytest.raises(AssertionError, match="MemoryError: .*; set a smaller memory_limit"):
        grown(tmp_path, "all", None, 20_000_000, headroom=64 << 20)


def test_the_limit_holds_with_fewer_threads(tmp_path):
    finder = DuplicateFinder("xxh3_128", memory_limit=8 << 20, spill_directory=tmp_path)
    for threads in (4, 2, 1, 1, 3, 1):
        finder.add(pa.array(range(200_000)), num_threads=threads)
    assert finder.spilled_bytes > 8 << 20
    assert finder.finish(output="numpy").sum() == 200_000


LIMITED = """
import errno, resource, signal, sys
from fast_axolotl_hash import Deduplicator, DuplicateFinder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
rows, path = [str(n) for n in range(40_000)], sys.argv[1]
def save():
    seen = Deduplicator()
    seen.add(rows)
    seen.save(path)
def finish():
    finder = DuplicateFinder()
    finder.add(rows)
    finder.finish(save=path)
def spill():
    DuplicateFinder(memory_limit=1 << 20, spill_directory=path).add(rows)
try:
    {"save": save, "finish": finish, "spill": spill}[sys.argv[2]]()
except OSError as error:
    assert error.errno == errno.EFBIG, error.errno
    assert error.filename == path, error.filename
    assert str(error).startswith(f"[Errno {errno.EFBIG}] File too large"), error
else:
    raise AssertionError("nothing was raised")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are of POSIX")
@pytest.mark.parametrize("way", ["save", "finish", "spill"])
def test_a_full_disk_names_the_file(tmp_path, way):
    path = tmp_path if way == "spill" else tmp_path / "seen"
    line = [sys.executable, "-c", LIMITED, str(path), way]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert names(tmp_path) == []


def test_full_and_absent_folders(tmp_path):
    finder = DuplicateFinder(memory_limit=LEAST, spill_directory=tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match="spill_directory") as raised:
        finder.add(["a"] * 40_000)
    assert str(tmp_path / "absent") in str(raised.value)
    with pytest.raises(ValueError, match="failed before"):
        finder.add(["a"])
    finder = DuplicateFinder()
    with pytest.raises(FileNotFoundError):
        finder.finish(save=tmp_path / "absent" / "state")


def test_after_the_end():
    finder = DuplicateFinder()
    finder.add(["a"])
    assert repr(finder) == "<DuplicateFinder: 1 rows, sha256, values>"
    assert finder.finish() == [True]
    for call in (finder.finish, lambda: finder.add(["a"])):
        with pytest.raises(ValueError, match="finished"):
            call()


def test_a_file_of_another_kind_can_be_corrected(tmp_path):
    state = Deduplicator("blake3")
    state.save(tmp_path / "seen")
    finder = DuplicateFinder()
    finder.add(["a"])
    with pytest.raises(ValueError, match="algorithm 'blake3'"):
        finder.finish(against=tmp_path / "seen")
    assert finder.finish() == [True]


def slow_batches(started, go_on, error=None):
    """A batch, then one that waits to be made, or fails: the reader is at work meanwhile."""
    schema = pa.schema({"n": pa.int64()})

    def batches():
        # More rows than are gathered before they are hashed.
        yield pa.record_batch({"n": np.arange(70_000)}, schema)
        started.set()
        go_on.wait()
        if error is not None:
            raise error
        yield pa.record_batch({"n": np.arange(70_000, 80_000)}, schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


@pytest.mark.parametrize("second", ["add", "finish"])
def test_threads_wait_for_one_another(second):
    finder, started, go_on = DuplicateFinder("xxh3_128"), threading.Event(), threading.Event()
    batches = slow_batches(started, go_on)
    with ThreadPoolExecutor(2) as pool:
        adding = pool.submit(finder.add, batches)
        started.wait()
        assert len(finder) == finder.spilled_bytes == 0  # Of calls that ended.
        if second == "add":
            waiting = pool.submit(finder.add, pa.table({"n": np.arange(80_000)}))
        else:
            waiting = pool.submit(finder.finish, output="numpy")
        go_on.set()
        adding.result()
        if second == "finish":
            assert waiting.result().sum() == 80_000
            return
        waiting.result()
    assert len(finder) == 160_000
    # The rows of a call are not mixed with those of another.
    assert (finder.finish(output="numpy") == (np.arange(160_000) < 80_000)).all()


def test_a_call_that_waits_is_told_of_a_failure():
    finder, started, go_on = DuplicateFinder("xxh3_128"), threading.Event(), threading.Event()

    with ThreadPoolExecutor(2) as pool:
        adding = pool.submit(finder.add, slow_batches(started, go_on, OSError("broken")))
        started.wait()
        waiting = pool.submit(finder.add, ["a"])
        go_on.set()
        with pytest.raises(Exception, match="broken"):
            adding.result()
        with pytest.raises(ValueError, match="failed before"):
            waiting.result()


def test_rows_that_use_their_own_finder_are_told():
    finder, raised = DuplicateFinder(), []
    schema = pa.schema({"n": pa.int64()})

    def batches():
        yield pa.record_batch({"n": np.arange(70_000)}, schema)
        try:
            finder.add(["a"])
        except RuntimeError as error:
            raised.append(str(error))

    finder.add(pa.RecordBatchReader.from_batches(schema, batches()))
    assert len(raised) == 1
    assert "already at work in this thread" in raised[0]
    assert len(finder) == 70_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("act", ["add", "finish"])
def test_a_forked_child_is_refused_and_takes_nothing_from_its_parent(act):
    """The file of what was spilled has one position, which parent and child share."""
    rows = [f"row {number % 150_000}" for number in range(300_000)]
    for _ in range(3):
        finder = DuplicateFinder("xxh3_128", encoding="bytes", memory_limit=1 << 20)
        for start in range(0, len(rows), 20_000):
            finder.add(rows[start : start + 20_000])
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                finder.add(["a"]) if act == "add" else finder.finish()
            except Exception as error:  # noqa: BLE001 - the parent looks at it
                os.write(writable, f"{type(error).__name__}: {error}".encode())
            os._exit(0)
        assert sum(finder.finish()) == 150_000
        os.close(writable)
        with os.fdopen(readable) as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        assert said.startswith(
            "RuntimeError: this DuplicateFinder was made before the process forked"
        )


def test_a_call_that_adds_nothing_leaves_the_finder_as_it_was():
    finder = DuplicateFinder()
    finder.add(["a", "b"])
    with pytest.raises(TypeError, match="row 0|rows"):
        finder.add([1.5])
    with pytest.raises(ValueError, match="no column"):
        finder.add(pa.table({"a": ["x"]}), on=["absent"])
    finder.add(["b", "c"])
    assert finder.finish() == [True, True, False, True]
