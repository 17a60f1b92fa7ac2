"""Iterators deliver each batch once: nothing is left out in silence, whatever happens meanwhile."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fast_axolotl_pack import gather_batches, pack_lengths
from fast_axolotl_stream import streaming_dataset_reader

ROWS = 40_000
SOME = [{"n": n, "ids": list(range(n % 30)), "text": f"axolotl {n}"} for n in range(ROWS)]

needs_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
alone = pytest.mark.thread_unsafe(reason="signals are handled by the main thread")


class StopError(Exception):
    """What the signal handler raises."""


class Timer:
    """Raises during a call, some time after it was set."""

    def __init__(self) -> None:
        """Raise nothing so far."""
        self.raised = 0
        self._is_inside = False

    def handler(self, *_: object) -> None:
        """Raise, or try again soon."""
        if not self._is_inside:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            return
        self._is_inside = False
        self.raised += 1
        raise StopError

    def set(self, seconds: float) -> None:
        """Set the time."""
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def next(self, batches: Iterator[Any]) -> Any:
        """Return the next batch, or None at the end, however often it is interrupted."""
        while True:
            try:
                self._is_inside = True
                batch = next(batches, None)
                self._is_inside = False
            except StopError:
                continue
            return batch


@pytest.fixture
def timer() -> Iterator[Timer]:
    timer = Timer()
    previous = signal.signal(signal.SIGALRM, timer.handler)
    # An exception that is raised while garbage is collected is lost.
    gc.disable()
    yield timer
    timer.set(0)
    gc.enable()
    signal.signal(signal.SIGALRM, previous)


def jsonl(folder: Path) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in SOME))
    return path


def parquet(folder: Path) -> Path:
    path = folder / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(SOME), path)
    return path


def batches(kind: str, output: str, folder: Path) -> Iterator[Any]:
    make = {"jsonl": jsonl, "parquet": parquet}[kind]
    return iter(streaming_dataset_reader(make(folder), "auto", 10_000, output=output))


def numbers(batch: Any) -> list[int]:
    return list(batch["n"]) if isinstance(batch, dict) else pa.record_batch(batch)["n"].to_pylist()


@needs_timer
@alone
@pytest.mark.parametrize("output", ["list", "arrow"])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_an_exception_of_a_signal_handler_loses_no_row(
    kind: str, output: str, tmp_path: Path, timer: Timer
) -> None:
    for twentieth in range(1, 20):
        reader, seen = batches(kind, output, tmp_path), []
        timer.set(twentieth / 100)
        while (batch := timer.next(reader)) is not None:
            seen += numbers(batch)
        timer.set(0)
        assert seen == list(range(ROWS))
    assert timer.raised or (kind, output) == ("parquet", "arrow"), "it takes no time"


@needs_timer
@alone
def test_an_exception_of_a_signal_handler_loses_no_bin(timer: Timer) -> None:
    rows, length = 20_000, 300
    offsets = np.arange(0, rows * length + 1, length, dtype=np.int32)
    ids = pa.ListArray.from_arrays(offsets, pa.array(np.arange(rows * length) % 1000))
    table = pa.table({"input_ids": ids})
    bins = pack_lengths(np.full(rows, length), length, strategy="sequential")
    for twentieth in range(1, 20):
        made, seen = gather_batches(table, bins, 5_000, output="list"), 0
        timer.set(twentieth / 50)
        while (batch := timer.next(made)) is not None:
            seen += len(batch["input_ids"])
        timer.set(0)
        assert seen == rows
    assert timer.raised


def test_an_error_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "far.parquet"
    far = pa.array([0] * 3 + [2**62] * 3 + [0] * 3, pa.timestamp("us"))
    pq.write_table(pa.table({"n": range(9), "t": far}), path)
    reader = streaming_dataset_reader(path, "auto", 3)
    assert next(reader)["n"] == [0, 1, 2]
    with pytest.raises(OverflowError, match='column "t" holds 4611686018427387904'):
        next(reader)
    assert list(reader) == []


def test_an_error_ends_the_gathering() -> None:
    table = pa.table({"input_ids": [[1], [2], [3, 4], [5]], "labels": [[1], [2], [3], [5]]})
    bins = pack_lengths([1, 1, 2, 1], 2, strategy="sequential")
    made = gather_batches(table, bins, 1, output="list")
    assert next(made)["input_ids"] == [[1, 2]]
    with pytest.raises(ValueError, match="labels"):
        next(made)
    assert len(made) == 0
    assert list(made) == []


@pytest.mark.skipif(os.name != "posix", reason="reads the time that threads take")
@alone
def test_a_dropped_reader_stops(tmp_path: Path) -> None:
    """What it would still read takes seconds."""
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        for _ in range(20):
            file.writelines(json.dumps(row) + "\n" for row in SOME)
    threads = threading.active_count()
    reader = streaming_dataset_reader(path, "auto", 20 * ROWS)
    time.sleep(0.05)
    del reader
    used = [sum(resource.getrusage(resource.RUSAGE_SELF)[:2])]
    time.sleep(0.3)
    used.append(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
    assert used[1] - used[0] < 0.15
    assert threading.active_count() == threads
