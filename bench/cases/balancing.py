"""Label balancing of Axolotl's samplers, function by function."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

# What checking a result takes, so that all processes load it at the same time.
import numpy as np

from cases import Call, Case
from cases.lengths import CAPACITY

SEQUENCES = 200_000
ROWS_PER_BATCH = 2
BATCHES_PER_STEP = 16
RANKS = 2
MULTIPLE = 64
TOKENS = 500
SAMPLERS = "axolotl.utils.samplers"


def facts(result: Any) -> dict[str, Any]:
    """A digest of batches, orders, counts or metrics."""
    text = result.tobytes() if isinstance(result, np.ndarray) else repr(result).encode()
    return {"result": hashlib.sha256(text).hexdigest()}


def prepare(folder: Path, scale: float) -> None:
    """Write the lengths, the labels, and which sequences begin with one."""
    count = round(SEQUENCES * scale)
    chance = np.random.default_rng(12)
    lengths = np.clip(chance.lognormal(6, 0.8, count), 8, CAPACITY).astype(np.int32)
    labels = (lengths * chance.uniform(0.1, 0.9, count)).astype(np.int64)
    np.savez(
        folder / "sequences.npz",
        lengths=lengths,
        labels=labels,
        leading=((chance.random(count) < 0.1) & (labels > 0)).astype(np.int64),
    )


class Packed(NamedTuple):
    """Batches of packed rows, and what describes the sequences."""

    batches: list[list[list[int]]]
    described: tuple[Any, Any, Any]


def packed(folder: Path) -> Packed:
    """Whole steps of batches, packed by length alone."""
    from fast_axolotl_pack import pack_lengths

    with np.load(folder / "sequences.npz") as arrays:
        described = arrays["lengths"], arrays["labels"], arrays["leading"]
    rows = pack_lengths(described[0], CAPACITY, strategy="first_fit", group_size=100_000)
    lists = rows.to_lists()
    batches = [lists[at : at + ROWS_PER_BATCH] for at in range(0, len(lists), ROWS_PER_BATCH)]
    whole = len(lists) // ROWS_PER_BATCH // BATCHES_PER_STEP * BATCHES_PER_STEP
    return Packed(batches[:whole], described)


def balance_labels(module: Any, folder: Path) -> Call:
    """Batches with about as many labels each."""
    batches, described = packed(folder)
    arguments = *described, CAPACITY, CAPACITY, 5
    return lambda: module.balance_labels(batches, *arguments, padding_multiple=MULTIPLE)


def balance_microbatches(module: Any, folder: Path) -> Call:
    """Batches of a step that cost about the same."""
    batches, described = packed(folder)
    options = {"padding_multiple": MULTIPLE, "capacity": CAPACITY}
    return lambda: module.balance_microbatches(batches, *described, BATCHES_PER_STEP, **options)


def order_batches_by_rank(module: Any, folder: Path) -> Call:
    """Batches of a step dealt out to ranks."""
    batches, (lengths, _, _) = packed(folder)
    longest = [max(int(lengths[row].sum()) for row in batch) for batch in batches]
    costs = [ROWS_PER_BATCH * -(-tokens // MULTIPLE) * MULTIPLE for tokens in longest]
    return lambda: module.order_batches_by_rank(costs, RANKS, BATCHES_PER_STEP // RANKS)


def label_metrics(module: Any, folder: Path) -> Call:
    """What the log says of an epoch's batches."""
    batches, (lengths, labels, leading) = packed(folder)
    sampler = module.MultipackBatchSampler(
        *(range(len(lengths)), ROWS_PER_BATCH, CAPACITY, lengths, CAPACITY),
        label_counts=labels,
        label_start_counts=leading,
        batches_per_optimizer_step=BATCHES_PER_STEP,
    )
    return lambda: sampler._get_label_metrics(batches)


def fixed(mode: str) -> Callable[[Any, Path], Call]:
    """An epoch of batches with a fixed number of sequences."""

    def epoch(module: Any, folder: Path) -> Call:
        with np.load(folder / "sequences.npz") as arrays:
            sampler = module.LabelBalancedRandomSampler(
                *(arrays["lengths"], arrays["labels"], ROWS_PER_BATCH, 5, BATCHES_PER_STEP),
                *(mode, MULTIPLE, RANKS),
            )

        def generate() -> list[int]:
            sampler.set_epoch(0)
            return list(sampler)

        return generate

    return epoch


def label_counts(module: Any, folder: Path) -> Call:
    """The labels of each row of a dataset."""
    import datasets
    import pyarrow as pa

    with np.load(folder / "sequences.npz") as arrays:
        count = len(arrays["lengths"])
    chance = np.random.default_rng(13)
    values = chance.integers(0, 32_000, count * TOKENS, dtype=np.int32)
    values[chance.random(len(values)) < 0.3] = -100
    rows = np.arange(0, len(values) + 1, TOKENS, dtype=np.int32)
    labels = pa.ListArray.from_arrays(pa.array(rows), pa.array(values))
    dataset = datasets.Dataset(pa.table({"labels": labels}))
    return lambda: tuple(counts.tolist() for counts in module.get_dataset_label_counts(dataset))


def with_the_shim(module: Any, *names: str) -> Any:
    """A module of Axolotl's in which ours stands under these names."""
    import fast_axolotl

    state = {target.target: target.state for target in fast_axolotl.status().targets}
    for name in names:
        if state[f"{module.__name__}.{name}"] != "bound":
            raise RuntimeError(f"{name} is not bound: nothing of ours would be timed")
    return module


class Operation(NamedTuple):
    """A function or method of a module of upstream's, and a call of it."""

    title: str
    does: str
    module: str
    names: tuple[str, ...]
    make: Callable[[Any, Path], Call]

    def stock(self, folder: Path, scale: float) -> Call:
        """Axolotl's own."""
        return self.make(import_module(f"{SAMPLERS}.{self.module}"), folder)

    def ours(self, folder: Path, scale: float) -> Call:
        """Ours, in Axolotl's place."""
        module = import_module(f"{SAMPLERS}.{self.module}")
        return self.make(with_the_shim(module, *self.names), folder)


PACKED = (
    f"{SEQUENCES:,} log-normal lengths around 400 in rows of {CAPACITY:,} tokens, "
    f"{ROWS_PER_BATCH} rows to a batch and {BATCHES_PER_STEP} batches to an optimizer step"
)
FIXED = f"{SEQUENCES:,} log-normal lengths around 400, {ROWS_PER_BATCH} sequences to a batch"
METHODS = (
    "LabelBalancedRandomSampler._metrics",
    "LabelBalancedRandomSampler._balance_padded_window",
    "LabelBalancedRandomSampler._balance_flattened_window",
    "balance_microbatches",
    "order_batches_by_rank",
)
OPERATIONS = {
    "labels": Operation(
        f"`balance_labels`, {SEQUENCES:,} sequences",
        f"{PACKED}, in windows of 64 batches",
        "label_balance",
        ("balance_labels",),
        balance_labels,
    ),
    "microbatches": Operation(
        f"`balance_microbatches`, {SEQUENCES:,} sequences",
        PACKED,
        "microbatch_balance",
        ("balance_microbatches",),
        balance_microbatches,
    ),
    "ranks": Operation(
        f"`order_batches_by_rank`, {SEQUENCES:,} sequences",
        f"{PACKED}, dealt out to {RANKS} ranks",
        "rank_balance",
        ("order_batches_by_rank",),
        order_batches_by_rank,
    ),
    "metrics": Operation(
        f"`MultipackBatchSampler._get_label_metrics`, {SEQUENCES:,} sequences",
        f"{PACKED}; made five times an epoch",
        "multipack",
        ("MultipackBatchSampler._get_label_metrics",),
        label_metrics,
    ),
    "padded": Operation(
        "`LabelBalancedRandomSampler`, padded",
        f"{FIXED}, for {RANKS} ranks; an epoch",
        "label_balanced",
        METHODS,
        fixed("padded"),
    ),
    "flattened": Operation(
        "`LabelBalancedRandomSampler`, flattened",
        f"{FIXED}, for {RANKS} ranks; an epoch",
        "label_balanced",
        METHODS,
        fixed("flattened"),
    ),
    "counts": Operation(
        f"`get_dataset_label_counts`, {SEQUENCES:,} rows",
        f"{SEQUENCES:,} rows of {TOKENS} labels in a dataset, to two arrays",
        "utils",
        ("get_dataset_label_counts",),
        label_counts,
    ),
}
CASES = {
    name: Case(
        # What follows a comma is the size, or the mode.
        operation.title,
        operation.does,
        {"stock": operation.stock, "ours": operation.ours},
        prepare,
        facts,
        turns=5,
        once=frozenset({"stock"}),
        rows=SEQUENCES,
    )
    for name, operation in OPERATIONS.items()
}
