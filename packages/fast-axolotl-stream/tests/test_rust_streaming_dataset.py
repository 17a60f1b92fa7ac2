"""RustStreamingDataset, create_rust_streaming_dataset and should_use_rust_streaming."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fast_axolotl_stream import (
    RustStreamingDataset,
    create_rust_streaming_dataset,
    should_use_rust_streaming,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\n{"a": 3}\n')
    return path


def test_iterates_more_than_once(path: Path) -> None:
    dataset = create_rust_streaming_dataset(path, "jsonl", batch_size=2)
    assert isinstance(dataset, RustStreamingDataset)
    for _ in range(2):
        assert list(dataset) == [{"a": [1, 2]}, {"a": [3]}]
    assert list(zip(dataset, dataset, strict=True)) == [({"a": [1, 2]},) * 2, ({"a": [3]},) * 2]


def test_attributes(path: Path) -> None:
    for make in (RustStreamingDataset, create_rust_streaming_dataset):
        dataset = make(str(path), "jsonl")
        assert dataset.file_path == str(path)
        assert dataset.dataset_type == "jsonl"
        assert (dataset.batch_size, dataset.num_threads) == (1000, 4)
        assert dataset.dataset_keep_in_memory is False
        dataset = make(str(path), "", 5, 2, True)
        assert (dataset.batch_size, dataset.num_threads) == (5, 2)
        assert dataset.dataset_keep_in_memory is True
        assert "batch_size=5" in repr(dataset)


def test_with_format(path: Path) -> None:
    dataset = RustStreamingDataset(path, "auto", 2)
    for kind in (None, "python", "list"):
        same = dataset.with_format(kind)
        assert isinstance(same, RustStreamingDataset)
        assert list(same) == list(dataset)
    for kind in ("numpy", "arrow", "torch", "pandas"):
        with pytest.raises(TypeError, match=f"format '{kind}' is not supported yet; take None"):
            dataset.with_format(kind)
    with pytest.raises(ValueError, match="unknown format 'nympy'"):
        dataset.with_format("nympy")
    with pytest.raises(TypeError, match="format must be None or a str, got int"):
        dataset.with_format(3)  # type: ignore[arg-type]


def test_an_empty_path_is_an_error_of_iteration() -> None:
    with pytest.raises(ValueError, match="file_path is empty"):
        list(RustStreamingDataset("", "jsonl"))


def test_a_missing_file_is_an_error_of_iteration(tmp_path: Path) -> None:
    dataset = RustStreamingDataset(tmp_path / "none.jsonl", "jsonl")
    with pytest.raises(FileNotFoundError):
        iter(dataset)


ON = {"dataset_use_rust_streaming": True}
AUTO = {"dataset_use_rust_streaming": "auto"}


@pytest.mark.parametrize(
    ("cfg", "expected"),
    [
        ({}, False),
        ({"dataset_use_rust_streaming": None}, False),
        ({"dataset_use_rust_streaming": False}, False),
        (ON, True),
        ({**ON, "dataset_keep_in_memory": True}, False),
        ({**ON, "dataset_keep_in_memory": False}, True),
        (AUTO, False),
        ({**AUTO, "sequence_len": 9_999}, False),
        ({**AUTO, "sequence_len": None}, False),
        ({**AUTO, "sequence_len": 10_000}, True),
        ({**AUTO, "sequence_len": 10_000, "dataset_keep_in_memory": True}, False),
        ({"sequence_len": 10_000}, False),
    ],
)
def test_should_use_rust_streaming(path: Path, cfg: dict[str, Any], expected: bool) -> None:
    assert should_use_rust_streaming(path, {}, cfg) is expected
    assert should_use_rust_streaming(str(path), {}, SimpleNamespace(**cfg)) is expected
    assert should_use_rust_streaming(path.with_name("missing"), {}, cfg) is False
    assert should_use_rust_streaming("org/dataset-on-a-hub", {}, cfg) is False


def test_auto_looks_at_the_size(path: Path) -> None:
    os.truncate(path, (1 << 30) - 1)
    assert should_use_rust_streaming(path, {}, AUTO) is False
    os.truncate(path, 1 << 30)
    assert should_use_rust_streaming(path, {}, AUTO) is True
    assert should_use_rust_streaming(path.parent, {}, AUTO) is True
    assert should_use_rust_streaming(path, {}, {**AUTO, "dataset_keep_in_memory": True}) is False


def test_a_setting_that_means_nothing(path: Path) -> None:
    with pytest.raises(ValueError, match="must be true, false or 'auto', got 'yes'"):
        should_use_rust_streaming(path, {}, {"dataset_use_rust_streaming": "yes"})


def test_keep_in_memory_counts_in_either_configuration(path: Path) -> None:
    for keep, expected in [(True, False), (False, True), (None, True)]:
        entry = {"path": str(path), "dataset_keep_in_memory": keep}
        assert should_use_rust_streaming(path, entry, ON) is expected
        assert should_use_rust_streaming(path, SimpleNamespace(**entry), ON) is expected
        assert should_use_rust_streaming(path, None, {**ON, **entry}) is expected


def test_a_sequence_len_that_is_no_integer(path: Path) -> None:
    for cfg in (ON, AUTO):
        with pytest.raises(TypeError, match="sequence_len must be an integer, got str"):
            should_use_rust_streaming(path, {}, {**cfg, "sequence_len": "10000"})
