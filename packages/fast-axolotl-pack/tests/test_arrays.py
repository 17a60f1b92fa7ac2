"""What arrays must be, what is said of those that are not, and whose memory is whose."""

from __future__ import annotations

import collections
import gc
import itertools
import os
import signal
import threading
import time
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from fast_axolotl_pack import concatenate_and_pack, pack_sequences


def ids(sequences: Any, **options: Any) -> Any:
    return pack_sequences(sequences, 8, 0, 9, **options)["input_ids"]


def lists(kind: pa.DataType, *numbers: list[int]) -> pa.Array:
    """Lists of two values in all, whose offsets (and sizes) are damaged once they were checked."""
    dtype = np.int64 if "large" in str(kind) else np.int32
    damaged = [np.zeros(len(column), dtype) for column in numbers]
    length = len(numbers[0]) - (len(numbers) == 1)
    array = pa.Array.from_buffers(
        kind,
        length,
        [None, *map(pa.py_buffer, damaged)],
        children=[pa.array([1, 2], pa.int64())],
    )
    for column, values in zip(damaged, numbers):
        column[:] = values
    return array


LIST, LARGE = pa.list_(pa.int64()), pa.large_list(pa.int64())
VIEW = pa.list_view(pa.int64())


@pytest.mark.parametrize("output", ["list", "numpy", "arrow"])
@pytest.mark.parametrize(
    ("array", "row"),
    [
        (lists(LIST, [0, 2, 1, 2]), 1),
        (lists(LIST, [0, -2, 1, 2]), 0),
        (lists(LIST, [0, 99, 2]), 0),
        (lists(LARGE, [0, 2, 2**62, 2]), 1),
        (lists(LARGE, [0, -(2**63), 2]), 0),
    ],
)
def test_damaged_offsets(array: Any, row: int, output: Any) -> None:
    with pytest.raises(ValueError, match=rf"^sequences\[{row}\] points outside its Arrow buffers"):
        ids(array, output=output)
    chunks = pa.chunked_array([pa.array([[1]], array.type), array])
    with pytest.raises(ValueError, match=rf"^sequences\[{row + 1}\] points .*row {row} of its ch"):
        ids(chunks, output=output)


@pytest.mark.parametrize(
    "array",
    [
        lists(LIST, [0, 1, 3]),
        lists(LIST, [-1, 1, 2]),
        lists(LIST, [2, 1, 1]),
        lists(VIEW, [0, 1], [2, 2]),
        lists(VIEW, [0, -1], [2, 1]),
        lists(VIEW, [0, 1], [2, -1]),
    ],
)
def test_offsets_that_are_refused_at_once(array: Any) -> None:
    with pytest.raises(ValueError, match=r"^sequences"):
        ids(array)


def test_values_that_no_row_has_do_not_matter() -> None:
    values = pa.array([None, 1, 2, None])
    array = pa.ListArray.from_arrays(pa.array([1, 2, 3], pa.int32()), values)
    assert ids(array) == [[1, 9, 0, 2, 9, 0, 0, 0]]
    with_null = pa.array([[None], [1], [2, 3], None])
    assert ids(with_null.slice(1, 2)) == [[1, 9, 0, 2, 3, 9, 0, 0]]
    fixed = pa.array([[None, 1], [2, 3]], pa.list_(pa.int8(), 2)).slice(1)
    assert ids(fixed) == [[2, 3, 9, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("kind", [pa.list_, pa.large_list, pa.list_view, pa.large_list_view])
def test_nulls_are_named(kind: Any) -> None:
    def array(*rows: Any) -> Any:
        return pa.array(rows, kind(pa.int32()))

    with pytest.raises(ValueError, match=r"^sequences\[2\] is null, which is no integer; drop or"):
        ids(array([1], [], None, [2]))
    with pytest.raises(ValueError, match=r"^sequences\[1\]\[2\] is null"):
        ids(array([1], [2, 3, None], [None]))
    with pytest.raises(ValueError, match=r"^sequences\[1\] is null"):
        ids(array([None], [1], None, [2]).slice(1))
    with pytest.raises(ValueError, match=r"^sequences\[4\]\[0\] is null"):
        ids(pa.chunked_array([array([1], []), array(), array([2], [3], [None])]))


def test_nulls_elsewhere_are_named() -> None:
    with pytest.raises(ValueError, match=r"^sequences\[1\]\[1\] is null"):
        ids(pa.array([[1, 2], [3, None]], pa.list_(pa.int64(), 2)))
    with pytest.raises(ValueError, match=r"^sequences\[0\] is null"):
        ids(pa.array([None, None]))
    with pytest.raises(ValueError, match=r"^sequences\[1\]\[0\] is null"):
        ids(pa.array([[], [None]]))
    with pytest.raises(ValueError, match=r"^sequences\[1\] is null"):
        ids(pl.Series([[1], None]))
    with pytest.raises(ValueError, match=r"^labels\[0\]\[1\] is null"):
        concatenate_and_pack([[1, 2]], pa.array([[1, None]]), [[1, 1]], 8, 0)


@pytest.mark.parametrize("output", ["list", "numpy", "arrow"])
@pytest.mark.parametrize(
    "make",
    [
        lambda rows: pa.array(rows, pa.list_(pa.uint64())),
        lambda rows: [np.array(row, np.uint64) for row in rows],
        lambda rows: (
            np.array([*itertools.chain(*rows)], np.uint64),
            np.cumsum([0, *map(len, rows)]),
        ),
    ],
)
def test_integers_beyond_int64_are_named(make: Any, output: Any) -> None:
    rows = [[1, 2], [3], [4, 2**63 - 1, 2**63], [2**64 - 1]]
    text = r"^sequences\[2\]\[2\] is 9223372036854775808, which int64 cannot hold"
    with pytest.raises(OverflowError, match=text):
        ids(make(rows), output=output)
    with pytest.raises(OverflowError, match=text):
        pack_sequences(make(rows), 4, 0, 9, overflow="truncate", output=output)
    with pytest.raises(OverflowError, match=text):
        pack_sequences(make(rows), 3, 0, 9, overflow="split", output=output)
    # What is left out is not looked at, in lists neither.
    assert len(pack_sequences(make(rows[:3]), 4, 0, 9, overflow="drop", output=output)["labels"])


def test_many_rows_name_the_first() -> None:
    """Several threads read, and whichever is first to meet a bad value, the first one is named."""
    values = np.arange(1_000_000, dtype=np.uint64)
    values[[450_007, 450_010, 999_999]] = 2**63
    offsets = np.arange(0, 1_000_001, 100)
    with pytest.raises(OverflowError, match=r"^sequences\[4500\]\[7\] is"):
        pack_sequences((values, offsets), 1024, 0, 9, output="numpy")


@pytest.mark.parametrize(
    ("sequences", "text"),
    [
        (pa.array([1, 2]), "is Arrow data of Int64, expected lists of integers; cast it first"),
        (pa.array([[1.0]]), r"is Arrow data of List\(Float64\), expected lists of integers"),
        (pa.array([["a"]]), "is Arrow data of List.*Utf8.*, expected lists of integers"),
        (pa.array([[[1]]]), "is Arrow data of List.*List.*, expected lists of integers"),
        (pa.array([[True]]), "is Arrow data of List.*Boolean.*, expected lists of integers"),
        (pa.table({"a": [[1]]}), "is Arrow data of Struct.*; pass one of its columns"),
        (pl.DataFrame({"a": [[1]]}), "is Arrow data of Struct.*; pass one of its columns"),
        (
            pa.array([["x"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
            "is .*List.Dict",
        ),
        (pa.array([1, 1]).dictionary_encode(), "is Arrow data of Dictionary.*; cast it first"),
        (np.array([1, 2]), r"is an array of 1 dimensions, expected 2; rows of several lengths are"),
        (np.zeros((1, 1, 1), int), "is an array of 3 dimensions, expected 2"),
        (np.array(5), "is an array of 0 dimensions, expected 2"),
        (np.array([[1.5]]), r'is an array of float64, expected integers; cast it, .*"int64"'),
        (np.array([[True]]), "is an array of bool, expected integers"),
        (np.array([["a"]]), "is an array of <U1, expected integers"),
        (np.array([[1]], "m8[s]"), r"is an array of timedelta64\[s\], expected integers"),
        (np.array([[None]]), "is an array of object, expected integers"),
        (np.ma.masked_array([[1]], [[True]]), "is a masked array, whose mask would be lost"),
        ([np.array([1]), np.array([1.0])], r"\[1\] is an array of float64, expected integers"),
        ([np.array([1]), np.array([[1]])], r"\[1\] has 2 dimensions, expected 1"),
        ([np.array([1]), np.array(1)], r"\[1\] has 0 dimensions, expected 1"),
        ([np.array([1]), [1]], r"\[1\] is list, expected an array as the rows before it are"),
        ([[1], np.array([1])], r"\[1\] is ndarray, which is no list; convert it, .*tolist"),
        ([[1], pa.array([1])], r"\[1\] is Int64Array, which is no list; convert it"),
        ([pa.array([1])], r"\[0\] is Int64Array, .* or pass all rows in one Arrow or numpy array"),
        ((np.array([1]),), " is a tuple of 1 arrays, and a tuple is one of values and one of off"),
        (collections.namedtuple("One", "a")(np.array([1])), " is a tuple of 1 arrays"),
        ((np.array([1]),) * 3, " is a tuple of 3 arrays, .* pass the rows as a list"),
        ((np.array([1]), [0, 1]), "^the offsets of sequences are list, expected an array"),
        ((np.array([[1]]), np.array([0, 1])), "^the values of sequences has 2 dimensions"),
        ((np.array([1.5]), np.array([0, 1])), "^the values of sequences is an array of float64"),
        ((np.array([1]), np.array([0.0, 1.0])), "^the offsets of sequences is an array of float64"),
    ],
)
def test_what_is_not_taken(sequences: Any, text: Any) -> None:
    with pytest.raises(TypeError, match=text if text.startswith("^") else f"sequences ?{text}"):
        ids(sequences)


@pytest.mark.parametrize(
    ("offsets", "text"),
    [
        (np.array([], int), "the offsets of sequences are empty; there is one more of them than"),
        (np.array([0, 4]), "give row 0 no place: they must not decrease, and lie from 0 to 3"),
        (np.array([-1, 2]), "give row 0 no place"),
        (np.array([0, 1, 3, 2]), "give row 2 no place"),
        (np.array([0, 2**62, 3]), "give row 0 no place"),
        (np.array([0, 2, 1, 3], np.uint8), "give row 1 no place"),
        (np.array([0, 2**64 - 1], np.uint64), "have 18446744073709551615 at 1: too much"),
    ],
)
def test_damaged_numpy_offsets(offsets: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        ids((np.array([1, 2, 3]), offsets))


@pytest.mark.parametrize("output", ["list", "numpy", "arrow"])
@pytest.mark.parametrize(
    "nothing",
    [
        [],
        (),
        np.empty((0, 5), np.int32),
        np.empty((0, 0)),
        (np.array([]), np.array([0])),
        (np.array([1, 2]), np.array([1])),
        np.empty(0, object),
        pa.array([]),
        pa.array([], LIST),
        pa.array([], pa.list_(pa.int8(), 3)),
        pa.chunked_array([], LARGE),
        pa.chunked_array([[], []], LIST),
        pl.Series([], dtype=pl.List(pl.Int64)),
    ],
)
def test_no_sequences(nothing: Any, output: Any) -> None:
    for columns in (
        pack_sequences(nothing, 8, 0, 9, output=output),
        concatenate_and_pack(nothing, nothing, nothing, 8, 0, output=output),
    ):
        assert list(columns) == ["input_ids", "labels", "attention_mask"]
        for column in columns.values():
            assert len(column) == 0
            if output == "numpy":
                assert (column.shape, column.dtype) == ((0, 8), np.int64)


@pytest.mark.parametrize(
    "empties",
    [
        [np.array([]), np.array([])],
        np.empty((2, 0)),
        pa.array([[], []]),
        pa.array([[], []], LARGE),
        pa.array([[], []], pa.list_(pa.int16(), 0)),
        (np.array([], np.int8), np.array([0, 0, 0])),
        pl.Series([[], []], dtype=pl.List(pl.Int64)),
    ],
)
def test_empty_sequences(empties: Any) -> None:
    assert ids(empties) == [[9, 0, 9, 0, 0, 0, 0, 0]]
    packed = concatenate_and_pack(empties, empties, empties, 8, 0)
    assert packed == {"input_ids": [], "labels": [], "attention_mask": []}


class Index:
    """An integer in all but its type, which may change the list that it is in."""

    def __init__(self, value: int, row: list[Any] | None = None) -> None:
        self.value = value
        self.row = row

    def __index__(self) -> int:
        if self.row is not None:
            self.row.clear()
        return self.value


EDGES = [
    *(
        sign * (2**bits + more)
        for bits in (0, 30, 31, 60, 62)
        for more in (-1, 0, 1)
        for sign in (1, -1)
    ),
    2**63 - 1,
    -(2**63),
]


@pytest.mark.parametrize("width", [3, 8, 100])
def test_integers_of_any_kind_become_int64(width: int) -> None:
    """Whatever an integer's size, and wherever one of another type is among them."""
    odd: list[Any] = [True, Index(-7), np.int16(-3), np.uint64(5), False]
    rows = [
        EDGES,
        odd,
        [*range(17), *odd, *EDGES, Index(2**63 - 1), 4],
        [Index(5)] * 40,
        [7] * 40,
    ]
    plain = [[int(value) for value in row] for row in rows]
    expected = pack_sequences(plain, width, 0, 9, overflow="split")
    packed = pack_sequences(rows, width, 0, 9, overflow="split", output="numpy")
    assert {name: column.tolist() for name, column in packed.items()} == expected
    ready = concatenate_and_pack(rows, rows, rows, width, 0, overflow="split", output="numpy")
    again = concatenate_and_pack(plain, plain, plain, width, 0, overflow="split")
    assert {name: column.tolist() for name, column in ready.items()} == again


@pytest.mark.parametrize("at", [0, 1, 15, 16, 17, 99])
@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ("7", TypeError, "is str, expected an integer"),
        (1.0, TypeError, "is float, expected an integer"),
        (2**63, OverflowError, "does not fit in 64 bits"),
        (-(2**63) - 1, OverflowError, "does not fit in 64 bits"),
    ],
)
@pytest.mark.parametrize(("width", "overflow"), [(120, "error"), (40, "split"), (5, "truncate")])
def test_bad_values_of_lists_are_named(
    at: int, value: Any, error: type, text: str, width: int, overflow: Any
) -> None:
    bad: list[Any] = list(range(100))
    bad[at] = value
    rows = [[1], [2], bad, [3]]
    with pytest.raises(error, match=rf"^sequences\[2\]\[{at}\] {text}"):
        pack_sequences(rows, width, 0, 9, overflow=overflow, output="numpy")
    ones = [[1] * len(row) for row in rows]
    with pytest.raises(error, match=rf"^labels\[2\]\[{at}\] {text}"):
        concatenate_and_pack(
            pa.array(ones), rows, ones, width, 0, overflow=overflow, output="arrow"
        )


def test_a_list_that_changes_meanwhile() -> None:
    row: list[Any] = [1, 2]
    row.append(Index(1, row))
    with pytest.raises(RuntimeError, match=r"sequences\[0\] had 3 values and now has 0"):
        ids([row], output="numpy")


def test_columns_that_are_not_alike() -> None:
    two = pa.array([[1, 2], [3]])
    with pytest.raises(ValueError, match="^labels has 1 rows, but input_ids has 2, so row 1 is"):
        concatenate_and_pack(two, two[:1], two, 8, 0)
    with pytest.raises(ValueError, match="^attention_masks has 2 values in row 1, but .* has 1"):
        concatenate_and_pack(two, [[1, 2], [3]], np.array([[1, 1], [1, 1]]), 8, 0)
    with pytest.raises(ValueError, match="^sequence 1 has 3 tokens, but at most 2 fit"):
        pack_sequences(pa.array([[1], [1, 2, 3]]), 4, 0, 9, output="numpy")


def test_tens_of_thousands_of_chunks() -> None:
    """Of sizes that are alike, but for some; every row is found."""
    chance = np.random.default_rng(3)
    sizes = np.where(chance.random(20_000) < 0.05, chance.integers(0, 40, 20_000), 3)
    starts = np.cumsum([0, *sizes])
    whole = pa.array([[int(row)] * (row % 3) for row in range(starts[-1])], LIST)
    pieces = [whole.slice(a, b - a) for a, b in itertools.pairwise(starts)]
    packed = pack_sequences(pa.chunked_array(pieces), 64, 0, 9, output="numpy")
    expected = pack_sequences(whole, 64, 0, 9, output="numpy")
    assert all((packed[name] == expected[name]).all() for name in expected)


def test_inputs_stay_as_they_are() -> None:
    rows = [np.array([1, 2, 3]), np.array([4, 5])]
    before = [row.copy() for row in rows]
    packed = pack_sequences(rows, 5, 0, 9, output="numpy")
    for column in packed.values():
        column[:] = 77
    assert all((row == old).all() for row, old in zip(rows, before))


@pytest.mark.parametrize("count", [3, 3000, 300_000])
def test_an_output_outlives_its_input_and_later_outputs(count: int) -> None:
    """Memory is used again once it is free, and not before."""
    first = pack_sequences(np.full((count, 2), 5), 4, 0, 9, output="numpy")
    view = first["input_ids"][1:, :2]
    arrow = pa.array(pack_sequences(np.full((count, 2), 6), 4, 0, 9, output="arrow")["input_ids"])
    del first
    gc.collect()
    for value in (7, 8):
        pack_sequences(np.full((count, 2), value), 4, 0, 9, output="numpy")
        pack_sequences(np.full((count, 2), value), 4, 0, 9, output="arrow")
    assert (view == 5).all()
    assert (arrow.values.to_numpy().reshape(-1, 4) == [6, 6, 9, 0]).all()


@pytest.mark.parametrize("output", ["numpy", "arrow"])
def test_columns_share_no_memory(output: Any) -> None:
    packed = pack_sequences(np.full((100_000, 2), 5), 4, 1, 9, -7, output=output)
    columns = [
        column if output == "numpy" else pa.array(column).values.to_numpy().reshape(-1, 4)
        for column in packed.values()
    ]
    for column, row in zip(columns, ([5, 5, 9, 1], [5, 5, 9, -7], [1, 1, 1, 0])):
        assert (column == row).all()


def test_arrow_output_goes_to_any_library() -> None:
    packed = pack_sequences([[1, 2], [3]], 4, 0, 9, output="arrow")
    series = pl.Series(packed["input_ids"])
    assert series.dtype == pl.Array(pl.Int64, 4)
    assert series.to_list() == [[1, 2, 9, 0], [3, 9, 0, 0]]
    assert pa.array(packed["labels"]).to_pylist() == [[1, 2, 9, -100], [3, 9, -100, -100]]
    # Any number of times, and back in again.
    again = pack_sequences(packed["input_ids"], 6, 0, 9, output="numpy")["input_ids"]
    assert again.tolist() == [[1, 2, 9, 0, 9, 0], [3, 9, 0, 0, 9, 0]]


def test_too_large_for_memory_or_form() -> None:
    for output in ("numpy", "arrow"):
        with pytest.raises((MemoryError, OverflowError)):
            pack_sequences([[1]], 2**62, 0, 9, output=output)  # type: ignore[call-overload]
        with pytest.raises((MemoryError, OverflowError)):
            pack_sequences([[1]], 2**59, 0, 9, output=output)  # type: ignore[call-overload]
    with pytest.raises(MemoryError, match="^1 rows of .* integers are more than memory can hold"):
        pack_sequences([[1]], 2**62, 0, 9, output="numpy")
    with pytest.raises(OverflowError, match="^Arrow has no lists of 2147483648 values of one size"):
        pack_sequences([[1]], 2**31, 0, 9, output="arrow")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_survives_fork() -> None:
    rows = np.arange(1_200_000).reshape(-1, 6)
    expected = pack_sequences(rows, 64, 0, 9, output="numpy")["input_ids"]
    child = os.fork()
    if child == 0:
        packed = pack_sequences(rows, 64, 0, 9, output="numpy")["input_ids"]
        os._exit(0 if (packed == expected).all() else 1)
    deadline = time.monotonic() + 30
    while (status := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail("the child hangs")
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(status[1]) == 0


def test_several_threads_at_once() -> None:
    rows = np.arange(600_000).reshape(-1, 6)
    expected = pack_sequences(rows, 64, 0, 9, output="numpy")["labels"]
    wrong: list[int] = []

    def pack() -> None:
        for turn in range(20):
            packed = pack_sequences(rows, 64, 0, 9, output="numpy")["labels"]
            if not (packed == expected).all():
                wrong.append(turn)

    threads = [threading.Thread(target=pack) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("endless", [np.empty((10**12, 0), "i8"), np.empty((10**13, 0), "u1")])
def test_more_rows_than_anybody_waits_for_are_an_error(endless):
    """Empty rows take no memory, so there may be any number of them."""
    with pytest.raises(ValueError, match=f"sequences has {len(endless)} rows without a value"):
        pack_sequences(endless, 8, 0, 1, output="numpy")


def test_numpy_does_not_move_an_array_that_is_read():
    """It resizes one that nobody but its caller refers to."""
    rows = [np.ones(20_000_000, "i8")]
    refused = []

    def resize():
        time.sleep(0.01)
        try:
            rows.pop().resize(10)
        except ValueError as error:
            refused.append(str(error))

    thread = threading.Thread(target=resize)
    thread.start()
    packed = pack_sequences(rows, 64, 0, 1, output="numpy", overflow="split")
    thread.join()
    # The array was popped while it was read, or before: then there were no rows.
    assert packed["input_ids"].sum() in (20_000_001, 0)
    assert refused or len(packed["input_ids"]) == 0
