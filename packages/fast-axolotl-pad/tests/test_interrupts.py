"""Ctrl-C ends every function that may take long."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from fast_axolotl_pad import pad_sequences

pytestmark = pytest.mark.thread_unsafe(reason="signals are handled by the main thread")

Check = Callable[[Callable[[], object]], None]


def test_padding(assert_interruptible: Check) -> None:
    short = [[1000]] * 2_000_000
    gc.enable()  # it pauses while lists are made, and goes on afterwards
    assert_interruptible(lambda: pad_sequences(short, 2))
    assert gc.isenabled()


def test_checking_long_lists_of_which_little_is_kept(assert_interruptible: Check) -> None:
    long = [list(range(1000, 101_000))] * 5_000
    assert_interruptible(lambda: pad_sequences(long, 2, truncate=True))
