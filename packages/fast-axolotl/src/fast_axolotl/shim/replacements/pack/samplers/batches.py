"""Batches as the samplers have them: lists of rows of sequences, or of sequences, as arrays."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from fast_axolotl.shim.protocol import NotCovered

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

_T = TypeVar("_T")


class Flat(NamedTuple):
    """Lists of integers, one after the other."""

    items: list[int]
    sizes: np.ndarray[Any, Any]
    """How many integers each list has."""

    def sums(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The sum of the values of each list, as int64; there is one value for each integer."""
        return sums(values, self.sizes)


def flatten(lists: list[list[int]]) -> Flat:
    """Put lists together that hold nothing but integers.

    Raises:
        NotCovered: One is empty, or holds something else.
    """
    import numpy as np

    sizes = np.fromiter(map(len, lists), np.int64, len(lists))
    if not sizes.all():
        raise NotCovered("a batch or a row of it is empty")
    items = list(chain.from_iterable(lists))
    if not set(map(type, items)) <= {int}:
        raise NotCovered("an index of a sequence is no int")
    return Flat(items, sizes)


def sums(values: np.ndarray[Any, Any], sizes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The sums of runs of values of these sizes, none of them 0, as int64."""
    import numpy as np

    if not len(sizes):
        return np.empty(0, np.int64)
    return np.add.reduceat(values, np.cumsum(sizes) - sizes, dtype=np.int64)


def covered(function: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
    """What a function of a piece returns.

    Raises:
        NotCovered: The function refuses the arguments; upstream may do so in its own words.
    """
    try:
        return function(*args, **kwargs)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotCovered(str(error)) from error


def difference(ours: list[Any], theirs: list[Any]) -> str | None:
    """Compare batch by batch."""
    if ours == theirs:
        return None
    if len(ours) != len(theirs):
        return f"{len(ours)} batches, upstream has {len(theirs)}"
    number, (our, their) = next(
        (number, pair)
        for number, pair in enumerate(zip(ours, theirs, strict=True))
        if pair[0] != pair[1]
    )
    return f"batch {number} is {our}, upstream's is {their}"
