"""The hash functions on real Hugging Face datasets, shuffled, selected, formatted and on disk."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pyarrow as pa
import pytest
from datasets import Dataset, DatasetDict, concatenate_datasets

from fast_axolotl import (
    Deduplicator,
    DuplicateFinder,
    deduplicate,
    deduplicate_indices,
    hash_rows,
    parallel_hash_rows,
)
from fast_axolotl.cli import main

ROWS = [{"id": n, "text": f"it's {n % 7}", "tokens": list(range(n % 4))} for n in range(50)]


def datasets():
    plain = Dataset.from_list(ROWS)
    yield "plain", plain
    yield "shuffled", plain.shuffle(seed=3)
    yield "selected", plain.select([4, 4, 1, 30])
    yield "sliced", plain.select(range(10, 20))
    yield "twice", concatenate_datasets([plain.shuffle(seed=1), plain])
    yield "empty", plain.select([])


DATASETS = dict(datasets())


@pytest.mark.parametrize("name", DATASETS)
def test_rows_are_those_of_the_dataset_in_its_order(name):
    dataset = DATASETS[name]
    rows = dataset.to_list()
    schema = dataset.features.arrow_schema
    assert hash_rows(dataset) == hash_rows(pa.Table.from_pylist(rows, schema))
    texts = [row["text"] for row in rows]
    assert hash_rows(dataset, "text", encoding="bytes") == parallel_hash_rows(texts)
    expected = [hashlib.sha256(str(row).encode()).hexdigest() for row in dataset]
    assert hash_rows(dataset, encoding="text") == expected
    assert parallel_hash_rows(dataset, 1) == expected
    indices, hashes = deduplicate_indices(dataset, expected[:2])
    assert hashes == [expected[index] for index in indices]
    assert indices == [n for n, h in enumerate(expected) if h not in expected[:2] + expected[:n]]


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("keep", ["first", "last", "none"])
def test_deduplicate_selects(name, keep):
    dataset = DATASETS[name]
    kept = deduplicate(dataset, ["text", "tokens"], keep=keep)
    assert type(kept) is Dataset
    table = pa.Table.from_pylist(dataset.to_list(), dataset.features.arrow_schema)
    assert kept.to_list() == deduplicate(table, ["text", "tokens"], keep=keep).to_pylist()


def test_columns_that_the_format_hides_do_not_count():
    shown = DATASETS["plain"].with_format("numpy", columns=["text"])
    assert hash_rows(shown) == hash_rows(DATASETS["plain"], ["text"])
    assert len(deduplicate(shown)) == 7


def test_the_text_of_formatted_rows_is_not_guessed():
    for formatted in (
        DATASETS["plain"].with_format("numpy"),
        DATASETS["plain"].with_transform(lambda batch: batch),
    ):
        for function in (parallel_hash_rows, deduplicate_indices):
            with pytest.raises(NotImplementedError, match=r"with_format\(None\)"):
                function(formatted)


def test_state_over_splits():
    seen, finder = Deduplicator(), DuplicateFinder()
    for split in (DATASETS["plain"], DATASETS["shuffled"]):
        seen.add(split, "text")
        finder.add(split, "text")
    assert len(seen) == 7
    assert finder.finish().count(True) == 7


def test_a_dict_of_splits_says_to_take_one():
    with pytest.raises(TypeError, match="data is DatasetDict"):
        hash_rows(DatasetDict(train=DATASETS["plain"]))


def test_saved_splits_on_the_command_line(tmp_path):
    DatasetDict(train=DATASETS["plain"], test=DATASETS["selected"]).save_to_disk(tmp_path / "in")
    out = tmp_path / "out.jsonl"
    assert main(["dedup", str(tmp_path / "in"), "-o", str(out), "--on", "text"]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    # The folders of the splits in the order of their names: test, then train.
    assert (
        rows
        == deduplicate(
            concatenate_datasets([DATASETS["selected"], DATASETS["plain"]]), "text"
        ).to_list()
    )


MAPPED = """
import sys, datasets, fast_axolotl_hash
def resident():  # what is not a page of the mapped file, in MiB
    with open("/proc/self/status") as status:
        return [int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon")][0]
dataset = datasets.load_from_disk(sys.argv[1]).shuffle(seed=1)
fast_axolotl_hash.hash_rows(dataset.select(range(10)))
before = resident()
digests = fast_axolotl_hash.hash_rows(dataset, algorithm="xxh3_128", output="arrow")
assert len(digests) == len(dataset)
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which is Linux's")
def test_data_on_disk_stays_there(tmp_path):
    # 200 MB of text.
    Dataset.from_dict({"text": [f"{n:010}" * 200 for n in range(100_000)]}).save_to_disk(tmp_path)
    line = [sys.executable, "-c", MAPPED, str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 30
