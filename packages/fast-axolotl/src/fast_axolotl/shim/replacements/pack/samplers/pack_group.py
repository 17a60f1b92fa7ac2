"""`pack_group`: first-fit of one group."""

from __future__ import annotations

from typing import Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .arguments import checked_integer
from .pack_parallel import difference, pack, snapshot, summary

__all__ = ["difference", "run", "snapshot"]


def run(
    sequence_lengths: Any,
    group_offset: int,
    bin_capacity: int,
    max_bins: int,
    bin_size: int,
    safe_mode: bool = True,
) -> Outcome:
    """Pack a group, whose first sequence has the index `group_offset`."""
    count = len(sequence_lengths)
    if safe_mode and checked_integer("max_bins", max_bins, 0) < count:
        raise NotCovered("there may be fewer bins than sequences")
    bins = pack(sequence_lengths, bin_capacity, max(1, count), bin_size)
    offset = checked_integer("group_offset", group_offset, 0)
    result = bins.to_lists(list(range(offset, offset + count)) if offset else None)
    return Outcome(result, summary(bins))
