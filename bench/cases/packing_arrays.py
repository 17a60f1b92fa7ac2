"""Packing tokens from arrays and to arrays."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from cases import Call, Case
from cases.packing import EOS, LENGTH, PAD, pack, sequences


def facts(result: Any) -> dict[str, Any]:
    """The digest of all columns, of whatever form."""
    import numpy as np
    import pyarrow as pa

    if result is None:
        return {}
    digest = hashlib.sha256()
    for column in result.values():
        if hasattr(column, "__arrow_c_array__"):
            values = pa.array(column).values.to_numpy()
        else:
            values = np.asarray(column, np.int64)
        digest.update(np.ascontiguousarray(values))
    return {"columns": digest.hexdigest()}


def stock(folder: Path, scale: float) -> Call:
    """Plain Python, lists to lists."""
    rows = sequences(round(10_000 * scale))
    return lambda: pack(rows)


def ours(form: str, output: Any, folder: Path, scale: float) -> Call:
    """Ours."""
    import numpy as np
    import pyarrow as pa

    from fast_axolotl_pack import pack_sequences

    rows: Any = sequences(round(10_000 * scale))
    if form == "Arrow":
        rows = pa.array(rows, pa.list_(pa.int32()))
    elif form == "numpy":
        rows = [np.array(row) for row in rows]
    return lambda: pack_sequences(rows, LENGTH, PAD, EOS, output=output)


def limit(folder: Path, scale: float) -> Call:
    """Only the memory: columns of one value each."""
    import numpy as np

    shape = len(pack(sequences(round(10_000 * scale)))["labels"]), LENGTH

    def fill() -> None:
        columns = [np.empty(shape, np.int64) for _ in range(3)]
        for column in columns:
            column.fill(1)

    return fill


CASE = Case(
    "`pack_sequences`, arrays",
    "10,000 sequences, log-normal around 200 tokens, into rows of 2048; stock is lists to lists, "
    "the limit fills three new numpy arrays of the columns' size with one value, on one thread",
    {
        "stock": stock,
        **{
            f"ours, {form} to {output}": partial(ours, form, output)
            for form, output in (
                ("lists", "numpy"),
                ("Arrow", "numpy"),
                ("Arrow", "arrow"),
                ("numpy", "numpy"),
                ("Arrow", "list"),
            )
        },
        "limit": limit,
    },
    facts=facts,
    ours={
        "lists to numpy is": "ours, lists to numpy",
        "Arrow to numpy is": "ours, Arrow to numpy",
    },
)
