"""Writing the rows that are kept."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow

FORMATS = {
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".jsonl.zst": "jsonl",
}


COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


def format_of(path: Path) -> str:
    """The format that the name of an output says.

    Raises:
        ValueError: it says none.
    """
    for ending, name in FORMATS.items():
        if path.name.lower().endswith(ending):
            return name
    raise ValueError(f"{path}: the output must end in one of {', '.join(FORMATS)}")


class Writer(Protocol):
    """Something that rows are written to."""

    def write(self, batch: pyarrow.RecordBatch) -> None:
        """Append rows."""

    def close(self) -> None:
        """Complete the file."""


class Columns:
    """A Parquet or Arrow file of one schema."""

    def __init__(self, path: Path, kind: str, schema: pyarrow.Schema) -> None:
        import pyarrow.ipc
        import pyarrow.parquet

        self._schema = schema
        with contextlib.ExitStack() as on_error:
            # Opened here: pyarrow takes no names that are not UTF-8.
            self._sink = on_error.enter_context(path.open("wb"))
            if kind == "parquet":
                self._file = pyarrow.parquet.ParquetWriter(self._sink, schema, compression="zstd")
            else:
                self._file = pyarrow.ipc.new_file(self._sink, schema)
            on_error.pop_all()

    def write(self, batch: pyarrow.RecordBatch) -> None:
        """Append rows, with null where they lack a column."""
        import pyarrow

        table = pyarrow.Table.from_batches([batch])
        if not table.schema.equals(self._schema):
            table = pyarrow.concat_tables(
                [self._schema.empty_table(), table], promote_options="permissive"
            ).cast(self._schema)
        self._file.write_table(table)

    def close(self) -> None:
        """Complete the file."""
        with self._sink:
            self._file.close()


class Lines:
    """A file of JSON Lines."""

    def __init__(self, path: Path) -> None:
        import pyarrow

        self._sink = path.open("wb")
        compression = COMPRESSIONS.get(path.suffix.lower())
        self._file = pyarrow.output_stream(self._sink, compression=compression)

    def write(self, batch: pyarrow.RecordBatch) -> None:
        """Append rows as JSON objects; dates and times are in ISO format, decimals as text."""
        self.write_lines(
            json.dumps(row, ensure_ascii=False, default=_plain) for row in _rows(batch)
        )

    def write_lines(self, lines: Iterable[str]) -> None:
        """Append lines as they are."""
        text = "\n".join(lines)
        if text:
            self._file.write(text.encode() + b"\n")

    def close(self) -> None:
        """Complete the file."""
        with self._sink:
            self._file.close()


def _rows(batch: pyarrow.RecordBatch) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = batch.to_pylist()
    return rows


def _plain(value: object) -> object:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise ValueError(
        f"a value of type {type(value).__name__} has no form in JSON; write to .parquet instead"
    )
