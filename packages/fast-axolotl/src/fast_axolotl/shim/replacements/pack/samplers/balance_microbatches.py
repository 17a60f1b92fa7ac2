"""`balance_microbatches`: batches of an optimizer step that cost about the same."""

from __future__ import annotations

from typing import Any

from fast_axolotl.shim.protocol import NotCovered, Outcome

from .arguments import checked_integer, checked_lengths
from .batches import covered, difference
from .pack_parallel import snapshot

__all__ = ["difference", "run", "snapshot"]


def run(
    batches: list[list[list[int]]],
    lengths: Any,
    counts: Any,
    starts: Any,
    batches_per_optimizer_step: int,
    padding_multiple: int = 1,
    capacity: int | None = None,
    window_steps: int = 1,
) -> Outcome:
    """Balance whole windows; the batches after them are copied."""
    from fast_axolotl_pack import balance_microbatches

    step = checked_integer("batches_per_optimizer_step", batches_per_optimizer_step, 1)
    steps = checked_integer("window_steps", window_steps, 1)
    multiple = checked_integer("padding_multiple", padding_multiple, 1)
    most = None if capacity is None else checked_integer("the capacity", capacity, 0)
    if type(batches) is not list:
        raise NotCovered("there is no list of batches")
    summary = f"{len(batches):,} batches"
    width = step * steps
    if width == 1:
        return Outcome(list(batches), summary)
    end = len(batches) // width * width
    balanced = covered(
        balance_microbatches,
        batches[:end],
        checked_lengths(lengths),
        checked_lengths(counts),
        checked_lengths(starts),
        batches_per_step=step,
        window_steps=steps,
        padding_multiple=multiple,
        capacity=most,
    )
    balanced += covered(lambda: [[list(row) for row in batch] for batch in batches[end:]])
    return Outcome(balanced, summary)
