"""Packing token lists into rows of a fixed length."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from cases import Call

TITLE = "`pack_sequences`"
INPUT = "10,000 sequences, log-normal around 200 tokens, into rows of 2048, lists to lists"
PREPARE = None
LENGTH, PAD, EOS = 2048, 0, 2


def sequences(count: int) -> list[list[int]]:
    """Lists of tokens with log-normal lengths, none too long for a row."""
    chance = random.Random(2)
    return [
        [
            chance.randrange(3, 32_000)
            for _ in range(min(LENGTH - 2, round(chance.lognormvariate(5.3, 0.6))))
        ]
        for _ in range(count)
    ]


def pack(sequences: list[list[int]]) -> dict[str, list[list[int]]]:
    """The filling of Axolotl's `encode_streaming` on plain lists, which beat its tensors."""
    rows: dict[str, list[list[int]]] = {"input_ids": [], "labels": [], "attention_mask": []}
    ids: list[int] = []
    labels: list[int] = []
    mask: list[int] = []

    def flush() -> None:
        missing = LENGTH - len(ids)
        rows["input_ids"].append(ids + [PAD] * missing)
        rows["labels"].append(labels + [-100] * missing)
        rows["attention_mask"].append(mask + [0] * missing)

    for sequence in sequences:
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


def stock(folder: Path, scale: float) -> Call:
    """Plain Python."""
    rows = sequences(round(10_000 * scale))
    return lambda: pack(rows)


def ours(folder: Path, scale: float) -> Call:
    """Ours, and the earlier package, which has the same name."""
    from fast_axolotl import pack_sequences

    rows = sequences(round(10_000 * scale))
    return lambda: pack_sequences(rows, LENGTH, PAD, EOS)


def axolotl(folder: Path, scale: float) -> Call:
    """Axolotl's own function, behind a tokenizer that has nothing left to do."""
    from types import SimpleNamespace

    from axolotl.utils.data.streaming import encode_streaming

    rows = sequences(round(10_000 * scale))
    tokens: dict[str, Any] = {
        "input_ids": rows,
        "attention_mask": [[1] * len(row) for row in rows],
    }

    class Tokenized(SimpleNamespace):
        def __call__(self, *arguments: Any, **options: Any) -> dict[str, Any]:
            return tokens

    tokenizer = Tokenized(eos_token_id=EOS, pad_token_id=PAD)
    return lambda: encode_streaming({"text": []}, tokenizer, LENGTH)


IMPLEMENTATIONS = {"stock": stock, "Axolotl": axolotl, "earlier": ours, "ours": ours}
