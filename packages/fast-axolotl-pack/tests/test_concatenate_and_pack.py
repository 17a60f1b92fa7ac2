"""`concatenate_and_pack` against plain Python, and each way its input can be bad."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_pack import concatenate_and_pack, pack_sequences

INT64 = st.integers(-(2**63), 2**63 - 1)
NAMES = ("input_ids", "labels", "attention_mask")
FILL = (90, -100, 0)

Triple = tuple[list[int], list[int], list[int]]


@st.composite
def triples(draw: st.DrawFn) -> Triple:
    """One sequence in three columns; often all of one value, as real masks and labels are."""
    length = draw(st.integers(0, 30) | st.integers(32, 100))

    def column() -> list[int]:
        if draw(st.booleans()):
            column = [draw(st.sampled_from([1, 0, -100, 2**40]))] * length
            if length and draw(st.booleans()):
                column[draw(st.integers(0, length - 1))] = draw(INT64)
            return column
        return draw(st.lists(INT64, min_size=length, max_size=length))

    return column(), column(), column()


def reference(rows: list[Triple], max_length: int, overflow: str) -> dict[str, list[list[int]]]:
    packed: list[Triple] = []
    for row in rows:
        length = len(row[0])
        pieces = [slice(0, length)]
        if length > max_length:
            if overflow == "error":
                raise ValueError
            if overflow == "drop":
                continue
            starts = range(0, length, max_length)
            pieces = [slice(start, start + max_length) for start in starts]
            if overflow == "truncate":
                del pieces[1:]
        for piece in pieces:
            taken = row[0][piece]
            if not taken:
                continue
            if not packed or len(packed[-1][0]) + len(taken) > max_length:
                packed.append(([], [], []))
            for column, values in zip(packed[-1], row, strict=True):
                column.extend(values[piece])
    for last in packed:
        for column, value in zip(last, FILL, strict=True):
            column.extend([value] * (max_length - len(column)))
    return {name: [row[at] for row in packed] for at, name in enumerate(NAMES)}


@given(
    st.lists(triples(), max_size=25),
    st.integers(1, 150),
    st.sampled_from(["error", "truncate", "split", "drop"]),
)
def test_equals_plain_python(rows: list[Triple], max_length: int, overflow: Any) -> None:
    columns = tuple([row[at] for row in rows] for at in range(3))
    before = repr(columns)
    try:
        expected = reference(rows, max_length, overflow)
    except ValueError:
        with pytest.raises(ValueError, match=r"^sequence \d+ has \d+ tokens, but at most \d+ fit"):
            concatenate_and_pack(*columns, max_length, FILL[0])
    else:
        packed = concatenate_and_pack(*columns, max_length, FILL[0], overflow=overflow)
        assert packed == expected
    assert repr(columns) == before


@given(st.lists(st.lists(INT64, max_size=30), max_size=25), st.integers(32, 80))
def test_agrees_with_pack_sequences(sequences: list[list[int]], max_length: int) -> None:
    assert concatenate_and_pack(
        [[*sequence, 9, 0] for sequence in sequences],
        [[*sequence, 9, -7] for sequence in sequences],
        [[1] * (len(sequence) + 1) + [0] for sequence in sequences],
        max_length,
        0,
        -7,
    ) == pack_sequences(sequences, max_length, 0, 9, -7)


def test_no_tokens() -> None:
    empty = {"input_ids": [], "labels": [], "attention_mask": []}
    assert concatenate_and_pack([], [], [], 8, 0) == empty
    assert concatenate_and_pack([[], []], [[], []], [[], []], 8, 0) == empty


def test_rows_are_new_and_share_nothing() -> None:
    ids, mask = [5, 6], [1, 1]
    packed = concatenate_and_pack([ids, ids], [ids, ids], [mask, mask], 2, 0)
    rows = [row for column in packed.values() for row in column]
    assert len({id(row) for row in [*rows, ids, mask]}) == len(rows) + 2
    for row in rows:
        row[0] = 77
    assert (ids, mask) == ([5, 6], [1, 1])


def test_values_pass_unchanged() -> None:
    big = 2**62
    packed = concatenate_and_pack([[big, True]], [[big, big]], [[True, True]], 3, 0)
    assert packed["input_ids"][0][0] is big
    assert packed["input_ids"][0][1] is True
    assert packed["labels"][0][1] is big
    assert packed["attention_mask"][0][:2] == [True, True]
    assert packed["attention_mask"][0][0] is True


def test_ragged_columns_are_named() -> None:
    two = [[1, 2], [3]]
    with pytest.raises(ValueError, match="^labels has 1 rows, but input_ids has 2, so row 1 is"):
        concatenate_and_pack(two, two[:1], two, 8, 0)
    with pytest.raises(ValueError, match="^attention_masks has 3 rows, but input_ids has 2"):
        concatenate_and_pack(two, two, [*two, [1]], 8, 0)
    with pytest.raises(ValueError, match="^labels has 1 values in row 0, but input_ids has 2"):
        concatenate_and_pack(two, [[1], [3]], two, 8, 0)
    with pytest.raises(ValueError, match="^attention_masks has 2 values in row 1, but .* has 1"):
        concatenate_and_pack(two, two, [[1, 1], [1, 1]], 8, 0)


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.0, TypeError, "is float, expected an integer"),
        (2**63, OverflowError, "does not fit in 64 bits"),
    ],
)
def test_bad_values_are_named(at: int, value: Any, error: type, text: str) -> None:
    name = ("input_ids", "labels", "attention_masks")[at]
    columns: list[list[list[Any]]] = [[[1] * 40, [2] * 40] for _ in range(3)]
    columns[at][1][33] = value
    with pytest.raises(error, match=rf"^{name}\[1\]\[33\] {text}"):
        concatenate_and_pack(*columns, 90, 0)
    columns[at] = [[1] * 40, [1] * 40]
    columns[at][1][33] = value
    with pytest.raises(error, match=rf"^{name}\[1\]\[33\] {text}"):
        concatenate_and_pack(*columns, 90, 0)
    columns[at][1] = [value] * 40
    with pytest.raises(error, match=rf"^{name}\[1\]\[0\] {text}"):
        concatenate_and_pack(*columns, 90, 0)


@pytest.mark.parametrize("at", range(3))
def test_bad_sequences_are_named(at: int) -> None:
    name = ("input_ids", "labels", "attention_masks")[at]
    columns: list[Any] = [[[1], [2]] for _ in range(3)]
    columns[at] = [[1], "2"]
    with pytest.raises(TypeError, match=rf"^{name}\[1\] is str, expected a list of integers"):
        concatenate_and_pack(*columns, 90, 0)
    columns[at] = 3
    with pytest.raises(TypeError, match=f"^{name} must be a list of lists of integers, got int"):
        concatenate_and_pack(*columns, 90, 0)


def test_bad_arguments() -> None:
    one: list[list[int]] = [[1]]
    with pytest.raises(ValueError, match="^max_length must be at least 1, got 0$"):
        concatenate_and_pack(one, one, one, 0, 0)
    with pytest.raises(TypeError, match="(?m)^pad_token_id must be an integer, got NoneType$"):
        concatenate_and_pack(one, one, one, 8, None)  # type: ignore[arg-type]
    with pytest.raises(OverflowError, match="(?m)^label_pad_id does not fit in 64 bits$"):
        concatenate_and_pack(one, one, one, 8, 0, 2**63)
    with pytest.raises(ValueError, match="^overflow must be 'error', 'truncate', 'split' or"):
        concatenate_and_pack(one, one, one, 8, 0, overflow="wrap")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="^sequence 1 has 3 tokens, but at most 2 fit"):
        concatenate_and_pack([[1], [1] * 3], [[1], [1] * 3], [[1], [1] * 3], 2, 0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("max_length", "an integer"),
        ("pad_token_id", "an integer"),
        ("label_pad_id", "an integer"),
        ("overflow", "a str"),
        ("output", "a str"),
    ],
)
def test_none_is_not_the_default(name: str, kind: str) -> None:
    arguments: dict[str, Any] = {"max_length": 3, "pad_token_id": 0}
    packed = concatenate_and_pack([[1]], [[2]], [[1]], **arguments)
    assert packed["labels"] == [[2, -100, -100]]
    arguments[name] = None
    for column in ([[1]], []):
        # Python 3.11 and later have a note of the argument's name on a further line.
        with pytest.raises(TypeError, match=f"(?m)^{name} must be {kind}, got NoneType$"):
            concatenate_and_pack(column, column, column, **arguments)
