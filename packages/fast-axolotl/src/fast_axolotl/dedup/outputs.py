"""Writing the rows that are kept."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import json
import math
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

    def finish(self) -> None:
        """Write what is left of the rows."""

    def close(self) -> None:
        """Complete the file."""


# Rows are gathered into groups of up to so many, or so many bytes: `datasets` takes the size of its
# batches from the first group of a Parquet file.
GROUP_ROWS = 1 << 17
GROUP_BYTES = 64 << 20


class Columns:
    """A Parquet or Arrow file of one schema, in groups of rows none of which is empty."""

    def __init__(self, path: Path, kind: str, schema: pyarrow.Schema) -> None:
        import pyarrow.ipc
        import pyarrow.parquet

        self._schema = schema
        self._group: list[pyarrow.Table] = []
        self._rows = self._bytes = 0
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
        if batch.num_rows == 0:
            return
        table = self._fitting(batch)
        self._group.append(table)
        self._rows += table.num_rows
        self._bytes += table.nbytes
        if self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES:
            self._write_group()

    def _fitting(self, batch: pyarrow.RecordBatch) -> pyarrow.Table:
        """The rows with the schema of the file."""
        import pyarrow

        table = pyarrow.Table.from_batches([batch])
        if table.schema.equals(self._schema):
            return table
        return pyarrow.concat_tables(
            [self._schema.empty_table(), table], promote_options="permissive"
        ).cast(self._schema)

    def _write_group(self) -> None:
        import pyarrow

        if self._group:
            group = pyarrow.concat_tables(self._group)
            self._group, self._rows, self._bytes = [], 0, 0
            self._file.write_table(group.combine_chunks(), GROUP_ROWS)

    def close(self) -> None:
        """Complete the file."""
        with self._sink:
            self._file.close()

    def finish(self) -> None:
        """Write what is left of the rows."""
        self._write_group()


class Lines:
    """A file of JSON Lines."""

    def __init__(self, path: Path) -> None:
        import pyarrow

        self._sink = path.open("wb")
        compression = COMPRESSIONS.get(path.suffix.lower())
        self._file = pyarrow.output_stream(self._sink, compression=compression)

    def write(self, batch: pyarrow.RecordBatch) -> None:
        """Append rows as JSON objects.

        Dates and times are in ISO format, decimals are text, and a float that is no number is null,
        as in JavaScript: JSON has no spelling of it.
        """
        self.write_lines(_json(row) for row in _rows(batch))

    def finish(self) -> None:
        """Nothing is left of the rows."""

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
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except (ArithmeticError, ValueError):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            try:
                column.to_pylist()
            except (ArithmeticError, ValueError) as error:
                raise ValueError(
                    f"column {name!r} holds a value of type {column.type} that Python has no form "
                    f"for ({error}); write to .parquet instead"
                ) from None
        raise
    return rows


def _json(row: dict[str, Any]) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False, default=_plain)
    except ValueError as error:
        if "JSON compliant" not in str(error):
            raise
        return json.dumps(_without_nan(row), ensure_ascii=False, default=_plain)


def _without_nan(value: Any) -> Any:
    """The value with null in the place of each float that is no number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    return value


def _plain(value: object) -> object:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise ValueError(
        f"a value of type {type(value).__name__} has no form in JSON; write to .parquet instead"
    )
