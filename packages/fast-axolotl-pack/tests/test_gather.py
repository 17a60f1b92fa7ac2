"""`gather` and `gather_batches` against the plainest way to build packed rows."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_pack import gather, gather_batches, pack_lengths

CAPACITY = 16
LENGTHS = st.lists(st.integers(0, 24), max_size=40)
STRATEGIES = st.sampled_from(["sequential", "first_fit", "best_fit_decreasing"])
ITEMS = [pa.int8(), pa.int32(), pa.int64(), pa.uint32(), pa.uint64()]


def sequences(lengths):
    """Tokens that tell where they come from, within eight bits."""
    return [[(index * 7 + at) % 128 for at in range(n)] for index, n in enumerate(lengths)]


def plain(columns, bins, lengths, padding, mask, *, flatten):
    """Rows as lists, with the starts of all sequences."""
    rows = {name: [] for name in [*columns, "attention_mask", "position_ids"]}
    starts = [0]
    for one in bins.to_lists():
        parts = [(index, min(lengths[index], CAPACITY)) for index in one]
        missing = 0 if flatten else CAPACITY - sum(length for _, length in parts)
        for name, values in columns.items():
            row = [value for index, length in parts for value in values[index][:length]]
            rows[name].append(row + [padding[name]] * missing)
        ids = [n for n, (_, length) in enumerate(parts, 1) for _ in range(length)]
        ones = [1] * len(ids) if mask == "binary" else ids
        rows["attention_mask"].append(ones + [0] * missing)
        positions = [at for _, length in parts for at in range(length)]
        rows["position_ids"].append([*positions, *range(missing)])
        for length in [*(length for _, length in parts), missing]:
            if length:
                starts.append(starts[-1] + length)
    if flatten:
        rows = {name: [list(itertools.chain(*values))] for name, values in rows.items()}
    return rows, starts


@st.composite
def tables(draw):
    """A table cut, chunked and typed at random, and its lengths."""
    lengths = draw(LENGTHS)
    make = draw(st.sampled_from([pa.list_, pa.large_list]))
    columns = {}
    arrays = {}
    for name in draw(st.permutations(["input_ids", "labels"])):
        columns[name] = sequences(lengths)
        type_ = make(draw(st.sampled_from(ITEMS)))
        # One row more at each end, which is cut off again.
        array = pa.array([[1, 2, 3], *columns[name], [4]], type_)[1 : len(lengths) + 1]
        cuts = sorted(draw(st.lists(st.integers(0, len(lengths)), max_size=3)))
        ends = [0, *cuts, len(lengths)]
        chunks = [array[start:end] for start, end in itertools.pairwise(ends)]
        arrays[name] = pa.chunked_array(chunks, type_)
    arrays["text"] = pa.chunked_array([["x"] * len(lengths)])
    return pa.table(arrays), columns, lengths


@given(
    table=tables(),
    strategy=STRATEGIES,
    mask=st.sampled_from(["binary", "sequence_ids"]),
    flatten=st.booleans(),
    threads=st.integers(0, 2),
    batch_size=st.integers(1, 9),
)
def test_equals_the_plain_version(table, strategy, mask, flatten, threads, batch_size):
    data, columns, lengths = table
    bins = pack_lengths(data["input_ids"], CAPACITY, strategy=strategy, overflow="truncate")
    options = {
        "padding": {"input_ids": 99},
        "attention_mask": mask,
        "flatten": flatten,
        "cu_seqlens": True,
        "num_threads": threads,
    }
    padding = {"input_ids": 99, "labels": -100}
    rows, starts = plain(columns, bins, lengths, padding, mask, flatten=flatten)
    result = gather(data, bins, **options)
    assert list(result) == [*columns, "attention_mask", "position_ids", "cu_seqlens", "max_seqlen"]
    shape = (1, starts[-1]) if flatten else (len(bins), CAPACITY)
    for name, values in rows.items():
        assert result[name].dtype == np.int64
        assert result[name].shape == shape
        assert result[name].tolist() == (values if shape[0] else [])
    assert result["cu_seqlens"].dtype == np.int32
    assert result["cu_seqlens"].tolist() == starts
    assert result["max_seqlen"] == max(np.diff(starts), default=0)
    assert gather(data, bins, output="list", **options) == {
        **{name: result[name].tolist() for name in rows},
        "cu_seqlens": starts,
        "max_seqlen": result["max_seqlen"],
    }
    batches = gather_batches(data, bins, batch_size, **options)
    assert len(batches) == -(-len(bins) // batch_size)
    for start, batch in zip(range(0, len(bins), batch_size), batches, strict=True):
        whole = gather(data, bins[start : start + batch_size], **options)
        assert {k: np.asarray(v).tolist() for k, v in batch.items()} == {
            k: np.asarray(v).tolist() for k, v in whole.items()
        }
    assert len(batches) == 0


@given(table=tables(), strategy=STRATEGIES)
def test_no_token_is_lost_or_doubled(table, strategy):
    data, columns, lengths = table
    bins = pack_lengths(lengths, CAPACITY, strategy=strategy, overflow="own_bin")
    result = gather(data, bins, flatten=True)
    packed = sorted(map(tuple, split(result)))
    assert packed == sorted(tuple(one) for one in columns["input_ids"] if one)


def split(result):
    """The sequences of a flat row, by their positions."""
    ids, positions = result["input_ids"][0], result["position_ids"][0]
    return [part.tolist() for part in np.split(ids, np.flatnonzero(positions == 0)) if len(part)]


def table_of(lengths, **more):
    return pa.table({"input_ids": pa.array(sequences(lengths), pa.list_(pa.int32())), **more})


LENGTHS_OF_THREE = [5, 9, 3]
BINS = pack_lengths(LENGTHS_OF_THREE, CAPACITY, strategy="first_fit")


def test_every_producer_of_arrow_data_will_do():
    table = table_of(LENGTHS_OF_THREE)
    expected = gather(table, BINS)["input_ids"].tolist()
    for data in (pl.DataFrame(table), table.to_batches()[0], table.to_reader()):
        assert gather(data, BINS)["input_ids"].tolist() == expected


def test_arrow_output_is_of_fixed_size_lists():
    result = gather(table_of(LENGTHS_OF_THREE), BINS, output="arrow", cu_seqlens=True)
    array = pa.array(result["input_ids"])
    assert array.type == pa.list_(pa.field("item", pa.int64(), nullable=False), CAPACITY)
    assert array.to_pylist() == gather(table_of(LENGTHS_OF_THREE), BINS)["input_ids"].tolist()
    assert pa.array(result["cu_seqlens"]).type == pa.int32()


def test_made_columns_take_the_place_of_those_of_the_data():
    lists = pa.array([[7] * n for n in LENGTHS_OF_THREE], pa.list_(pa.int8()))
    data = table_of(LENGTHS_OF_THREE, attention_mask=lists, position_ids=lists, other=lists)
    result = gather(data, BINS)
    assert list(result) == ["input_ids", "other", "attention_mask", "position_ids"]
    assert result["attention_mask"].max() == 1
    result = gather(data, BINS, attention_mask=None, position_ids=False)
    assert list(result) == ["input_ids", "attention_mask", "position_ids", "other"]
    assert set(result["position_ids"].ravel().tolist()) == {0, 7}
    result = gather(data, BINS, columns=["other"], attention_mask=None, position_ids=False)
    assert list(result) == ["other"]


def test_rows_are_the_callers_to_write_to():
    result = gather(table_of(LENGTHS_OF_THREE), BINS, cu_seqlens=True)
    for array in (result["input_ids"], result["cu_seqlens"]):
        array[...] = 0


def test_bins_of_another_order_than_the_data():
    table = table_of(LENGTHS_OF_THREE)
    assert (
        gather(table, BINS[::-1])["input_ids"].tolist()
        == (gather(table, BINS)["input_ids"].tolist()[::-1])
    )


TWICE = pa.table([table_of([5, 9, 3])["input_ids"]] * 2, ["input_ids"] * 2)
HUGE = pa.array([[2**63] * 5, [1] * 9, [1] * 3], pa.list_(pa.uint64()))


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        ([[1]], {}, TypeError, "data is list, expected an Arrow table or a Dataset"),
        (pa.array([[1]]), {}, TypeError, "expected a table with columns of integer lists"),
        (
            pa.table({"a": ["x"]}),
            {},
            ValueError,
            'no column of integer lists to gather; there are "a"',
        ),
        (table_of([5, 9]), {}, ValueError, "bin 1 has sequence 2, but there are 2 sequences"),
        (table_of([5, 9, 4]), {}, ValueError, "bin 1 have 4 tokens, but 3 were packed"),
        (
            table_of([5, 9, 3]),
            {"columns": ["b"]},
            ValueError,
            'no column "b"; there are "input_ids"',
        ),
        (table_of([5, 9, 3]), {"columns": []}, ValueError, "columns is empty"),
        (
            table_of([5, 9, 3]),
            {"columns": "input_ids"},
            TypeError,
            "columns must be a list of names",
        ),
        (table_of([5, 9, 3]), {"padding": {"b": 1}}, ValueError, 'padding names "b"'),
        (table_of([5, 9, 3]), {"padding": {"input_ids": "x"}}, TypeError, "must be an integer"),
        (table_of([5, 9, 3]), {"padding": [1]}, TypeError, "padding must be a dict by column"),
        (
            table_of([5, 9, 3]),
            {"attention_mask": "x"},
            ValueError,
            "'sequence_ids' or None, got 'x'",
        ),
        (table_of([5, 9, 3]), {"attention_mask": 1}, TypeError, "attention_mask must be a str"),
        (table_of([5, 9, 3]), {"flatten": 1}, TypeError, "flatten must be a bool, got int"),
        (table_of([5, 9, 3]), {"position_ids": None}, TypeError, "position_ids must be a bool"),
        (
            table_of([5, 9, 3]),
            {"columns": ["input_ids"] * 2},
            ValueError,
            '"input_ids" is there tw',
        ),
        (TWICE, {}, ValueError, 'the column "input_ids" is there twice'),
        (TWICE, {"columns": ["input_ids"]}, ValueError, 'the column "input_ids" is there twice'),
        (table_of([5, 9, 3]), {"output": "pandas"}, ValueError, "'arrow' or 'torch', got 'pandas'"),
        (
            table_of([5, 9, 3], labels=[[1] * 5, [1] * 8, [1] * 3]),
            {},
            ValueError,
            "labels has 8 values in row 1, but input_ids has 9",
        ),
        (table_of([5, 9, 3], labels=[[1], None, [1]]), {}, ValueError, r"labels\[1\] is null"),
        (
            table_of(
                [5, 9, 3], labels=pa.array([[2**63] * 5, [1] * 9, [1] * 3], pa.list_(pa.uint64()))
            ),
            {},
            OverflowError,
            r"labels\[0\]\[0\] is 9223372036854775808",
        ),
        (
            table_of([5, 9, 3], attention_mask=[[1] * 5, [1] * 9, [1] * 3]),
            {"columns": ["attention_mask"]},
            ValueError,
            "both gathered and made",
        ),
    ],
)
def test_bad_calls(data, options, error, message):
    # Of two bins: [0, 1] and [2].
    bins = pack_lengths(LENGTHS_OF_THREE, CAPACITY - 1, strategy="sequential")
    with pytest.raises(error, match=message):
        gather(data, bins, **options)
    with pytest.raises(error, match=message):
        list(gather_batches(data, bins, 3, **options))


def test_bins_must_be_bins():
    with pytest.raises(TypeError, match="bins must be Bins from pack_lengths, got list"):
        gather(table_of([3]), [[0]])
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        gather_batches(table_of([3]), BINS, 0)


def test_a_sequence_in_its_own_bin_is_not_cut_silently():
    bins = pack_lengths([20, 3], CAPACITY, strategy="first_fit", overflow="own_bin")
    with pytest.raises(ValueError, match="bin 0 has 20 tokens, more than the 16 of a row"):
        gather(table_of([20, 3]), bins)
    assert gather(table_of([20, 3]), bins, flatten=True)["input_ids"].shape == (1, 23)


MEMORY = Path("/proc/self/smaps_rollup")


@pytest.mark.skipif(not MEMORY.exists(), reason="only Linux tells what memory is no file's")
def test_batches_take_the_memory_of_one(tmp_path):
    """A file several times as large as what the batches may take is gathered from its map."""
    path = tmp_path / "tokens.arrow"
    type_ = pa.list_(pa.int32())
    lists = pa.array([np.arange(2000, dtype=np.int32)] * 1000, type_)
    schema = pa.schema({"input_ids": type_})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for _ in range(50):
            writer.write(pa.record_batch({"input_ids": lists}))
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        bins = pack_lengths(table["input_ids"], 4096, strategy="first_fit", group_size=10_000)
        assert len(bins) == 25_000
        total = 0
        before = anonymous_memory()
        most = 0
        for batch in gather_batches(table, bins, 256):
            total += int(batch["attention_mask"].sum())
            most = max(most, anonymous_memory() - before)
        assert total == 50_000 * 2000
        # All rows would take 2.4 GB; a batch takes 25 MB.
        assert most < 300e6


def anonymous_memory():
    """The bytes of this process that are no file's."""
    lines = MEMORY.read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Anonymous"))
