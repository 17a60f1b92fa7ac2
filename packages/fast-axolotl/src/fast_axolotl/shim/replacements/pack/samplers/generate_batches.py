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
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from fast_axolotl.shim import settings
from fast_axolotl.shim.fingerprint import code_fingerprint
from fast_axolotl.shim.protocol import NotCovered, Outcome, Refused

from . import pack_parallel
from .arguments import checked_integer, checked_lengths
from .label_balancing import balance

if TYPE_CHECKING:
    from axolotl.utils.samplers import MultipackBatchSampler

    from fast_axolotl_pack import Bins

_STATISTICS = ("total_tokens_used", "total_token_slots", "label_metrics")
"""What a call leaves on the sampler beside the batches; older versions have no labels."""


# The method by itself in Axolotl 0.12, and in 0.13 to 0.18.
_PASSES_BIN_SIZE_ON = "f5777a185827859a"
_COUNTS_DROPPED = frozenset({_PASSES_BIN_SIZE_ON, "e71cf2bd979716e7"})


def replacement_for(upstream: Callable[..., Any]) -> GenerateBatches:
    """The replacement, which calls what upstream's own module holds when it is called."""
    return GenerateBatches(upstream)


class GenerateBatches:
    """Packs the sequences of a sampler, and balances the labels of its batches if asked to."""

    def __init__(self, upstream: Callable[..., Any]) -> None:
        self._upstream_names = upstream.__globals__
        code = code_fingerprint(upstream.__code__)
        self._counts_dropped = code in _COUNTS_DROPPED
        self._passes_bin_size_on = code == _PASSES_BIN_SIZE_ON
        # The order that was drawn for a call whose result is compared with upstream's: drawing it a
        # second time gives another one, and would change what is drawn after it.
        self._drawn: weakref.WeakKeyDictionary[MultipackBatchSampler, list[int]]
        self._drawn = weakref.WeakKeyDictionary()
        self._compared: tuple[MultipackBatchSampler, MultipackBatchSampler] | None = None

    def run(self, sampler: MultipackBatchSampler, set_stats: bool = False) -> Outcome:
        """Pack the sequences in the order of the sampler, and count what they fill."""
        if sampler._batches is not None:
            if set_stats:
                _log_label_metrics(sampler)
            return Outcome(sampler._batches, "")
        capacity, batch_size, bin_size, group_size = self._checked(sampler)
        # From here on nothing is left to upstream: the order of the sequences is drawn once.
        indices = self._drawn.pop(sampler, None)
        if indices is None:
            indices = list(self._order(sampler))
        balances = _balances_labels(sampler)
        if hasattr(sampler, "label_metrics"):
            sampler.label_metrics = None
            sampler._label_metrics_logged = False
        lengths = sampler.lengths[indices]
        bins: Bins
        total_used: Any
        if sampler.sequential:
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
        if sampler.drop_last:
            dropped = self._drop_incomplete(batches, batch_size, sequential=sampler.sequential)
            total_slots -= len(dropped) * capacity
            total_used -= sum(sampler.lengths[index] for one in dropped for index in one)
        summary = pack_parallel.summary(bins)
        if balances:
            try:
                balance(sampler, batches, self._upstream_names)
            except Exception as error:
                raise Refused("") from error
            summary += ", labels balanced"
        if set_stats:
            sampler.total_tokens_used += total_used
            sampler.total_token_slots += total_slots
            _log_label_metrics(sampler)
        sampler._batches = batches
        return Outcome(batches, summary)

    def _drop_incomplete(
        self, batches: list[list[list[int]]], batch_size: int, *, sequential: bool
    ) -> list[list[int]]:
        """Drop the last batch if it has too few bins.

        Returns:
            The bins that are not to be counted: those dropped, or none before Axolotl 0.19.
        """
        if not self._counts_dropped:
            return batches.pop() if batches and len(batches[-1]) < batch_size else []
        try:
            if len(batches[-1]) < batch_size:
                batches.pop()
                # Without sequential packing upstream looks at the batch before.
                _ = sequential or batches[-1]
        except IndexError as error:
            raise Refused("") from error
        return []

    @staticmethod
    def _order(sampler: MultipackBatchSampler) -> Any:
        """What the order of the sequences is drawn from."""
        base = sampler.sampler
        if not _balances_labels(sampler):
            return base
        import torch
        from torch.utils.data import RandomSampler

        if not isinstance(base, RandomSampler):
            return base
        # With labels, every rank draws the same order, whatever the state of its own generator.
        return RandomSampler(
            base.data_source,
            replacement=base.replacement,
            num_samples=base.num_samples,
            generator=torch.Generator().manual_seed(sampler.seed + sampler.epoch),
        )

    def _checked(self, sampler: MultipackBatchSampler) -> tuple[int, int, int, int]:
        """The capacity, and the sizes of batches, bins and groups.

        Raises:
            NotCovered: they, or the lengths, are not as the fast path takes them.
        """
        checked_lengths(sampler.lengths)
        if self._passes_bin_size_on and not sampler.bin_size:
            raise NotCovered("bin_size is not set, which this Axolotl cannot pack by")
        capacity = checked_integer("batch_max_len", sampler.batch_max_len, 1)
        batch_size = checked_integer("batch_size", sampler.batch_size, 1)
        bin_size = checked_integer("bin_size", sampler.bin_size or capacity, 0)
        return capacity, batch_size, bin_size, checked_integer("group_size", sampler.group_size, 1)

    def snapshot(
        self, sampler: MultipackBatchSampler, set_stats: bool = False
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The sampler as it is, with the order of the sequences drawn for both.

        None where the bins are not meant to be those of upstream.
        """
        if not settings.is_as_axolotl():
            return None
        self._checked(sampler)
        other = copy.copy(sampler)
        if sampler._batches is None:
            self._drawn[sampler] = other.sampler = list(self._order(sampler))
        self._compared = sampler, other
        return (other, set_stats), {}

    def difference(self, ours: list[list[list[int]]], theirs: list[list[list[int]]]) -> str | None:
        """Compare bin by bin, and what the sampler counts."""
        if list(map(len, ours)) != list(map(len, theirs)):
            return f"{len(ours)} batches, upstream has {len(theirs)}, or of other sizes"
        flat = itertools.chain.from_iterable
        found = pack_parallel.difference(list(flat(ours)), list(flat(theirs)))
        if found is not None or self._compared is None:
            return found
        (sampler, other), self._compared = self._compared, None
        for name in _STATISTICS:
            one, two = getattr(sampler, name, None), getattr(other, name, None)
            if repr(one) != repr(two):
                return f"{name} is {one}, that of upstream {two}"
        return None


def _balances_labels(sampler: MultipackBatchSampler) -> bool:
    """Whether the sampler balances labels, which Axolotl does since 0.21."""
    return getattr(sampler, "label_counts", None) is not None


def _log_label_metrics(sampler: MultipackBatchSampler) -> None:
    """Log what the balancing of labels has come to, in the versions that have it."""
    if hasattr(sampler, "_log_label_metrics"):
        sampler._log_label_metrics()


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
