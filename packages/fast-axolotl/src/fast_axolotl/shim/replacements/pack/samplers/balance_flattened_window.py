"""`LabelBalancedRandomSampler._balance_flattened_window`: batches alike in labels and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .batches import covered, difference
from .fixed import described, full_batches, in_batches, snapshot

if TYPE_CHECKING:
    from axolotl.utils.samplers import LabelBalancedRandomSampler

__all__ = ["difference", "run", "snapshot"]


def run(self: LabelBalancedRandomSampler, window: list[list[int]]) -> Outcome:
    """Balance a window, with upstream's weights of labels and tokens."""
    import numpy as np

    from fast_axolotl_pack import balance_flattened

    items = full_batches(self, window)
    if len(set(items)) < len(items):
        raise NotCovered("a sequence is in the window twice")
    lengths, labels = described(self, items)
    count, size = len(window), len(window[0])
    label_scale = max(float(np.mean(labels.reshape(count, size).sum(axis=1))), 1.0)
    length_scale = max(float(np.mean(lengths.reshape(count, size).sum(axis=1))), 1.0)
    order = covered(
        balance_flattened,
        lengths,
        labels,
        labels / label_scale + lengths / length_scale,
        batch_size=size,
        label_unit=label_scale**2,
        token_unit=length_scale**2,
    )
    return Outcome(in_batches(items, order, size), f"batches of {size}")
