"""`balance_labels`: packed batches with about as many labels each.

Upstream looks at pairs of sequences in Python loops: a thousand pairs for each pair of batches, in
four passes.
"""

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
    capacity: int,
    bin_size: int,
    seed: int,
    window_size: int = 64,
    padding_multiple: int | None = None,
    batches_per_optimizer_step: int = 1,
) -> Outcome:
    """Balance the windows, and put each into the random order that upstream draws."""
    import numpy as np

    from fast_axolotl_pack import balance_labels

    step = checked_integer("batches_per_optimizer_step", batches_per_optimizer_step, 1)
    window = checked_integer("window_size", window_size, 1)
    multiple = padding_multiple
    if multiple is not None:
        multiple = checked_integer("padding_multiple", multiple, 1)
    drawn = np.random.default_rng(checked_integer("the seed", seed, 0))
    if type(batches) is not list or not batches:
        raise NotCovered("there is no list of batches")
    full = len(batches) - covered(lambda: int(len(batches[-1]) < len(batches[0])))
    full -= full % step
    balanced = covered(
        balance_labels,
        batches[:full],
        checked_lengths(lengths),
        checked_lengths(counts),
        checked_lengths(starts),
        capacity=checked_integer("the capacity", capacity, 0),
        max_sequences_per_row=checked_integer("the size of a bin", bin_size, 1),
        window=window,
        padding_multiple=multiple,
    )
    result: list[list[list[int]]] = []
    for start in range(0, full, window):
        batches_of_window = balanced[start : start + window]
        drawn.shuffle(batches_of_window)
        result.extend(batches_of_window)
    result.extend(batches[full:])
    return Outcome(result, f"{len(batches):,} batches")
