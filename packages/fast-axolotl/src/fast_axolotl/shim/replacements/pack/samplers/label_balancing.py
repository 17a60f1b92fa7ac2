"""Balancing the labels of packed batches, as `MultipackBatchSampler.generate_batches` does.

The steps are those of upstream's module, looked up there when they are called, so that replaced and
patched ones are used alike. What is computed between them is done here on arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence, Sized
from typing import TYPE_CHECKING, Any

from .batches import sums

if TYPE_CHECKING:
    import numpy as np
    from axolotl.utils.samplers import MultipackBatchSampler

    Batches = list[list[list[int]]]


def balance(sampler: MultipackBatchSampler, batches: Batches, upstream: dict[str, Any]) -> None:
    """Reorder the sequences of batches in place, and note the metrics on the sampler.

    Args:
        sampler: A sampler with label counts.
        batches: Of each batch the bins, of each bin the indices of its sequences.
        upstream: The names of upstream's module.
    """
    lengths, counts, starts = sampler.lengths, sampler.label_counts, sampler.label_start_counts
    epoch_seed = sampler.seed + sampler.epoch
    batches_per_step = sampler.batches_per_optimizer_step
    metrics = {"before": sampler._get_label_metrics(batches)}
    limit = _balanced_batches(sampler, batches)
    batches[:limit] = upstream["balance_labels"](
        batches[:limit],
        lengths,
        counts,
        starts,
        sampler.batch_max_len,
        sampler.bin_size or sampler.batch_max_len,
        epoch_seed,
        padding_multiple=sampler.padding_multiple,
    )
    metrics["before_accumulation"] = sampler._get_label_metrics(batches)
    batches[:limit] = upstream["balance_accumulation"](
        batches[:limit], _labels(batches[:limit], counts, starts), batches_per_step
    )
    metrics["before_microbatch"] = sampler._get_label_metrics(batches)
    window = sampler.label_balance_window_optim_steps
    for steps in (window, 1) if window > 1 else (1,):
        batches[:limit] = upstream["balance_microbatches"](
            batches[:limit],
            lengths,
            counts,
            starts,
            batches_per_step,
            window_steps=steps,
            padding_multiple=sampler.padding_multiple or 1,
            capacity=sampler.batch_max_len,
        )
    metrics["before_rank"] = sampler._get_label_metrics(batches)
    if sampler.dp_count > 1 and limit:
        order = upstream["order_batches_by_rank"](
            _padded_tokens(batches[:limit], lengths, sampler.padding_multiple or 1),
            dp=sampler.dp_count,
            gas=batches_per_step // sampler.dp_count,
        )
        batches[:limit] = [batches[number] for number in order]
    metrics["after"] = sampler._get_label_metrics(batches)
    # In the order in which upstream's log line has them.
    names = ("before_rank", "before_microbatch", "before", "before_accumulation", "after")
    sampler.label_metrics = {name: metrics[name] for name in names}


def _balanced_batches(sampler: MultipackBatchSampler, batches: Batches) -> int:
    """How many batches are balanced: those of whole optimizer steps that every rank trains on."""
    count = len(batches)
    if batches and len(batches[-1]) < sampler.batch_size:
        count -= 1
    if sampler._len_across_ranks is not None:
        count = min(count, sampler._len_across_ranks)
    count -= count % sampler.batches_per_optimizer_step
    return int(count)


def _labels(batches: Batches, counts: np.ndarray, starts: np.ndarray) -> list[int]:
    """The labels of each batch: those of its sequences, less one where a row starts with one."""
    import numpy as np

    sequences, sizes = _rows(batches)
    labels = sums(counts[sequences], sizes)
    if len(labels):
        labels -= starts[sequences[np.cumsum(sizes) - sizes]]
    found: list[int] = sums(labels, _sizes(batches)).tolist()
    return found


def _padded_tokens(batches: Batches, lengths: np.ndarray, multiple: int) -> list[int]:
    """The size of each batch: its rows times the longest of them, rounded up to the multiple."""
    import numpy as np

    sequences, sizes = _rows(batches)
    tokens, rows = sums(lengths[sequences], sizes), _sizes(batches)
    longest = np.maximum.reduceat(tokens, np.cumsum(rows) - rows)
    found: list[int] = (-(-longest // multiple) * multiple * rows).tolist()
    return found


def _rows(batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    """The sequences of all rows, one row after the other, and how many each row has."""
    import numpy as np

    rows = list(itertools.chain.from_iterable(batches))
    sizes = _sizes(rows)
    sequences = np.fromiter(itertools.chain.from_iterable(rows), np.int64, int(sizes.sum()))
    return sequences, sizes


def _sizes(lists: Sequence[Sized]) -> np.ndarray:
    import numpy as np

    return np.fromiter(map(len, lists), np.int64, len(lists))
