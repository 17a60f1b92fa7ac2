"""What Axolotl does to each row before packing, done to whole columns.

A step is recognized by the fingerprint of the function that Axolotl passes to `Dataset.filter` or
`Dataset.map`; the table of targets lists them. A function that is not recognized runs unchanged.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from fast_axolotl.shim.fingerprint import code_fingerprint
from fast_axolotl.shim.protocol import NotCovered
from fast_axolotl.shim.targets import TARGETS, RecognizedFunction

from .columns import Columns, offsets, one
from .columns import lengths as lengths_of


class Keep(NamedTuple):
    """A filter: `mask(columns, batched, **keywords)` says of each row whether it stays."""

    mask: Callable[..., Any]


class Change(NamedTuple):
    """A map: `types` says which columns come out, `change` does it to some of the rows."""

    types: Callable[..., dict[str, pa.DataType]]
    """From columns, batched and keywords: the types of columns that are new or set anew."""
    change: Callable[..., dict[str, pa.Array]]
    """From a table of rows and keywords: the columns that are new or set anew."""


class TooLong(Exception):
    """Axolotl refuses a row of this length: its own function knows in what words."""

    def __init__(self, length: int) -> None:
        super().__init__(f"a row of {length} tokens")
        self.length = length


def known(function: object) -> tuple[Keep | Change, dict[str, Any]]:
    """The step that a function is, with its keyword arguments.

    Raises:
        NotCovered: It is not known.
    """
    keywords: dict[str, Any] = {}
    if isinstance(function, functools.partial) and not function.args:
        keywords, function = function.keywords, function.func
    name = getattr(function, "__name__", type(function).__name__)
    if (
        isinstance(function, FunctionType)
        and function.__closure__ is None
        and not hasattr(function, "__wrapped__")
    ):
        step = STEPS.get(code_fingerprint(function.__code__) or "")
        if step is not None:
            return step, keywords
    raise NotCovered(f"{name} is not one of the steps that are known")


def _keep_range(
    columns: Columns,
    batched: bool,
    sequence_len: int = 2048,
    min_sequence_len: int | None = 2,
    raise_on_drop: bool = False,
) -> Any:
    shortest = _number(min_sequence_len or 2)
    longest = _number(sequence_len)
    columns.lists("input_ids", of_integers=not batched)
    lengths = columns.lengths("input_ids")
    if raise_on_drop and (too_long := lengths > longest).any():
        raise TooLong(int(lengths[np.argmax(too_long)]))
    mask = (lengths >= shortest) & (lengths <= longest)
    return mask if batched else mask & (lengths > 0)


def _keep_long_enough(columns: Columns, batched: bool, min_sequence_len: int | None = 2) -> Any:
    if not batched:
        raise NotCovered("the filter is not batched")
    return columns.lengths("input_ids") >= _number(min_sequence_len or 2)


def _keep_long_enough_once_truncated(
    columns: Columns, batched: bool, sequence_len: int = 2048, min_sequence_len: int | None = 2
) -> Any:
    # It truncates as well, but what a filter does to its rows is lost.
    _number(sequence_len)
    for name in TRUNCATED:
        if name in columns.table.column_names:
            columns.lists(name)
    return _keep_long_enough(columns, batched, min_sequence_len)


def _keep_trained(columns: Columns, batched: bool) -> Any:
    mask = columns.some_other("labels", -100)
    return mask if batched else mask | (columns.lengths("labels") == 0)


def _keep_all(columns: Columns, batched: bool) -> Any:
    # A list is never equal to -100.
    columns.lists("labels", of_integers=True)
    return np.ones(len(columns), np.bool_)


TRUNCATED = ("input_ids", "attention_mask", "labels", "position_ids")


def _truncated_types(
    columns: Columns, batched: bool, sequence_len: int = 2048
) -> dict[str, pa.DataType]:
    if not batched or _number(sequence_len) < 0:
        raise NotCovered("truncation is not batched, or to less than nothing")
    found = {}
    for name in TRUNCATED:
        if name == "input_ids" or name in columns.table.column_names:
            found[name] = columns.lists(name, of_integers=True).type
            if pa.types.is_fixed_size_list(found[name]):
                raise NotCovered("the lists have a fixed size")
    return found


def _truncate(table: pa.Table, sequence_len: int = 2048) -> dict[str, pa.Array]:
    too_long = lengths_of(table.column("input_ids")) > sequence_len
    if not too_long.any():
        return {}
    names = [name for name in TRUNCATED if name in table.column_names]
    return {name: _cut(one(table.column(name)), too_long, sequence_len) for name in names}


def _cut(column: pa.Array, rows: Any, size: int) -> pa.Array:
    """Lists of which those of some rows are cut to a size."""
    bounds = offsets(column)
    lengths = np.diff(bounds)
    kept = np.where(rows, np.minimum(lengths, size), lengths)
    mask = np.ones(int(bounds[-1] - bounds[0]), np.bool_)
    surplus = lengths - kept
    before = np.cumsum(surplus) - surplus
    gone = np.repeat(bounds[:-1] + kept - bounds[0] - before, surplus)
    mask[gone + np.arange(len(gone))] = False
    values = column.values.slice(int(bounds[0]), len(mask)).filter(pa.array(mask))
    return _lists(column.type, kept, values)


def _position_types(columns: Columns, batched: bool) -> dict[str, pa.DataType]:
    columns.lists("input_ids", of_integers=not batched)
    lengths = columns.lengths("input_ids")
    if not batched and (lengths == 0).any():
        raise NotCovered("a row of 'input_ids' is empty")
    if not (lengths[:1000] > 0).any():
        raise NotCovered("the first rows of 'input_ids' are empty, which leaves types open")
    names = columns.table.column_names
    found = {"position_ids": pa.list_(pa.int64()), **_length_types(columns, batched=False)}
    if "position_ids" in names:
        found["position_ids"] = columns.lists("position_ids", of_integers=True).type
        if pa.types.is_fixed_size_list(found["position_ids"]):
            raise NotCovered("the lists of 'position_ids' have a fixed size")
    return found


def _positions(table: pa.Table) -> dict[str, pa.Array]:
    lengths = lengths_of(table.column("input_ids"))
    starts = np.cumsum(lengths) - lengths
    positions = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
    found = _lists(pa.list_(pa.int64()), lengths, pa.array(positions))
    return {"position_ids": found, "length": pa.array(lengths)}


def _length_types(columns: Columns, batched: bool) -> dict[str, pa.DataType]:
    if batched:
        raise NotCovered("the lengths are of batches")
    columns.lengths("input_ids")
    kind = pa.int64()
    if "length" in columns.table.column_names:
        kind = columns.table.column("length").type
        if not pa.types.is_integer(kind):
            raise NotCovered(f"column 'length' is {kind}")
    return {"length": kind}


def _add_lengths(table: pa.Table) -> dict[str, pa.Array]:
    return {"length": pa.array(lengths_of(table.column("input_ids")))}


def _lists(kind: pa.DataType, lengths: Any, values: pa.Array) -> pa.Array:
    """Lists of these lengths."""
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    if pa.types.is_large_list(kind):
        return pa.LargeListArray.from_arrays(pa.array(bounds), values, type=kind)
    return pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), values, type=kind)


def _number(value: object) -> int:
    if type(value) is not int:
        raise NotCovered(f"a length is {value!r}")
    return value


KEEP_RANGE = Keep(_keep_range)
KEEP_LONG_ENOUGH = Keep(_keep_long_enough)
KEEP_LONG_ENOUGH_ONCE_TRUNCATED = Keep(_keep_long_enough_once_truncated)
KEEP_TRAINED = Keep(_keep_trained)
KEEP_ALL = Keep(_keep_all)
TRUNCATE = Change(_truncated_types, _truncate)
ADD_POSITIONS = Change(_position_types, _positions)
ADD_LENGTHS = Change(_length_types, _add_lengths)

STEPS: dict[str, Keep | Change] = {
    code: globals()[target.step]
    for target in TARGETS
    if isinstance(target, RecognizedFunction)
    for code in target.proven
}
"""The functions that are recognized, by their fingerprints."""
