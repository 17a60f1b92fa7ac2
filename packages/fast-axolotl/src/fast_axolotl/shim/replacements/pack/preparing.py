"""Preparing datasets for packing: `handle_long_seq_in_dataset` and `process_datasets_for_packing`.

Upstream filters, truncates and adds columns with functions that get every row as Python objects.
Here upstream's own code runs on views of its datasets that do those steps to whole columns.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import datasets
from datasets import Dataset, IterableDataset

from fast_axolotl.shim.protocol import NotCovered, Outcome, Refused
from fast_axolotl.shim.replacements.plain import is_plain

from .columnar import Columnar, Record

_ROWS = 1000
"""How many rows are compared at a time."""


def replacement_for(upstream: Callable[..., Any]) -> Preparation:
    """What replaces one of the functions."""
    return Preparation(upstream)


class Preparation:
    """A function of upstream that runs on views of its datasets."""

    def __init__(self, upstream: Callable[..., Any]) -> None:
        self._upstream = upstream

    def run(self, *args: Any, **kwargs: Any) -> Outcome:
        """Run upstream's code on views of the datasets among its arguments."""
        given = [*args, *kwargs.values()]
        sources = [one for one in given if isinstance(one, (Dataset, IterableDataset))]
        others = {type(one).__name__ for one in sources if not is_plain(one)}
        if others or not sources:
            raise NotCovered(f"the dataset is {', '.join(others) or 'none'}")
        if any(getattr(one, "use_pose", False) for one in given):
            raise NotCovered("PoSE draws its positions at random")
        record = Record()

        def view(argument: Any) -> Any:
            return Columnar.view(argument, record) if is_plain(argument) else argument

        try:
            result = self._upstream(
                *map(view, args), **{name: view(value) for name, value in kwargs.items()}
            )
        except Exception as error:
            if record.error is not None:
                raise
            raise Refused(record.left) from error
        rows = " and ".join(f"{len(one):,}" for one in sources)
        summary = f"{rows} rows, {record.fast} steps on columns"
        return Outcome(_plain(result), summary, record.left)

    def snapshot(self, *args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments, which no call changes."""
        return args, kwargs

    @staticmethod
    @contextlib.contextmanager
    def alone() -> Iterator[None]:
        """Without the cache of `datasets`, which would hand the first result out again."""
        was_enabled = datasets.is_caching_enabled()
        datasets.disable_caching()
        try:
            yield
        finally:
            if was_enabled:
                datasets.enable_caching()

    def difference(self, ours: Any, theirs: Any) -> str | None:
        """Compare each dataset, up to the last value."""
        if not isinstance(ours, tuple):
            ours, theirs = (ours,), (theirs,)
        if len(ours) != len(theirs):
            return f"{len(ours)} results, upstream has {len(theirs)}"
        for one, other in zip(ours, theirs, strict=True):
            if type(one) is not type(other):
                return f"a result is {type(one).__name__}, that of upstream {type(other).__name__}"
            found = _difference(one, other) if isinstance(one, Dataset) else None
            if found is not None:
                return found
        return None


def _plain(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_plain, result))
    return result.plain() if isinstance(result, Columnar) else result


def _difference(ours: Dataset, theirs: Dataset) -> str | None:
    if len(ours) != len(theirs):
        return f"{len(ours)} rows, upstream has {len(theirs)}"
    if ours.features != theirs.features or list(ours.features) != list(theirs.features):
        return f"the features are {ours.features}, those of upstream {theirs.features}"
    if ours.format != theirs.format:
        return f"the format is {ours.format}, that of upstream {theirs.format}"
    if ours._fingerprint != theirs._fingerprint:
        return f"the fingerprint is {ours._fingerprint}, that of upstream {theirs._fingerprint}"
    pairs = zip(
        ours.with_format("arrow").iter(_ROWS), theirs.with_format("arrow").iter(_ROWS), strict=True
    )
    for number, (one, other) in enumerate(pairs):
        if one != other:
            return f"rows {number * _ROWS} to {number * _ROWS + len(one) - 1} differ"
    return None
