"""The files that are read, and their rows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow

BATCH_SIZE = 8192
# What `datasets.Dataset.save_to_disk` leaves in a folder.
SAVED_DATASET = ("state.json", "dataset_info.json")


class Input(NamedTuple):
    """A dataset that the stream piece reads."""

    path: Path
    format: str
    compression: str | None

    @property
    def dataset_type(self) -> str:
        """The format as the reader takes it."""
        return f"{self.format}.{self.compression}" if self.compression else self.format

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pyarrow.RecordBatch]:
        """The rows, or some columns of them, as Arrow data."""
        import pyarrow

        for batch in self._read(columns, BATCH_SIZE):
            yield pyarrow.record_batch(batch)

    def first_batch(self) -> pyarrow.RecordBatch | None:
        """A first row, for its schema."""
        import pyarrow

        for batch in self._read(None, 1):
            return pyarrow.record_batch(batch)
        return None

    def _read(self, columns: Sequence[str] | None, batch_size: int) -> Any:
        from fast_axolotl_stream import streaming_dataset_reader

        return streaming_dataset_reader(
            self.path, self.dataset_type, batch_size, columns=columns, output="arrow"
        )

    def lines(self) -> Iterator[list[str]]:
        """The lines of JSON Lines that hold a record, as they are in the file."""
        from fast_axolotl_stream import streaming_dataset_reader

        kind = f"text.{self.compression}" if self.compression else "text"
        for batch in streaming_dataset_reader(self.path, kind, BATCH_SIZE):
            yield [line for line in batch["text"] if line.strip(" \t")]

    @property
    def is_inferred(self) -> bool:
        """Whether the types of columns may differ from batch to batch."""
        return self.format in ("json", "jsonl")

    def files(self) -> list[Path]:
        """The files that hold the rows."""
        return _files_below(self.path) if self.path.is_dir() else [self.path]

    def stamp(self) -> list[tuple[int, int]]:
        """What changes when a file does."""
        return [(file.stat().st_size, file.stat().st_mtime_ns) for file in self.files()]


def find(arguments: Sequence[Path], dataset_type: str | None) -> list[Input]:
    """The inputs behind the arguments: files, saved datasets, and folders of files.

    Raises:
        FileNotFoundError: an argument is not there.
        ValueError: a folder without data, or something that cannot be read twice.
    """
    inputs = []
    for path in arguments:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file or folder")
        if not path.is_dir():
            inputs.append(_input(path, dataset_type))
        elif all((path / name).is_file() for name in SAVED_DATASET):
            inputs.append(Input(path, "hf_dataset", None))
        else:
            known = [file for file in _files_below(path) if dataset_type or _is_known(file)]
            if not known:
                raise ValueError(f"{path}: the folder holds no file of a known format")
            inputs += [_input(file, dataset_type) for file in known]
    return inputs


def _input(path: Path, dataset_type: str | None) -> Input:
    from fast_axolotl_stream import detect_format

    if not path.is_file():
        raise ValueError(f"{path}: not a regular file; it is read twice, so save it to one first")
    found, compression = detect_format(path)
    if dataset_type:
        found, _, named = dataset_type.partition(".")
        compression = named or compression
    return Input(path, found, compression)


def _files_below(folder: Path) -> list[Path]:
    """The files in a folder and those below it, in the order of their names, none hidden."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent, name) for name in sorted(files) if not name.startswith(".")]
    return found


def _is_known(path: Path) -> bool:
    """Whether the name of a file says what is in it: any other is taken for JSON if named alone."""
    from fast_axolotl_stream import detect_format

    return detect_format(path)[0] != "json" or ".json" in path.name.lower()
