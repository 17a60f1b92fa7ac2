"""`gather` from real datasets and to tensors, and against the collator of Axolotl's multipack."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from axolotl.utils.collators import V2BatchSamplerDataCollatorForSeq2Seq
from datasets import Dataset

from fast_axolotl_pack import gather, gather_batches, pack_lengths

LENGTHS = np.random.default_rng(3).integers(1, 100, 300).tolist()
CAPACITY = 256


def sequences():
    return [[index * 1000 + at for at in range(length)] for index, length in enumerate(LENGTHS)]


@pytest.fixture(scope="module")
def dataset():
    tokens = sequences()
    return Dataset.from_dict(
        {
            "input_ids": tokens,
            "labels": [[-100, *row[1:]] for row in tokens],
            "attention_mask": [[1] * len(row) for row in tokens],
            "position_ids": [list(range(len(row))) for row in tokens],
            "length": LENGTHS,
        }
    )


def bins_of(lengths):
    return pack_lengths(lengths, CAPACITY, strategy="first_fit")


def test_datasets_with_an_indices_mapping(dataset):
    shuffled = dataset.shuffle(seed=1).filter(lambda row: row["length"] > 20)
    bins = bins_of(shuffled["length"])
    rows = shuffled["input_ids"]
    expected = []
    for one in bins.to_lists():
        row = [token for index in one for token in rows[index]]
        expected.append(row + [0] * (CAPACITY - len(row)))
    assert gather(shuffled, bins)["input_ids"].tolist() == expected
    shown = shuffled.with_format("torch", columns=["input_ids"])
    assert list(gather(shown, bins)) == ["input_ids", "attention_mask", "position_ids"]


def test_tensors_share_the_memory_of_arrays(dataset):
    bins = bins_of(LENGTHS)
    tensors = gather(dataset, bins, output="torch", cu_seqlens=True)
    arrays = gather(dataset, bins, cu_seqlens=True)
    for name in ("input_ids", "labels", "attention_mask", "position_ids"):
        assert tensors[name].dtype == torch.int64
        assert np.array_equal(tensors[name], arrays[name])
        shared = tensors[name].numpy()
        shared[0, 0] = -7
        assert tensors[name][0, 0] == -7
    assert tensors["cu_seqlens"].dtype == torch.int32
    assert torch.equal(tensors["cu_seqlens"], torch.from_numpy(arrays["cu_seqlens"]))


class Padder:
    """What the collator takes of a tokenizer: rows are as long as a bin, or are made so."""

    padding_side = "right"

    def pad(self, features, **_):
        names = list(features[0])
        fill = {"labels": -100}
        rows = {
            name: [
                list(row[name]) + [fill.get(name, 0)] * (CAPACITY - len(row[name]))
                for row in features
            ]
            for name in names
        }
        return {name: torch.tensor(np.array(values)) for name, values in rows.items()}


def test_equals_axolotls_collator(dataset):
    """Before the padding, which is the tokenizer's: the collator joins the rows of a bin."""
    bins = bins_of(LENGTHS)
    collate = V2BatchSamplerDataCollatorForSeq2Seq(Padder(), padding=False)
    batch = [[dataset[index] for index in one] for one in bins.to_lists()]
    theirs = collate(batch)
    ours = gather(dataset, bins, attention_mask="sequence_ids", output="torch")
    for name in ("input_ids", "labels", "attention_mask", "position_ids"):
        assert torch.equal(ours[name], theirs[name]), name


def test_batches_feed_a_loop(dataset):
    bins = bins_of(LENGTHS)
    whole = gather(dataset, bins, output="torch")
    batches = list(gather_batches(dataset, bins, 8, output="torch"))
    for name, values in whole.items():
        assert torch.equal(torch.cat([batch[name] for batch in batches]), values)


def test_a_transform_is_not_left_out_silently(dataset):
    with pytest.raises(ValueError, match="data has a transform"):
        gather(dataset.with_transform(lambda batch: batch), bins_of(LENGTHS))
