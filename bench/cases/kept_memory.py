"""What it saves that the memory of freed batches is kept for the next ones, and what it costs."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from peak import resident

from cases import Call, Case
from cases.gathering import SEQUENCES, TOKENS, given
from cases.lengths import CAPACITY

ROWS_PER_BATCH = 256


class Epoch(NamedTuple):
    """What one pass over the batches comes to."""

    rows: int
    tokens: int
    stays: int | None
    """The bytes that are resident after it and were not before the first one; None if unknown."""


def facts(result: Any) -> dict[str, Any]:
    """What does not depend on memory."""
    return {"rows": result.rows, "tokens": result.tokens}


def stays(result: Any) -> str:
    """How much memory the process has kept."""
    return "" if result.stays is None else f"{result.stays / 1e6:.0f} MB"


def epoch(kept: str | None, folder: Path, scale: float) -> Call:
    """All batches, one after the other, each freed before the next one."""
    if kept is not None:
        # The pieces read it once, when the first of them is imported.
        os.environ["FAST_AXOLOTL_KEPT_MEMORY"] = kept
    from fast_axolotl_pack import gather_batches

    data = given(scale)
    before = resident()

    def gather() -> Epoch:
        rows = tokens = 0
        for batch in gather_batches(data.table, data.bins, ROWS_PER_BATCH):
            ids = batch["input_ids"]
            rows, tokens = rows + len(ids), tokens + ids.size
            del batch, ids
        after = resident()
        return Epoch(rows, tokens, None if before is None or after is None else after - before)

    return gather


CASE = Case(
    "`gather_batches`, memory kept and not",
    f"{SEQUENCES:,} sequences, {TOKENS / 1e6:.1f} million tokens, from an Arrow table into batches "
    f"of {ROWS_PER_BATCH} rows of {CAPACITY:,} with mask and position ids, each freed before the "
    "next. What stays is resident after an epoch and was not before it; "
    "`FAST_AXOLOTL_KEPT_MEMORY=0` keeps nothing",
    {"ours": partial(epoch, None), "ours, nothing kept": partial(epoch, "0")},
    facts=facts,
    turns=5,
    bytes=TOKENS * 4 * 8,
    shows={"stays": stays},
)
