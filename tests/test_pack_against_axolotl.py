"""`pack_sequences` against the `encode_streaming` of the Axolotl that is installed.

The tokenizer is a real one, made here: one token per word, with or without an end token of its own.
"""

from __future__ import annotations

from typing import Any

import pytest
import tokenizers
import transformers
from axolotl.utils.data import streaming
from hypothesis import given, settings
from hypothesis import strategies as st

from fast_axolotl.shim.replace import upstream_of
from fast_axolotl_pack import pack_sequences

# Whether the shim is installed or not.
encode_streaming = upstream_of(streaming.encode_streaming)

WORDS = [f"w{number}" for number in range(50)]


def make_tokenizer(*, begin: bool) -> Any:
    special = ["<pad>", "</s>", "<s>", "<unk>"]
    vocabulary = {word: index for index, word in enumerate([*special, *WORDS])}
    backend = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    if begin:
        backend.post_processor = tokenizers.processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", vocabulary["<s>"])]
        )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


TOKENIZERS = [make_tokenizer(begin=False), make_tokenizer(begin=True)]
TEXTS = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), min_size=1, max_size=30
)


def ours(tokenizer: Any, texts: list[str], max_tokens: int, overflow: str) -> dict[str, Any]:
    return pack_sequences(
        tokenizer(texts)["input_ids"],
        max_tokens,
        tokenizer.pad_token_id,
        tokenizer.eos_token_id,
        overflow=overflow,
    )


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=["plain", "begin"])
@settings(deadline=None, max_examples=200)
@given(texts=TEXTS, max_tokens=st.integers(3, 90))
def test_equals_encode_streaming(tokenizer: Any, texts: list[str], max_tokens: int) -> None:
    """Upstream tokenizes with truncation to `max_tokens - 2`, which is our overflow "truncate"."""
    upstream = encode_streaming({"text": texts}, tokenizer, max_tokens)
    packed = ours(tokenizer, texts, max_tokens, "truncate")
    # `==` between numbers, because upstream makes floats of a row with an empty text in it: the
    # tensor of no tokens is a float tensor. The test below is about the types.
    assert packed == upstream


@settings(deadline=None, max_examples=100)
@given(texts=TEXTS, max_tokens=st.integers(43, 120))
def test_nothing_is_cut_where_all_fits(texts: list[str], max_tokens: int) -> None:
    """Every text begins with a token, so upstream's types are integers too."""
    tokenizer = TOKENIZERS[1]
    upstream = encode_streaming({"text": texts}, tokenizer, max_tokens)
    packed = ours(tokenizer, texts, max_tokens, "error")
    assert repr(packed) == repr(upstream)


def test_a_row_that_is_exactly_full() -> None:
    texts = ["w0 w1", "w2 w3", "w4"]
    upstream = encode_streaming({"text": texts}, TOKENIZERS[0], 4)
    assert repr(ours(TOKENIZERS[0], texts, 4, "error")) == repr(upstream)
    assert [len(row) for row in upstream["input_ids"]] == [4, 4, 4]
