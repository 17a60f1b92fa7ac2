"""Deduplicator against a set, and its files against damage and SIGKILL."""

from __future__ import annotations

import errno
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


ALGORITHMS = ["sha256", "blake3", "xxh3_128"]
WORDS = st.lists(st.text("ab", max_size=3), max_size=12)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(batches=st.lists(WORDS, max_size=4))
def test_is_a_set_of_rows(algorithm, batches):
    ours, model = Deduplicator(algorithm), set()
    for batch in batches:
        assert ours.contains(batch) == [row in model for row in batch]
        expected = []
        for row in batch:
            expected.append(row not in model)
            model.add(row)
        assert ours.add(pa.array(batch, pa.string())) == expected
        assert len(ours) == len(model)
        for row in ["", "a", "ab", "never"]:
            assert (row in ours) == (row in model)


@given(WORDS, WORDS)
def test_merging_is_the_union(one, other):
    first, second = Deduplicator(), Deduplicator()
    first.add(one)
    second.add(other)
    first.merge(second)
    assert len(first) == len({*one, *other})
    assert all(first.contains([*one, *other]))
    first.merge(first)
    assert len(first) == len({*one, *other})


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("encoding", ["values", "bytes"])
def test_saved_and_loaded(tmp_path, algorithm, encoding):
    path = tmp_path / "seen"
    ours = Deduplicator(algorithm, encoding=encoding)
    ours.add([str(n) for n in range(10_000)])
    ours.save(str(path))
    again = Deduplicator.load(path)
    assert (again.algorithm, again.encoding, len(again)) == (algorithm, encoding, 10_000)
    assert again.add([str(n) for n in range(9_990, 10_010)]) == [False] * 10 + [True] * 10
    assert names(tmp_path) == ["seen"]
    again.save(path)
    assert len(Deduplicator.load(path)) == 10_010


def test_damaged_and_foreign_files(tmp_path):
    path = tmp_path / "seen"
    ours = Deduplicator("xxh3_128")
    ours.add(["a", "b"])
    ours.save(path)
    whole = path.read_bytes()
    for damaged, match in [
        (b"", "not a file that Deduplicator.save wrote"),
        (b"PAR1" * 100, "not a file that Deduplicator.save wrote"),
        (whole[:-1], "damaged"),
        (whole + b"x", "damaged"),
        (whole[:-20] + b"\0" + whole[-19:], "damaged: its checksum is wrong"),
        (whole[:24] + b"\2" + whole[25:], "written in version 2"),
    ]:
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=match) as raised:
            Deduplicator.load(path)
        assert str(path) in str(raised.value)
    with pytest.raises(FileNotFoundError):
        Deduplicator.load(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        Deduplicator.load(tmp_path)
    with pytest.raises(FileNotFoundError) as raised:
        ours.save(tmp_path / "absent" / "seen")
    assert raised.value.errno == errno.ENOENT
    assert raised.value.filename == str(tmp_path / "absent" / "seen")
    with pytest.raises(TypeError, match="path must be"):
        Deduplicator.load(3)


SAVING = """
import sys, fast_axolotl_hash
seen = fast_axolotl_hash.Deduplicator("xxh3_128")
for batch in range(10**6):
    seen.add([str(n) for n in range(1000 * batch, 1000 * batch + 1000)])
    seen.save(sys.argv[1])
    print(len(seen), flush=True)
"""


def test_a_killed_save_leaves_the_file_before_or_after(tmp_path):
    path, chance = tmp_path / "seen", random.Random(8)
    for _ in range(12):
        path.unlink(missing_ok=True)
        line = [sys.executable, "-c", SAVING, str(path)]
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as child:
            child.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
            child.kill()
            said = [1000, *map(int, child.stdout.read().split())]
        loaded = Deduplicator.load(path)
        assert len(loaded) in (said[-1], said[-1] + 1000)
        assert all(loaded.contains([str(n) for n in range(len(loaded))]))
    left = [name for name in names(tmp_path) if name != "seen"]
    assert all(name.startswith(".seen.") and name.endswith(".partial") for name in left)


def test_many_rows_and_outputs():
    ours = Deduplicator("xxh3_128")
    rows = pa.array([n % 60_000 for n in range(100_000)])
    new = ours.add(rows, output="numpy")
    assert new.dtype == bool
    assert (new == (np.arange(100_000) < 60_000)).all()
    assert pa.array(ours.add(rows, output="arrow")).to_pylist() == [False] * 100_000
    assert ours.contains(rows, output="numpy").all()
    assert 16 * 60_000 <= ours.memory_used <= 100 * 60_000
    assert repr(ours) == "<Deduplicator: 60000 rows, xxh3_128, values>"


def test_columns_that_count():
    ours = Deduplicator()
    table = pa.table({"id": [1, 2], "text": ["x", "x"]})
    assert ours.add(table, on="text") == [True, False]
    assert ours.add(table) == [True, True]
    assert table.slice(0, 1) in ours
    with pytest.raises(ValueError, match="for one row, and this has 2"):
        table in ours  # noqa: B015


def test_after_an_error_nothing_was_added():
    ours = Deduplicator(encoding="bytes")
    with pytest.raises(ValueError, match=r"rows\[70000\] is null"):
        ours.add(pa.chunked_array([["a"] * 70_000, [None]], pa.string()))
    assert len(ours) == 0


def test_what_cannot_be_merged():
    with pytest.raises(ValueError, match="cannot be compared"):
        Deduplicator().merge(Deduplicator("blake3"))
    with pytest.raises(ValueError, match="cannot be compared"):
        Deduplicator().merge(Deduplicator(encoding="text"))
    with pytest.raises(TypeError, match="other is set"):
        Deduplicator().merge({"a"})


def in_threads(*works):
    """Start all at once, wait for them, and raise what one of them raised."""
    barrier = threading.Barrier(len(works))

    def start(work):
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result() for done in [pool.submit(start, work) for work in works]]


def test_threads_share_one():
    ours = Deduplicator("xxh3_128")
    rows = pa.array(range(40_000))

    def add():
        # In parts, so that the threads are between and within calls of one another.
        parts = [rows[start : start + 1000] for start in range(0, 40_000, 1000)]
        return np.concatenate([ours.add(part, output="numpy") for part in parts])

    def look():
        for _ in range(50):
            assert 0 <= len(ours) <= 40_000
            assert ours.memory_used >= 0
            assert "rows, xxh3_128" in repr(ours)
            assert "never" not in ours
            assert not ours.contains(["never"])[0]
        return np.zeros(40_000, bool)

    new = in_threads(add, add, add, look)
    # Each row was new to exactly one of the threads.
    assert (np.sum(new, axis=0) == 1).all()
    assert len(ours) == 40_000


def test_threads_merge_each_other(tmp_path):
    first, second = Deduplicator(), Deduplicator()
    first.add([str(n) for n in range(1000)])
    second.add([str(n) for n in range(500, 2000)])

    def merge(one, other):
        for _ in range(100):
            one.merge(other)

    def save():
        for number in range(5):
            first.save(tmp_path / str(number))
            assert len(Deduplicator.load(tmp_path / str(number))) in (1000, 2000)

    in_threads(lambda: merge(first, second), lambda: merge(second, first), save)
    assert len(first) == len(second) == 2000


def test_an_empty_path_is_refused():
    for call in (
        lambda: Deduplicator().save(""),
        lambda: Deduplicator.load(""),
        lambda: DuplicateFinder(spill_directory=""),
        lambda: DuplicateFinder().finish(against=""),
        lambda: DuplicateFinder().finish(save=""),
    ):
        with pytest.raises(ValueError, match="is empty; pass the path of a file or directory"):
            call()
