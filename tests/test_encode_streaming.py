"""The replaced `encode_streaming`, and `pack_sequences` itself, against the real one.

The tokenizers are real ones, made here: a token per word, with or without one at the beginning.
"""

from __future__ import annotations

import functools
import pickle

import pytest
import tokenizers
import transformers
from axolotl.utils.data import streaming
from datasets import IterableDataset
from hypothesis import given, settings
from hypothesis import strategies as st

import fast_axolotl
from fast_axolotl.shim.replace import upstream_of
from fast_axolotl_pack import pack_sequences

OURS = streaming.encode_streaming
STOCK = upstream_of(OURS)
NAME = "axolotl.utils.data.streaming.encode_streaming"
WORDS = [f"w{number}" for number in range(50)]


def make_tokenizer(*, begin, **options):
    special = ["<pad>", "</s>", "<s>", "<unk>"]
    vocabulary = {word: index for index, word in enumerate([*special, *WORDS])}
    backend = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    if begin:
        backend.post_processor = tokenizers.processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", vocabulary["<s>"])]
        )
    return transformers.PreTrainedTokenizerFast(tokenizer_object=backend, **options)


FULL = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
BEGIN = make_tokenizer(begin=True, **FULL)
PLAIN = make_tokenizer(begin=False, **FULL)
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join), max_size=30)


def detail():
    (target,) = [one for one in fast_axolotl.status().targets if one.target == NAME]
    assert target.state == "bound"
    return target.detail


def fast_calls():
    return int(detail().partition(" fast")[0] or 0)


def outcome(function, *arguments, **options):
    """What a call returns, to the last type, or raises."""
    try:
        return repr(function(*arguments, **options))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        return type(error), str(error)


@pytest.mark.newest
def test_ours_is_bound_wherever_it_was_imported():
    from axolotl.utils import data

    assert OURS is not STOCK
    assert data.encode_streaming is OURS


@settings(deadline=None, max_examples=200)
@given(texts=TEXTS, max_tokens=st.integers(4, 90), concatenate=st.booleans())
def test_equal_and_fast_where_every_text_has_tokens(texts, max_tokens, concatenate):
    before = fast_calls()
    arguments = {"text": texts}, BEGIN, max_tokens
    options = {"concatenate": concatenate}
    ours = outcome(OURS, *arguments, **options)
    assert ours == outcome(STOCK, *arguments, **options)
    # Of no text at all the tokenizer gives nothing that upstream could take.
    assert fast_calls() == before + (isinstance(ours, str) and bool(texts))


@settings(deadline=None, max_examples=200)
@given(texts=TEXTS, max_tokens=st.integers(0, 90), concatenate=st.booleans())
def test_equal_with_texts_of_no_tokens(texts, max_tokens, concatenate):
    """The tensor of such a text makes floats of upstream's row."""
    arguments = {"text": texts}, PLAIN, max_tokens
    options = {"concatenate": concatenate}
    assert outcome(OURS, *arguments, **options) == outcome(STOCK, *arguments, **options)


def test_verified(monkeypatch):
    monkeypatch.setenv("FAST_AXOLOTL_VERIFY", "1")
    assert OURS({"body": ["w1 w2", "w3"]}, BEGIN, 8, text_column="body")["input_ids"]


@pytest.mark.parametrize("missing", ["pad_token", "eos_token"])
def test_errors_are_upstreams(missing):
    tokenizer = make_tokenizer(begin=True, **{k: v for k, v in FULL.items() if k != missing})
    arguments = {"text": ["w1 w2"]}, tokenizer, 8
    assert outcome(OURS, *arguments) == outcome(STOCK, *arguments)
    assert outcome(OURS, {}, BEGIN, 8) == outcome(STOCK, {}, BEGIN, 8)


def test_one_text_instead_of_a_list():
    arguments = {"text": "w1 w2"}, BEGIN, 8
    assert outcome(OURS, *arguments) == outcome(STOCK, *arguments)


def test_in_a_streamed_dataset():
    """As Axolotl maps it: by name in another process, and in batches."""
    rows = [{"text": " ".join(WORDS[: 1 + number % 40])} for number in range(300)]

    def mapped(function):
        encode = functools.partial(function, tokenizer=BEGIN, max_tokens=64)
        dataset = IterableDataset.from_generator(lambda: iter(rows))
        return list(dataset.map(encode, batched=True, batch_size=100, remove_columns=["text"]))

    assert pickle.loads(pickle.dumps(OURS)) is OURS
    assert mapped(OURS) == mapped(STOCK)


def packed(tokenizer, texts, max_tokens, overflow):
    """What `pack_sequences` makes of all tokens of texts."""
    tokens = tokenizer(texts)["input_ids"]
    special = tokenizer.pad_token_id, tokenizer.eos_token_id
    return pack_sequences(tokens, max_tokens, *special, overflow=overflow)


@pytest.mark.parametrize("tokenizer", [PLAIN, BEGIN], ids=["plain", "begin"])
@settings(deadline=None, max_examples=200)
@given(texts=TEXTS.filter(len), max_tokens=st.integers(3, 90))
def test_pack_sequences_truncates_as_the_tokenizer(tokenizer, texts, max_tokens):
    """`==` between numbers, because upstream makes floats of a row with an empty text in it."""
    stock = STOCK({"text": texts}, tokenizer, max_tokens)
    assert packed(tokenizer, texts, max_tokens, "truncate") == stock


@settings(deadline=None, max_examples=100)
@given(texts=TEXTS.filter(len), max_tokens=st.integers(43, 120))
def test_pack_sequences_cuts_nothing_where_all_fits(texts, max_tokens):
    """Every text begins with a token, so upstream's types are integers too."""
    stock = STOCK({"text": texts}, BEGIN, max_tokens)
    assert repr(packed(BEGIN, texts, max_tokens, "error")) == repr(stock)


def test_pack_sequences_into_rows_that_are_exactly_full():
    texts = ["w0 w1", "w2 w3", "w4"]
    stock = STOCK({"text": texts}, PLAIN, 4)
    assert repr(packed(PLAIN, texts, 4, "error")) == repr(stock)
    assert [len(row) for row in stock["input_ids"]] == [4, 4, 4]
