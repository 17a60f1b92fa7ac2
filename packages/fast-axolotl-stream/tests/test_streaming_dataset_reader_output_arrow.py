"""streaming_dataset_reader(..., output="arrow"), with pyarrow and the lists as oracles."""

import datetime
import decimal
import gc
import json
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fast_axolotl_stream import ArrowBatch, DatasetReader, streaming_dataset_reader


def read(path: Path, *arguments: Any, **options: Any) -> list[pa.RecordBatch]:
    """The batches, each checked through and through."""
    batches = []
    for batch in streaming_dataset_reader(path, *arguments, output="arrow", **options):
        taken = pa.record_batch(batch)
        taken.validate(full=True)
        assert len(batch) == batch.num_rows == taken.num_rows
        assert batch.column_names == taken.schema.names
        assert pa.schema(batch) == taken.schema
        batches.append(taken)
    return batches


def as_lists(batch: pa.RecordBatch) -> dict[str, list[Any]]:
    return {name: batch.column(name).to_pylist() for name in batch.schema.names}


def same(left: Any, right: Any) -> bool:
    """Equal, for nan and -0.0 too, where an integer may have become the float that equals it."""
    if isinstance(left, float) and isinstance(right, float):
        return repr(left) == repr(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    numbers = {type(left), type(right)} == {int, float}
    return (numbers or type(left) is type(right)) and bool(left == right)


# --- formats with types ---------------------------------------------------------------------------

ROWS = 60
DAY = datetime.datetime(2020, 2, 29, 12, 30, 15)


def column(kind: pa.DataType, make: Callable[[int], Any]) -> pa.Array:
    return pa.array([None if n % 7 == 3 else make(n) for n in range(ROWS)], kind)


ZOO = pa.table(
    {
        "null": pa.nulls(ROWS),
        "bool": column(pa.bool_(), lambda n: n % 3 == 0),
        "int8": column(pa.int8(), lambda n: n - 30),
        "uint64": column(pa.uint64(), lambda n: 2**64 - 1 - n),
        "float16": column(pa.float16(), float),
        "float64": column(pa.float64(), lambda n: n / 7),
        "string": column(pa.string(), lambda n: "é" * n),
        "large_string": column(pa.large_string(), str),
        "string_view": column(pa.string_view(), lambda n: "text " * n),
        "binary": column(pa.binary(), bytes),
        "fixed": column(pa.binary(3), lambda n: bytes([n] * 3)),
        "decimal": column(pa.decimal128(10, 2), lambda n: decimal.Decimal(n) / 4),
        "date": column(pa.date32(), lambda n: DAY.date() + datetime.timedelta(n)),
        "time": column(pa.time64("us"), lambda n: datetime.time(n % 24, n, 0, n)),
        "naive": column(pa.timestamp("us"), lambda n: DAY + datetime.timedelta(n)),
        "zoned": column(pa.timestamp("ms", "Europe/Berlin"), lambda n: DAY),
        "zoned seconds": column(pa.timestamp("s", "+02:00"), lambda n: DAY),
        "duration": column(pa.duration("ms"), lambda n: datetime.timedelta(0, n)),
        "dictionary": column(pa.string(), lambda n: "ab"[n % 2]).dictionary_encode(),
        "list": column(pa.list_(pa.int32()), lambda n: list(range(n % 5))),
        # pyarrow before 26 cannot read null ones back from Parquet.
        "fixed list": pa.array([[n, None] for n in range(ROWS)], pa.list_(pa.int64(), 2)),
        "struct": column(
            pa.struct({"a": pa.int64(), "b": pa.list_(pa.string())}),
            lambda n: {"a": n, "b": ["x"] * (n % 3)},
        ),
        "map": column(pa.map_(pa.string(), pa.int64()), lambda n: [("k", n)]),
    }
).replace_schema_metadata({"pond": "north"})


def write_arrow(table: pa.Table, path: Path, rows: int) -> None:
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 70),
    size=st.integers(1, 70),
    names=st.lists(st.sampled_from(ZOO.column_names), min_size=1, unique=True),
    everything=st.booleans(),
)
def test_typed_formats_keep_types_values_and_metadata(
    rows: int, size: int, names: list[str], everything: bool
) -> None:
    columns = None if everything else names
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "x.arrow"
        write_arrow(ZOO, path, rows)
        got = read(path, "auto", size, columns=columns)
        expected = ZOO if columns is None else ZOO.select(columns)
        assert [batch.num_rows for batch in got[:-1]] == [size] * (len(got) - 1)
        whole = pa.Table.from_batches(got)
        assert whole.schema.equals(expected.schema, check_metadata=True)
        assert whole.to_pylist() == expected.to_pylist()

        path = Path(directory) / "x.parquet"
        pq.write_table(ZOO, path, row_group_size=rows)
        got = read(path, "auto", size, columns=columns)
        expected = pq.read_table(path, columns=columns)
        whole = pa.Table.from_batches(got)
        # Parquet has no whole seconds; in a zone they come back as milliseconds in UTC.
        fields = [
            field.with_type(pa.timestamp("ms", "UTC")) if field.name == "zoned seconds" else field
            for field in expected.schema
        ]
        assert whole.schema.equals(pa.schema(fields))
        assert whole.schema.metadata == expected.schema.metadata
        assert whole.to_pylist() == expected.to_pylist()
        lists = streaming_dataset_reader(path, "auto", size, columns=columns)
        for batch, other in zip(got, lists, strict=True):
            assert as_lists(batch) == other


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_text_formats_equal_their_lists(tmp_path: Path, suffix: str, size: int) -> None:
    contents = {
        "x.csv": "a,b,c,d\n" + "".join(f"{n},{n / 4},é {n},\n" for n in range(40)),
        "x.tsv": "a\tb\n1\tx\n\ty\n",
        "x.txt": "one\n\nthree\r\nfour",
        "x.json": json.dumps([{"a": n, "b": ["x"] * n} for n in range(20)], indent=1),
        "x.jsonl": "".join(json.dumps({"a": n, "b": {"c": [n]}}) + "\n" for n in range(20)),
    }
    for name, content in contents.items():
        path = tmp_path / (name + suffix)
        data: Any = content.encode()
        if suffix:
            codec = "gzip" if suffix == ".gz" else "zstd"
            with pa.CompressedOutputStream(str(path), codec) as out:
                out.write(data)
        else:
            path.write_bytes(data)
        expected = list(streaming_dataset_reader(path, batch_size=size))
        assert [as_lists(batch) for batch in read(path, batch_size=size)] == expected, name


def save_to_disk(directory: Path, pieces: list[list[pa.RecordBatch]]) -> None:
    """What `datasets.Dataset.save_to_disk` writes."""
    directory.mkdir()
    names = [f"data-{n:05}-of-{len(pieces):05}.arrow" for n in range(len(pieces))]
    for name, batches in zip(names, pieces, strict=True):
        with pa.ipc.new_stream(directory / name, batches[0].schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
    state = {"_data_files": [{"filename": name} for name in names]}
    (directory / "state.json").write_text(json.dumps(state))


@pytest.mark.parametrize("size", [1, 9, 25, 1000])
def test_saved_dataset(tmp_path: Path, size: int) -> None:
    batches = ZOO.to_batches(max_chunksize=10)
    # The metadata are those of the first file.
    other = [batch.replace_schema_metadata({"pond": "south"}) for batch in batches[2:5]]
    save_to_disk(tmp_path / "saved", [batches[:2], other, batches[5:]])
    got = read(tmp_path / "saved", batch_size=size)
    assert [batch.num_rows for batch in got[:-1]] == [size] * (len(got) - 1)
    whole = pa.Table.from_batches(got)
    assert whole.schema.equals(ZOO.schema, check_metadata=True)
    assert whole.to_pylist() == ZOO.to_pylist()


def test_pieces_of_an_arrow_file_are_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    write_arrow(pa.table({"a": list(range(1000))}), path, 1000)
    starts = [batch.column(0).buffers()[1].address for batch in read(path, batch_size=10)]
    assert len(starts) == 100
    # Each is the buffer that was read, with an offset, or begins where the one before it ends.
    assert starts in ([starts[0]] * 100, [starts[0] + 80 * n for n in range(100)])


# --- JSON -----------------------------------------------------------------------------------------


class NoTypeError(Exception):
    """The values have no common type."""


def infer(values: list[Any], depth: int = 1) -> pa.DataType:
    """The type that the documentation promises."""
    values = [value for value in values if value is not None]
    kinds = {type(value) for value in values}
    if not kinds:
        return pa.null()
    if kinds == {bool}:
        return pa.bool_()
    if kinds <= {int, float}:
        integers = [value for value in values if type(value) is int]
        if any(not -(2**63) <= value < 2**64 for value in integers):
            raise NoTypeError
        if float in kinds:
            if any(int(float(value)) != value for value in integers):
                raise NoTypeError
            return pa.float64()
        if max(integers) < 2**63:
            return pa.int64()
        if min(integers) < 0:
            raise NoTypeError
        return pa.uint64()
    if kinds == {str}:
        for value in values:
            encodable(value)
        return pa.string()
    if kinds == {list}:
        return pa.list_(infer([item for value in values for item in value], depth + 1))
    if kinds == {dict}:
        keys = dict.fromkeys(encodable(key) for value in values for key in value)
        return pa.struct(
            {key: infer([value.get(key) for value in values], depth + 1) for key in keys}
        )
    raise NoTypeError


def encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NoTypeError from None
    return text


def filled(value: Any, kind: pa.DataType) -> Any:
    """The value with None for missing keys, in the order of the type's."""
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [filled(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: filled(value.get(field.name), field.type) for field in kind}
    return value


plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = st.sampled_from(["a", "b", "c", "longer key", "é", "", "😀"])


def typed(depth: int) -> st.SearchStrategy[st.SearchStrategy[Any]]:
    """Values that have a common type."""
    exact = st.integers(-(2**53), 2**53)
    kinds: list[st.SearchStrategy[Any]] = [
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, 2**64 - 1),
        st.floats(),
        # Where no float is drawn, they have to be integers of one type all the same.
        exact | st.floats() | st.sampled_from([2**60, 2**62, -(2**62)]),
        st.integers(0, 2**53) | st.floats() | st.sampled_from([2**60, 2**63]),
        plain,
    ]
    leaves = st.sampled_from(kinds)
    if depth == 0:
        return leaves
    inner = typed(depth - 1)
    lists = inner.map(lambda items: st.lists(items, max_size=4))
    structs = st.dictionaries(keys, inner, max_size=4).map(
        lambda members: st.fixed_dictionaries({}, optional=members)
    )
    return (leaves | lists | structs).map(lambda values: st.none() | values)


tables = st.dictionaries(keys, typed(3), min_size=1, max_size=4).flatmap(
    lambda columns: st.lists(st.fixed_dictionaries({}, optional=columns), max_size=15)
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=4,
)
chaos = st.lists(st.dictionaries(keys, anything, max_size=2), max_size=4)


def check(rows: list[dict[str, Any]], size: int, kind: str) -> bool:
    """Compare with the reference, and say whether there was a common type."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"x.{kind}"
        if kind == "json":
            path.write_text(json.dumps(rows, indent=1))
        else:
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        lists = list(streaming_dataset_reader(path, batch_size=size))
        try:
            types = [{name: infer(batch[name]) for name in batch} for batch in lists]
        except NoTypeError:
            with pytest.raises(ValueError, match=r"x\.jsonl?, line \d+: in row \d+, column"):
                read(path, batch_size=size)
            return False
        got = read(path, batch_size=size)
        assert len(got) == len(lists)
        for batch, values, kinds in zip(got, lists, types, strict=True):
            assert {field.name: field.type for field in batch.schema} == kinds
            expected = {n: [filled(v, kinds[n]) for v in values[n]] for n in values}
            assert same(as_lists(batch), expected)
        return True


@settings(max_examples=150, deadline=None)
@given(rows=tables, size=st.integers(1, 8), kind=st.sampled_from(["json", "jsonl"]))
def test_json_of_common_types(rows: list[dict[str, Any]], size: int, kind: str) -> None:
    assert check(rows, size, kind)


@settings(max_examples=300, deadline=None)
@given(rows=chaos, size=st.integers(1, 4), kind=st.sampled_from(["json", "jsonl"]))
def test_any_json_is_equal_or_an_error(rows: list[dict[str, Any]], size: int, kind: str) -> None:
    check(rows, size, kind)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['{"a": 1}', '{"a": "x"}'], 'line 2: in row 1, column "a" holds a string, and in row 0'),
        (['{"a": null}', '{"a": {}}', '{"a": [1]}'], "an array, and in row 1 an object"),
        (['{"a": true}', '{"a": 1}'], "holds a number, and in row 0 a boolean"),
        (
            ['{"m": [{"t": "x"}]}', "", '{"m": [{"t": "x"}, {"t": 2}]}'],
            r'line 3: in row 1, column "m\[\].t" holds a number, and in row 0 a string',
        ),
        ([f'{{"a": {2**64}}}'], f"holds the integer {2**64}, which neither int64 nor uint64"),
        ([f'{{"a": 1{"0" * 99}}}'], r"holds the integer 10{29}\.\.\., which neither"),
        (['{"a": -1}', f'{{"a": {2**63}}}'], "line 2: .*above those of int64, and in row 0"),
        ([f'{{"a": {2**63}}}', '{"a": [1]}'], "holds an array, and in row 0 a number"),
        ([f'{{"a": {2**53 + 1}}}', '{"a": 0.5}'], "line 2: .*and in row 0 an integer that no"),
        (['{"a": 0.5}', f'{{"a": {2**53 + 1}}}'], f"integer {2**53 + 1}, which no float64"),
        (['{"a": 0.5}', f'{{"a": {2**64 - 1}}}'], f"integer {2**64 - 1}, which no float64"),
        (['{"a": ["\\ud800"]}'], r'column "a\[\]" holds a text with half of a surrogate'),
        (['{"a": {"\\ud800": 1}}'], r'column "a" holds a key with half of a surrogate'),
        (['{"a": %s}' % ("[" * 60 + "]" * 60)], "nests deeper than the 60 levels"),
        (
            [json.dumps({"a": {str(n): n for n in range(10_001)}})],
            "more than 10000 different keys",
        ),
    ],
)
def test_json_without_a_common_type(tmp_path: Path, lines: list[str], message: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join(lines) + "\n")
    # Which of the records is wrong is not known, so none of them is skipped.
    for policy in ("raise", "skip"):
        with pytest.raises(ValueError, match=message) as caught:
            read(path, on_error=policy)
        assert str(caught.value).startswith(f"{path}, line ")
        assert 'output="list"' in str(caught.value)
    # And the way out leads out.
    (batch,) = streaming_dataset_reader(path)
    assert len(batch[next(iter(batch))]) == sum(map(bool, lines))


def test_columns_leave_out_what_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1, "b": 2}\n{"a": "x", "b": 3, "c": 4}\n')
    (batch,) = read(path, columns=["c", "b"])
    assert as_lists(batch) == {"c": [None, 4], "b": [2, 3]}


def test_rows_are_counted_over_batches(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n' * 5 + "\n" + '{"a": 1}\n{"a": []}\n')
    reader = streaming_dataset_reader(path, batch_size=2, output="arrow")
    # The last record is alone in its batch, and fits there.
    assert [len(batch) for batch in reader] == [2, 2, 2, 1]
    with pytest.raises(ValueError, match="line 8: in row 6, .* in row 0 a number"):
        read(path, batch_size=7)
    with pytest.raises(ValueError, match="line 8: in row 6, .* in row 4 a number"):
        read(path, batch_size=4)


def test_the_last_of_repeated_keys_counts(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"v": {"a": "x", "b": 1, "a": 2}}\n{"v": {"a": 3, "a": null}}\n')
    (batch,) = read(path)
    assert as_lists(batch) == {"v": [{"a": 2, "b": 1}, {"a": None, "b": None}]}


def test_objects_without_keys(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("{}\n{}\n")
    (batch,) = read(path)
    assert (batch.num_rows, batch.num_columns) == (2, 0)
    path.write_text('{"v": {}, "w": [{}, null]}\n{}\n')
    (batch,) = read(path)
    assert as_lists(batch) == {"v": [{}, None], "w": [[{}, None], None]}
    assert batch.schema.field("v").type == pa.struct({})


def test_malformed_records_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\noops\n{"a": 2}\n[3]\n')
    reader = streaming_dataset_reader(path, on_error="skip", output="arrow")
    assert [as_lists(pa.record_batch(batch)) for batch in reader] == [{"a": [1, 2]}]
    assert (reader.skipped_count, [line for line, _ in reader.skipped]) == (2, [2, 4])
    with pytest.raises(ValueError, match="line 2"):
        read(path)


def test_deep_values_that_arrow_takes(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"v": ' + "[" * 59 + "]" * 59 + '}\n{"v": null}\n')
    (batch,) = read(path)
    value = batch.column("v").to_pylist()[0]
    for _ in range(58):
        (value,) = value
    assert value == []
    # Deeper than any stack would bear, had the parser not a limit of its own.
    path.write_text('{"v": %s}\n' % ("[" * 100_000 + "]" * 100_000))
    with pytest.raises(ValueError, match="nests deeper than 900 levels"):
        read(path)
    path.write_text('{"v": ' + '{"k": ' * 800 + "1" + "}" * 801)
    with pytest.raises(ValueError, match="nests deeper than the 60 levels"):
        read(path)


# --- batches --------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.jsonl"
    lines = (json.dumps({"id": n, "m": [{"role": "user", "content": "x" * n}]}) for n in range(50))
    path.write_text("".join(line + "\n" for line in lines))
    return path


def test_exported_again_and_after_the_file_and_the_reader(path: Path) -> None:
    expected = list(streaming_dataset_reader(path, batch_size=20))
    reader = streaming_dataset_reader(path, batch_size=20, output="arrow")
    assert iter(reader) is reader
    batches = list(reader)
    del reader
    path.unlink()
    once = [pa.record_batch(batch) for batch in batches]
    again = [pa.record_batch(batch) for batch in batches]
    assert once == again
    for left, right in zip(once, again, strict=True):
        left_buffers, right_buffers = left.column(0).buffers(), right.column(0).buffers()
        assert left_buffers[1].address == right_buffers[1].address
    del batches
    gc.collect()
    assert [as_lists(batch) for batch in once] == expected
    del once
    gc.collect()
    assert [as_lists(batch) for batch in again] == expected


def test_polars_takes_them(path: Path) -> None:
    (batch,) = streaming_dataset_reader(path, output="arrow")
    (expected,) = streaming_dataset_reader(path)
    assert pl.DataFrame(batch).to_dict(as_series=False) == expected


def test_a_capsule_is_consumed_once_and_the_batch_is_not(path: Path) -> None:
    (batch,) = streaming_dataset_reader(path, output="arrow")
    capsules = batch.__arrow_c_array__()
    taken = pa.RecordBatch._import_from_c_capsule(*capsules)
    with pytest.raises((ValueError, pa.ArrowInvalid)):
        pa.RecordBatch._import_from_c_capsule(*capsules)
    # A wish for other types may be left unheard.
    wish = pa.schema({"id": pa.string()}).__arrow_c_schema__()
    schema, array = batch.__arrow_c_array__(wish)
    assert pa.RecordBatch._import_from_c_capsule(schema, array) == taken
    with pytest.raises(TypeError):
        batch.__arrow_c_array__(wish, wish)  # type: ignore[call-arg]


def test_repr(path: Path, tmp_path: Path) -> None:
    (batch,) = streaming_dataset_reader(path, output="arrow")
    assert type(batch) is ArrowBatch
    assert repr(batch) == '<ArrowBatch: 50 rows of "id", "m">'
    wide = tmp_path / "wide.jsonl"
    wide.write_text(json.dumps({str(n): n for n in range(1000)}))
    (batch,) = streaming_dataset_reader(wide, output="arrow")
    assert repr(batch).endswith('"6", "7", ... 992 more>')
    wide.write_text("{}")
    (batch,) = streaming_dataset_reader(wide, output="arrow")
    assert repr(batch) == "<ArrowBatch: 1 rows of no columns>"
    with pytest.raises(TypeError):
        ArrowBatch()


def test_readers_can_be_annotated() -> None:
    assert repr(DatasetReader[ArrowBatch]) == (
        "fast_axolotl_stream.DatasetReader[fast_axolotl_stream.ArrowBatch]"
    )


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def exports(batch: ArrowBatch) -> Iterator[None]:
    while True:
        # Consumed, half consumed and never consumed.
        pa.record_batch(batch)
        pl.DataFrame(batch)
        pa.schema(batch)
        batch.__arrow_c_array__()
        yield


@pytest.mark.thread_unsafe(reason="measures the memory of the process")
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux for its memory")
def test_exports_leave_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(ZOO, path)
    (batch,) = streaming_dataset_reader(path, output="arrow")
    running = exports(batch)
    for _ in range(200):
        next(running)
    before = resident()
    for _ in range(2000):
        next(running)
    # Each schema alone is several kilobytes.
    assert resident() - before < 8 << 20
    data = [{"text": "x" * (1 << 20)}] * 8
    big = tmp_path / "x.jsonl"
    big.write_text("".join(json.dumps(row) + "\n" for row in data))
    for turn in range(40):
        for batch in streaming_dataset_reader(big, batch_size=4, output="arrow"):
            pa.record_batch(batch).column(0).to_pylist()
        if turn == 10:
            before = resident()
    # What is read after that is 232 MB of text; allocators keep some of what they are given back.
    assert resident() - before < 128 << 20


def test_nan_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"v": NaN}\n{"v": null}\n{"v": -Infinity}\n{"v": -0.0}\n{"v": 3}\n')
    (batch,) = read(path)
    nan, nothing, *rest = batch.column("v").to_pylist()
    assert math.isnan(nan)
    assert nothing is None
    assert list(map(repr, rest)) == ["-inf", "-0.0", "3.0"]


def test_the_error_comes_after_the_batches_before_it(path: Path) -> None:
    with path.open("a") as file:
        file.write('{"id": "fifty"}\n{"id": 51}\n')
    reader = streaming_dataset_reader(path, batch_size=10, output="arrow")
    assert [len(next(reader)) for _ in range(5)] == [10] * 5
    with pytest.raises(ValueError, match=re.escape('line 52: in row 51, column "id"')):
        next(reader)
    assert list(reader) == []
