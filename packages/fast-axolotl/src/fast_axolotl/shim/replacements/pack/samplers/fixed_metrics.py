"""`LabelBalancedRandomSampler._metrics`: how alike batches of a fixed size are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .batches import covered, flatten
from .fixed import costs_of, described, is_plain
from .label_metrics import difference
from .pack_parallel import snapshot

if TYPE_CHECKING:
    from axolotl.utils.samplers import LabelBalancedRandomSampler

__all__ = ["difference", "run", "snapshot"]


def run(self: LabelBalancedRandomSampler, batches: list[list[int]]) -> Outcome:
    """Add up the labels, the tokens and the costs of the batches."""
    import numpy as np
    from axolotl.utils.samplers import label_balanced

    is_plain(self)
    if type(batches) is not list or not batches:
        raise NotCovered("there is no list of batches")
    flat = flatten(batches)
    tokens, counts = described(self, flat.items)
    labels, lengths = flat.sums(counts), flat.sums(tokens)
    costs = costs_of(self, tokens, flat.sizes)
    whole = len(batches) - int(len(batches[-1]) < self.batch_size)
    metrics = {
        "mean_batch_cost": float(np.mean(costs)),
        "std_batch_cost": float(np.std(costs)),
        "max_batch_cost": int(costs.max()),
        "total_batch_cost": int(costs.sum()),
        "padding_tokens": int(costs.sum()) - int(lengths.sum()),
        "batches": len(batches),
        "mean_unpadded_length": float(np.mean(lengths)),
        "max_unpadded_length": int(lengths.max()),
        "std_unpadded_length": float(np.std(lengths)),
        "mean_label_count": float(np.mean(labels)),
        "std_label_count": float(np.std(labels)),
        "total_label_count": int(labels.sum()),
        **covered(
            label_balanced.accumulation_metrics,
            labels[:whole].tolist(),
            self.batches_per_optimizer_step,
        ),
    }
    return Outcome(metrics, f"{len(flat.items):,} sequences")
