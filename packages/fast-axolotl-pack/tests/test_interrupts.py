"""Ctrl-C ends every function that may take long."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from fast_axolotl_pack import concatenate_and_pack, gather, pack_lengths, pack_sequences

pytestmark = pytest.mark.thread_unsafe(reason="signals are handled by the main thread")

Check = Callable[[Callable[[], object]], None]


def views(row: pa.Array, count: int) -> pa.Array:
    """As many Arrow lists that share the values of one."""
    zeros = pa.array(np.zeros(count, np.int32))
    return pa.ListViewArray.from_arrays(zeros, pa.array(np.full(count, len(row), np.int32)), row)


def test_packing_lists_to_lists(assert_interruptible: Check) -> None:
    short = [[7] * 6] * 300_000
    assert_interruptible(lambda: pack_sequences(short, 8, 0, 1))
    assert_interruptible(lambda: concatenate_and_pack(short, short, short, 8, 0))


def test_checking_long_lists_of_which_little_is_packed(assert_interruptible: Check) -> None:
    long = [list(range(1000, 101_000))] * 3_000
    assert_interruptible(lambda: pack_sequences(long, 8, 0, 1, overflow="truncate"))
    assert_interruptible(
        lambda: concatenate_and_pack(long, long, long, 8, 0, overflow="truncate", output="numpy")
    )


def test_packing_arrays(assert_interruptible: Check) -> None:
    long = views(pa.array(range(100_000), pa.uint64()), 10_000)
    assert_interruptible(lambda: pack_sequences(long, 8, 0, 1, overflow="truncate", output="numpy"))
    short = views(pa.array(range(6), pa.int32()), 300_000)
    assert_interruptible(lambda: pack_sequences(short, 8, 0, 1))


def test_reading_lengths_and_listing_bins(assert_interruptible: Check) -> None:
    lengths = [8] * 5_000_000
    assert_interruptible(lambda: pack_lengths(lengths, 8, strategy="sequential"))
    bins = pack_lengths(lengths, 8, strategy="sequential")
    assert_interruptible(bins.to_lists)


def test_gathering(assert_interruptible: Check) -> None:
    short = pa.table({"input_ids": views(pa.array(range(8)), 300_000)})
    bins = pack_lengths(short["input_ids"], 8, strategy="sequential")
    assert_interruptible(lambda: gather(short, bins, output="list"))
    long = pa.table({"input_ids": views(pa.array(range(8192)), 8192)})
    bins = pack_lengths(long["input_ids"], 8192, strategy="sequential")
    assert_interruptible(lambda: gather(long, bins, position_ids=False, num_threads=1))
