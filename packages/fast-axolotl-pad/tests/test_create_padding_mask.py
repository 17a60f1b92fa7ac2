"""`create_padding_mask` against `range`, and its bad arguments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_pad import create_padding_mask


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_equals_range(current: int, target: int) -> None:
    assert create_padding_mask(current, target) == list(range(max(0, target - current)))


@pytest.mark.parametrize("missing", [0, 1, 2, 255, 256, 65_535, 65_536, 65_537, 200_000])
def test_lengths_around_the_shared_list(missing: int) -> None:
    assert create_padding_mask(3, 3 + missing) == list(range(missing))


def test_every_mask_is_its_own() -> None:
    first = create_padding_mask(0, 4)
    first[0] = 9
    first.extend([1, 2])
    assert create_padding_mask(0, 4) == [0, 1, 2, 3]
    assert create_padding_mask(4, 4) is not create_padding_mask(4, 4)


def test_keywords() -> None:
    assert create_padding_mask(current_length=1, target_length=3) == [0, 1]


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"(?m)^current_length must be at least 0, got -1$"):
        create_padding_mask(-1, 3)
    with pytest.raises(ValueError, match=r"(?m)^target_length must be at least 0, got -3$"):
        create_padding_mask(1, -3)
    with pytest.raises(TypeError, match=r"(?m)^current_length must be an integer, got str$"):
        create_padding_mask("1", 3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"(?m)^target_length must be an integer, got NoneType$"):
        create_padding_mask(1, None)  # type: ignore[arg-type]
    with pytest.raises(OverflowError, match=r"(?m)^target_length does not fit in 64 bits$"):
        create_padding_mask(1, 2**63)


def test_more_than_memory_is_an_error() -> None:
    with pytest.raises(MemoryError):
        create_padding_mask(0, 2**62)
