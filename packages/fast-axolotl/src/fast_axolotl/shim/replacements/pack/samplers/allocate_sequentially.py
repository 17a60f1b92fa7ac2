"""`allocate_sequentially`: bins in the order of the sequences, dealt out to ranks."""

from __future__ import annotations

from typing import Any

from fast_axolotl.shim.protocol import Outcome

from .arguments import checked_integer, checked_lengths
from .pack_parallel import snapshot, summary

__all__ = ["difference", "run", "snapshot"]


def run(sequence_lengths: Any, rank: int, bin_capacity: int, num_ranks: int) -> Outcome:
    """Pack in order; the bins of one rank, and the tokens and places of all."""
    from fast_axolotl_pack import pack_lengths

    first = checked_integer("rank", rank, 0)
    step = checked_integer("num_ranks", num_ranks, 1)
    capacity = checked_integer("the capacity", bin_capacity, 1)
    bins = pack_lengths(
        checked_lengths(sequence_lengths), capacity, strategy="sequential", overflow="own_bin"
    )
    result = bins[first::step].to_lists(), int(bins.tokens.sum()), len(bins) * capacity
    return Outcome(result, summary(bins))


def difference(ours: tuple[Any, int, int], theirs: tuple[Any, int, int]) -> str | None:
    """Compare the bins, the tokens and the places."""
    from .pack_parallel import difference as difference_of_bins

    if ours[1:] != theirs[1:]:
        return f"{ours[1]} tokens in {ours[2]} places, upstream has {theirs[1]} in {theirs[2]}"
    return difference_of_bins(ours[0], theirs[0])
