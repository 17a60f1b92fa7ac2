"""Ctrl-C ends every function that may take long."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from fast_axolotl_hash import DuplicateFinder, deduplicate_indices, hash_rows

pytestmark = pytest.mark.thread_unsafe(reason="signals are handled by the main thread")

Check = Callable[[Callable[[], object]], None]


def test_hashing_and_listing_digests(assert_interruptible: Check) -> None:
    rows = pa.array([f"axolotl {number}" for number in range(1_000_000)])
    assert_interruptible(lambda: hash_rows(rows))
    assert_interruptible(lambda: deduplicate_indices(rows))


def test_long_rows_after_short_ones(assert_interruptible: Check) -> None:
    rows = [b"short"] * 5_000 + [b"long" * 50_000] * 5_000
    assert_interruptible(lambda: hash_rows(rows))


def test_adding_rows(assert_interruptible: Check) -> None:
    rows = pa.array(["axolotl" * 100]).take(pa.array([0] * 500_000))
    assert_interruptible(lambda: DuplicateFinder().add(rows))
