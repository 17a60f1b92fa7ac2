"""`MultipackBatchSampler._get_label_metrics`: how alike the batches are in labels.

Upstream makes it five times an epoch, with a loop over all sequences.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .arguments import checked_lengths
from .batches import covered, flatten, sums
from .pack_parallel import snapshot

if TYPE_CHECKING:
    from axolotl.utils.samplers import MultipackBatchSampler

__all__ = ["difference", "run", "snapshot"]


def run(self: MultipackBatchSampler, batches: list[list[list[int]]]) -> Outcome:
    """Add up the labels of the batches and the tokens of the rows."""
    import numpy as np
    from axolotl.utils.samplers import multipack

    if type(batches) is not list or not set(map(type, batches)) <= {list}:
        raise NotCovered("the batches are not lists")
    rows = list(chain.from_iterable(batches))
    flat = flatten(rows)
    rows_of_batch = np.fromiter(map(len, batches), np.int64, len(batches))
    if not rows_of_batch.all():
        raise NotCovered("a batch is empty")
    indices = np.array(flat.items, np.int64)
    counts, starts = checked_lengths(self.label_counts), checked_lengths(self.label_start_counts)
    try:
        labels_of_row = flat.sums(counts[indices])
        if rows:
            labels_of_row -= starts[indices[np.cumsum(flat.sizes) - flat.sizes]].astype(np.int64)
        lengths = flat.sums(checked_lengths(self.lengths)[indices])
    except IndexError as error:
        raise NotCovered(str(error)) from error
    labels = sums(labels_of_row, rows_of_batch)
    whole = len(batches) - int(bool(batches) and len(batches[-1]) < self.batch_size)
    metrics = {
        "batches": len(batches),
        "packed_rows": len(lengths),
        "mean_packed_length": float(np.mean(lengths)) if len(lengths) else 0.0,
        "mean_label_count": float(np.mean(labels)) if len(labels) else 0.0,
        "std_label_count": float(np.std(labels)) if len(labels) else 0.0,
        "total_label_count": int(labels.sum()),
        **covered(
            multipack.accumulation_metrics,
            labels[:whole].tolist(),
            self.batches_per_optimizer_step,
        ),
    }
    return Outcome(metrics, f"{len(flat.items):,} sequences")


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> str | None:
    """Compare the numbers, to the last digit, and their types."""
    return None if repr(ours) == repr(theirs) else f"{ours}, upstream has {theirs}"
