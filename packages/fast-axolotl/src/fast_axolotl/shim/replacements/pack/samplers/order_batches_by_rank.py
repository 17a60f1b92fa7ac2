"""`order_batches_by_rank`: the batches of a step dealt out to ranks.

Upstream adds up in float64. Sums of integer costs, and their distances from the mean of a power of
two of ranks, are exact there in any order of the summands; other calls are upstream's.
"""

from __future__ import annotations

from typing import Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .arguments import checked_integer, checked_lengths
from .batches import covered
from .pack_parallel import snapshot

__all__ = ["difference", "run", "snapshot"]


def run(
    costs: Any, dp: int = 4, gas: int = 4, window_steps: int = 32, beam_width: int = 8
) -> Outcome:
    """Order the batches of each step."""
    import numpy as np

    from fast_axolotl_pack import order_batches_by_rank

    ranks = checked_integer("dp", dp, 1)
    micro_steps = checked_integer("gas", gas, 1)
    steps = checked_integer("window_steps", window_steps, 1)
    width = checked_integer("beam_width", beam_width, 1)
    if type(costs) is not list and type(costs) is not np.ndarray:
        raise NotCovered("the costs are no list and no array")
    order = covered(
        order_batches_by_rank,
        checked_lengths(covered(np.asarray, costs)),
        ranks=ranks,
        accumulation_steps=micro_steps,
        window_steps=steps,
        beam_width=width,
    )
    return Outcome(np.array(order, dtype=int), f"{len(order):,} batches for {ranks} ranks")


def difference(ours: Any, theirs: Any) -> str | None:
    """Compare the arrays and their types."""
    if ours.dtype != theirs.dtype:
        return f"the order is of {ours.dtype}, upstream's of {theirs.dtype}"
    if ours.tolist() != theirs.tolist():
        return f"the order is {ours.tolist()}, upstream's is {theirs.tolist()}"
    return None
