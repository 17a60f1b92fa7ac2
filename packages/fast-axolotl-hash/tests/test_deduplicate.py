"""deduplicate against polars unique and a plain loop, on every kind of data."""

from __future__ import annotations

import math

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_hash import Deduplicator, deduplicate

KEEPS = ["first", "last", "none"]
NUMBERS = st.integers(-2, 2) | st.none()
FLOATS = st.sampled_from([0.0, -0.0, math.nan, -math.nan, 1.5, math.inf]) | st.none()
WORDS = st.sampled_from(["", "a", "b", "é"]) | st.none()


@st.composite
def frames(draw):
    length = draw(st.integers(0, 30))
    many = {"min_size": length, "max_size": length}
    return pl.DataFrame(
        {
            "number": draw(st.lists(NUMBERS, **many)),
            "float": draw(st.lists(FLOATS, **many)),
            "word": draw(st.lists(WORDS, **many)),
            "list": draw(st.lists(st.lists(NUMBERS, max_size=2) | st.none(), **many)),
            "row": range(length),
        },
        schema={
            "number": pl.Int32,
            "float": pl.Float64,
            "word": pl.String,
            "list": pl.List(pl.Int64),
            "row": pl.Int64,
        },
    )


ON = st.lists(st.sampled_from(["number", "float", "word", "list"]), min_size=1, unique=True)


@given(frames(), ON, st.sampled_from(KEEPS))
def test_keeps_the_rows_that_polars_keeps(frame, on, keep):
    expected = frame.unique(on, keep=keep, maintain_order=True)
    kept = deduplicate(frame, on, keep=keep)
    assert kept["row"].to_list() == expected["row"].to_list()
    assert type(kept) is pl.DataFrame
    assert kept.schema == frame.schema
    table = frame.to_arrow()
    limited = deduplicate(table, on, keep=keep, memory_limit=1 << 20, algorithm="xxh3_128")
    assert limited.column("row").to_pylist() == expected["row"].to_list()


@pytest.mark.parametrize("keep", KEEPS)
def test_every_kind_comes_back(keep):
    words = ["b", "a", "b", "c", "c"]
    expected = {"first": "bac", "last": "abc", "none": "a"}[keep]
    table = pa.table({"word": words})
    series = pl.Series(words)
    for data in (
        table,
        table.to_batches()[0],
        table.column(0),
        table.column(0).chunk(0),
        pl.DataFrame(table),
        series,
        words,
        tuple(words),
    ):
        kept = deduplicate(data, keep=keep)
        assert type(kept) is type(data)
        assert len(kept) == len(expected)
    assert deduplicate(words, keep=keep) == list(expected)
    assert deduplicate(table.column(0), keep=keep).to_pylist() == list(expected)
    assert deduplicate(series, keep=keep).to_list() == list(expected)


def test_pandas_keeps_its_index_which_does_not_count():
    frame = pd.DataFrame({"n": [1, 2, 1], "t": ["x", "y", "x"]}, index=["p", "q", "r"])
    kept = deduplicate(frame)
    assert type(kept) is pd.DataFrame
    assert kept.equals(frame.iloc[:2])
    assert deduplicate(frame, "n", keep="last").index.tolist() == ["q", "r"]
    assert deduplicate(frame["t"]).index.tolist() == ["p", "q"]
    assert Deduplicator().add(frame) == [True, True, False]
    unnamed = pd.DataFrame([[1, 2], [1, 2]], index=[5, 9])
    assert deduplicate(unnamed).index.tolist() == [5]


def test_a_reader_is_filtered_as_it_is_read():
    read = []

    def batches():
        for start in range(0, 40, 10):
            read.append(start)
            yield pa.record_batch({"n": [n % 15 for n in range(start, start + 10)]})

    schema = pa.schema([("n", pa.int64())])
    reader = deduplicate(pa.RecordBatchReader.from_batches(schema, batches()))
    assert read == []
    assert reader.read_next_batch().num_rows == 10
    assert read == [0]
    assert reader.read_all().column(0).to_pylist() == [10, 11, 12, 13, 14]
    for options in ({"keep": "last"}, {"memory_limit": 5}, {"against": "x"}):
        with pytest.raises(ValueError, match="only once"):
            deduplicate(pa.RecordBatchReader.from_batches(schema, batches()), **options)


def test_against_rows_seen_earlier(tmp_path):
    seen = Deduplicator()
    seen.add(["a", "b"])
    seen.save(tmp_path / "seen")
    assert deduplicate(["b", "c", "c", "a"], against=tmp_path / "seen") == ["c"]
    assert deduplicate(["b", "c", "c", "a"], against=tmp_path / "seen", keep="none") == []
    with pytest.raises(ValueError, match="algorithm 'sha256'.*'blake3'"):
        deduplicate(["a"], against=tmp_path / "seen", algorithm="blake3")
    with pytest.raises(FileNotFoundError):
        deduplicate(["a"], against=tmp_path / "absent")


class Stream:
    """Arrow data of a library that nobody knows."""

    def __init__(self, table):
        self.__arrow_c_stream__ = table.__arrow_c_stream__


def test_other_kinds_say_what_to_do():
    table = pa.table({"a": [1]})
    for data in (Stream(table), {"a": ["x"]}, "text", None, 7):
        with pytest.raises(TypeError, match="or use DuplicateFinder"):
            deduplicate(data)
    with pytest.raises(ValueError, match="keep must be 'first', 'last' or 'none'"):
        deduplicate(table, keep="any")
    with pytest.raises(ValueError, match="memory_limit must be at least 1048576, got 0"):
        deduplicate(table, memory_limit=0)
    with pytest.raises(TypeError, match="spill_directory"):
        deduplicate(table, spill_directory=3)
