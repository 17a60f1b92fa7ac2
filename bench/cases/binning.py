"""Packing sequences into bins, by their lengths alone."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

# What checking a result takes, so that all processes load it at the same time.
import numpy as np

from cases import Call, Case
from cases.lengths import CAPACITY, GROUP, Lengths, load

INPUT = (
    "{size}, a numpy array, into bins of {capacity:,} tokens, to an array of indices and one of "
    "offsets"
)
OTHERS = (
    ". Plain Python makes lists of a list, Axolotl's compiled function lists of the array. TRL "
    "packs tokens: it has a dataset with lists of nulls, so that there are none to move"
)


class Packed(NamedTuple):
    """Bins by one algorithm."""

    algorithm: str
    tokens: int
    count: int
    indices: Any = None
    """What is in one bin after the other, an array or lists, if it is to be compared."""


def facts(packed: Packed) -> dict[str, Any]:
    """How many bins an algorithm makes; of first-fit, which knows no ties, also what is in them."""
    found: dict[str, Any] = {packed.algorithm: packed.count}
    if packed.indices is not None:
        lists = isinstance(packed.indices, list)
        indices = np.concatenate(packed.indices) if lists else packed.indices
        found["in them"] = hashlib.sha256(indices.astype(np.int64)).hexdigest()
    return found


def efficiency(packed: Packed) -> str:
    """The share of tokens in the places of all bins."""
    return f"{packed.tokens / (packed.count * CAPACITY):.3%}"


def ours(strategy: Any, group_size: int | None, folder: Path, scale: float) -> Call:
    """Ours."""
    from fast_axolotl_pack import pack_lengths

    lengths, tokens = load(folder)

    def pack() -> Packed:
        bins = pack_lengths(lengths, CAPACITY, strategy=strategy, group_size=group_size)
        indices, offsets = bins.indices, bins.offsets
        compared = indices if strategy == "first_fit" and not group_size else None
        name = f"{strategy}, in groups" if group_size else strategy
        return Packed(name, tokens, len(offsets) - 1, compared)

    return pack


def axolotl(folder: Path, scale: float) -> Call:
    """Axolotl's function, compiled before it is timed, with a process per core."""
    from axolotl.utils.samplers.multipack import pack_parallel

    lengths, tokens = load(folder)
    pack_parallel(lengths[:1], CAPACITY, GROUP, CAPACITY, 1)

    def pack() -> Packed:
        bins = pack_parallel(lengths, CAPACITY, GROUP, CAPACITY)
        return Packed("first_fit, in groups", tokens, len(bins))

    return pack


def seqpacker(short: str, algorithm: str, folder: Path, scale: float) -> Call:
    """seqpacker, with its arrays, which it calls the quickest."""
    from seqpacker import Packer

    lengths, tokens = load(folder)
    packer = Packer(CAPACITY, short)

    def pack() -> Packed:
        indices, starts = packer.pack_flat(lengths)
        compared = indices if algorithm == "first_fit" else None
        return Packed(algorithm, tokens, len(starts) + 1, compared)

    return pack


def trl(folder: Path, scale: float) -> Call:
    """TRL's function, with all lengths in one window."""
    import pyarrow as pa
    from datasets import Dataset, disable_progress_bars
    from trl.data_utils import pack_dataset

    disable_progress_bars()
    lengths, tokens = load(folder)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    column = pa.ListArray.from_arrays(offsets, pa.nulls(tokens))
    rows = Dataset(pa.table({"input_ids": column}))
    window = {"batch_size": len(lengths), "keep_in_memory": True}

    def pack() -> Packed:
        packed = pack_dataset(rows, CAPACITY, "bfd", window)
        return Packed("best_fit_decreasing", tokens, len(packed))

    return pack


def python_first_fit(folder: Path, scale: float) -> Call:
    """The first bin with room by a tree of the most room, in plain Python."""
    array, tokens = load(folder)
    lengths = array.tolist()
    size = 1 << (len(lengths) - 1).bit_length()

    def pack() -> Packed:
        # Of a leaf, the room of that bin, open or not; of a node, the most of its leaves.
        room = [CAPACITY] * (2 * size)
        bins: list[list[int]] = []
        for index, length in enumerate(lengths):
            node = 1
            while node < size:
                node *= 2
                if room[node] < length:
                    node += 1
            if node - size == len(bins):
                bins.append([index])
            else:
                bins[node - size].append(index)
            room[node] -= length
            while node > 1:
                most = max(room[node], room[node ^ 1])
                node //= 2
                if room[node] == most:
                    break
                room[node] = most
        return Packed("first_fit", tokens, len(bins), bins)

    return pack


def python_best_fit_decreasing(folder: Path, scale: float) -> Call:
    """The fullest bin with room by bisection of the rooms that there are, in plain Python."""
    array, tokens = load(folder)
    lengths = array.tolist()

    def pack() -> Packed:
        bins: list[list[int]] = []
        rooms: list[int] = []
        with_room: defaultdict[int, list[list[int]]] = defaultdict(list)
        for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
            at = bisect_left(rooms, lengths[index])
            if at == len(rooms):
                room = CAPACITY
                one: list[int] = []
                bins.append(one)
            else:
                room = rooms[at]
                one = with_room[room].pop()
                if not with_room[room]:
                    del rooms[at]
            one.append(index)
            room -= lengths[index]
            if not with_room[room]:
                insort(rooms, room)
            with_room[room].append(one)
        return Packed("best_fit_decreasing", tokens, len(bins))

    return pack


IMPLEMENTATIONS = {
    "plain Python, first-fit": python_first_fit,
    "plain Python, best-fit-decreasing": python_best_fit_decreasing,
    "Axolotl, first-fit in groups": axolotl,
    "TRL, bfd": trl,
    "seqpacker, first-fit": partial(seqpacker, "ff", "first_fit"),
    "seqpacker, first-fit-decreasing": partial(seqpacker, "ffd", "first_fit_decreasing"),
    "seqpacker, best-fit-decreasing": partial(seqpacker, "bfd", "best_fit_decreasing"),
    "seqpacker, obfd": partial(seqpacker, "obfd", "best_fit_decreasing"),
    "ours, sequential": partial(ours, "sequential", None),
    "ours, first_fit in groups": partial(ours, "first_fit", GROUP),
    "ours, first_fit": partial(ours, "first_fit", None),
    "ours, first_fit_decreasing": partial(ours, "first_fit_decreasing", None),
    "ours, best_fit_decreasing": partial(ours, "best_fit_decreasing", None),
}

SIZES = {
    "10k": Lengths(10_000, "log-normal"),
    "100k": Lengths(100_000, "log-normal", turns=5),
    "1M": Lengths(1_000_000, "log-normal", turns=3),
    "1M-long": Lengths(1_000_000, "uniform", turns=3),
    "10M": Lengths(10_000_000, "log-normal", turns=2),
}

SLOW = ("TRL", "plain Python", "Axolotl")
# One call of them would take longer than all the others together.
LEFT_OUT = {"1M": SLOW[:1], "1M-long": SLOW[:1], "10M": SLOW}

CASES = {
    name: Case(
        f"`pack_lengths`, {size}",
        INPUT.format(size=size, capacity=CAPACITY)
        + (OTHERS if LEFT_OUT.get(name) != SLOW else "")
        + (f". Too slow for so many: {', '.join(LEFT_OUT[name])}" if name in LEFT_OUT else ""),
        {
            implementation: call
            for implementation, call in IMPLEMENTATIONS.items()
            if not implementation.startswith(LEFT_OUT.get(name, ()))
        },
        size.prepare,
        facts,
        {
            f"{strategy} is": f"ours, {strategy}"
            for strategy in ("first_fit in groups", "first_fit", "best_fit_decreasing")
        },
        size.turns,
        frozenset(
            implementation
            for implementation in IMPLEMENTATIONS
            if name.startswith("1M") and implementation.startswith(SLOW[1:])
        ),
        size.count,
        shows={"bins": lambda packed: f"{packed.count:,}", "efficiency": efficiency},
    )
    for name, size in SIZES.items()
}
