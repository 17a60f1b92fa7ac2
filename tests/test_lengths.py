"""`get_dataset_lengths` against the real one, at every place that imports it."""

from __future__ import annotations

import importlib

import numpy as np
import pyarrow as pa
import pytest
from axolotl.utils.samplers import utils
from datasets import Dataset, Features, LargeList, List, Value, concatenate_datasets
from hypothesis import given, settings
from hypothesis import strategies as st

import fast_axolotl
from fast_axolotl.shim.replacements.pack import lengths

OURS = utils.get_dataset_lengths
STOCK = OURS.__wrapped__
NAME = "axolotl.utils.samplers.utils.get_dataset_lengths"


def status(name=NAME):
    (row,) = [target for target in fast_axolotl.status().targets if target.target == name]
    return row


def fast_calls():
    return int(status().detail.partition(" fast")[0] or 0)


def equal(dataset, *, fast=True):
    for from_arrow in (False, True):
        before = fast_calls()
        try:
            ours = OURS(dataset, from_arrow=from_arrow)
        except Exception as error:  # noqa: BLE001 - whatever it is, upstream must raise it too
            ours = repr(error)
        assert fast is None or fast_calls() - before == fast, status().detail
        try:
            stock = STOCK(dataset, from_arrow)
        except Exception as error:  # noqa: BLE001 - as above
            stock = repr(error)
        assert type(ours) is type(stock)
        if isinstance(ours, str):
            assert ours == stock
            continue
        assert ours.dtype == stock.dtype
        assert ours.tolist() == stock.tolist()
        assert ours.flags.writeable
        assert lengths.difference(ours, stock) is None


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=30),
    st.sampled_from([List(Value("int64")), List(Value("int32")), LargeList(Value("int8"))]),
    st.sampled_from(["input_ids", "position_ids", "length"]),
    st.sampled_from(["int8", "int32", "int64", "uint32"]),
    st.sampled_from([0, 1, 2, 3]),
)
def test_generated(sizes, feature, column, kind, change):
    rows, features = {"input_ids": [[1] * n for n in sizes]}, {"input_ids": feature}
    if column == "position_ids":
        rows[column] = [list(range(n, 2 * n + 1)) for n in sizes]
        features[column] = List(Value(kind))
    elif column == "length":
        rows[column], features[column] = [n * 2 for n in sizes], Value(kind)
    dataset = Dataset.from_dict(rows, features=Features(features))
    if change == 1:
        dataset = dataset.shuffle(seed=len(sizes))
    elif change == 2:
        dataset = concatenate_datasets([dataset, dataset.select(range(len(sizes) // 2))])
    elif change == 3:
        dataset = dataset.select(range(len(sizes) // 2, len(sizes)))
    equal(dataset)


@pytest.mark.parametrize(
    "dataset",
    [
        Dataset.from_dict({"input_ids": []}),
        Dataset.from_dict({"input_ids": [[1], [2, 3]]}).with_format("numpy"),
        Dataset.from_dict({"input_ids": ["text", "more"]}),
        Dataset.from_dict({"text": ["text", "more"]}),
        Dataset.from_dict({"length": [1.5, 2.0]}),
        Dataset.from_dict({"length": [1, None]}),
        Dataset(pa.table({"length": pa.array([2**63], pa.uint64())})),
        Dataset.from_dict({"position_ids": [[0, 1], []]}),
        Dataset(pa.table({"input_ids": [[1], None]})),
    ],
    ids=["empty", "numpy", "text", "none", "float", "null", "uint64", "empty row", "null row"],
)
def test_what_is_not_covered_goes_to_upstream(dataset):
    equal(dataset, fast=False)


def test_lists_of_a_fixed_size():
    features = Features({"input_ids": List(Value("int64"), length=2)})
    dataset = Dataset.from_dict({"input_ids": [[1, 2]] * 7}, features=features)
    equal(dataset.select(range(2, 5)), fast=None)


@pytest.mark.newest
def test_every_place_has_it():
    places = [
        target.target
        for target in fast_axolotl.status().targets
        if target.kind == "imported name" and target.target.endswith(".get_dataset_lengths")
    ]
    for place in places:
        module, _, name = place.rpartition(".")
        try:
            found = vars(importlib.import_module(module)).get(name)
        except ModuleNotFoundError:
            continue  # tools/upstream.py tells whether the table has all places of a release
        assert found is OURS
        assert status(place).state == "bound"


def test_verify_passes_and_catches(monkeypatch):
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    dataset = Dataset.from_dict({"input_ids": [[1], [2, 3]]})
    equal(dataset)
    for wrong in (np.array([1, 3]), np.array([1, 2, 3]), np.array([1])):
        with monkeypatch.context() as context:
            context.setattr(lengths, "_lengths", lambda *_, wrong=wrong: wrong)
            with pytest.raises(fast_axolotl.ParityError, match="get_dataset_lengths"):
                OURS(dataset)
