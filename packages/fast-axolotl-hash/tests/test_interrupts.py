"""Ctrl-C ends every function that may take long."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pyarrow as pa
import pytest

from fast_axolotl_hash import DuplicateFinder, deduplicate_indices, hash_rows

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


def test_hashing_and_listing_digests() -> None:
    rows = pa.array([f"axolotl {number}" for number in range(1_000_000)])
    assert_interruptible(lambda: hash_rows(rows))
    assert_interruptible(lambda: deduplicate_indices(rows))


def test_adding_rows() -> None:
    rows = pa.array(["axolotl" * 100]).take(pa.array([0] * 500_000))
    assert_interruptible(lambda: DuplicateFinder().add(rows))
