"""`pack_sequences` against plain Python, and each way its input can be bad."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_pack import pack_sequences

INT64 = st.integers(-(2**63), 2**63 - 1)
SEQUENCES = st.lists(st.lists(INT64, max_size=30), max_size=25)
PAD, EOS, LABEL_PAD = 90, 91, -100


class Rows:
    """Three columns of rows that are filled in step; the open row is the last."""

    def __init__(self, max_length: int, fill: tuple[int, int, int]) -> None:
        self.max_length = max_length
        self.fill = fill
        self.rows: list[tuple[list[int], list[int], list[int]]] = []

    def add(self, ids: list[int], labels: list[int], mask: list[int]) -> None:
        if not ids:
            return
        if not self.rows or len(self.rows[-1][0]) + len(ids) > self.max_length:
            self.rows.append(([], [], []))
        for row, values in zip(self.rows[-1], (ids, labels, mask), strict=True):
            row.extend(values)

    def columns(self) -> dict[str, list[list[int]]]:
        for row in self.rows:
            for column, value in zip(row, self.fill, strict=True):
                column.extend([value] * (self.max_length - len(column)))
        names = ("input_ids", "labels", "attention_mask")
        return {name: [row[at] for row in self.rows] for at, name in enumerate(names)}


def reference(
    sequences: list[list[int]], max_length: int, overflow: str = "error"
) -> dict[str, list[list[int]]]:
    rows = Rows(max_length, (PAD, LABEL_PAD, 0))
    for sequence in sequences:
        kept = sequence
        if len(sequence) + 2 > max_length:
            if overflow == "error":
                raise ValueError
            if overflow == "drop":
                continue
            if overflow == "truncate":
                kept = sequence[: max_length - 2]
        ids = [*kept, EOS, PAD]
        labels = [*kept, EOS, LABEL_PAD]
        mask = [1] * (len(kept) + 1) + [0]
        for start in range(0, len(ids), max_length):
            cut = slice(start, start + max_length)
            rows.add(ids[cut], labels[cut], mask[cut])
    return rows.columns()


@given(SEQUENCES, st.integers(2, 45), st.sampled_from(["error", "truncate", "split", "drop"]))
def test_equals_plain_python(sequences: list[list[int]], max_length: int, overflow: str) -> None:
    before = [list(sequence) for sequence in sequences]
    try:
        expected = reference(sequences, max_length, overflow)
    except ValueError:
        with pytest.raises(ValueError, match=r"^sequence \d+ has \d+ tokens, but at most \d+ fit"):
            pack_sequences(sequences, max_length, PAD, EOS, LABEL_PAD)
    else:
        packed = pack_sequences(
            sequences,
            max_length,
            PAD,
            EOS,
            LABEL_PAD,
            overflow=overflow,  # type: ignore[arg-type]
        )
        assert packed == expected
        assert list(packed) == ["input_ids", "labels", "attention_mask"]
        assert all(len(row) == max_length for rows in packed.values() for row in rows)
    assert sequences == before


@given(
    st.lists(st.integers(0, 700), max_size=12),
    st.integers(702, 2100),
)
def test_long_rows(lengths: list[int], max_length: int) -> None:
    sequences = [list(range(1000, 1000 + length)) for length in lengths]
    packed = pack_sequences(sequences, max_length, PAD, EOS)
    assert packed == reference(sequences, max_length)


def test_no_sequences() -> None:
    expected = {"input_ids": [], "labels": [], "attention_mask": []}
    assert pack_sequences([], 8, 0, 2) == expected
    assert pack_sequences([[1] * 9], 8, 0, 2, overflow="drop") == expected


def test_a_row_that_is_exactly_full() -> None:
    packed = pack_sequences([[1, 2], [3, 4], []], 4, 0, 9)
    assert packed["input_ids"] == [[1, 2, 9, 0], [3, 4, 9, 0], [9, 0, 0, 0]]
    assert packed["labels"][2] == [9, -100, -100, -100]
    assert packed["attention_mask"] == [[1, 1, 1, 0], [1, 1, 1, 0], [1, 0, 0, 0]]


def test_what_does_not_fit() -> None:
    sequences = [[1], [1, 2, 3, 4, 5]]

    def ids(overflow: Any) -> list[list[int]]:
        return pack_sequences(sequences, 4, 0, 9, overflow=overflow)["input_ids"]

    with pytest.raises(
        ValueError, match="^sequence 1 has 5 tokens, but at most 2 fit in a row of 4"
    ):
        ids("error")
    assert ids("truncate") == [[1, 9, 0, 0], [1, 2, 9, 0]]
    assert ids("split") == [[1, 9, 0, 0], [1, 2, 3, 4], [5, 9, 0, 0]]
    assert ids("drop") == [[1, 9, 0, 0]]


def test_split_may_leave_only_the_pad_token() -> None:
    packed = pack_sequences([[1, 2, 3]], 4, 0, 9, overflow="split")
    assert packed == {
        "input_ids": [[1, 2, 3, 9], [0, 0, 0, 0]],
        "labels": [[1, 2, 3, 9], [-100] * 4],
        "attention_mask": [[1, 1, 1, 1], [0, 0, 0, 0]],
    }


def test_rows_are_new_and_share_nothing() -> None:
    same = [1, 2]
    packed = pack_sequences([same, same, same], 4, 0, 9)
    rows = [row for column in packed.values() for row in column]
    assert len({id(row) for row in rows} | {id(same)}) == len(rows) + 1
    for row in rows:
        row[0] = 77
    assert same == [1, 2]
    assert pack_sequences([same], 4, 0, 9)["input_ids"] == [[1, 2, 9, 0]]


class Tokens(list[int]):
    """A list whose `+` is not a list's."""

    def __add__(self, other: object) -> list[int]:  # type: ignore[override]
        raise AssertionError("the subclass's own + must not run")


def test_other_sequences() -> None:
    def generate() -> Iterator[Any]:
        yield Tokens([1])
        yield (2, 3)
        yield range(2)

    expected = [[1, 9, 0, 2, 3, 9, 0, 0, 1, 9, 0]]
    assert pack_sequences(generate(), 11, 0, 9)["input_ids"] == expected
    assert pack_sequences((Tokens([1]), (2, 3), range(2)), 11, 0, 9)["input_ids"] == expected


@pytest.mark.parametrize("at", [0, 1, 15, 16, 17, 99])
@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ("7", TypeError, "is str, expected an integer"),
        (None, TypeError, "is NoneType, expected an integer"),
        (2**63, OverflowError, "does not fit in 64 bits"),
        (-(2**63) - 1, OverflowError, "does not fit in 64 bits"),
    ],
)
@pytest.mark.parametrize(
    ("max_length", "overflow"), [(120, "error"), (40, "split"), (5, "truncate")]
)
def test_bad_values_are_named(
    at: int, value: object, error: type, text: str, max_length: int, overflow: Any
) -> None:
    bad: list[Any] = list(range(100))
    bad[at] = value
    with pytest.raises(error, match=rf"^sequences\[2\]\[{at}\] {text}"):
        pack_sequences([[1], [2], bad, [3]], max_length, 0, 9, overflow=overflow)


def test_a_list_that_changes_meanwhile() -> None:
    row: list[Any] = [1, 2]

    class Shrinks:
        def __index__(self) -> int:
            row.clear()
            return 1

    row.append(Shrinks())
    with pytest.raises(RuntimeError, match=r"sequences\[0\] had 3 values and now has 0"):
        pack_sequences([row], 8, 0, 9)


@pytest.mark.parametrize("bad", ["text", b"bytes", {1, 2}, {1: 2}, 7, None, object()])
def test_bad_sequences_are_named(bad: Any) -> None:
    expected = rf"^sequences\[1\] is {type(bad).__name__}, expected a list of integers"
    with pytest.raises(TypeError, match=expected):
        pack_sequences([[1], bad], 8, 0, 9)


@pytest.mark.parametrize("bad", ["text", b"bytes", 7, None, object()])
def test_bad_wholes(bad: Any) -> None:
    with pytest.raises(TypeError, match="^sequences must be a list of lists of integers, got "):
        pack_sequences(bad, 8, 0, 9)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pack_sequences([], 1, 0, 9), ValueError, "max_length must be at least 2, got 1"),
        (lambda: pack_sequences([], 0, 0, 9), ValueError, "max_length must be at least 2, got 0"),
        (lambda: pack_sequences([], -4, 0, 9), ValueError, "max_length must be at least 2, got -4"),
        (lambda: pack_sequences([], 2**63, 0, 9), OverflowError, "max_length does not fit"),
        (
            lambda: pack_sequences([], "8", 0, 9),
            TypeError,
            "max_length must be an integer, got str",
        ),
        (lambda: pack_sequences([], 8, None, 9), TypeError, "pad_token_id must be an integer"),
        (lambda: pack_sequences([], 8, 0, 2.0), TypeError, "eos_token_id must be an integer"),
        (lambda: pack_sequences([], 8, 0, 2**63), OverflowError, "eos_token_id does not fit"),
        (lambda: pack_sequences([], 8, 0, 9, "x"), TypeError, "label_pad_id must be an integer"),
        (
            lambda: pack_sequences([], 8, 0, 9, overflow="wrap"),
            ValueError,
            "overflow must be 'error', 'truncate', 'split' or 'drop', got 'wrap'",
        ),
        (lambda: pack_sequences([], 8, 0, 9, overflow=1), TypeError, "overflow must be a str"),
        (
            lambda: pack_sequences([], 8, 0, 9, output="tensor"),
            ValueError,
            "output must be 'list', 'numpy', 'arrow' or 'torch', got 'tensor'",
        ),
    ],
)
def test_bad_arguments(call: Callable[[], object], error: type, text: str) -> None:
    with pytest.raises(error, match=f"{text}"):
        call()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("max_length", "an integer"),
        ("pad_token_id", "an integer"),
        ("eos_token_id", "an integer"),
        ("label_pad_id", "an integer"),
        ("overflow", "a str"),
        ("output", "a str"),
    ],
)
def test_none_is_not_the_default(name: str, kind: str) -> None:
    arguments: dict[str, Any] = {"max_length": 8, "pad_token_id": 0, "eos_token_id": 9}
    assert pack_sequences([[1]], **arguments)["labels"] == [[1, 9] + [-100] * 6]
    arguments[name] = None
    for sequences in ([[1]], []):
        # Python 3.11 and later have a note of the argument's name on a further line.
        with pytest.raises(TypeError, match=f"(?m)^{name} must be {kind}, got NoneType$"):
            pack_sequences(sequences, **arguments)


def test_more_than_memory_is_an_error() -> None:
    with pytest.raises(MemoryError):
        pack_sequences([[1]], 2**62, 0, 9)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_it_was(enabled: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        pack_sequences([[1], [2, 3]], 8, 0, 9)
        assert gc.isenabled() is enabled
        with pytest.raises(TypeError):
            pack_sequences([[1], ["2"]], 8, 0, 9)  # type: ignore[list-item]
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()
