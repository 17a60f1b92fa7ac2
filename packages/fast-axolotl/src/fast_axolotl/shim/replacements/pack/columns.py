"""The columns of a dataset, read without making a Python object of any token.

Lengths come from the offsets of the list columns alone. Rows are those of the dataset: where it has
an indices mapping, it is followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fast_axolotl.shim.protocol import NotCovered

if TYPE_CHECKING:
    from datasets import Dataset

    Lengths = np.ndarray[tuple[int], np.dtype[np.int64]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

_TOKENS = 1 << 22
"""As many tokens are looked at in one go."""

_BYTES = 1 << 25
"""As many bytes of rows are put together in one go."""


class Columns:
    """The table of a dataset with the rows that the dataset has of it, in its order.

    Raises:
        NotCovered: The rows that the dataset gives are not simply those of its table.
    """

    def __init__(self, dataset: Dataset) -> None:
        if dataset._format_type is not None or dataset._format_kwargs:
            raise NotCovered("the dataset has a format")
        shown = dataset._format_columns
        if shown is not None and set(shown) != set(dataset.column_names):
            raise NotCovered("the dataset has a format")
        if dataset.list_indexes():
            raise NotCovered("the dataset has a search index")
        self.table: pa.Table = dataset._data.table
        self.features = dataset._info.features
        if self.features is None or list(self.features) != self.table.column_names:
            raise NotCovered("the features do not match the columns")
        self.rows: Lengths | None = None
        if dataset._indices is not None:
            self.rows = dataset._indices.column(0).to_numpy().astype(np.int64)

    def __len__(self) -> int:
        return int(self.table.num_rows if self.rows is None else len(self.rows))

    def of_rows(self, values: Any) -> Any:
        """Of an array with a value for each row of the table, those of the dataset's rows."""
        return values if self.rows is None else values[self.rows]

    def lists(self, name: str, *, of_integers: bool = False) -> pa.ChunkedArray:
        """A column of lists without nulls in the place of a list.

        Raises:
            NotCovered: There is no such column, or it is another one.
        """
        if name not in self.table.column_names:
            raise NotCovered(f"there is no column {name!r}")
        column = self.table.column(name)
        if not is_lists(column.type):
            raise NotCovered(f"column {name!r} is {column.type}, not lists")
        if column.null_count:
            raise NotCovered(f"column {name!r} has nulls")
        if of_integers:
            if not pa.types.is_integer(column.type.value_type):
                raise NotCovered(f"column {name!r} is {column.type}, not lists of integers")
            if any(chunk.values.null_count for chunk in column.chunks):
                raise NotCovered(f"column {name!r} has nulls in its lists")
        return column

    def lengths(self, name: str) -> Lengths:
        """The number of elements in each row of a column of lists."""
        found: Lengths = self.of_rows(lengths(self.lists(name)))
        return found

    def some_other(self, name: str, value: int) -> Mask:
        """Whether each row of a column of lists of integers has an element other than `value`."""
        column = self.lists(name, of_integers=True)
        found = np.zeros(self.table.num_rows, np.bool_)
        wanted = np.arange(len(found)) if self.rows is None else np.unique(self.rows)
        for chunk, first, last in _chunks(column):
            start, stop = np.searchsorted(wanted, [first, last])
            rows = wanted[start:stop]
            found[rows] = _some_other(chunk, rows - first, value)
        mask: Mask = self.of_rows(found)
        return mask

    def count_other(self, name: str, value: int) -> tuple[Lengths, Lengths]:
        """How many elements of each row are not `value`, and whether the first is not, as 0 or 1.

        The rows are those of a column of lists of integers.
        """
        column = self.lists(name, of_integers=True)
        counts = np.zeros(self.table.num_rows, np.int64)
        firsts = np.zeros(self.table.num_rows, np.int64)
        wanted = np.arange(len(counts)) if self.rows is None else np.unique(self.rows)
        for chunk, first, last in _chunks(column):
            start, stop = np.searchsorted(wanted, [first, last])
            rows = wanted[start:stop]
            lists = chunk if len(rows) == len(chunk) else chunk.take(pa.array(rows - first))
            counts[rows], firsts[rows] = _count_other(lists, value)
        return self.of_rows(counts), self.of_rows(firsts)

    def batch_size(self) -> int:
        """How many rows to process at a time: fewer if they are long."""
        rows = max(self.table.num_rows, 1)
        return int(max(1, min(20_000, _BYTES * rows // max(self.table.nbytes, 1))))

    def take(self, start: int, stop: int) -> pa.Table:
        """The rows of the dataset from one position to another."""
        if self.rows is None:
            return self.table.slice(start, stop - start)
        rows = self.rows[start:stop]
        order = None
        if np.any(rows[1:] < rows[:-1]):
            order = np.argsort(rows, kind="stable")
            rows = rows[order]
        columns = [_take(column, rows) for column in self.table.columns]
        if order is not None:
            back = np.empty_like(order)
            back[order] = np.arange(len(order))
            columns = [one(column).take(pa.array(back)) for column in columns]
        return pa.Table.from_arrays(columns, schema=self.table.schema)


def is_lists(kind: pa.DataType) -> bool:
    """Whether a type is one of lists whose lengths are known without looking at the elements."""
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def lengths(column: pa.ChunkedArray) -> Lengths:
    """The lengths of the lists of a column without nulls."""
    found = [np.diff(offsets(chunk)) for chunk in column.chunks]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def offsets(chunk: pa.Array) -> Lengths:
    """Where each list of an array begins and ends in its `values`."""
    if pa.types.is_fixed_size_list(chunk.type):
        rows = np.arange(chunk.offset, chunk.offset + len(chunk) + 1, dtype=np.int64)
        found: Lengths = rows * chunk.type.list_size
    else:
        found = chunk.offsets.to_numpy().astype(np.int64)
    return found


def one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column in one piece."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _chunks(column: pa.ChunkedArray) -> Sequence[tuple[pa.Array, int, int]]:
    """The chunks of a column, each with its first row and the one after its last."""
    ends = np.cumsum([len(chunk) for chunk in column.chunks]).tolist()
    return [(chunk, end - len(chunk), end) for chunk, end in zip(column.chunks, ends, strict=True)]


def _take(column: pa.ChunkedArray, rows: Lengths) -> pa.ChunkedArray:
    """Take rows of a column, in ascending order; neighbouring rows are taken as one slice."""
    pieces: list[pa.Array] = []
    for chunk, first, last in _chunks(column):
        start, stop = np.searchsorted(rows, [first, last])
        if start == stop:
            continue
        here = rows[start:stop] - first
        breaks = np.flatnonzero(np.diff(here) != 1) + 1
        if len(breaks) * 4 > len(here):
            pieces.append(chunk.take(pa.array(here)))
            continue
        for run in np.split(here, breaks):
            pieces.append(chunk.slice(int(run[0]), len(run)))
    return pa.chunked_array(pieces, column.type)


def _some_other(chunk: pa.Array, rows: Lengths, value: int) -> Mask:
    """Whether each of these rows of an array of lists has an element other than `value`."""
    values = chunk.values.to_numpy()
    ends = offsets(chunk)
    starts, ends = ends[:-1][rows], ends[1:][rows]
    found = np.zeros(len(rows), np.bool_)
    open_rows = np.flatnonzero(ends > starts)
    # What is trained on mostly stands at the end of a row, followed by few tokens of the template.
    for back in range(1, 9):
        other = values[ends[open_rows] - back] != value
        found[open_rows[other]] = True
        open_rows = open_rows[~other]
        open_rows = open_rows[ends[open_rows] - starts[open_rows] > back]
    ends = ends[open_rows] - 8
    sizes = ends - starts[open_rows]
    before = np.cumsum(sizes) - sizes
    for piece in np.split(np.arange(len(open_rows)), _breaks(before)):
        if len(piece):
            at = before[piece] - before[piece[0]]
            inside = np.repeat(starts[open_rows[piece]] - at, sizes[piece])
            inside += np.arange(len(inside))
            found[open_rows[piece]] = np.logical_or.reduceat(values[inside] != value, at)
    return found


def _count_other(chunk: pa.Array, value: int) -> tuple[Lengths, Lengths]:
    """Of each list of an array, how many elements are not `value`, and whether the first is so."""
    values = chunk.values.to_numpy()
    bounds = offsets(chunk)
    counts = np.zeros(len(chunk), np.int64)
    firsts = np.zeros(len(chunk), np.int64)
    rows = np.flatnonzero(np.diff(bounds))
    starts = bounds[rows]
    firsts[rows] = values[starts] != value
    for piece in np.split(np.arange(len(rows)), _breaks(starts)):
        if len(piece):
            start, stop = starts[piece[0]], bounds[rows[piece[-1]] + 1]
            others = values[start:stop] != value
            counts[rows[piece]] = np.add.reduceat(others, starts[piece] - start, dtype=np.int64)
    return counts, firsts


def _breaks(before: Lengths) -> Any:
    """Where to break rows so that no piece has many more than the tokens of one go."""
    return np.flatnonzero(np.diff(before // _TOKENS)) + 1
