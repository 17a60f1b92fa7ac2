"""Packing tokens into rows of a fixed length, an end token after each sequence."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases import Call, Case
from cases.tokens import Lists, Size, arrow, facts, ragged

if TYPE_CHECKING:
    import numpy as np

LENGTH, PAD, EOS = 2048, 0, 2


def sequences(count: int) -> Lists:
    """Lists of tokens with log-normal lengths, none too long for a row."""
    chance = random.Random(2)
    tokens = range(3, 32_000)
    return [
        chance.choices(tokens, k=min(LENGTH - 2, round(chance.lognormvariate(5.3, 0.6))))
        for _ in range(count)
    ]


def stock(size: Size, folder: Path, scale: float) -> Call:
    """The filling of Axolotl's `encode_streaming` on plain lists, which beat its tensors."""
    given = sequences(size.count(scale))

    def pack() -> dict[str, Lists]:
        rows: dict[str, Lists] = {"input_ids": [], "labels": [], "attention_mask": []}
        ids: list[int] = []
        labels: list[int] = []
        mask: list[int] = []

        def flush() -> None:
            missing = LENGTH - len(ids)
            rows["input_ids"].append(ids + [PAD] * missing)
            rows["labels"].append(labels + [-100] * missing)
            rows["attention_mask"].append(mask + [0] * missing)

        for sequence in given:
            if ids and len(ids) + len(sequence) + 2 > LENGTH:
                flush()
                ids, labels, mask = [], [], []
            ids += sequence
            ids += (EOS, PAD)
            labels += sequence
            labels += (EOS, -100)
            mask += [1] * (len(sequence) + 1)
            mask.append(0)
        if ids:
            flush()
        return rows

    return size.timed(pack, scale)


def axolotl(size: Size, folder: Path, scale: float) -> Call:
    """Axolotl's own function, behind a tokenizer that has nothing left to do."""
    from types import SimpleNamespace

    from axolotl.utils.data.streaming import encode_streaming

    rows = sequences(size.count(scale))
    tokens: dict[str, Any] = {
        "input_ids": rows,
        "attention_mask": [[1] * len(row) for row in rows],
    }

    class Tokenized(SimpleNamespace):
        def __call__(self, *arguments: Any, **options: Any) -> dict[str, Any]:
            return tokens

    tokenizer = Tokenized(eos_token_id=EOS, pad_token_id=PAD)
    return size.timed(lambda: encode_streaming({"text": []}, tokenizer, LENGTH), scale)


def places(lengths: np.ndarray[Any, Any]) -> tuple[int, np.ndarray[Any, Any]]:
    """How many rows sequences fill in order, and where in them each begins."""
    import numpy as np

    begins = np.concatenate([[0], np.cumsum(lengths)])
    firsts = [0]
    while (beyond := int(np.searchsorted(begins, begins[firsts[-1]] + LENGTH, "right"))) <= len(
        lengths
    ):
        firsts.append(beyond - 1)
    row = np.repeat(np.arange(len(firsts)), np.diff([*firsts, len(lengths)]))
    return len(firsts), begins[:-1] - begins[firsts][row] + row * LENGTH


def numpy(size: Size, folder: Path, scale: float) -> Call:
    """numpy, a column at a time."""
    import numpy as np

    values, offsets = ragged(sequences(size.count(scale)), "int32")

    def pack() -> dict[str, Any]:
        lengths = np.diff(offsets)
        rows, begins = places(lengths + 2)
        ends = begins + lengths
        to = np.arange(len(values)) + np.repeat(begins - offsets[:-1], lengths)
        columns = {}
        for name, rest in (("input_ids", PAD), ("labels", -100)):
            column = columns[name] = np.full(rows * LENGTH, rest)
            column[to] = values
            column[ends] = EOS
        mask = columns["attention_mask"] = np.zeros(rows * LENGTH, np.int64)
        mask[to] = 1
        mask[ends] = 1
        return {name: column.reshape(rows, LENGTH) for name, column in columns.items()}

    return size.timed(pack, scale)


def ours(size: Size, folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import pack_sequences

    rows = sequences(size.count(scale))
    return size.timed(lambda: pack_sequences(rows, LENGTH, PAD, EOS), scale)


def ours_with_arrays(form: str, output: Any, size: Size, folder: Path, scale: float) -> Call:
    """Ours, from or to arrays."""
    from fast_axolotl import pack_sequences

    rows: Any = sequences(size.count(scale))
    if form != "lists":
        rows = (ragged if form == "numpy" else arrow)(rows, "int32")
    return size.timed(lambda: pack_sequences(rows, LENGTH, PAD, EOS, output=output), scale)


def limit(size: Size, folder: Path, scale: float) -> Call:
    """Only the memory, on one thread: three new arrays, full of one value each."""
    import numpy as np

    rows, _ = places(np.array(list(map(len, sequences(size.count(scale))))) + 2)

    def fill() -> None:
        for _ in range(3):
            np.full((rows, LENGTH), 1)

    return size.timed(fill, scale)


IMPLEMENTATIONS = {
    "stock": stock,
    "Axolotl": axolotl,
    "earlier": ours,
    "numpy": numpy,
    "ours": ours,
    "ours, lists to numpy": partial(ours_with_arrays, "lists", "numpy"),
    "ours, numpy to numpy": partial(ours_with_arrays, "numpy", "numpy"),
    "ours, Arrow to numpy": partial(ours_with_arrays, "Arrow", "numpy"),
    "ours, Arrow to Arrow": partial(ours_with_arrays, "Arrow", "arrow"),
    "limit": limit,
}

CASES = {
    name: Case(
        f"`pack_sequences`, {size}",
        f"{size}, log-normal around 200 tokens, into rows of {LENGTH}, lists to lists where "
        "nothing else is said. Arrays hold integers of 32 bits, the rows are of 64",
        {
            name: partial(implementation, size)
            for name, implementation in IMPLEMENTATIONS.items()
            # Its cost with few sequences is no other than with many, and it takes long to load.
            if name != "Axolotl" or size.calls == 1
        },
        facts=facts,
        ours={"ours is": "ours", "Arrow to numpy is": "ours, Arrow to numpy"},
        once=frozenset({"Axolotl"} if size.calls == 1 else ()),
    )
    for name, size in {"10k": Size(10_000), "8": Size(8, calls=1000)}.items()
}
