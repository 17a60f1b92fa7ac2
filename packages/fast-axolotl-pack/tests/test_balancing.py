"""What balancing keeps and what it refuses; `tests/` compares it with Axolotl's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_pack import (
    balance_flattened,
    balance_labels,
    balance_microbatches,
    balance_padded,
    order_batches_by_rank,
)


def labels_of(batches, label_counts, leading):
    """The labels of each batch that count."""
    return [
        sum(sum(label_counts[one] for one in row) - leading[row[0]] for row in batch)
        for batch in batches
    ]


def squares(values):
    return sum(value * value for value in values)


@st.composite
def packed(draw):
    """Batches of rows, with the lengths and labels of their sequences."""
    described = draw(
        st.lists(
            st.tuples(st.integers(1, 40), st.integers(0, 40), st.booleans()),
            min_size=1,
            max_size=150,
        )
    )
    lengths = [length for length, _, _ in described]
    labels = [min(length, labels) for length, labels, _ in described]
    leading = [
        int(leads and count > 0) for (_, _, leads), count in zip(described, labels, strict=True)
    ]
    indices = draw(st.permutations(range(len(lengths))))
    per_row, per_batch = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    rows = [indices[at : at + per_row] for at in range(0, len(indices), per_row)]
    batches = [rows[at : at + per_batch] for at in range(0, len(rows), per_batch)]
    return batches, lengths, labels, leading


def in_order(batches):
    return sorted(one for batch in batches for row in batch for one in row)


@given(case=packed(), multiple=st.none() | st.integers(1, 9), threads=st.integers(1, 3))
def test_labels_become_more_alike(case, multiple, threads):
    batches, *described = case
    lengths, labels, leading = described
    capacity = max(sum(lengths[one] for one in row) for batch in batches for row in batch)
    options = {"capacity": capacity, "padding_multiple": multiple}
    balanced = balance_labels(batches, *described, **options, num_threads=threads)
    assert in_order(balanced) == in_order(batches)
    assert list(map(len, balanced)) == list(map(len, batches))
    before, after = (labels_of(some, labels, leading) for some in (batches, balanced))
    assert sum(before) == sum(after)
    assert squares(after) <= squares(before)
    assert all(sum(lengths[one] for one in row) <= capacity for batch in balanced for row in batch)
    assert balance_labels(batches, *map(np.array, described), **options) == balanced


@given(case=packed(), step=st.integers(1, 5), window=st.integers(1, 3), multiple=st.integers(1, 9))
def test_microbatches_cost_no_more(case, step, window, multiple):
    batches, *described = case
    lengths, labels, leading = described
    options = {"batches_per_step": step, "window_steps": window, "padding_multiple": multiple}
    balanced = balance_microbatches(batches, *described, **options)
    assert in_order(balanced) == in_order(batches)
    assert [[*map(len, batch)] for batch in balanced] == [[*map(len, batch)] for batch in batches]

    def cost(batch):
        longest = max(sum(lengths[one] for one in row) for row in batch)
        return len(batch) * -(-longest // multiple) * multiple

    assert sum(map(cost, balanced)) <= sum(map(cost, batches))
    before, after = (labels_of(some, labels, leading) for some in (batches, balanced))
    assert squares(after) <= squares(before)
    rest = len(batches) % (step * window)
    assert balanced[len(batches) - rest :] == batches[len(batches) - rest :]


@given(
    ranks=st.sampled_from([1, 2, 4, 8]),
    steps=st.lists(st.lists(st.integers(0, 9999), min_size=24, max_size=24), max_size=6),
)
def test_every_batch_stays_in_its_step(ranks, steps):
    costs = [cost for step in steps for cost in step]
    order = order_batches_by_rank(costs, ranks=ranks, accumulation_steps=24 // ranks)
    assert order == order_batches_by_rank(
        np.array(costs, np.int32), ranks=ranks, accumulation_steps=24 // ranks
    )
    for number, step in enumerate(steps):
        of_step = order[number * 24 : (number + 1) * 24]
        assert sorted(of_step) == list(range(number * 24, (number + 1) * 24))
        slowest = [max(step[at : at + ranks]) for at in range(0, 24, ranks)]
        after = [max(costs[one] for one in of_step[at : at + ranks]) for at in range(0, 24, ranks)]
        assert sum(after) <= sum(slowest)


@given(
    described=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=90),
    size=st.integers(1, 5),
)
def test_fixed_batches_become_more_alike(described, size):
    described = described[: len(described) // size * size]
    lengths, labels = ([pair[at] for pair in described] for at in (0, 1))
    sizes = range(0, len(lengths), size)

    def sums(order, values):
        return [sum(values[one] for one in order[at : at + size]) for at in sizes]

    before = list(range(len(lengths)))
    flattened = balance_flattened(
        lengths, labels, np.array(labels) / 3, batch_size=size, label_unit=2.0, token_unit=3.0
    )
    for values in (lengths, labels):
        assert squares(sums(flattened, values)) <= squares(sums(before, values))
    padded = balance_padded(
        *(lengths, labels),
        batch_size=size,
        capacity=40 * size,
        label_unit=2.0,
        variance_unit=3.0,
        cost_unit=1.0,
    )
    assert squares(sums(padded, labels)) <= squares(sums(before, labels))
    longest = [
        sum(max(lengths[one] for one in order[at : at + size]) for at in sizes)
        for order in (before, padded)
    ]
    assert longest[1] <= longest[0]
    assert sorted(flattened) == sorted(padded) == before


def test_the_very_integers_come_back():
    indices = [int(str(number)) for number in range(1000, 1008)]
    batches = [[indices[:2], indices[2:4]], [indices[4:6], indices[6:]]]
    lengths, labels = np.full(1008, 4), np.full(1008, 4)
    labels[1004:] = 0
    balanced = balance_labels(batches, lengths, labels, capacity=8)
    assert balanced != batches
    found = {id(one) for batch in balanced for row in batch for one in row}
    assert found == {id(one) for one in indices}


ONE = ([[[0], [1]]], [4, 4], [4, 4])


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"batches": ()}, TypeError, "batches must be a list, got tuple"),
        ({"batches": [()]}, TypeError, r"batches\[0\] must be a list, got tuple"),
        ({"batches": [[[0], (1,)]]}, TypeError, r"batches\[0\]\[1\] must be a list, got tuple"),
        ({"batches": [[[0], []]]}, ValueError, r"batches\[0\]\[1\] has no sequences"),
        ({"batches": [[[0]], []]}, ValueError, r"batches\[1\] has no rows"),
        ({"batches": [[[True]]]}, TypeError, "sequences as int, got bool"),
        ({"batches": [[[2]]]}, ValueError, "the sequence 2, but lengths has 2 numbers"),
        ({"batches": [[[-1]]]}, ValueError, "the sequence -1, but lengths has 2 numbers"),
        ({"batches": [[[2**70]]]}, OverflowError, "does not fit in 64 bits"),
        ({"lengths": [4, -4]}, ValueError, r"lengths\[1\] must be from 0 .*, got -4"),
        ({"lengths": [4, 2**63]}, OverflowError, r"lengths\[1\] does not fit"),
        ({"lengths": np.array([4, 2**63], np.uint64)}, ValueError, r"lengths\[1\] must be from 0"),
        ({"lengths": [4, 4.0]}, TypeError, r"lengths\[1\] must be an integer, got float"),
        ({"lengths": np.array([4.0, 4])}, TypeError, r"lengths is an array of float64"),
        ({"lengths": 4}, TypeError, "lengths is int, expected integers"),
        ({"label_counts": [4]}, ValueError, "label_counts has 1 numbers, lengths has 2"),
        ({"lengths": [2**46, 1]}, ValueError, "too large to be balanced exactly"),
        ({"capacity": -1}, ValueError, "capacity must be at least 0, got -1"),
        ({"capacity": 2**62}, ValueError, "capacity must be at most"),
        ({"window": 0}, ValueError, "window must be at least 1, got 0"),
        ({"window": None}, TypeError, "window must be an integer, got NoneType"),
        ({"padding_multiple": 0}, ValueError, "padding_multiple must be at least 1"),
        ({"max_sequences_per_row": 0}, ValueError, "max_sequences_per_row must be at least 1"),
    ],
    ids=repr,
)
def test_bad_arguments_are_named(changes, error, message):
    arguments = dict(zip(("batches", "lengths", "label_counts"), ONE, strict=True))
    with pytest.raises(error, match=message):
        balance_labels(**{**arguments, "capacity": 8, **changes})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"ranks": 3}, ValueError, "a power of two"),
        ({"costs": [1] * 7}, ValueError, "7 costs are not whole optimizer steps of 4 batches"),
        ({"costs": [2**60] * 4}, ValueError, "exactly in float64"),
        ({"costs": [1.5] * 4}, TypeError, r"costs\[0\] must be an integer, got float"),
        ({"beam_width": 0}, ValueError, "beam_width must be at least 1"),
        ({"accumulation_steps": 2**63}, OverflowError, "does not fit in 64 bits"),
    ],
    ids=repr,
)
def test_bad_costs_are_named(changes, error, message):
    arguments = {"costs": [1, 2, 3, 4], "ranks": 2, "accumulation_steps": 2}
    with pytest.raises(error, match=message):
        order_batches_by_rank(**{**arguments, **changes})


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"weights": [1.0]}, ValueError, "weights has 1 numbers, lengths has 2"),
        ({"weights": [1.0, float("nan")]}, ValueError, r"weights\[1\] is not a number"),
        ({"weights": [1.0, "1"]}, TypeError, r"weights\[1\] must be a number, got str"),
        ({"lengths": [1, 2, 3]}, ValueError, "label_counts has 2 numbers, lengths has 3"),
        ({"batch_size": 3}, ValueError, "2 sequences are not whole batches of 3"),
        ({"label_unit": 0.0}, ValueError, "label_unit must be above 0"),
        ({"token_unit": "1"}, TypeError, "token_unit must be a number, got str"),
    ],
    ids=repr,
)
def test_bad_descriptions_are_named(changes, error, message):
    arguments = {
        "lengths": [1, 2],
        "label_counts": [1, 1],
        "weights": [1.0, 2.0],
        "batch_size": 1,
        "label_unit": 1.0,
        "token_unit": 1.0,
    }
    with pytest.raises(error, match=message):
        balance_flattened(**{**arguments, **changes})
