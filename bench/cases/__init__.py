"""The operations that are measured, a module each.

A module has a `TITLE`, `INPUT`, its `IMPLEMENTATIONS` by name (`stock` first: the Python that ours
replaces), and `PREPARE`, what to write to a folder first or None. One with more to say has a `CASE`
instead, and one that measures several sizes `CASES`, by what follows its name and a colon. An
implementation is a function that takes the folder and the scale (1 for the full size), imports what
it needs and returns the call to be timed. All calls of a case return equal results, which is
checked.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = (
    "parquet",
    "hashing",
    "deduplicating_indices",
    "packing:10k",
    "packing:8",
    "concatenating:10k",
    "concatenating:100",
    "binning:10k",
    "binning:100k",
    "binning:1M",
    "binning:1M-long",
    "binning:10M",
    "multipack:log-normal",
    "multipack:uniform",
    "sampling",
    "balancing:labels",
    "balancing:microbatches",
    "balancing:ranks",
    "balancing:metrics",
    "balancing:padded",
    "balancing:flattened",
    "balancing:counts",
    "gathering",
    "kept_memory",
    "preparing:drop",
    "preparing:truncate",
    "padding:10k",
    "padding:8",
    "deduplication",
    "deduplicating:10k-20B",
    "deduplicating:1M-20B",
    "deduplicating:20M-20B",
    "deduplicating:10k-2kB",
    "deduplicating:100k-2kB",
    "deduplicating:5k-100kB",
    "hashing_lists:10k-20B",
    "hashing_lists:1M-20B",
    "hashing_lists:10k-2kB",
    "hashing_lists:100k-2kB",
    "hashing_lists:5k-100kB",
    "hashing_arrow:10k-20B",
    "hashing_arrow:1M-20B",
    "hashing_arrow:20M-20B",
    "hashing_arrow:10k-2kB",
    "hashing_arrow:100k-2kB",
    "hashing_arrow:5k-100kB",
    "hashing_tokens",
    "beyond_memory:2M",
    "beyond_memory:20M",
)

Call = Callable[[], Any]
Implementation = Callable[[Path, float], Call]


def whole_result(result: Any) -> dict[str, Any]:
    """The facts of a result that is compared as it is."""
    return {"result": hashlib.sha256(repr(result).encode()).hexdigest()}


@dataclass(frozen=True)
class Case:
    """An operation on an input, and what is shown of it."""

    title: str
    input: str
    implementations: Mapping[str, Implementation]
    prepare: Callable[[Path, float], None] | None = None
    facts: Callable[[Any], dict[str, Any]] = whole_result
    """What is compared of a result, by name: two results agree if the facts they share do."""
    ours: Mapping[str, str] = field(default_factory=lambda: {"ours is": "ours"})
    """Our implementations, by the heading of the column that compares the others with them."""
    turns: int | None = None
    """How often to call, the first call counted; None for as often as the run says, after one."""
    once: frozenset[str] = frozenset()
    """Implementations so slow that their first call has to do."""
    rows: int | None = None
    bytes: int | None = None
    """The size of the input; None for no throughput of that in the table."""
    shows: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    """More columns, from the first result."""


class Fresh:
    """A call on an argument that is new each time, made before the clock starts.

    A str keeps its hash: a dictionary of the same strings takes much less time than the first.
    """

    def __init__(self, make: Callable[[], Any], call: Callable[[Any], Any]) -> None:
        self._make = make
        self._call = call
        self._argument = make()

    def renew(self) -> None:
        """Make the argument anew."""
        self._argument = None
        self._argument = self._make()

    def __call__(self) -> Any:
        return self._call(self._argument)


def load(name: str) -> Case:
    """The case of a name."""
    module_name, _, variant = name.partition(":")
    module = importlib.import_module(f"cases.{module_name}")
    if hasattr(module, "TITLE"):
        return Case(module.TITLE, module.INPUT, module.IMPLEMENTATIONS, module.PREPARE)
    case: Case = module.CASES[variant] if variant else module.CASE
    return case
