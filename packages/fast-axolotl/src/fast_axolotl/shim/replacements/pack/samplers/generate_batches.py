"""`MultipackBatchSampler.generate_batches`: the bins of an epoch, batch by batch.

Upstream calls this about five times before the first step. Each time it looks the sequences up one
by one and then collects all garbage of the process; here neither is needed.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import itertools
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fast_axolotl.shim import settings
from fast_axolotl.shim.protocol import Outcome

from . import pack_parallel
from .arguments import checked_integer, checked_lengths

if TYPE_CHECKING:
    from axolotl.utils.samplers import MultipackBatchSampler

    from fast_axolotl_pack import Bins

# The order that was drawn for a call whose result is compared with upstream's: drawing it a second
# time gives another one, and would change what is drawn after it.
_DRAWN: weakref.WeakKeyDictionary[MultipackBatchSampler, list[int]] = weakref.WeakKeyDictionary()


def run(self: MultipackBatchSampler, set_stats: bool = False) -> Outcome:
    """Pack the sequences in the order of the sampler, and count what they fill."""
    if self._batches is not None:
        return Outcome(self._batches, "")
    capacity, batch_size, bin_size, group_size = _checked(self)
    # From here on nothing is left to upstream: the order of the sequences is drawn once.
    indices = _DRAWN.pop(self, None)
    if indices is None:
        indices = list(self.sampler)
    lengths = self.lengths[indices]
    bins: Bins
    total_used: Any
    if self.sequential:
        from fast_axolotl_pack import pack_lengths

        bins = pack_lengths(lengths, capacity, strategy="sequential", overflow="own_bin")
        total_used = int(bins.tokens.sum())
        lists = bins.to_lists(indices)
    else:
        bins = pack_parallel.pack(
            lengths, capacity, group_size, bin_size, strategy=settings.packing()
        )
        total_used = lengths.sum()
        lists = _in_order(bins, indices)
    total_slots = len(bins) * capacity
    with _collector_paused():
        batches = [lists[i : i + batch_size] for i in range(0, len(lists), batch_size)]
    if self.drop_last and batches and len(batches[-1]) < batch_size:
        dropped = batches.pop()
        total_slots -= len(dropped) * capacity
        total_used -= sum(self.lengths[index] for one in dropped for index in one)
    if set_stats:
        self.total_tokens_used += total_used
        self.total_token_slots += total_slots
    self._batches = batches
    return Outcome(batches, pack_parallel.summary(bins))


def _checked(self: MultipackBatchSampler) -> tuple[int, int, int, int]:
    """The capacity, and the sizes of batches, bins and groups.

    Raises:
        NotCovered: they, or the lengths, are not as the fast path takes them.
    """
    checked_lengths(self.lengths)
    capacity = checked_integer("batch_max_len", self.batch_max_len, 1)
    batch_size = checked_integer("batch_size", self.batch_size, 1)
    bin_size = checked_integer("bin_size", self.bin_size or capacity, 0)
    return capacity, batch_size, bin_size, checked_integer("group_size", self.group_size, 1)


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the garbage collector, which would look through all lists again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _in_order(bins: Bins, indices: list[int]) -> list[list[int]]:
    """The bins as lists, by their first sequences: those of first-fit are so anyway.

    What is packed by falling length would be trained on by falling length, which is no random
    order, whatever the sampler drew.
    """
    lists = bins.to_lists(indices)
    if settings.is_as_axolotl() or not lists:
        return lists
    import numpy as np

    firsts = np.minimum.reduceat(bins.indices, bins.offsets[:-1])
    return [lists[number] for number in firsts.argsort().tolist()]


def snapshot(
    self: MultipackBatchSampler,
    set_stats: bool = False,
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The sampler as it is, with the order of the sequences drawn for both.

    None where the bins are not meant to be those of upstream.
    """
    if not settings.is_as_axolotl():
        return None
    _checked(self)
    other = copy.copy(self)
    if self._batches is None:
        _DRAWN[self] = other.sampler = list(self.sampler)
    return (other, set_stats), {}


def difference(ours: list[list[list[int]]], theirs: list[list[list[int]]]) -> str | None:
    """Compare bin by bin."""
    if list(map(len, ours)) != list(map(len, theirs)):
        return f"{len(ours)} batches, upstream has {len(theirs)}, or of other sizes"
    flat = itertools.chain.from_iterable
    return pack_parallel.difference(list(flat(ours)), list(flat(theirs)))
