"""Ctrl-C ends every function that may take long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from fast_axolotl_stream import streaming_dataset_reader

pytestmark = pytest.mark.thread_unsafe(reason="signals are handled by the main thread")

Check = Callable[[Callable[[], object]], None]


def test_making_lists_of_arrow(assert_interruptible: Check, tmp_path: Path) -> None:
    path = tmp_path / "pond.arrow"
    rows = pa.array([list(range(40))] * 200_000)
    table = pa.table({"input_ids": rows, "text": pa.array(["axolotl"] * len(rows))})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    assert_interruptible(lambda: next(streaming_dataset_reader(path, batch_size=len(rows))))


def test_making_lists_of_json(assert_interruptible: Check, tmp_path: Path) -> None:
    path = tmp_path / "pond.jsonl"
    path.write_text('{"text": "axolotl", "input_ids": [1, 2, 3, 4, 5, 6, 7, 8]}\n' * 500_000)
    assert_interruptible(lambda: next(streaming_dataset_reader(path, batch_size=500_000)))
