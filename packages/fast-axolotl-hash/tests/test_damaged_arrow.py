"""Arrow data that contradicts itself: an error, never a read outside a buffer."""

from __future__ import annotations

import struct

import pyarrow as pa
import pytest

from fast_axolotl_hash import deduplicate_row_text, parallel_hash_rows


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


@pytest.mark.parametrize(
    "array",
    [
        strings(0, 2, 1, 2),
        strings(0, 99, 2).cast(pa.string()),
        pa.Array.from_buffers(
            pa.list_(pa.int64()),
            2,
            [None, pa.py_buffer(struct.pack("<3i", 0, 5, 2))],
            children=[pa.array([1, 2])],
        ),
    ],
)
def test_row_text_outside_its_buffers(array):
    with pytest.raises(NotImplementedError, match=r'"a": a value points outside'):
        deduplicate_row_text(pa.table({"a": array}))


class Holder:
    """Gives the same capsules each time it is asked, as no producer should."""

    def __init__(self, name, capsules):
        setattr(self, name, lambda requested_schema=None: capsules)


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
