"""The batches of an epoch, by Axolotl's sampler."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

# What checking a result takes, so that all processes load it at the same time.
import numpy as np

from cases import Call, Case
from cases.lengths import CAPACITY, Lengths, load
from cases.multipack import with_the_shim

SIZE = Lengths(1_000_000, "log-normal", turns=5)


def facts(batches: list[list[list[int]]]) -> dict[str, Any]:
    """A digest of what is in the batches, and of their sizes."""
    bins = [one for batch in batches for one in batch]
    digest = hashlib.sha256(np.concatenate(bins))
    digest.update(np.array([*map(len, bins), *map(len, batches)]))
    return {"batches": digest.hexdigest()}


def epoch(multipack: Any, folder: Path) -> Call:
    """A call that makes the batches of the same epoch each time."""
    import torch
    from torch.utils.data import RandomSampler

    lengths, _ = load(folder)
    order = RandomSampler(lengths, generator=torch.Generator())
    # A process per core, as Axolotl has without a setting.
    sampler = multipack.MultipackBatchSampler(order, 2, CAPACITY, lengths, 200, num_processes=2)
    multipack.pack_parallel(sampler.lengths[:1], CAPACITY, 1, 1, 1)

    def generate() -> Any:
        order.generator.manual_seed(11)
        sampler.set_epoch(0)
        return sampler.generate_batches(set_stats=True)

    return generate


def stock(folder: Path, scale: float) -> Call:
    """Axolotl's own method, with its functions compiled before it is timed."""
    from axolotl.utils.samplers import multipack

    return epoch(multipack, folder)


def ours(folder: Path, scale: float) -> Call:
    """Ours, in Axolotl's place."""
    return epoch(with_the_shim("MultipackBatchSampler.generate_batches"), folder)


CASE = Case(
    "`MultipackBatchSampler.generate_batches`",
    f"{SIZE} in random order, 2 bins of {CAPACITY:,} tokens to a batch, the order included; what "
    "Axolotl does about five times before the first step",
    {"stock": stock, "ours": ours},
    SIZE.prepare,
    facts,
    turns=SIZE.turns,
    rows=SIZE.count,
)
