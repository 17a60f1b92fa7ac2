"""Ctrl-C ends every function that may take long."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from fast_axolotl_pack import concatenate_and_pack, gather, pack_lengths, pack_sequences

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


def views(row: pa.Array, count: int) -> pa.Array:
    """As many Arrow lists that share the values of one."""
    zeros = pa.array(np.zeros(count, np.int32))
    return pa.ListViewArray.from_arrays(zeros, pa.array(np.full(count, len(row), np.int32)), row)


def test_packing_lists_to_lists() -> None:
    short = [[7] * 6] * 500_000
    assert_interruptible(lambda: pack_sequences(short, 8, 0, 1))
    assert_interruptible(lambda: concatenate_and_pack(short, short, short, 8, 0))


def test_checking_long_lists_of_which_little_is_packed() -> None:
    long = [list(range(1000, 101_000))] * 3_000
    assert_interruptible(lambda: pack_sequences(long, 8, 0, 1, overflow="truncate"))
    assert_interruptible(
        lambda: concatenate_and_pack(long, long, long, 8, 0, overflow="truncate", output="numpy")
    )


def test_packing_arrays() -> None:
    long = views(pa.array(range(100_000), pa.uint64()), 10_000)
    assert_interruptible(lambda: pack_sequences(long, 8, 0, 1, overflow="truncate", output="numpy"))
    short = views(pa.array(range(6), pa.int32()), 500_000)
    assert_interruptible(lambda: pack_sequences(short, 8, 0, 1))


def test_reading_lengths_and_listing_bins() -> None:
    lengths = [8] * 5_000_000
    assert_interruptible(lambda: pack_lengths(lengths, 8, strategy="sequential"))
    bins = pack_lengths(lengths, 8, strategy="sequential")
    assert_interruptible(bins.to_lists)


def test_gathering() -> None:
    short = pa.table({"input_ids": views(pa.array(range(8)), 500_000)})
    bins = pack_lengths(short["input_ids"], 8, strategy="sequential")
    assert_interruptible(lambda: gather(short, bins, output="list"))
    long = pa.table({"input_ids": views(pa.array(range(8192)), 8192)})
    bins = pack_lengths(long["input_ids"], 8192, strategy="sequential")
    assert_interruptible(lambda: gather(long, bins, position_ids=False, num_threads=1))
