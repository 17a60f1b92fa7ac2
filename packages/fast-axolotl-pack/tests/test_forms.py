"""Every form of input and of output gives what lists give."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fast_axolotl_pack import concatenate_and_pack, pack_sequences

RANGES = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**63 - 1),
}
OUTPUTS = ("list", "numpy", "arrow")
NAMES = ("input_ids", "labels", "attention_mask")


def chunked(rows: list[list[int]], kind: pa.DataType, cuts: list[int]) -> pa.ChunkedArray:
    """Chunks between cuts, each a slice of a longer array; some of them empty."""
    whole = pa.array([[1, 2, 3], *rows, [4]], kind)
    edges = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    chunks = [whole.slice(1 + a, b - a) for a, b in itertools.pairwise(edges)]
    return pa.chunked_array(chunks, kind)


def arrow_list(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return pa.array(rows, pa.list_(pa.from_numpy_dtype(dtype)))


def arrow_large_list(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return pa.array(rows, pa.large_list(pa.from_numpy_dtype(dtype)))


def arrow_view(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return pa.array(rows, pa.list_view(pa.from_numpy_dtype(dtype)))


def arrow_large_view(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    kind = pa.large_list_view(pa.from_numpy_dtype(dtype))
    return pa.array([[7], *rows], kind).slice(1)


def arrow_chunks(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return chunked(rows, pa.list_(pa.from_numpy_dtype(dtype)), cuts)


def arrow_large_chunks(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return chunked(rows, pa.large_list(pa.from_numpy_dtype(dtype)), cuts)


def polars_series(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    kind = pl.List(getattr(pl, dtype.replace("int", "Int").replace("uI", "UI")))
    parts = [pl.Series(rows[:1], dtype=kind), pl.Series(rows[1:], dtype=kind)]
    return parts[0].append(parts[1])


def arrays(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return [np.array(row, dtype) for row in rows]


def read_only(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    made = arrays(rows, dtype, cuts)
    for array in made:
        array.flags.writeable = False
    return made


def strided(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return [np.array([[value, 1] for value in row], dtype).reshape(-1, 2)[:, 0] for row in rows]


def backwards(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return [np.array(row[::-1], dtype)[::-1] for row in rows]


def swapped(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    return [np.array(row, np.dtype(dtype).newbyteorder("S")) for row in rows]


def unaligned(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    size = np.dtype(dtype).itemsize
    return [
        np.frombuffer(b"x" + np.array(row, dtype).tobytes() + b"y" * size, dtype, len(row), 1)
        for row in rows
    ]


def objects(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
    made = np.empty(len(rows), object)
    made[:] = arrays(rows, dtype, cuts)
    return made


def offsets_of(kind: str) -> Any:
    def form(rows: list[list[int]], dtype: str, cuts: list[int]) -> Any:
        values = np.array([3, 3, *itertools.chain(*rows), 4], dtype)
        return values, np.cumsum([2, *map(len, rows)]).astype(kind)

    form.__name__ = f"offsets_{kind}"
    return form


FORMS = [
    arrow_list,
    arrow_large_list,
    arrow_view,
    arrow_large_view,
    arrow_chunks,
    arrow_large_chunks,
    polars_series,
    arrays,
    read_only,
    strided,
    backwards,
    swapped,
    unaligned,
    objects,
    *(offsets_of(kind) for kind in ("int32", "int64", "uint8", "uint32", "uint64", ">i8")),
]
# Forms of rows of one length.
TABLES = [
    lambda rows, dtype, width: np.array(rows, dtype).reshape(-1, width),
    lambda rows, dtype, width: np.array(rows, dtype, order="F").reshape((-1, width), order="A"),
    lambda rows, dtype, width: np.array([[9] * width, *rows], dtype).reshape(-1, width)[1:],
    lambda rows, dtype, width: pa.array(rows, pa.list_(pa.from_numpy_dtype(dtype), width)),
    lambda rows, dtype, width: pa.array(
        [[9] * width, *rows], pa.list_(pa.from_numpy_dtype(dtype), width)
    ).slice(1),
]


def to_lists(packed: Any, output: str, width: int) -> dict[str, list[list[int]]]:
    """The columns as lists, once they are seen to be of the form that was asked for."""
    columns = {}
    for name, column in packed.items():
        if output == "numpy":
            assert type(column) is np.ndarray
            assert (column.dtype, column.ndim, column.shape[1]) == (np.int64, 2, width)
            assert column.flags.c_contiguous
            assert column.flags.writeable
            columns[name] = column.tolist()
        elif output == "arrow":
            array = pa.array(column)
            array.validate(full=True)
            field = pa.field("item", pa.int64(), nullable=False)
            assert (array.type, array.null_count) == (pa.list_(field, width), 0)
            assert repr(column).startswith(f"<ArrowArray: {len(column)} x FixedSizeList({width} x")
            columns[name] = array.to_pylist()
        else:
            assert all(type(value) is int for row in column for value in row)
            columns[name] = column
    return columns


@st.composite
def inputs(draw: st.DrawFn) -> tuple[list[list[int]], str]:
    dtype = draw(st.sampled_from(sorted(RANGES)))
    value = st.integers(*RANGES[dtype])
    return draw(st.lists(st.lists(value, max_size=20), max_size=20)), dtype


CUTS = st.lists(st.integers(0, 20), max_size=6)
OVERFLOWS = st.sampled_from(["truncate", "split", "drop"])


@settings(deadline=None)
@given(
    inputs(),
    CUTS,
    st.sampled_from([lambda rows, dtype, cuts: rows, *FORMS]),
    st.sampled_from(OUTPUTS),
    st.integers(2, 50),
    OVERFLOWS,
)
def test_pack_sequences(
    given: Any, cuts: list[int], form: Any, output: Any, width: int, overflow: Any
) -> None:
    rows, dtype = given
    expected = pack_sequences(rows, width, 90, 91, overflow=overflow)
    packed = pack_sequences(
        form(rows, dtype, cuts), width, 90, 91, overflow=overflow, output=output
    )
    assert to_lists(packed, output, width) == expected


@settings(deadline=None)
@given(
    st.integers(0, 7),
    st.integers(1, 9),
    st.sampled_from(sorted(RANGES)),
    st.sampled_from(TABLES),
    st.sampled_from(OUTPUTS),
    st.data(),
)
def test_rows_of_one_length(
    count: int, width: int, dtype: str, form: Any, output: Any, data: st.DataObject
) -> None:
    row = st.lists(st.integers(*RANGES[dtype]), min_size=width, max_size=width)
    rows = data.draw(st.lists(row, min_size=count, max_size=count))
    packed = pack_sequences(form(rows, dtype, width), 20, 90, 91, output=output)
    assert to_lists(packed, output, 20) == pack_sequences(rows, 20, 90, 91)


@settings(deadline=None)
@given(
    inputs(),
    CUTS,
    st.tuples(*[st.sampled_from([lambda rows, dtype, cuts: rows, *FORMS])] * 3),
    st.sampled_from(OUTPUTS),
    st.integers(1, 50),
    OVERFLOWS,
)
def test_concatenate_and_pack(
    given: Any, cuts: list[int], forms: Any, output: Any, width: int, overflow: Any
) -> None:
    rows, dtype = given
    columns = rows, [row[::-1] for row in rows], [[1] * len(row) for row in rows]
    expected = concatenate_and_pack(*columns, width, 90, overflow=overflow)
    passed = [form(column, dtype, cuts) for form, column in zip(forms, columns)]
    packed = concatenate_and_pack(*passed, width, 90, overflow=overflow, output=output)
    assert to_lists(packed, output, width) == expected
