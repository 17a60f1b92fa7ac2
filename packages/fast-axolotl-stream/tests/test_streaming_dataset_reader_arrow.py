"""streaming_dataset_reader on Parquet, Arrow and saved datasets, with pyarrow as the oracle."""

import datetime
import decimal
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fast_axolotl_stream import streaming_dataset_reader

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
micros = st.datetimes()


def small(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """Values that the type holds."""
    if pa.types.is_boolean(kind):
        return st.booleans()
    if pa.types.is_unsigned_integer(kind):
        return st.integers(0, 2**kind.bit_width - 1)
    if pa.types.is_integer(kind):
        return st.integers(-(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1)
    if pa.types.is_float16(kind):
        return st.floats(width=16).map(np.float16)
    if pa.types.is_floating(kind):
        return st.floats(width=kind.bit_width)
    if pa.types.is_decimal(kind):
        return st.integers(-(10**6), 10**6).map(lambda n: decimal.Decimal(n).scaleb(-kind.scale))
    if pa.types.is_fixed_size_binary(kind):
        return st.binary(min_size=kind.byte_width, max_size=kind.byte_width)
    if pa.types.is_date(kind):
        return st.dates()
    if pa.types.is_time(kind):
        times = st.times()
        if kind in (pa.time32("s"), pa.time32("ms")):
            return times.map(lambda time: time.replace(microsecond=0))
        return times
    if pa.types.is_timestamp(kind):
        years = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))
        return years.map(lambda time: time.replace(microsecond=0) if kind.unit in "sms" else time)
    if pa.types.is_duration(kind):
        return st.integers(-(10**9), 10**9).map(lambda n: datetime.timedelta(seconds=n))
    return texts if "string" in str(kind) else st.binary(max_size=20)


PRIMITIVES = [
    pa.bool_(),
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
    *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    *(pa.float16(), pa.float32(), pa.float64()),
    *(pa.string(), pa.large_string(), pa.string_view()),
    *(pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(3)),
    *(pa.decimal128(20, 3), pa.decimal256(50, 5)),
    *(pa.date32(), pa.date64()),
    *(pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
    *(pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("us")),
    *(pa.duration("s"), pa.duration("ms"), pa.duration("us")),
]


def nested(draw: st.DrawFn, depth: int) -> tuple[pa.DataType, st.SearchStrategy[Any]]:
    kind = draw(st.sampled_from(["primitive"] * 3 + ["list", "large", "fixed", "struct", "map"]))
    if depth == 0 or kind == "primitive":
        data_type = draw(st.sampled_from(PRIMITIVES))
        return data_type, st.none() | small(data_type)
    inner, values = nested(draw, depth - 1)
    if kind == "list":
        return pa.list_(inner), st.none() | st.lists(values, max_size=4)
    if kind == "large":
        return pa.large_list(inner), st.none() | st.lists(values, max_size=4)
    if kind == "fixed":
        return pa.list_(inner, 2), st.none() | st.lists(values, min_size=2, max_size=2)
    if kind == "map":
        pairs = st.lists(st.tuples(texts, values), max_size=3)
        return pa.map_(pa.string(), inner), st.none() | pairs
    other, more = nested(draw, depth - 1)
    return (
        pa.struct({"x": inner, "y": other}),
        st.none() | st.fixed_dictionaries({"x": values, "y": more}),
    )


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(0, 12))
    columns = {}
    for index in range(draw(st.integers(1, 4))):
        data_type, values = nested(draw, 2)
        cells = draw(st.lists(values, min_size=rows, max_size=rows))
        columns[f"c{index}"] = pa.array(cells, data_type)
    return pa.table(columns)


def check(table: pa.Table, batches: Iterator[dict[str, list[Any]]], size: int) -> None:
    got = list(batches)
    expected = [table.slice(start, size).to_pydict() for start in range(0, table.num_rows, size)]
    assert repr(got) == repr(expected)


@settings(max_examples=150, deadline=None)
@given(table=tables(), size=st.integers(1, 7), pieces=st.integers(1, 5))
def test_arrow_equals_to_pylist(table: pa.Table, size: int, pieces: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.arrow"
        for open_writer in (pa.ipc.new_file, pa.ipc.new_stream):
            for codec in (None, "lz4", "zstd"):
                options = pa.ipc.IpcWriteOptions(compression=codec)
                with open_writer(str(path), table.schema, options=options) as writer:
                    writer.write_table(table, max_chunksize=pieces)
                check(table, streaming_dataset_reader(path, batch_size=size), size)


@settings(max_examples=150, deadline=None)
@given(table=tables(), size=st.integers(1, 7), group=st.integers(1, 5), data=st.data())
def test_parquet_equals_to_pylist(
    table: pa.Table, size: int, group: int, data: st.DataObject
) -> None:
    codec = data.draw(st.sampled_from(["none", "snappy", "gzip", "brotli", "lz4", "zstd"]))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.parquet"
        try:
            pq.write_table(
                table,
                path,
                row_group_size=group,
                compression=codec,
                use_dictionary=data.draw(st.booleans()),
                data_page_version=data.draw(st.sampled_from(["1.0", "2.0"])),
                data_page_size=data.draw(st.sampled_from([16, 1 << 20])),
            )
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            return
        check(table, streaming_dataset_reader(path, batch_size=size), size)


def test_parquet_pages_whose_count_of_nulls_is_wrong(tmp_path: Path) -> None:
    # pyarrow before 26 leaves null lists out of the count that a page of version 2 has.
    path = tmp_path / "x.parquet"
    struct = pa.struct([("y", pa.decimal128(20, 2))])
    table = pa.table({"x": pa.array([None, [], [None], [{"y": None}]], pa.list_(struct))})
    pq.write_table(table, path, data_page_version="2.0", use_dictionary=False)
    check(table, streaming_dataset_reader(path, batch_size=2), 2)


def write(table: pa.Table, path: Path, kind: str) -> None:
    if kind == "parquet":
        pq.write_table(table, path)
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=3)


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_zones_are_the_same_instants(tmp_path: Path, kind: str) -> None:
    moments = [datetime.datetime(2024, 3, 31, 1, 30), None, datetime.datetime(1965, 7, 1)]
    path = tmp_path / f"x.{kind}"
    table = pa.table(
        {
            zone: pa.array(moments, pa.timestamp("us", tz=zone))
            for zone in ("UTC", "Europe/Berlin", "America/New_York", "+05:30", "-03:00")
        }
    )
    write(table, path, kind)
    (batch,) = streaming_dataset_reader(path)
    expected = table.to_pydict()
    assert batch == expected
    for zone in table.column_names:
        offsets = [moment and moment.utcoffset() for moment in batch[zone]]
        assert offsets == [moment and moment.utcoffset() for moment in expected[zone]]


def test_exceptions_from_to_pylist(tmp_path: Path) -> None:
    seconds = pa.array([0, None], pa.timestamp("s", "Europe/Paris"))
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"s": seconds}), path)
    (batch,) = streaming_dataset_reader(path)
    assert batch["s"] == seconds.to_pylist()
    assert batch["s"][0].utcoffset() == datetime.timedelta(0)
    hundreds = pa.array([decimal.Decimal("1.23E+4"), None], pa.decimal128(5, -2))
    path = tmp_path / "x.arrow"
    write(pa.table({"d": hundreds}), path, "arrow")
    (batch,) = streaming_dataset_reader(path)
    assert batch["d"] == hundreds.to_pylist()
    assert str(batch["d"][0]) == "12300"
    for kind in ("parquet", "arrow"):
        raw = pa.array([bytes(range(16)), None], pa.binary(16))
        path = tmp_path / f"u.{kind}"
        write(pa.table({"u": pa.ExtensionArray.from_storage(pa.uuid(), raw)}), path, kind)
        (batch,) = streaming_dataset_reader(path)
        assert batch["u"] == raw.to_pylist()


def test_nanoseconds(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    whole = pa.array([1_000, None, -2_000], pa.int64())
    table = pa.table({"t": whole.cast(pa.timestamp("ns")), "d": whole.cast(pa.duration("ns"))})
    write(table, path, "arrow")
    (batch,) = streaming_dataset_reader(path)
    assert batch == {
        "t": [
            datetime.datetime(1970, 1, 1, microsecond=1),
            None,
            datetime.datetime(1969, 12, 31, 23, 59, 59, 999998),
        ],
        "d": [datetime.timedelta(microseconds=1), None, datetime.timedelta(microseconds=-2)],
    }
    for kind in (pa.timestamp("ns"), pa.duration("ns"), pa.time64("ns")):
        write(pa.table({"t": pa.array([1], pa.int64()).cast(kind)}), path, "arrow")
        with pytest.raises(ValueError, match=r"column .t. holds 1 nanoseconds"):
            next(streaming_dataset_reader(path))


def test_beyond_what_datetime_holds(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    for kind in (pa.timestamp("s"), pa.timestamp("us", tz="UTC"), pa.duration("s"), pa.date64()):
        big = 2**62 // 86_400_000 * 86_400_000
        write(pa.table({"t": pa.array([big], pa.int64()).cast(kind)}), path, "arrow")
        with pytest.raises(OverflowError, match=r"column .t."):
            next(streaming_dataset_reader(path))


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_dictionaries(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    texts = pa.array(["a", None, "b", "a"] * 5).dictionary_encode()
    lists = pa.DictionaryArray.from_arrays(
        pa.array([0, 0, 1, None] * 5, pa.int8()), pa.array([[1], [2, 3]])
    )
    columns = {"t": texts}
    if kind == "arrow":
        columns["l"] = lists
    table = pa.table(columns)
    write(table, path, kind)
    check(table, streaming_dataset_reader(path, batch_size=6), 6)
    if kind == "arrow":
        (batch,) = streaming_dataset_reader(path)
        batch["l"][0].append(9)
        assert batch["l"][1] == [1]


def test_list_views(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    parts = ([2, 0, 0], [1, 2, 0], pa.array([1, 2, 3]))
    table = pa.table(
        {
            "v": pa.ListViewArray.from_arrays(*parts),
            "w": pa.LargeListViewArray.from_arrays(*parts),
        }
    )
    write(table, path, "arrow")
    check(table, streaming_dataset_reader(path), 1000)


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_columns_and_compression(tmp_path: Path, kind: str, suffix: str) -> None:
    table = pa.table({"a": range(10), "b": [[str(n)] for n in range(10)], "c": [None] * 10})
    plain = tmp_path / f"x.{kind}"
    write(table, plain, kind)
    path = tmp_path / f"x.{kind}{suffix}"
    if suffix == ".gz":
        data = plain.read_bytes()
        path.write_bytes(gzip.compress(data[:100]) + gzip.compress(data[100:]))
    elif suffix == ".zst":
        data = plain.read_bytes()
        path.write_bytes(zstd(data[:100]) + zstd(data[100:]))
    check(table, streaming_dataset_reader(path, batch_size=4), 4)
    for columns in (["b"], ["c", "a"], ("c", "b", "a")):
        got = streaming_dataset_reader(path, batch_size=4, columns=columns)
        check(table.select(columns), got, 4)
    with pytest.raises(ValueError, match=r'columns names "d".*a, b, c'):
        list(streaming_dataset_reader(path, columns=["a", "d"]))


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


def test_columns_of_a_plain_file_are_checked_at_the_call(tmp_path: Path) -> None:
    for kind in ("parquet", "arrow"):
        path = tmp_path / f"x.{kind}"
        write(pa.table({"a": [1]}), path, kind)
        with pytest.raises(ValueError, match="it has a"):
            streaming_dataset_reader(path, columns=["d"])


def test_unsupported_type(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    union = pa.UnionArray.from_sparse(
        pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]
    )
    write(pa.table({"ok": [1, 2], "bad": union}), path, "arrow")
    with pytest.raises(TypeError, match=r"column .bad. has the Arrow type"):
        next(streaming_dataset_reader(path))
    assert list(streaming_dataset_reader(path, columns=["ok"])) == [{"ok": [1, 2]}]


def test_repeated_column_names(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    write(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), path, "arrow")
    with pytest.raises(ValueError, match="several columns named"):
        streaming_dataset_reader(path)


def test_feather(tmp_path: Path) -> None:
    table = pa.table({"a": range(100), "b": [str(n) for n in range(100)]})
    path = tmp_path / "x.feather"
    for codec in ("uncompressed", "lz4", "zstd"):
        pa.feather.write_feather(table, path, compression=codec, chunksize=7)
        check(table, streaming_dataset_reader(path, batch_size=30), 30)
    path.write_bytes(b"FEA1" + b"\0" * 100)
    with pytest.raises(ValueError, match=r"Feather version 1.*write_feather"):
        streaming_dataset_reader(path)


def save(directory: Path, parts: list[pa.Table], **state: Any) -> None:
    directory.mkdir(exist_ok=True)
    names = [f"data-{at:05}-of-{len(parts):05}.arrow" for at in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        with pa.ipc.new_stream(str(directory / name), part.schema) as writer:
            writer.write_table(part, max_chunksize=4)
    state = {"_data_files": [{"filename": name} for name in names], **state}
    (directory / "state.json").write_text(json.dumps(state))


def test_saved_dataset(tmp_path: Path) -> None:
    directory = tmp_path / "saved"
    table = pa.table({"b": range(23), "a": [{"x": [n]} for n in range(23)]})
    save(directory, [table.slice(0, 9), table.slice(9, 0), table.slice(9)])
    for kind in ("auto", "", "hf_dataset"):
        check(table, streaming_dataset_reader(directory, kind, 5), 5)
    check(table.select(["a"]), streaming_dataset_reader(directory, columns=["a"]), 1000)
    save(directory, [table], _indices_files=[{"filename": "indices.arrow"}])
    with pytest.raises(ValueError, match=r"flatten_indices"):
        streaming_dataset_reader(directory)
    save(directory, [table, pa.table({"b": ["x"]})])
    with pytest.raises(ValueError, match="the columns differ"):
        list(streaming_dataset_reader(directory))
    (directory / "data-00001-of-00002.arrow").unlink()
    with pytest.raises(FileNotFoundError):
        streaming_dataset_reader(directory)


def test_directories_that_are_no_saved_dataset(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no state\.json"):
        streaming_dataset_reader(tmp_path)
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    with pytest.raises(ValueError, match="train, test"):
        streaming_dataset_reader(tmp_path)
    with pytest.raises(IsADirectoryError, match="hf_dataset"):
        streaming_dataset_reader(tmp_path, "parquet")
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(ValueError, match=r"state\.json"):
        streaming_dataset_reader(tmp_path)
    with pytest.raises(NotADirectoryError, match="hf_dataset"):
        streaming_dataset_reader(tmp_path / "state.json", "hf_dataset")


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_empty_tables(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    write(pa.table({"a": pa.array([], pa.int64())}), path, kind)
    assert list(streaming_dataset_reader(path)) == []
