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
        """The rows as Arrow data; given names, of the columns of those names that there are.

        JSON comes with the other columns too if its first record lacks one of the names: a later
        one may have it.
        """
        import pyarrow

        if columns is not None:
            # Without any row, nothing is known of the columns.
            first = next(iter(self._read(None, 1)), None)
            known = set() if first is None else set(first.column_names)
            is_open = self.is_inferred and not known.issuperset(columns)
            columns = None if is_open else [name for name in columns if name in known]
        # A file has as many rows without any of the columns as with them.
        for batch in self._read(columns or None, BATCH_SIZE):
            yield pyarrow.record_batch(batch)

    def schema(self) -> pyarrow.Schema | None:
        """The schema, if it has rows or is of Parquet."""
        import pyarrow
        import pyarrow.parquet

        for batch in self._read(None, 1):
            return pyarrow.record_batch(batch).schema
        if self.format == "parquet" and self.compression is None:
            with self.path.open("rb") as file:  # pyarrow takes no names that are not UTF-8
                return pyarrow.parquet.read_schema(file)
        return None

    def _read(self, columns: Sequence[str] | None, batch_size: int) -> Any:
        from fast_axolotl_stream import streaming_dataset_reader

        return streaming_dataset_reader(
            self.path, self.dataset_type, batch_size, columns=columns, output="arrow"
        )

    def lines(self) -> Iterator[list[str]]:
        """The lines of JSON Lines that hold a record, as they are in the file."""
        from fast_axolotl_stream import streaming_dataset_reader

        as_text = self._replace(format="text").dataset_type
        mark = "\ufeff"
        for batch in streaming_dataset_reader(self.path, as_text, BATCH_SIZE):
            lines = [line.removeprefix(mark) for line in batch["text"][:1]] + batch["text"][1:]
            mark = ""  # of the byte order, which only the first line may have
            yield [line for line in lines if line.strip(" \t")]

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


def find(arguments: Sequence[Path], dataset_type: str | None, output: Path) -> list[Input]:
    """The inputs behind the arguments: files, saved datasets, and folders of these.

    Raises:
        FileNotFoundError: an argument is not there.
        ValueError: a folder without data or with files of several formats, a file that is named
            twice, or something that cannot be read twice.
    """
    inputs: list[Input] = []
    for path in arguments:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file or folder")
        if path.is_dir():
            inputs += _inputs_in(path, dataset_type, output)
        else:
            inputs.append(_input(path, dataset_type))
    seen: set[Path] = set()
    for one in inputs:
        path = one.path.resolve()
        if path in seen:
            raise ValueError(f"{one.path}: named twice, so that all of its rows are duplicates")
        seen.add(path)
    return inputs


def _inputs_in(folder: Path, dataset_type: str | None, output: Path) -> list[Input]:
    saved = [Path(found) for found, _, names in os.walk(folder) if set(SAVED_DATASET) <= set(names)]
    if saved:
        return [Input(path, "hf_dataset", None) for path in sorted(saved)]
    files = [file for file in _files_below(folder) if file.resolve() != output.resolve()]
    if dataset_type:
        return [_input(file, dataset_type) for file in files]
    known = [_input(file, None) for file in files if _is_known(file)]
    formats = sorted({one.format for one in known})
    if not formats:
        raise ValueError(f"{folder}: the folder holds no file of a known format")
    if len(formats) > 1:
        raise ValueError(
            f"{folder}: the folder holds files of several formats ({', '.join(formats)}), of which "
            "some may be no data; name the files, as in FOLDER/*.jsonl"
        )
    return known


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
