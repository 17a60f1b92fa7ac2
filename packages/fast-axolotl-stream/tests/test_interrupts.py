"""Ctrl-C ends every function that may take long."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from fast_axolotl_stream import streaming_dataset_reader

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")


# Seconds of the processor, since the clock goes on while other programs run. Ctrl-C waits for 0.05
# seconds of the clock, in which several threads take more of the processor.
PATIENCE = 0.1 + 0.05 * (os.cpu_count() or 1)


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def assert_interruptible(work: Callable[[], object]) -> None:
    """Interrupt the work early and half-way through, and see it end long before it is done."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def interrupted() -> None:
        with pytest.raises(KeyboardInterrupt):
            work()

    # The first time memory may have to be found first.
    whole = min(seconds(work), seconds(work))
    previous = signal.signal(signal.SIGPROF, interrupt)
    try:
        for at in (whole / 10, whole / 2):
            signal.setitimer(signal.ITIMER_PROF, at)
            took = seconds(interrupted)
            signal.setitimer(signal.ITIMER_PROF, 0)
            assert took < at + whole / 4 + PATIENCE
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def test_making_lists_of_arrow(tmp_path: Path) -> None:
    path = tmp_path / "pond.arrow"
    rows = pa.array([list(range(40))] * 200_000)
    table = pa.table({"input_ids": rows, "text": pa.array(["axolotl"] * len(rows))})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    assert_interruptible(lambda: next(streaming_dataset_reader(path, batch_size=len(rows))))


def test_making_lists_of_json(tmp_path: Path) -> None:
    path = tmp_path / "pond.jsonl"
    path.write_text('{"text": "axolotl", "input_ids": [1, 2, 3, 4, 5, 6, 7, 8]}\n' * 500_000)
    assert_interruptible(lambda: next(streaming_dataset_reader(path, batch_size=500_000)))
