"""`pack_lengths` against the plainest way to write each strategy, on every form of lengths."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_pack import Bins, pack_lengths

STRATEGIES = ["sequential", "first_fit", "first_fit_decreasing", "best_fit_decreasing"]


def plain(lengths, capacity, strategy, most, overflow, group_size):
    """Look at every bin for every sequence."""
    size = group_size or max(1, len(lengths))
    bins = []
    for first in range(0, len(lengths), size):
        bins += plain_group(
            lengths[first : first + size], first, capacity, strategy, most, overflow
        )
    return bins


def plain_group(lengths, first, capacity, strategy, most, overflow):
    sequences = list(enumerate(lengths, first))
    if overflow == "drop":
        sequences = [(index, length) for index, length in sequences if length <= capacity]
    if overflow == "truncate":
        sequences = [(index, min(length, capacity)) for index, length in sequences]
    if strategy.endswith("decreasing"):
        sequences.sort(key=lambda sequence: -sequence[1])
    bins = []  # [room, indices]
    changed = []  # the bins, the one that changed last at the end
    for index, length in sequences:
        fits = [b for b in bins if b[0] >= length and len(b[1]) < (most or len(lengths) + 1)]
        if strategy == "sequential":
            fits = [b for b in fits if b is bins[-1]]
        elif strategy == "best_fit_decreasing":
            fits = sorted(fits, key=lambda b: (b[0], [c is b for c in changed].index(True)))
        if fits:
            chosen = fits[0]
        else:
            chosen = [capacity, []]
            bins.append(chosen)
        chosen[0] -= length
        chosen[1].append(index)
        changed = [b for b in changed if b is not chosen] + [chosen]
    return [indices for _, indices in bins]


LENGTHS = st.lists(st.integers(0, 40), max_size=60)
OPTIONS = st.fixed_dictionaries(
    {
        "capacity": st.integers(1, 33),
        "strategy": st.sampled_from(STRATEGIES),
        "max_sequences_per_bin": st.none() | st.integers(1, 5),
        "overflow": st.sampled_from(["drop", "truncate", "own_bin"]),
        "group_size": st.none() | st.integers(1, 25),
    }
)


@given(lengths=LENGTHS, options=OPTIONS, threads=st.integers(0, 3))
def test_equals_the_plain_version(lengths, options, threads):
    bins = pack_lengths(lengths, num_threads=threads, **options)
    expected = plain(
        lengths,
        options["capacity"],
        options["strategy"],
        options["max_sequences_per_bin"],
        options["overflow"],
        options["group_size"],
    )
    assert bins.to_lists() == expected
    assert [one.tolist() for one in bins] == expected
    assert len(bins) == len(expected)


@given(lengths=LENGTHS, options=OPTIONS, seed=st.none() | st.integers(0, 2**64 - 1))
def test_no_sequence_is_lost_and_no_bin_is_too_full(lengths, options, seed):
    bins = pack_lengths(lengths, seed=seed, **options)
    packed = [index for one in bins.to_lists() for index in one]
    assert sorted(packed + bins.dropped.tolist()) == list(range(len(lengths)))
    assert all(lengths[index] > options["capacity"] for index in bins.dropped.tolist())
    if options["overflow"] != "drop":
        assert len(bins.dropped) == 0
    limit = options["capacity"] if options["overflow"] == "truncate" else 10**9
    for one, tokens in zip(bins.to_lists(), bins.tokens.tolist()):
        assert tokens == sum(min(lengths[index], limit) for index in one)
        assert tokens <= options["capacity"] or len(one) == 1
        assert len(one) <= (options["max_sequences_per_bin"] or len(lengths))
    if bins:
        used = sum(bins.tokens.tolist())
        assert bins.efficiency == pytest.approx(used / (len(bins) * options["capacity"]))


@given(lengths=LENGTHS, options=OPTIONS, seed=st.integers(0, 2**64 - 1))
def test_a_seed_is_an_order(lengths, options, seed):
    """Packing with a seed is packing the lengths in one order that it decides."""
    order = pack_lengths([1] * len(lengths), 1, strategy="sequential", seed=seed).indices
    shuffled = [lengths[index] for index in order.tolist()]
    without = pack_lengths(shuffled, **options).to_lists(order.tolist())
    assert pack_lengths(lengths, seed=seed, **options).to_lists() == without


def test_the_order_of_a_seed_is_the_same_everywhere():
    bins = pack_lengths([1] * 8, 8, strategy="sequential", seed=42)
    assert bins.to_lists() == [[4, 3, 2, 0, 7, 6, 1, 5]]


@given(lengths=LENGTHS, data=st.data())
def test_every_form_of_lengths_gives_the_same_bins(lengths, data):
    expected = pack_lengths(lengths, 40, strategy="first_fit")
    for dtype in (np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64, np.uint64, ">i4"):
        array = np.array(lengths, dtype)
        assert pack_lengths(array, 40, strategy="first_fit") == expected
    padded = np.array([0, *lengths, 7], np.int64).repeat(2)[2:-2:2]
    assert pack_lengths(padded, 40, strategy="first_fit") == expected
    cut = data.draw(st.integers(0, len(lengths)))
    for type_ in (pa.int8(), pa.uint16(), pa.int32(), pa.uint64()):
        array = pa.array([9, *lengths], type_)[1:]
        assert pack_lengths(array, 40, strategy="first_fit") == expected
        chunks = pa.chunked_array([array[:cut], array[cut:]], type_)
        assert pack_lengths(chunks, 40, strategy="first_fit") == expected
    for type_ in (pa.list_(pa.int32()), pa.large_list(pa.string())):
        lists = pa.array([[], *([None] * length for length in lengths)], type_)[1:]
        assert pack_lengths(lists, 40, strategy="first_fit") == expected
        chunks = pa.chunked_array([lists[:cut], lists[cut:]], type_)
        assert pack_lengths(chunks, 40, strategy="first_fit") == expected
    assert pack_lengths(pl.Series(lengths, dtype=pl.UInt32), 40, strategy="first_fit") == expected
    assert pack_lengths(tuple(lengths), 40, strategy="first_fit") == expected
    assert pack_lengths(iter(lengths), 40, strategy="first_fit") == expected


def test_fixed_size_lists():
    fixed = pa.array([[1, 2, 3]] * 4, pa.list_(pa.int32(), 3))
    assert pack_lengths(fixed, 6, strategy="first_fit").to_lists() == [[0, 1], [2, 3]]


def test_list_views_and_no_rows_at_all():
    views = pa.array([[1, 2, 3], [], [4]], pa.list_view(pa.int8()))
    assert pack_lengths(views, 3, strategy="first_fit").to_lists() == [[0, 1], [2]]
    assert len(pack_lengths(pa.array([], pa.null()), 3, strategy="first_fit")) == 0


def test_bins_are_copied_and_pickled_whole():
    bins = pack_lengths([5, 9, 4, 3], 8, strategy="first_fit", overflow="drop")
    for again in (pickle.loads(pickle.dumps(bins)), copy.deepcopy(bins)):
        assert again == bins
        assert again.dropped.tolist() == [1]
        assert again.capacity == 8
    restore, parts = bins.__reduce__()
    for changed in ((parts[0][:-8], *parts[1:]), (*parts[:4], 0), (b"", b"", b"", b"", 8)):
        with pytest.raises(ValueError, match="not the parts of Bins"):
            restore(*changed)


@pytest.mark.skipif(sys.platform == "win32", reason="signals do not interrupt a call there")
def test_an_interruption_is_heard():
    """Packing so many lengths takes seconds; the signal comes while it does."""
    code = """
import signal, sys, threading, time
import numpy as np
from fast_axolotl_pack import pack_lengths
lengths = np.full(60_000_000, 7)
threading.Timer(1.0, signal.raise_signal, [signal.SIGINT]).start()
try:
    while True:
        pack_lengths(lengths, 4096, strategy="first_fit", num_threads=1)
except KeyboardInterrupt:
    sys.exit(42)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == 42


def test_capacity_beyond_32_bits():
    lengths = [2**33, 5, 2**33 - 5, 7]
    bins = pack_lengths(lengths, 2**34, strategy="first_fit")
    assert bins.to_lists() == [[0, 1, 2], [3]]
    assert bins.capacity == 2**34


def test_bins_are_a_sequence_of_arrays():
    bins = pack_lengths([5, 4, 3, 4, 8], 8, strategy="first_fit")
    assert bins.indices.dtype == bins.offsets.dtype == bins.tokens.dtype == np.int64
    assert bins.indices.tolist() == [0, 2, 1, 3, 4]
    assert bins.offsets.tolist() == [0, 2, 4, 5]
    assert bins[-1].tolist() == [4]
    assert bins[0].base is not None
    assert isinstance(bins[::2], Bins)
    assert bins[::2].to_lists() == [[0, 2], [4]]
    assert bins[::2].offsets.tolist() == [0, 2, 3]
    assert bins[::-1].to_lists() == bins.to_lists()[::-1]
    assert bins[5:].to_lists() == []
    assert bins[5:].efficiency == 0.0
    assert bins[:] == bins
    assert bins[:2] != bins
    for missing in (3, -4, 2**62, 2**80):
        with pytest.raises(IndexError, match=f"bin {missing} of 3"):
            bins[missing]
    with pytest.raises(TypeError, match="integers or slices, got str"):
        bins["0"]
    assert repr(bins) == "<Bins: 3 of 8 tokens, 5 sequences, 100.0% full>"


def test_the_arrays_are_views_that_outlive_the_bins_and_cannot_be_written_to():
    bins = pack_lengths([1] * 1000, 8, strategy="first_fit")
    indices = bins.indices
    assert np.shares_memory(indices, bins[3])
    with pytest.raises(ValueError, match="read-only"):
        indices[0] = 1
    del bins
    assert indices.tolist() == list(range(1000))


def test_items_stand_in_for_indices():
    bins = pack_lengths([2, 2, 1], 4, strategy="first_fit")
    items = [object() for _ in range(3)]
    assert bins.to_lists(items) == [items[:2], items[2:]]
    with pytest.raises(ValueError, match="items has 2 items, but sequence 2 is packed"):
        bins.to_lists(items[:2])
    with pytest.raises(TypeError, match="items must be a list, got tuple"):
        bins.to_lists(tuple(items))


@pytest.mark.parametrize(
    ("lengths", "error", "message"),
    [
        ([1, -1], ValueError, r"lengths\[1\] must be at least 0, got -1"),
        ([1, None], TypeError, r"lengths\[1\] must be an integer, got NoneType"),
        ([1, 2**64], OverflowError, r"lengths\[1\] does not fit in 64 bits"),
        ("12", TypeError, "lengths is str"),
        (5, TypeError, "lengths is int, expected integers"),
        (np.array([1.0]), TypeError, "an array of float64"),
        (np.array([True]), TypeError, "an array of bool"),
        (np.ma.array([1, 2], mask=[0, 1]), TypeError, "lengths is a masked array"),
        (np.array([[1]]), TypeError, r"shape \(1, 1\)"),
        (np.array([1, -2], np.int8), ValueError, r"lengths\[1\] must be at least 0, got -2"),
        (pa.array([1, None]), ValueError, "null in row 1"),
        (pa.array([[1], None]), ValueError, "null in row 1"),
        (pa.chunked_array([[3], [4, -3]]), ValueError, r"lengths\[2\] must be at least 0, got -3"),
        (pa.array(["a"]), TypeError, "type Utf8, expected integers or lists"),
        ([8, 9], ValueError, "sequence 1 has 9 tokens, but a bin holds 8"),
        (np.full(2, 2**62), ValueError, "sequence 0 has 4611686018427387904 tokens"),
    ],
)
def test_bad_lengths(lengths, error, message):
    with pytest.raises(error, match=message):
        pack_lengths(lengths, 8, strategy="first_fit")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"capacity": 0}, ValueError, "capacity must be at least 1, got 0"),
        ({"capacity": 1.5}, TypeError, "capacity must be an integer, got float"),
        ({"strategy": "worst_fit"}, ValueError, "'best_fit_decreasing', got 'worst_fit'"),
        ({"strategy": None}, TypeError, "strategy must be a str, got NoneType"),
        ({"overflow": "split"}, ValueError, "'truncate' or 'own_bin', got 'split'"),
        ({"max_sequences_per_bin": 0}, ValueError, "max_sequences_per_bin must be at least 1"),
        ({"group_size": 0}, ValueError, "group_size must be at least 1, got 0"),
        ({"group_size": "a"}, TypeError, "group_size must be an integer, got str"),
        ({"seed": -1}, ValueError, r"seed must be from 0 up to 2\*\*64 - 1, got -1"),
        ({"seed": 1.5}, TypeError, "seed must be an integer or None, got float"),
        ({"num_threads": -1}, ValueError, "num_threads must be at least 0"),
    ],
)
def test_bad_arguments(arguments, error, message):
    complete = {"capacity": 8, "strategy": "first_fit"} | arguments
    with pytest.raises(error, match=message):
        pack_lengths([1], **complete)


def test_the_strategy_must_be_named():
    with pytest.raises(TypeError, match="strategy"):
        pack_lengths([1], 8)


def test_lengths_that_add_up_to_too_much():
    with pytest.raises(ValueError, match=r"more than 2\^63 tokens"):
        pack_lengths([2**62] * 2, 8, strategy="first_fit", overflow="own_bin")


def test_without_numpy():
    """The bins are there; only the arrays need numpy, and say so."""
    code = """
import sys
sys.modules["numpy"] = None
from fast_axolotl_pack import pack_lengths
bins = pack_lengths([3, 3, 2], 5, strategy="first_fit")
assert bins.to_lists() == [[0, 2], [1]]
try:
    bins.indices
except ImportError as error:
    assert "use to_lists()" in str(error), error
else:
    raise SystemExit("no error")
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
