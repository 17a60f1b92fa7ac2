"""`pack_lengths` with best-fit-decreasing against the `pack_dataset` of the installed TRL."""

from __future__ import annotations

import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from trl.data_utils import pack_dataset

from fast_axolotl_pack import pack_lengths


def tokens(lengths):
    """Sequences whose every token says of which sequence it is."""
    return [[index] * length for index, length in enumerate(lengths)]


@settings(deadline=None, max_examples=40)
@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=150),
    capacity=st.sampled_from([1, 2, 7, 32, 33, 64]),
    window=st.sampled_from([1, 10, 64, 1000]),
)
def test_equals_bfd(lengths, capacity, window):
    """TRL packs each batch of the dataset on its own, and cuts what is longer than a row."""
    packed = pack_dataset(
        Dataset.from_dict({"input_ids": tokens(lengths)}),
        capacity,
        "bfd",
        {"batch_size": window, "keep_in_memory": True},
    )
    bins = pack_lengths(
        lengths, capacity, strategy="best_fit_decreasing", group_size=window, overflow="truncate"
    )
    rows = [
        [index for index in one for _ in range(min(lengths[index], capacity))]
        for one in bins.to_lists()
    ]
    assert packed["input_ids"][:] == rows
    assert [sum(lengths) for lengths in packed["seq_lengths"]] == bins.tokens.tolist()


@pytest.mark.parametrize("empty", [[0, 5, 0, 3], [4, 0]])
def test_empty_sequences_are_packed_where_trl_leaves_them_out(empty):
    bins = pack_lengths(empty, 8, strategy="best_fit_decreasing")
    assert sorted(index for one in bins.to_lists() for index in one) == list(range(len(empty)))
    packed = pack_dataset(Dataset.from_dict({"input_ids": tokens(empty)}), 8, "bfd")
    assert sum(map(len, packed["input_ids"])) == sum(empty)
