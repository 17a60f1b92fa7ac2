"""Axolotl's `pack_parallel`, from an array of lengths to lists of lists."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

# What checking a result takes, so that all processes load it at the same time.
import numpy as np

from cases import Call, Case
from cases.lengths import CAPACITY, GROUP, Lengths, load

if TYPE_CHECKING:
    from types import ModuleType

Bins = tuple[str, list[list[int]]]


def facts(result: Bins) -> dict[str, Any]:
    """A digest of the bins, by the algorithm that made them."""
    algorithm, bins = result
    digest = hashlib.sha256(np.concatenate(bins))
    digest.update(np.fromiter(map(len, bins), np.int64))
    return {algorithm: digest.hexdigest()}


def stock(folder: Path, scale: float) -> Call:
    """Axolotl's own function, compiled before it is timed."""
    from axolotl.utils.samplers import multipack

    lengths = load(folder)[0].astype(np.int32)
    multipack.pack_parallel(lengths[:1], CAPACITY, GROUP, CAPACITY, 1)
    return lambda: ("in groups", multipack.pack_parallel(lengths, CAPACITY, GROUP, CAPACITY))


def ours(folder: Path, scale: float) -> Call:
    """Ours, in Axolotl's place."""
    multipack = with_the_shim("pack_parallel")
    lengths = load(folder)[0].astype(np.int32)
    return lambda: ("in groups", multipack.pack_parallel(lengths, CAPACITY, GROUP, CAPACITY))


def seqpacker(folder: Path, scale: float) -> Call:
    """seqpacker, which makes its lists when they are asked for."""
    from seqpacker import Packer

    lengths, _ = load(folder)
    packer = Packer(CAPACITY, "ff")
    return lambda: ("in one group", packer.pack(lengths).bins)


def ours_in_one_group(folder: Path, scale: float) -> Call:
    """What ours is made of, without groups as seqpacker."""
    from fast_axolotl_pack import pack_lengths

    lengths, _ = load(folder)

    def pack() -> Bins:
        return "in one group", pack_lengths(lengths, CAPACITY, strategy="first_fit").to_lists()

    return pack


def with_the_shim(name: str) -> ModuleType:
    """Axolotl's module, in which ours stands under this name."""
    from axolotl.utils.samplers import multipack

    import fast_axolotl

    state = {target.target: target.state for target in fast_axolotl.status().targets}
    target = f"{multipack.__name__}.{name}"
    if state[target] != "bound":
        raise RuntimeError(f"{target} is {state[target]}: nothing of ours would be timed")
    return multipack


CASES = {
    size.distribution: Case(
        f"`pack_parallel`, {size}",
        f"{size} in an array, in groups of {GROUP:,} into bins of {CAPACITY:,} tokens, to lists of "
        "lists. *stock* has a process per core, ours a thread; seqpacker knows no groups",
        {
            "stock": stock,
            "seqpacker, in one group": seqpacker,
            "ours, `pack_lengths` in one group": ours_in_one_group,
            "ours": ours,
        },
        size.prepare,
        facts,
        {"ours is": "ours", "in one group is": "ours, `pack_lengths` in one group"},
        size.turns,
        frozenset({"stock"} if size.distribution == "uniform" else ()),
        size.count,
    )
    for size in (
        Lengths(1_000_000, "log-normal", turns=5),
        Lengths(1_000_000, "uniform", turns=5),
    )
}
