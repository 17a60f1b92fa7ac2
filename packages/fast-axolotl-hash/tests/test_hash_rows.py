"""hash_rows against hashlib, blake3 and xxhash, and against the documented bytes of rows."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import math
import struct

import blake3
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import xxhash
from hypothesis import assume, given
from hypothesis import strategies as st

from fast_axolotl_hash import hash_rows, parallel_hash_rows

ORACLES = {
    "sha256": lambda data: hashlib.sha256(data).hexdigest(),
    "blake3": lambda data: blake3.blake3(data).hexdigest(),
    "xxh3_128": lambda data: xxhash.xxh3_128(data).hexdigest(),
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DURATIONS = st.timedeltas(datetime.timedelta(days=-(10**5)), datetime.timedelta(days=10**5))
EPOCH = datetime.datetime(1970, 1, 1)
# Numbers that some types share, so that equal rows of different types occur.
NUMBERS = st.integers(-3, 3) | st.sampled_from([127, 128, -129, 2**15, 2**31, -(2**31) - 1])
FLOATS = (
    st.floats()
    | NUMBERS.map(float)
    | st.sampled_from([-0.0, 0.1, 0.5, 2.0**63, 2.0**64, -(2.0**63), 1e300, 16777217.0])
)


def ints(kind):
    least, most = np.iinfo(kind.to_pandas_dtype()).min, np.iinfo(kind.to_pandas_dtype()).max
    return st.integers(int(least), int(most)) | NUMBERS.filter(lambda n: least <= n <= most)


SCALARS = [
    *((kind, ints(kind)) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())),
    *((kind, ints(kind)) for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())),
    (pa.float16(), st.floats(width=16)),
    (pa.float32(), st.floats(width=32)),
    (pa.float64(), FLOATS),
    (pa.null(), st.none()),
    (pa.bool_(), st.booleans()),
    (pa.string(), TEXT),
    (pa.large_string(), TEXT),
    (pa.string_view(), TEXT),
    (pa.dictionary(pa.int8(), pa.string()), TEXT),
    (pa.dictionary(pa.int32(), pa.int64()), ints(pa.int64())),
    (pa.binary(), st.binary()),
    (pa.large_binary(), st.binary()),
    (pa.binary_view(), st.binary()),
    (pa.binary(2), st.binary(min_size=2, max_size=2)),
    (pa.date32(), st.dates()),
    (pa.date64(), st.dates()),
    (pa.time32("s"), st.times().map(lambda time: time.replace(microsecond=0))),
    (pa.time64("us"), st.times()),
    (pa.timestamp("us"), st.datetimes()),
    (pa.timestamp("us", "UTC"), st.datetimes(timezones=st.just(datetime.timezone.utc))),
    (pa.timestamp("s"), st.datetimes().map(lambda moment: moment.replace(microsecond=0))),
    (pa.duration("us"), DURATIONS),
    (pa.decimal128(9, 2), st.decimals(-999, 999, places=2)),
    (pa.decimal256(50, 1), st.decimals(-999, 999, places=1)),
]


def nested(inner):
    def lists(pair):
        kind, values = pair
        many, two = st.lists(values | st.none(), max_size=4), st.tuples(values, values).map(list)
        return st.sampled_from(
            [
                (pa.list_(kind), many),
                (pa.large_list(kind), many),
                (pa.list_view(kind), many),
                (pa.list_(kind, 2), two),
            ]
        )

    def structs(fields):
        kind = pa.struct([(name, kind) for name, (kind, _) in fields.items()])
        values = {name: values | st.none() for name, (_, values) in fields.items()}
        return kind, st.fixed_dictionaries(values)

    def maps(pair):
        kind, values = pair
        entries = st.lists(st.tuples(TEXT, values | st.none()), max_size=3)
        return pa.map_(pa.string(), kind), entries

    plain = inner.filter(lambda pair: not pa.types.is_dictionary(pair[0]))
    names = st.text("ab ", max_size=3)
    return (
        inner.flatmap(lists)
        | st.dictionaries(names, plain, max_size=3).map(structs)
        | plain.map(maps)
    )


TYPES = st.recursive(st.sampled_from(SCALARS), nested, max_leaves=4)


def count(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def width(values):
    """The number and the struct code of the first width that holds all values."""
    if any(not math.isfinite(v) or v != int(v) for v in values):
        exact = all(math.isnan(v) or as_f32(v) == v for v in values)
        return (5, "f") if exact else (6, "d")
    for number, (code, bits) in enumerate(zip("bhiq", (7, 15, 31, 63))):
        if all(-(2**bits) <= v < 2**bits for v in values):
            return number, code
    if all(0 <= v < 2**64 for v in values):
        return 4, "Q"
    return (5, "f") if all(as_f32(v) == v for v in values) else (6, "d")


def as_f32(value):
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.inf


def numbers(values):
    number, code = width(values)
    if code in "fd":
        values = [math.nan if math.isnan(v) else v + 0.0 for v in values]
    return number, b"".join(struct.pack("<" + code, int(v) if number < 5 else v) for v in values)


def is_number(kind):
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def encode(kind, value):
    """The bytes of a value, by the table in the documentation of the crate."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if value is None:
        return b"\x00"
    if pa.types.is_boolean(kind):
        return b"\x02" if value else b"\x01"
    if is_number(kind):
        number, data = numbers([value])
        return bytes([0x10 | number]) + data
    if isinstance(value, (str, bytes)):
        data = value.encode() if isinstance(value, str) else value
        return (b"\x40" if isinstance(value, str) else b"\x41") + count(len(data)) + data
    if pa.types.is_map(kind):
        items = b"".join(
            encode(kind.key_type, key) + encode(kind.item_type, item) for key, item in value
        )
        return b"\x60" + count(len(value)) + items
    if pa.types.is_struct(kind):
        fields = sorted(kind, key=lambda field: field.name.encode())
        inner = b"".join(
            encode(pa.string(), field.name) + encode(field.type, value[field.name])
            for field in fields
            if value[field.name] is not None
        )
        return b"\x50" + inner + b"\x5f"
    if isinstance(value, list):
        item = kind.value_type
        if pa.types.is_dictionary(item):
            item = item.value_type
        if value and is_number(item) and None not in value:
            number, data = numbers(value)
            return bytes([0x20 | number]) + count(len(value)) + data
        return b"\x30" + count(len(value)) + b"".join(encode(item, one) for one in value)
    return encode_temporal(kind, value)


def encode_temporal(kind, value):
    if isinstance(value, decimal.Decimal):
        digits = int(value.scaleb(kind.scale))
        return bytes([0x80, kind.scale]) + digits.to_bytes(32, "little", signed=True)
    if isinstance(value, datetime.datetime):
        tag = b"\x73" if value.tzinfo is None else b"\x74"
        since = value.replace(tzinfo=None) - EPOCH
    elif isinstance(value, datetime.timedelta):
        tag, since = b"\x75", value
    elif isinstance(value, datetime.date):
        return b"\x70" + struct.pack("<i", (value - EPOCH.date()).days)
    else:
        since = datetime.datetime.combine(EPOCH, value) - EPOCH
        micros = since // datetime.timedelta(microseconds=1)
        return b"\x72" + struct.pack("<q", micros * 1000)
    seconds = since.days * 86_400 + since.seconds
    return tag + struct.pack("<qI", seconds, since.microseconds * 1000)


@st.composite
def columns(draw):
    kind, values = draw(TYPES)
    return pa.array(draw(st.lists(values | st.none(), max_size=8)), kind)


def in_chunks(array, at):
    return pa.chunked_array([array[:at], array[at:]], array.type)


@given(columns(), st.integers(0, 8))
def test_values_have_the_documented_bytes(array, cut):
    rows = array.to_pylist()
    expected = [ORACLES["sha256"](encode(array.type, row)) for row in rows]
    assert hash_rows(array) == expected
    assert hash_rows(in_chunks(array, cut)) == expected
    row = pa.struct([("name", array.type)])
    expected = [ORACLES["xxh3_128"](encode(row, {"name": one})) for one in rows]
    table = pa.table({"name": in_chunks(array, cut), "other": pa.nulls(len(array))})
    assert hash_rows(table, algorithm="xxh3_128") == expected
    assert hash_rows(table, "name", algorithm="xxh3_128", num_threads=1) == expected


def same(one, other):
    """Whether two values are the same to a reader of data: all NaN are one."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one[key], other[key]) for key in one)
    return one == other


@given(TYPES, st.data())
def test_two_values_have_the_same_bytes_only_if_they_are_the_same(pair, data):
    kind, values = pair
    one, other = data.draw(values | st.none()), data.draw(values | st.none())
    rows = pa.array([one, other], kind)
    first, second = hash_rows(rows, algorithm="blake3")
    one, other = rows.to_pylist()
    assume((one is None) == (other is None) or first != second)
    assert (first == second) == same(one, other)


@given(st.lists(st.tuples(TEXT | st.none(), TEXT | st.none()), max_size=20))
def test_columns_do_not_run_into_one_another(rows):
    table = pa.table(
        [pa.array([row[at] for row in rows], pa.string()) for at in (0, 1)], names=["a", "b"]
    )
    hashes = hash_rows(table)
    assert len(set(hashes)) == len(set(rows))
    assert hash_rows(table.select(["b", "a"])) == hashes


@pytest.mark.parametrize("algorithm", ORACLES)
@given(rows=st.lists(TEXT | st.binary() | st.integers(4000, 9000).map(lambda n: "x" * n)))
def test_bytes_are_those_of_the_rows(algorithm, rows):
    expected = [ORACLES[algorithm](r.encode() if isinstance(r, str) else r) for r in rows]
    assert hash_rows(rows, algorithm=algorithm, encoding="bytes") == expected
    assert hash_rows(tuple(rows), algorithm=algorithm, encoding="bytes") == expected


@given(st.lists(TEXT | st.integers(4000, 9000).map(lambda n: "x" * n)))
def test_a_list_and_an_array_are_the_same(rows):
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert hash_rows(pa.array(rows, kind)) == hash_rows(rows)
        text = pa.array(rows, kind)
        assert hash_rows(text, encoding="bytes") == parallel_hash_rows(rows)
        table = pa.table({"a": text, "b": text})
        assert hash_rows(table, ["b"], encoding="bytes") == parallel_hash_rows(rows)
    raw = [row.encode() for row in rows]
    assert hash_rows(pa.array(raw, pa.binary())) == hash_rows(raw)
    assert not set(hash_rows(raw)) & set(hash_rows(rows))


def test_text_is_that_of_python():
    table = pa.table({"a": [1, None, 3], "b": ["x", "it's", None]})
    expected = [ORACLES["sha256"](str(row).encode()) for row in table.to_pylist()]
    assert hash_rows(table, encoding="text") == expected
    assert parallel_hash_rows(table) == expected
    assert parallel_hash_rows(table.to_reader(1)) == expected
    chosen = table.select(["b"])
    assert hash_rows(table, "b", encoding="text") == parallel_hash_rows(chosen)


@pytest.mark.parametrize("algorithm", ORACLES)
def test_outputs(algorithm):
    rows = ["newt", "axolotl"]
    texts = hash_rows(rows, algorithm=algorithm)
    digests = hash_rows(rows, algorithm=algorithm, output="numpy")
    size = len(texts[0]) // 2
    assert (digests.dtype, digests.shape) == (np.uint8, (2, size))
    assert [row.tobytes().hex() for row in digests] == texts
    held = hash_rows(rows, algorithm=algorithm, output="arrow")
    for _ in range(2):
        array = pa.array(held)
        array.validate(full=True)
        assert array.type == pa.binary(size)
        assert [value.hex() for value in array.to_pylist()] == texts
    assert len(held) == 2
    assert repr(held).startswith("<ArrowArray: 2 x FixedSizeBinary")
    assert hash_rows([], output="numpy", algorithm=algorithm).shape == (0, size)


def test_every_producer_gives_the_same():
    table = pa.table({"a": [1, 2, 2], "b": ["x", None, "x"]})
    expected = hash_rows(table)
    for data in (
        table.to_batches()[0],
        table.to_reader(1),
        pl.DataFrame(table),
        pa.array(table.to_pylist()),
        table.cast(pa.schema([("a", pa.uint8()), ("b", pa.large_string())])),
        table.cast(pa.schema([("a", pa.float32()), ("b", pa.string_view())])),
    ):
        assert hash_rows(data) == expected
    assert hash_rows(pl.Series(["x", None])) == hash_rows(pa.array(["x", None]))
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([1, 3], pa.int32()), pa.array([7, 8]))
    assert hash_rows(runs[1:]) == hash_rows(pa.array([8, 8]))


def test_many_rows_in_many_chunks():
    numbers = list(range(200_000))
    array = pa.array(numbers)
    chunks = pa.chunked_array([array[start : start + 777] for start in range(0, 200_000, 777)])
    hashes = hash_rows(chunks, output="numpy", algorithm="xxh3_128")
    assert hashes.tobytes() == hash_rows(array, output="numpy", algorithm="xxh3_128").tobytes()
    assert len(np.unique(hashes, axis=0)) == 200_000


TWO = pa.table({"a": [1], "b": [2]})
NULL = pa.array(["a", None])


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (TypeError, "no columns", lambda: hash_rows(["a"], "x")),
        (TypeError, "no columns", lambda: hash_rows(pa.array([1]), "x")),
        (TypeError, "encoding='bytes'", lambda: hash_rows(["a"], encoding="text")),
        (TypeError, "a table", lambda: hash_rows(pa.array(["a"]), encoding="text")),
        (TypeError, "expected strings", lambda: hash_rows(pa.array([1]), encoding="bytes")),
        (
            TypeError,
            "choose one",
            lambda: hash_rows(TWO, encoding="bytes"),
        ),
        (TypeError, r"data is dict", lambda: hash_rows({"a": ["x"]})),
        (TypeError, r"rows\[0\] is dict", lambda: hash_rows([{"a": "x"}])),
        (TypeError, "algorithm must be a str", lambda: hash_rows([], algorithm=256)),
        (TypeError, r"columns\[0\] must be", lambda: hash_rows(pa.table({"a": [1]}), [1])),
        (ValueError, "'md5'", lambda: hash_rows([], algorithm="md5")),
        (TypeError, "take 'list', 'numpy' or 'arrow'", lambda: hash_rows([], output="torch")),
        (
            ValueError,
            "encoding must be 'values', 'bytes' or 'text'",
            lambda: hash_rows([], encoding="utf8"),
        ),
        (ValueError, 'no column "b"; there are "a"', lambda: hash_rows(pa.table({"a": [1]}), "b")),
        (ValueError, "empty", lambda: hash_rows(pa.table({"a": [1]}), [])),
        (ValueError, "twice", lambda: hash_rows(pa.table({"a": [1]}), ["a", "a"])),
        (
            ValueError,
            r"rows\[1\] is null",
            lambda: hash_rows(NULL, encoding="bytes"),
        ),
        (ValueError, "num_threads", lambda: hash_rows([], num_threads=-1)),
        (UnicodeEncodeError, r"rows\[1\]", lambda: hash_rows(["a", "\ud800"])),
    ],
)
def test_errors(error, match, call):
    with pytest.raises(error, match=match):
        call()


def test_two_columns_of_one_name():
    table = pa.table([[1], [2]], names=["a", "a"])
    with pytest.raises(TypeError, match="occurs twice"):
        hash_rows(table)


def test_unions_are_not_covered():
    union = pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])
    with pytest.raises(TypeError, match=r'column "a"\."\[\]": unions'):
        hash_rows(pa.table({"a": pa.ListArray.from_arrays([0, 1], union)}))


def test_objects_of_polars_are_refused():
    """Their Arrow form is the objects' addresses."""
    values = [complex(number, 1) for number in (1, 1, 1)]
    column = pl.Series("o", values, dtype=pl.Object)
    frame = pl.DataFrame({"a": [1, 2, 3], "o": column})
    with pytest.raises(TypeError, match='column "o" of data has the polars type Object'):
        hash_rows(frame)
    with pytest.raises(TypeError, match="data has the polars type Object"):
        hash_rows(column)
    assert len(hash_rows(frame.drop("o"))) == 3
