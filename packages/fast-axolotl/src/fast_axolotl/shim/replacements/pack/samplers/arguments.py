"""What the functions of the sampler are called with."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import NotCovered

if TYPE_CHECKING:
    import numpy as np


def checked_lengths(lengths: Any) -> np.ndarray[Any, Any]:
    """The lengths of sequences, if they are an array of integers, none of them negative.

    Raises:
        NotCovered: they are not.
    """
    import numpy as np

    if type(lengths) is not np.ndarray or lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        raise NotCovered("the lengths are not an array of integers")
    if lengths.dtype.kind == "i" and lengths.size and lengths.min() < 0:
        raise NotCovered("a length is negative")
    return lengths


def checked_integer(name: str, value: Any, least: int) -> int:
    """An integer argument of at least `least`, which fits in 63 bits.

    Raises:
        NotCovered: it is something else.
    """
    try:
        number = operator.index(value)
    except TypeError as error:
        raise NotCovered(f"{name} is no integer") from error
    if isinstance(value, bool) or not least <= number < 2**62:
        raise NotCovered(f"{name} is {number}")
    return number
