"""Forked workers: each piece is used in the parent first, then in children. Nothing hangs."""

from __future__ import annotations

import json

import pytest
import torch
from datasets import Dataset
from torch.utils.data import DataLoader

import fast_axolotl
from fast_axolotl.pieces import PIECES

pytestmark = [
    pytest.mark.timeout(120),
    # Forking a process with threads is the very thing under test.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning"),
]

ROWS = [str(number) for number in range(2000)]


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """A call of each declared piece, which needs threads where the piece has any."""
    path = tmp_path_factory.mktemp("workers") / "rows.jsonl"
    path.write_text("".join(json.dumps({"row": row}) + "\n" for row in ROWS))
    sequences = [[number] * 5 for number in range(2000)]
    return {
        "hash": lambda: fast_axolotl.parallel_hash_rows(ROWS),
        "pack": lambda: fast_axolotl.pack_sequences(sequences, 64, 0, 2),
        "pad": lambda: fast_axolotl.pad_sequences(sequences, 8),
        "stream": lambda: [
            row
            for batch in fast_axolotl.streaming_dataset_reader(str(path), "jsonl", 100)
            for row in batch["row"]
        ],
    }


NAMES = [piece.name for piece in PIECES]


def test_every_piece_has_a_call(calls):
    assert sorted(calls) == sorted(NAMES), "add a call of the new piece to the fixture"


@pytest.mark.parametrize("piece", NAMES)
def test_data_loader(calls, piece):
    expected = calls[piece]()

    class Rows(torch.utils.data.Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return calls[piece]() == expected

    loader = DataLoader(Rows(), num_workers=2, multiprocessing_context="fork")
    assert all(bool(batch.all()) for batch in loader)


@pytest.mark.parametrize("piece", NAMES)
def test_map_with_processes(calls, piece):
    expected = calls[piece]()
    mapped = Dataset.from_dict({"at": range(4)}).map(
        lambda row: {"equal": calls[piece]() == expected}, num_proc=2, new_fingerprint=piece
    )
    assert mapped["equal"][:] == [True] * 4
