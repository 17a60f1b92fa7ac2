"""The text of rows that deduplicate_indices hashes, against Python's str of pyarrow's rows."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import itertools
import random
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_hash import deduplicate_indices

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
# Names cross the C interface as C strings, which end at a NUL.
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
DATETIMES = st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9999, 12, 31))
NEAR_DATETIMES = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2250, 1, 1))
SECOND = datetime.timedelta(seconds=1)
# What 64 bits of microseconds and of nanoseconds hold.
LONG = datetime.timedelta(days=100_000_000)
SOME_YEARS = datetime.timedelta(days=100_000)


def exactly(scale):
    """The decimal with that many places that an integer without its point stands for."""
    context = decimal.Context(prec=100)
    return lambda unscaled: decimal.Decimal(unscaled).scaleb(-scale, context)


def half(value):
    """Half floats are made of numpy's; later versions of pyarrow take others as well."""
    return np.float16(value)


INTS = {
    pa.int8(): st.integers(-(2**7), 2**7 - 1),
    pa.uint8(): st.integers(0, 2**8 - 1),
    pa.int16(): st.integers(-(2**15), 2**15 - 1),
    pa.uint16(): st.integers(0, 2**16 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.uint32(): st.integers(0, 2**32 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
}
SCALARS = {
    **INTS,
    pa.null(): st.none(),
    pa.bool_(): st.booleans(),
    pa.float32(): st.floats(width=32),
    pa.float64(): st.floats() | st.sampled_from([-0.0, 1e16, 1e-5, 5e-324, 0.1, 123456789.125]),
    pa.string(): TEXT,
    pa.large_string(): TEXT,
    pa.binary(): st.binary(),
    pa.large_binary(): st.binary(),
    pa.binary(3): st.binary(min_size=3, max_size=3),
    pa.date32(): st.dates(),
    pa.timestamp("s"): DATETIMES.map(lambda moment: moment.replace(microsecond=0)),
    pa.timestamp("ms"): DATETIMES.map(
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ),
    pa.timestamp("us"): DATETIMES,
    pa.string_view(): TEXT,
    pa.binary_view(): st.binary(),
    pa.date64(): st.dates(),
    pa.time32("s"): st.times().map(lambda time: time.replace(microsecond=0)),
    pa.time32("ms"): st.times().map(
        lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
    ),
    pa.time64("us"): st.times(),
    pa.time64("ns"): st.times(),
    pa.duration("s"): st.timedeltas().map(lambda span: span - span % SECOND),
    pa.duration("ms"): st.timedeltas().map(lambda span: span - span % (SECOND / 1000)),
    pa.duration("us"): st.timedeltas(-LONG, LONG),
    pa.duration("ns"): st.timedeltas(-SOME_YEARS, SOME_YEARS),
    pa.timestamp("ns"): NEAR_DATETIMES,
    pa.timestamp("us", "UTC"): NEAR_DATETIMES,
    pa.timestamp("ms", "+05:30"): NEAR_DATETIMES.map(lambda moment: moment.replace(microsecond=0)),
    pa.timestamp("s", "Europe/Paris"): NEAR_DATETIMES.map(
        lambda moment: moment.replace(microsecond=0)
    ),
    pa.float16(): st.floats(width=16).map(half),
    pa.month_day_nano_interval(): st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * 3),
    pa.decimal128(38, 0): st.integers(1 - 10**38, 10**38 - 1).map(exactly(0)),
    pa.decimal128(12, 5): st.integers(1 - 10**12, 10**12 - 1).map(exactly(5)),
    pa.decimal128(20, 18): st.integers(1 - 10**20, 10**20 - 1).map(exactly(18)),
    pa.decimal128(9, -4): st.integers(1 - 10**9, 10**9 - 1).map(exactly(-4)),
    pa.decimal256(76, 40): st.integers(1 - 10**76, 10**76 - 1).map(exactly(40)),
}


def nested(inner):
    """Types of lists and structs around other types, with values for them."""

    def lists(pair):
        kind, values = pair
        many = st.lists(values | st.none(), max_size=4)
        two = st.lists(values | st.none(), min_size=2, max_size=2)
        return st.sampled_from(
            [
                (pa.list_(kind), many),
                (pa.large_list(kind), many),
                (pa.list_view(kind), many),
                (pa.large_list_view(kind), many),
                (pa.list_(kind, 2), two),
                (pa.map_(pa.string(), kind), st.lists(st.tuples(TEXT, values | st.none()))),
            ]
        )

    def structs(fields):
        kind = pa.struct([(name, kind) for name, (kind, _) in fields.items()])
        return kind, st.fixed_dictionaries(
            {name: values | st.none() for name, (_, values) in fields.items()}
        )

    return inner.flatmap(lists) | st.dictionaries(NAMES, inner, max_size=3).map(structs)


TYPES = st.recursive(st.sampled_from(sorted(SCALARS.items(), key=str)), nested, max_leaves=4)


def encoded(draw, array):
    """The array, or one that says the same by way of a dictionary or of runs."""
    # Of dictionaries within other types pyarrow's own conversion knows less.
    form = draw(st.sampled_from(["plain", "plain", "dictionary", "runs", "slice"]))
    if form == "dictionary":
        number = st.integers(0, len(array) - 1) | st.none() if len(array) else st.none()
        kind = draw(st.sampled_from([pa.int8(), pa.uint16(), pa.int64()]))
        keys = draw(st.lists(number, min_size=len(array), max_size=len(array)))
        return pa.DictionaryArray.from_arrays(pa.array(keys, kind), array)
    if form == "runs" and len(array):
        lengths = draw(st.lists(st.integers(1, 3), min_size=len(array), max_size=len(array)))
        ends = pa.array(itertools.accumulate(lengths), pa.int32())
        start = draw(st.integers(0, sum(lengths) - len(array)))
        return pa.RunEndEncodedArray.from_arrays(ends, array).slice(start, len(array))
    if form == "slice":
        padded = pa.concat_arrays([array[:1], array, array[-1:]])
        return padded.slice(len(array[:1]), len(array))
    return array


@st.composite
def tables(draw):
    columns = draw(st.dictionaries(NAMES, TYPES, min_size=1, max_size=4))
    length = draw(st.integers(0, 12))
    arrays = [
        encoded(
            draw,
            pa.array(draw(st.lists(values | st.none(), min_size=length, max_size=length)), kind),
        )
        for kind, values in columns.values()
    ]
    table = pa.table(arrays, schema=pa.schema([(n, a.type) for n, a in zip(columns, arrays)]))
    cut = draw(st.integers(0, length))
    return pa.concat_tables([table.slice(0, cut), table.slice(cut), table.slice(cut // 2)])


def with_str(rows, existing=()):
    seen = set(existing)
    indices, hashes = [], []
    for index, row in enumerate(rows):
        digest = hashlib.sha256(str(row).encode()).hexdigest()
        if digest not in seen:
            seen.add(digest)
            indices.append(index)
            hashes.append(digest)
    return indices, hashes


@given(tables())
def test_equals_str_of_each_row(table):
    assert deduplicate_indices(table) == with_str(table.to_pylist())


@given(tables())
def test_existing_hashes(table):
    rows = table.to_pylist()
    _, existing = with_str(rows[: len(rows) // 2])
    expected = with_str(rows, existing)
    assert deduplicate_indices(table, set(existing)) == expected
    assert deduplicate_indices(table.to_reader(), existing, 1) == expected


def awkward_floats():
    """Random bits, floats of 32 bits, powers of two and eighths: where the shortest digits tie."""
    chance = random.Random(6)
    bits = [chance.getrandbits(64) for _ in range(60_000)]
    yield from struct.unpack(f"{len(bits)}d", struct.pack(f"{len(bits)}Q", *bits))
    narrow = [chance.uniform(-1e4, 1e4) for _ in range(60_000)]
    yield from struct.unpack(f"{len(narrow)}f", struct.pack(f"{len(narrow)}f", *narrow))
    yield from (2.0**exponent for exponent in range(-1074, 1024))
    yield from (1e15 + eighth / 8 for eighth in range(20_000))
    yield from (number / 8 for number in range(-20_000, 20_000))
    yield from (number * 5e-324 for number in range(50_000))


def test_awkward_floats():
    table = pa.table({"number": list(awkward_floats())})
    assert deduplicate_indices(table) == with_str(table.to_pylist())


def test_every_character():
    characters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    table = pa.table({"text": characters})
    assert deduplicate_indices(table) == with_str(table.to_pylist())


def test_many_rows_in_many_chunks():
    chunks = [pa.array(range(start, start + 700)) for start in range(0, 20_000, 350)]
    table = pa.table({"number": pa.chunked_array(chunks)})
    assert deduplicate_indices(table) == with_str(table.to_pylist())


def test_extension_types_say_so():
    table = pa.table({"id": pa.array([b"0" * 16], pa.uuid())})
    with pytest.raises(NotImplementedError, match="arrow.uuid"):
        deduplicate_indices(table)


def test_values_python_does_not_have():
    beyond = pa.table({"when": pa.array([2**40], pa.timestamp("s"))})
    with pytest.raises(NotImplementedError, match="years 1 to 9999"):
        deduplicate_indices(beyond)
    foreign = pa.table({"text": pa.array([b"\xff"]).view(pa.string())})
    with pytest.raises(NotImplementedError, match="not UTF-8"):
        deduplicate_indices(foreign)


def test_threads_that_ask_for_the_same_characters():
    # Each thread needs blocks of characters that another one may be asking Python about.
    letters = [chr(code) for code in range(0x3000, 0xD000, 7)]
    tables = [pa.table({letters[at]: letters[at:] + letters[:at]}) for at in range(0, 4000, 500)]
    expected = [with_str(table.to_pylist()) for table in tables]
    with ThreadPoolExecutor(len(tables)) as pool:
        assert list(pool.map(deduplicate_indices, tables)) == expected


def test_threads_that_ask_for_the_same_texts():
    moments = [datetime.datetime(2020, 1, 1) + SECOND * number for number in range(20_000)]
    table = pa.table({"zoned": pa.array(moments, pa.timestamp("s", "Europe/Paris"))})
    expected = with_str(table.to_pylist())
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(deduplicate_indices, [table] * 4)) == [expected] * 4
    # Keys of a dictionary ask for its values in no order.
    backwards = pa.array(range(19_999, -1, -1), pa.int32())
    shuffled = pa.DictionaryArray.from_arrays(backwards, table.column(0).chunk(0))
    reverse = pa.table({"zoned": shuffled})
    assert deduplicate_indices(reverse) == with_str(reverse.to_pylist())


def test_without_pyarrow_there_is_nobody_to_ask(monkeypatch):
    zoned = pa.table({"a": [1], "when": pa.array([1], pa.timestamp("us", "UTC"))})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotImplementedError, match='"when": Python did not say .* pyarrow'):
        deduplicate_indices(zoned)


@pytest.mark.parametrize(
    "array",
    [
        pa.DictionaryArray.from_arrays(pa.array([5], pa.int8()), pa.array(["a"]), safe=False),
        pa.DictionaryArray.from_arrays(pa.array([-1], pa.int8()), pa.array(["a"]), safe=False),
        pa.Array.from_buffers(
            pa.map_(pa.string(), pa.int64()),
            2,
            [None, pa.py_buffer(struct.pack("<3i", 0, 3, 1))],
            children=[
                pa.StructArray.from_arrays(
                    [pa.array(["a"]), pa.array([1])],
                    fields=[
                        pa.field("key", pa.string(), nullable=False),
                        pa.field("value", pa.int64()),
                    ],
                )
            ],
        ),
    ],
    ids=["key", "negative key", "map"],
)
def test_nested_values_outside_their_buffers(array):
    with pytest.raises(NotImplementedError, match=r'"a": a value points outside'):
        deduplicate_indices(pa.table({"a": array}))
