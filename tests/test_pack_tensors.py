"""Packing from and to torch tensors, and from the columns of Hugging Face datasets."""

from __future__ import annotations

import itertools
from typing import Any

import datasets
import numpy
import pytest
import torch

from fast_axolotl_pack import concatenate_and_pack, pack_sequences

ROWS = [[1, 2, 3], [4], [], [5, 6]]
EXPECTED = pack_sequences(ROWS, 8, 0, 9)
INTEGERS = [
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint16,
    torch.uint32,
    torch.uint64,
]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_tensors_in(dtype: torch.dtype) -> None:
    flat = torch.tensor([7, *itertools.chain(*ROWS)], dtype=dtype)
    offsets = torch.tensor([1, 4, 5, 5, 7])
    assert pack_sequences((flat, offsets), 8, 0, 9) == EXPECTED
    assert pack_sequences((flat, offsets.numpy()), 8, 0, 9) == EXPECTED
    assert pack_sequences([torch.tensor(row, dtype=dtype) for row in ROWS], 8, 0, 9) == EXPECTED
    table = torch.tensor([[1, 2], [3, 4], [5, 6]], dtype=dtype)
    for tensor in (table, table.T.contiguous().T, table.repeat(1, 2)[:, :2]):
        assert pack_sequences(tensor, 12, 0, 9)["input_ids"] == [
            [1, 2, 9, 0, 3, 4, 9, 0, 5, 6, 9, 0]
        ]
    assert pack_sequences(table[:, ::2], 3, 0, 9)["labels"] == [
        [value, 9, -100] for value in (1, 3, 5)
    ]


def test_tensors_and_arrays_among_each_other() -> None:
    rows: list[Any] = [torch.tensor(ROWS[0]), *map(numpy.array, ROWS[1:])]
    assert pack_sequences(rows, 8, 0, 9) == EXPECTED
    assert pack_sequences(rows[::-1], 8, 0, 9) == pack_sequences(ROWS[::-1], 8, 0, 9)


@pytest.mark.parametrize("form", [list, numpy.array, torch.tensor])
@pytest.mark.parametrize("count", [2, 50_000])
def test_tensors_out(form: Any, count: int) -> None:
    rows = form([[1, 2]] * count)
    packed = pack_sequences(rows, 8, 0, 9, output="torch")
    expected = pack_sequences(rows, 8, 0, 9, output="numpy")
    ready = concatenate_and_pack(rows, rows, rows, 8, 0, output="torch")
    for name, tensor in [*packed.items(), *ready.items()]:
        assert (tensor.dtype, tensor.device.type) == (torch.int64, "cpu")
        assert tensor.is_contiguous()
        # The memory is shared, and may be written to.
        shared = tensor.numpy()
        assert shared.flags.writeable
        before = shared.copy()
        tensor.add_(1)
        assert (shared == before + 1).all()
        assert tensor.data_ptr() == shared.__array_interface__["data"][0]
        if tensor is packed[name]:
            assert (before == expected[name]).all()
    assert packed["labels"].shape == (count * 4 // 8, 8)


def test_no_rows_out() -> None:
    assert pack_sequences([], 8, 0, 9, output="torch")["labels"].shape == (0, 8)


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (torch.tensor([[1.0]]), "sequences is an array of float32, expected integers"),
        (torch.tensor([[True]]), "sequences is an array of bool, expected integers"),
        (torch.tensor([[1.0]], dtype=torch.bfloat16), "sequences is a tensor that numpy cannot"),
        (torch.tensor([[1]]).to_sparse(), "sequences is a tensor that numpy cannot share; pass a"),
        (
            torch.empty((1, 1), device="meta"),
            r"is a tensor on meta, .* pass \.cpu\(\)",
        ),
        (torch.tensor([1]), "sequences is an array of 1 dimensions, expected 2"),
        ([torch.tensor([1]), torch.tensor([1.0])], r"sequences\[1\] is an array of float32"),
        ([torch.tensor([1]), [1]], r"sequences\[1\] is list, expected an array as the rows"),
    ],
)
def test_tensors_that_are_not_taken(tensor: Any, text: str) -> None:
    with pytest.raises(TypeError, match=text):
        pack_sequences(tensor, 8, 0, 9)


@pytest.fixture(scope="module")
def dataset() -> datasets.Dataset:
    return datasets.Dataset.from_dict({"input_ids": ROWS, "text": ["a", "b", "c", "d"]})


def test_columns_of_a_dataset(dataset: datasets.Dataset) -> None:
    """Whole, shuffled and in other formats; and the table's own column, as it lies in Arrow."""
    turned = dataset.select([3, 2, 1, 0])
    expected = pack_sequences(ROWS[::-1], 8, 0, 9)
    assert pack_sequences(dataset["input_ids"], 8, 0, 9) == EXPECTED
    assert pack_sequences(dataset.data.column("input_ids"), 8, 0, 9) == EXPECTED
    assert pack_sequences(turned["input_ids"], 8, 0, 9) == expected
    for name in ("numpy", "torch"):
        ids = dataset.with_format(name)
        assert pack_sequences([row["input_ids"] for row in ids], 8, 0, 9) == EXPECTED
        assert pack_sequences(turned.with_format(name)["input_ids"], 8, 0, 9) == expected
    ids = dataset.with_format("arrow")[:]["input_ids"]
    assert pack_sequences(ids, 8, 0, 9, output="numpy")["labels"].tolist() == EXPECTED["labels"]
    with pytest.raises(TypeError, match="is Arrow data of Struct.*; pass one of its columns"):
        pack_sequences(dataset.data.table, 8, 0, 9)
