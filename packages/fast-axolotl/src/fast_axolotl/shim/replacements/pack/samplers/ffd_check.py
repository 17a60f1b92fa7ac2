"""`ffd_check`: whether sequences fit into so many bins, by first-fit-decreasing."""

from __future__ import annotations

from typing import Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .arguments import checked_integer, checked_lengths
from .pack_parallel import snapshot

__all__ = ["difference", "run", "snapshot"]


def run(sequence_lengths: Any, bin_capacity: int, num_bins: int) -> Outcome:
    """Pack without a limit, and count the bins."""
    import numpy as np

    from fast_axolotl_pack import pack_lengths

    lengths = checked_lengths(sequence_lengths)
    capacity = checked_integer("the capacity", bin_capacity, 1)
    most = checked_integer("num_bins", num_bins, 0)
    # Upstream keeps what is left of a bin in the type of the lengths.
    if capacity > np.iinfo(lengths.dtype).max:
        raise NotCovered(f"the capacity is beyond {lengths.dtype}")
    if lengths.size and lengths.max() > capacity:
        return Outcome(False, f"{len(lengths):,} sequences, one longer than a bin")
    bins = pack_lengths(lengths, capacity, strategy="first_fit_decreasing")
    return Outcome(len(bins) <= most, f"{len(lengths):,} sequences in {len(bins):,} bins")


def difference(ours: bool, theirs: bool) -> str | None:
    """Compare the answers."""
    return None if ours == theirs else f"{ours}, upstream says {theirs}"
