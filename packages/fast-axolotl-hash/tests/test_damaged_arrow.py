"""Arrow data that contradicts itself: an error, never a read outside a buffer."""

from __future__ import annotations

import struct

import pyarrow as pa
import pytest

from fast_axolotl_hash import deduplicate_indices, hash_rows, parallel_hash_rows


def strings(*offsets):
    buffers = [None, pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets)), pa.py_buffer(b"xx")]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


def view(length, buffer, offset):
    words = struct.pack("<i4sii", length, b"abcd", buffer, offset)
    buffers = [None, pa.py_buffer(words), pa.py_buffer(b"x" * 32)]
    return pa.Array.from_buffers(pa.string_view(), 1, buffers)


@pytest.mark.parametrize(
    ("array", "row"),
    [
        (strings(0, 2, 1, 2), 1),
        (strings(0, -2, 1, 2), 0),
        (strings(0, 99, 2), 0),
        (view(20, 7, 0), 0),
        (view(20, 0, 13), 0),
        (view(20, -1, 0), 0),
        (view(2**31 - 1, 0, 2**31 - 1), 0),
    ],
)
def test_rows_outside_their_buffers(array, row):
    with pytest.raises(ValueError, match=rf"rows\[{row}\] points outside its Arrow buffers"):
        parallel_hash_rows(array)


def lists(*offsets):
    buffers = [None, pa.py_buffer(struct.pack(f"<{len(offsets)}i", *offsets))]
    return pa.Array.from_buffers(
        pa.list_(pa.int64()), len(offsets) - 1, buffers, children=[pa.array([1, 2])]
    )


@pytest.mark.parametrize("array", [strings(0, 2, 1, 2), strings(0, 99, 2), lists(0, 5, 2)])
def test_row_text_outside_its_buffers(array):
    with pytest.raises(NotImplementedError, match=r'"a": a value points outside'):
        deduplicate_indices(pa.table({"a": array}))


def keys(values, *numbers):
    buffers = [None, pa.py_buffer(struct.pack(f"<{len(numbers)}b", *numbers))]
    kind = pa.dictionary(pa.int8(), values.type)
    return pa.DictionaryArray.from_buffers(kind, len(numbers), buffers, values)


def list_view(offset, size):
    buffers = [None, *(pa.py_buffer(struct.pack("<i", n)) for n in (offset, size))]
    return pa.Array.from_buffers(pa.list_view(pa.int64()), 1, buffers, children=[pa.array([1, 2])])


DAMAGED = {
    "offsets that go back": strings(0, 2, 1, 2),
    "negative offset": strings(0, -2, 1, 2),
    "offset beyond": strings(0, 99, 2),
    "buffer beyond": view(20, 7, 0),
    "view beyond": view(20, 0, 13),
    "view that overflows": view(2**31 - 1, 0, 2**31 - 1),
    "list beyond": lists(0, 5, 2),
    "lists that go back": lists(0, 2, 1, 2),
    "key beyond": keys(pa.array(["a"]), 0, 1),
    "negative key": keys(pa.array(["a"]), -1),
    "key of a number": keys(pa.array([1]), 7),
    "key of nothing": keys(pa.array([], pa.string()), 0),
}


# By name: what pytest prints of a damaged array may end the process.
@pytest.mark.parametrize("name", DAMAGED)
def test_values_outside_their_buffers(name):
    with pytest.raises(ValueError, match=r'column "a".*: a value points outside'):
        hash_rows(pa.table({"a": DAMAGED[name]}))
    with pytest.raises(ValueError, match="a value points outside"):
        hash_rows(DAMAGED[name])


VIEWS = {"size": list_view(0, 3), "negative size": list_view(1, -1), "offset": list_view(9, 1)}


@pytest.mark.parametrize("name", VIEWS)
def test_list_views_outside_their_values(name):
    with pytest.raises(ValueError, match=r"data: .*(larger than the remaining|converting size)"):
        hash_rows(pa.table({"a": VIEWS[name]}))


class Holder:
    """Gives the same capsules each time it is asked, as no producer should."""

    def __init__(self, name, capsules):
        setattr(self, name, lambda requested_schema=None: capsules)


@pytest.mark.thread_unsafe(reason="each thread would consume the same capsule")
@pytest.mark.parametrize(
    "holder",
    [
        Holder("__arrow_c_array__", pa.array(["a"]).__arrow_c_array__()),
        Holder("__arrow_c_stream__", pa.chunked_array([["a"]]).__arrow_c_stream__()),
    ],
    ids=["array", "stream"],
)
def test_capsules_that_were_consumed(holder):
    assert len(parallel_hash_rows(holder)) == 1
    with pytest.raises(ValueError, match="rows"):
        parallel_hash_rows(holder)
