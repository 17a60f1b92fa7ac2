"""`pack_parallel`: first-fit in groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .arguments import checked_integer, checked_lengths

if TYPE_CHECKING:
    from fast_axolotl_pack import Bins

_START_METHODS = (None, "fork", "spawn", "forkserver")


def run(
    sequence_lengths: Any,
    bin_capacity: int,
    group_size: int,
    bin_size: int,
    num_processes: int | None = None,
    safe_mode: bool = True,
    mp_start_method: str | None = "fork",
) -> Outcome:
    """Pack lengths into bins, on threads where upstream starts processes."""
    if num_processes is not None:
        checked_integer("num_processes", num_processes, 1)
    if mp_start_method not in _START_METHODS:
        raise NotCovered(f"mp_start_method is {mp_start_method!r}")
    # `safe_mode` is about more bins than sequences, which there cannot be.
    bins = pack(sequence_lengths, bin_capacity, group_size, bin_size)
    return Outcome(bins.to_lists(), summary(bins))


def pack(
    lengths: Any, capacity: Any, group_size: Any, bin_size: Any, *, strategy: Any = "first_fit"
) -> Bins:
    """The bins of groups of lengths.

    Raises:
        NotCovered: an argument is not one that upstream's compiled code takes as we do.
    """
    from fast_axolotl_pack import pack_lengths

    return pack_lengths(
        checked_lengths(lengths),
        checked_integer("the capacity", capacity, 1),
        strategy=strategy,
        # A bin that may hold no sequence gets its first one nevertheless.
        max_sequences_per_bin=max(1, checked_integer("the size of a bin", bin_size, 0)),
        group_size=checked_integer("the size of a group", group_size, 1),
        overflow="own_bin",
    )


def summary(bins: Bins) -> str:
    """A line about bins for the log."""
    return f"{len(bins.indices):,} sequences in {len(bins):,} bins"


def snapshot(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, which stay as they are."""
    return args, kwargs


def difference(ours: list[list[int]], theirs: list[list[int]]) -> str | None:
    """Compare bin by bin."""
    if ours == theirs:
        return None
    if len(ours) != len(theirs):
        return f"{len(ours)} bins, upstream has {len(theirs)}"
    first = next(
        index
        for index, pair in enumerate(zip(ours, theirs, strict=True))
        if len({*map(tuple, pair)}) > 1
    )
    return f"bin {first} is {ours[first]}, upstream's is {theirs[first]}"
