"""DuplicateFinder: what it keeps, its limit of memory, and being killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time

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
    st.none() | st.integers(1, 2000),
)
def test_keeps_what_a_loop_keeps(tmp_path_factory, batches, seen, keep, limit):
    folder = tmp_path_factory.mktemp("finder")
    state = Deduplicator()
    state.add(seen)
    state.save(folder / "before")
    finder = DuplicateFinder(memory_limit=limit, spill_directory=folder)
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


def test_beyond_the_limit_rows_go_to_a_file(tmp_path):
    rows = pa.array([n % 300_000 for n in range(500_000)])
    finder = DuplicateFinder("xxh3_128", memory_limit=4 << 20, spill_directory=tmp_path)
    for start in range(0, 500_000, 50_000):
        finder.add(rows[start : start + 50_000])
    assert finder.spilled_bytes > 5 << 20
    assert (finder.finish(output="numpy") == (np.arange(500_000) < 300_000)).all()
    assert names(tmp_path) == []


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


def test_thousands_of_spills_are_one_file(tmp_path):
    finder = DuplicateFinder("xxh3_128", memory_limit=1000, spill_directory=tmp_path)
    finder.add([str(n % 40_000) for n in range(60_000)])
    assert finder.spilled_bytes > 1000 * 1000
    assert finder.finish("none", output="numpy").sum() == 20_000


MEMORY = """
import resource, sys, numpy, pyarrow, fast_axolotl_hash
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rows = int(sys.argv[2])
finder = fast_axolotl_hash.DuplicateFinder(memory_limit=32 << 20, spill_directory=sys.argv[1])
finder.add(pyarrow.array(numpy.arange(10**5)))
before = peak()
for start in range(0, rows, 10**5):
    finder.add(pyarrow.array(numpy.arange(start, start + 10**5)))
kept = pyarrow.array(finder.finish(output="arrow"))
assert kept.true_count == rows
print(peak() - before)
"""


def test_memory_does_not_grow_with_the_rows(tmp_path):
    def grown(rows):
        line = [sys.executable, "-c", MEMORY, str(tmp_path), str(rows)]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        return float(done.stdout)

    # 5 million digests of SHA-256 with the numbers of their rows are 190 MiB.
    assert grown(5_000_000) < 100


def test_the_limit_holds_with_fewer_threads(tmp_path):
    finder = DuplicateFinder("xxh3_128", memory_limit=8 << 20, spill_directory=tmp_path)
    for threads in (4, 2, 1, 1, 3, 1):
        finder.add(pa.array(range(200_000)), num_threads=threads)
    assert finder.spilled_bytes > 8 << 20
    assert finder.finish(output="numpy").sum() == 200_000


def test_full_and_absent_folders(tmp_path):
    finder = DuplicateFinder(memory_limit=100, spill_directory=tmp_path / "absent")
    with pytest.raises(FileNotFoundError, match="spill_directory") as raised:
        finder.add(["a"] * 1000)
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
