"""Lengths of rows: `axolotl.utils.samplers.utils.get_dataset_lengths`.

Upstream makes a Python list of every row to count it. Here the lengths are the differences of the
offsets of the Arrow column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

if TYPE_CHECKING:
    from datasets import Dataset


def run(dataset: Dataset, from_arrow: bool = False) -> Outcome:
    """The length of each row, as an array of integers."""
    from fast_axolotl.shim.replacements.plain import is_plain

    if not is_plain(dataset):
        raise NotCovered(f"the dataset is {type(dataset).__name__}")
    import numpy as np

    found = _lengths(dataset, from_arrow)
    # What numpy makes of a list of Python integers.
    return Outcome(found.astype(np.array([0]).dtype), f"{len(found):,} rows")


def _lengths(dataset: Dataset, from_arrow: bool) -> Any:
    from .columns import Columns, lengths

    columns = Columns(dataset)
    if not len(columns):
        raise NotCovered("the dataset is empty")
    names = columns.table.column_names
    if "length" in names:
        return columns.of_rows(_integers(columns.table.column("length")))
    if "position_ids" in names:
        return columns.of_rows(_last(columns)) + 1
    if from_arrow:
        # As upstream: of all rows of the table, whichever of them the dataset has.
        return _all_lengths(columns)
    return columns.of_rows(lengths(columns.lists("input_ids")))


def _all_lengths(columns: Any) -> Any:
    import pyarrow as pa

    from .columns import lengths

    column = columns.lists("input_ids")
    if pa.types.is_fixed_size_list(column.type):
        raise NotCovered("the lists have a fixed size")
    return lengths(column)


def _integers(column: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    if not pa.types.is_integer(column.type) or pa.types.is_uint64(column.type):
        raise NotCovered(f"column 'length' is {column.type}")
    if column.null_count:
        raise NotCovered("column 'length' has nulls")
    return column.to_numpy().astype(np.int64)


def _last(columns: Any) -> Any:
    """The last element of each row of `position_ids`."""
    import numpy as np
    import pyarrow as pa

    from .columns import offsets

    column = columns.lists("position_ids", of_integers=True)
    if pa.types.is_uint64(column.type.value_type):
        raise NotCovered("column 'position_ids' is uint64")
    found = [np.empty(0, np.int64)]
    for chunk in column.chunks:
        bounds = offsets(chunk)
        if np.any(bounds[1:] == bounds[:-1]):
            raise NotCovered("a row of 'position_ids' is empty")
        found.append(chunk.values.to_numpy()[bounds[1:] - 1].astype(np.int64))
    return np.concatenate(found)


def snapshot(dataset: Dataset, from_arrow: bool = False) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, which no call changes."""
    return (dataset, from_arrow), {}


def difference(ours: Any, theirs: Any) -> str | None:
    """Compare the arrays and their types."""
    if ours.dtype != theirs.dtype:
        return f"the lengths are {ours.dtype}, those of upstream {theirs.dtype}"
    if ours.shape != theirs.shape or (ours != theirs).any():
        return "the lengths differ"
    return None
