"""`axolotl.utils.data.streaming.encode_streaming`: tokenized texts into rows of one length.

Upstream puts each row together by joining tensors, once more for every text. The tokenizer is the
caller's and is called as upstream does.
"""

from __future__ import annotations

from typing import Any

from fast_axolotl.shim.protocol import NotCovered, Outcome


def run(
    examples: dict[str, list[Any]],
    tokenizer: Any,
    max_tokens: int,
    text_column: str = "text",
    concatenate: bool = True,
) -> Outcome:
    """Tokenize texts, and pack them with an end and a pad token after each."""
    from fast_axolotl_pack import pack_sequences

    texts = examples[text_column]
    if type(texts) is not list:
        raise NotCovered(f"the texts are {type(texts).__name__}, not a list")
    encoded = tokenizer(texts, truncation=True, max_length=max_tokens - 2, add_special_tokens=True)
    ids, masks = encoded["input_ids"], encoded["attention_mask"]
    if type(ids) is not list or type(masks) is not list:
        raise NotCovered("the tokenizer gives no lists")
    if not concatenate:
        rows = {
            "input_ids": list(map(list, ids)),
            "labels": list(map(list, ids)),
            "attention_mask": list(map(list, masks)),
        }
        return Outcome(rows, f"{len(ids):,} texts")
    _check(ids, masks)
    try:
        packed = pack_sequences(ids, max_tokens, tokenizer.pad_token_id, tokenizer.eos_token_id)
    except (OverflowError, TypeError, ValueError) as error:
        raise NotCovered(str(error)) from error
    return Outcome(packed, f"{len(ids):,} texts in {len(packed['input_ids']):,} rows")


def _check(ids: list[Any], masks: list[Any]) -> None:
    """See that upstream's tensors would be of integers, and the masks all ones.

    Raises:
        NotCovered: they would not.
    """
    for row, mask in zip(ids, masks, strict=True):
        # The tensor of no tokens is one of floats, and makes floats of the row that it goes into.
        if not row:
            raise NotCovered("a text has no tokens")
        if len(row) != len(mask) or mask.count(1) != len(mask):
            raise NotCovered("the attention mask is not all ones")


def snapshot(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, which stay as they are."""
    return args, kwargs


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> str | None:
    """Compare row by row."""
    if list(ours) != list(theirs):
        return f"the columns are {list(ours)}, upstream's are {list(theirs)}"
    for name, rows in ours.items():
        if repr(rows) != repr(theirs[name]):
            return f"the rows of {name} differ"
    return None
