"""`LabelBalancedRandomSampler._balance_padded_window`: padded batches alike in labels and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fast_axolotl.shim.protocol import Outcome

from .arguments import checked_integer
from .batches import covered, difference
from .fixed import costs_of, described, full_batches, in_batches, snapshot

if TYPE_CHECKING:
    from axolotl.utils.samplers import LabelBalancedRandomSampler

__all__ = ["difference", "run", "snapshot"]


def run(self: LabelBalancedRandomSampler, window: list[list[int]]) -> Outcome:
    """Balance a window, starting with its sequences by falling length where that is no worse."""
    import numpy as np

    from fast_axolotl_pack import balance_padded

    items = full_batches(self, window)
    lengths, labels = described(self, items)
    count, size = len(window), len(window[0])
    sizes = np.full(count, size)
    costs = costs_of(self, lengths, sizes)
    totals = labels.reshape(count, size).sum(axis=1)
    capacity = int(costs.max())
    sorted_ = np.argsort(-lengths, kind="stable")
    sorted_costs = costs_of(self, lengths[sorted_], sizes)
    before = _scores(totals, costs)
    after = _scores(labels[sorted_].reshape(count, size).sum(axis=1), sorted_costs)
    if (
        all(new <= old for new, old in zip(after, before, strict=True))
        and after != before
        and int(sorted_costs.max()) <= capacity
    ):
        items = [items[position] for position in sorted_.tolist()]
        lengths, labels, costs = lengths[sorted_], labels[sorted_], sorted_costs
    # The number of labels in all stays the same, and so does their mean.
    label_scale = max(float(np.mean(totals)), 1.0)
    cost_scale = max(float(np.mean(costs)), 1.0)
    order = covered(
        balance_padded,
        lengths,
        labels,
        batch_size=size,
        padding_multiple=checked_integer("padding_multiple", self.padding_multiple, 1),
        capacity=capacity,
        label_unit=label_scale**2,
        variance_unit=count * cost_scale**2,
        cost_unit=cost_scale,
    )
    return Outcome(in_batches(items, order, size), f"batches of {size}")


def _scores(labels: Any, costs: Any) -> tuple[int, int, int]:
    """How unlike batches are, and what they cost, in integers of any size."""
    labels, costs = labels.tolist(), costs.tolist()
    total = sum(costs)
    squares = sum(cost * cost for cost in costs)
    return sum(count * count for count in labels), total, len(costs) * squares - total**2
