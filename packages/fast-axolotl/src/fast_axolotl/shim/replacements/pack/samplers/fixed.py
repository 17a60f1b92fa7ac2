"""What the methods of `LabelBalancedRandomSampler` have in common: batches of a fixed size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import NotCovered

from .arguments import checked_integer, checked_lengths
from .batches import flatten, sums

if TYPE_CHECKING:
    import numpy as np
    from axolotl.utils.samplers import LabelBalancedRandomSampler

    Integers = np.ndarray[Any, np.dtype[np.int64]]

_MODULE = "axolotl.utils.samplers.label_balanced"


def is_plain(sampler: LabelBalancedRandomSampler) -> None:
    """See that the sampler has the methods that the replacements rely on.

    Raises:
        NotCovered: It is of a class derived from upstream's, which may have others.
    """
    if type(sampler).__module__ != _MODULE:
        raise NotCovered(f"the sampler is {type(sampler).__name__}")


def described(sampler: LabelBalancedRandomSampler, items: list[int]) -> tuple[Integers, Integers]:
    """The lengths and the labels of sequences, as int64.

    Raises:
        NotCovered: There is no such sequence.
    """
    import numpy as np

    indices = np.array(items, np.int64)
    try:
        lengths = checked_lengths(sampler.lengths)[indices].astype(np.int64)
        labels = checked_lengths(sampler.label_counts)[indices].astype(np.int64)
    except IndexError as error:
        raise NotCovered(str(error)) from error
    return lengths, labels


def costs_of(sampler: LabelBalancedRandomSampler, lengths: Integers, sizes: Integers) -> Integers:
    """What batches of these sizes, none of them 0, cost: upstream's `_batch_cost`."""
    import numpy as np

    if sampler.length_mode == "flattened":
        return sums(lengths, sizes)
    multiple = checked_integer("padding_multiple", sampler.padding_multiple, 1)
    longest = np.maximum.reduceat(lengths, np.cumsum(sizes) - sizes)
    costs: Integers = sizes * ((longest + multiple - 1) // multiple * multiple)
    return costs


def full_batches(sampler: LabelBalancedRandomSampler, window: list[list[int]]) -> list[int]:
    """The sequences of a window, all of whose batches are full.

    Raises:
        NotCovered: They are not, or the window is none of this sampler.
    """
    is_plain(sampler)
    if type(window) is not list or not window or not set(map(type, window)) <= {list}:
        raise NotCovered("the window is no list of batches")
    flat = flatten(window)
    if (flat.sizes != checked_integer("batch_size", sampler.batch_size, 1)).any():
        raise NotCovered("a batch is not full")
    return flat.items


def in_batches(items: list[int], order: list[int], size: int) -> list[list[int]]:
    """Sequences in another order, in batches of a size."""
    chosen = [items[position] for position in order]
    return [chosen[start : start + size] for start in range(0, len(chosen), size)]


def snapshot(
    self: LabelBalancedRandomSampler, window: list[list[int]]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Copy the window, because upstream changes the lists that it is given."""
    return (self, [list(batch) for batch in window]), {}
