"""`pad_sequences` against plain Python, and each way its input can be bad."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from collections import UserList, deque
from collections.abc import Iterator
from typing import Any

import numpy
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fast_axolotl_pad import pad_sequences

INT64 = st.integers(-(2**63), 2**63 - 1)
SEQUENCES = st.lists(st.lists(INT64, max_size=40), max_size=20)


def reference(
    sequences: list[list[int]],
    target_length: int | None,
    pad_value: int,
    padding_side: str,
    pad_to_multiple_of: int | None,
    truncate: bool,
) -> list[list[int]]:
    length = target_length
    if length is None:
        length = max((len(sequence) for sequence in sequences), default=0)
    if pad_to_multiple_of:
        while length % pad_to_multiple_of:
            length += 1
    rows = []
    for sequence in sequences:
        if len(sequence) > length and not truncate:
            raise ValueError
        kept = sequence[:length]
        padding = [pad_value] * (length - len(kept))
        rows.append(kept + padding if padding_side == "right" else padding + kept)
    return rows


@given(
    SEQUENCES,
    st.none() | st.integers(0, 60),
    INT64,
    st.sampled_from(["right", "left"]),
    st.none() | st.integers(0, 17),
    st.booleans(),
)
def test_equals_plain_python(
    sequences: list[list[int]],
    target_length: int | None,
    pad_value: int,
    padding_side: str,
    multiple: int | None,
    truncate: bool,
) -> None:
    arguments = (target_length, pad_value, padding_side, multiple)
    before = [list(sequence) for sequence in sequences]
    try:
        expected = reference(sequences, *arguments, truncate)
    except ValueError:
        with pytest.raises(ValueError, match=r"^sequence \d+ has \d+ values"):
            pad_sequences(sequences, *arguments)
    else:
        assert pad_sequences(sequences, *arguments, truncate=truncate) == expected
    assert sequences == before


@pytest.mark.parametrize("found", [0, 1, 63, 64, 65, 400, 511, 513, 1023])
@pytest.mark.parametrize("side", ["right", "left"])
def test_long_runs_of_padding(found: int, side: str) -> None:
    sequences = [list(range(1000, 1000 + found)), [7]] * 3
    assert pad_sequences(sequences, 1025, -1, side) == reference(
        sequences, 1025, -1, side, None, False
    )


def test_no_sequences() -> None:
    assert pad_sequences([]) == []
    assert pad_sequences([], 8) == []
    assert pad_sequences([[], []]) == [[], []]
    assert pad_sequences([[], []], 2) == [[0, 0], [0, 0]]


def test_rows_are_new_and_their_own() -> None:
    same = [1, 2]
    rows = pad_sequences([same, same, [3, 4]])
    assert all(row is not same for row in rows)
    rows[0].append(9)
    assert same == [1, 2]
    assert rows[1:] == [[1, 2], [3, 4]]
    padded = pad_sequences([[5], [6]], 4)
    padded[0][3] = 1
    assert padded[1] == [6, 0, 0, 0]
    assert pad_sequences([[6]], 4) == [[6, 0, 0, 0]]


class Tokens(list[int]):
    """A list whose `+` is not a list's."""

    def __add__(self, other: object) -> list[int]:  # type: ignore[override]
        raise AssertionError("the subclass's own + must not run")


def test_other_sequences() -> None:
    rows = pad_sequences([Tokens([1, 2]), (3,), range(3), deque([4]), UserList([5])])
    assert rows == [[1, 2, 0], [3, 0, 0], [0, 1, 2], [4, 0, 0], [5, 0, 0]]
    assert all(type(row) is list for row in rows)


def test_any_iterable_of_sequences() -> None:
    def generate() -> Iterator[list[int]]:
        yield [1]
        yield [2, 3]

    assert pad_sequences(generate()) == [[1, 0], [2, 3]]
    assert pad_sequences(([1], [2, 3])) == [[1, 0], [2, 3]]
    assert pad_sequences({"a": [1], "b": [2, 3]}.values()) == [[1, 0], [2, 3]]


def test_a_failing_iterable_raises_its_own_error() -> None:
    def generate() -> Iterator[list[int]]:
        yield [1]
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        pad_sequences(generate())


class Seven:
    """An integer by its `__index__` alone, as numpy's are."""

    def __index__(self) -> int:
        return 7


def test_values_pass_unchanged() -> None:
    seven = Seven()
    big = 2**62
    row = pad_sequences([[True, seven, big]], 4)[0]  # type: ignore[list-item]
    assert row[0] is True
    assert row[1] is seven
    assert row[2] is big


@pytest.mark.parametrize("at", [0, 1, 15, 16, 17, 31, 32, 99])
@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        ("7", TypeError, "is str, expected an integer"),
        (7.0, TypeError, "is float, expected an integer"),
        (None, TypeError, "is NoneType, expected an integer"),
        ([7], TypeError, "is list, expected an integer"),
        (2**63, OverflowError, "does not fit in 64 bits"),
        (-(2**63) - 1, OverflowError, "does not fit in 64 bits"),
        (10**30, OverflowError, "does not fit in 64 bits"),
    ],
)
def test_bad_values_are_named(at: int, value: object, error: type, text: str) -> None:
    bad: list[object] = list(range(100))
    bad[at] = value
    with pytest.raises(error, match=rf"^sequences\[2\]\[{at}\] {text}"):
        pad_sequences([[1], [2**63 - 1, -(2**63), 2**60], bad, [3]])  # type: ignore[list-item]
    with pytest.raises(error, match=r"^sequences\[0\]\[0\] "):
        pad_sequences([[value] * 50])  # type: ignore[list-item]


def test_an_index_that_raises() -> None:
    class Broken:
        def __index__(self) -> int:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        pad_sequences([[1, Broken()]])  # type: ignore[list-item]


def test_a_list_that_changes_meanwhile() -> None:
    row: list[object] = [1, 2]

    class Grows:
        def __index__(self) -> int:
            row.append(3)
            return 1

    row.append(Grows())
    with pytest.raises(RuntimeError, match=r"sequences\[0\] had 3 values and now has 4"):
        pad_sequences([row], 8)  # type: ignore[list-item]


@pytest.mark.parametrize(
    "bad", ["text", b"bytes", bytearray(b"b"), {1, 2}, {1: 2}, 7, None, object()]
)
def test_bad_sequences_are_named(bad: object) -> None:
    expected = rf"^sequences\[1\] is {type(bad).__name__}, expected a list of integers"
    with pytest.raises(TypeError, match=expected):
        pad_sequences([[1], bad])  # type: ignore[list-item]


@pytest.mark.parametrize("bad", ["text", b"bytes", 7, None, object()])
def test_bad_wholes(bad: object) -> None:
    with pytest.raises(TypeError, match="^sequences must be a list of lists of integers, got "):
        pad_sequences(bad)  # type: ignore[arg-type]


def test_flat_list_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"^sequences\[0\] is int, expected a list of integers"):
        pad_sequences([1, 2, 3])  # type: ignore[list-item]


def test_arrays_are_not_supported_yet() -> None:
    array = numpy.array([[1, 2]])
    with pytest.raises(TypeError, match=r"^sequences is ndarray, .* not supported yet.*tolist"):
        pad_sequences(array)
    with pytest.raises(TypeError, match=r"^sequences\[0\] is ndarray, .* not supported yet"):
        pad_sequences(list(array))
    assert pad_sequences([[numpy.int64(3)]], 2) == [[3, 0]]
    with pytest.raises(TypeError, match=r"^sequences\[0\]\[0\] is float64"):
        pad_sequences([[numpy.float64(3)]])


def test_arrow_is_not_supported_yet() -> None:
    for data in (pyarrow.array([[1, 2]]), pyarrow.chunked_array([[[1, 2]]])):
        with pytest.raises(TypeError, match="Arrow input is not supported yet.*to_pylist"):
            pad_sequences(data)


@pytest.mark.parametrize("output", ["numpy", "arrow", "torch"])
def test_outputs_that_are_not_there_yet(output: str) -> None:
    with pytest.raises(TypeError, match=f"^output='{output}' is not supported yet"):
        pad_sequences([[1]], output=output)  # type: ignore[arg-type]


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="(?m)^padding_side must be 'right' or 'left'$"):
        pad_sequences([[1]], padding_side="middle")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="(?m)^padding_side must be a str, got int$"):
        pad_sequences([[1]], padding_side=1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="^output must be 'list', got 'tensor'"):
        pad_sequences([[1]], output="tensor")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"(?m)^target_length must be at least 0, got -1$"):
        pad_sequences([[1]], -1)
    with pytest.raises(ValueError, match="^pad_to_multiple_of must be at least 0, got -8$"):
        pad_sequences([[1]], pad_to_multiple_of=-8)
    with pytest.raises(TypeError, match="(?m)^pad_value must be an integer, got str$"):
        pad_sequences([[1]], pad_value="0")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"(?m)^target_length must be an integer, got float$"):
        pad_sequences([[1]], 8.0)  # type: ignore[arg-type]
    with pytest.raises(OverflowError, match="(?m)^pad_value does not fit in 64 bits$"):
        pad_sequences([[1]], pad_value=2**63)
    with pytest.raises(OverflowError, match=r"(?m)^target_length does not fit in 64 bits$"):
        pad_sequences([[1]], 2**64)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pad_value", "an integer"),
        ("padding_side", "a str"),
        ("truncate", "a bool"),
        ("output", "a str"),
    ],
)
def test_none_is_not_the_default(name: str, kind: str) -> None:
    arguments: dict[str, Any] = {name: None}
    for sequences in ([[1], [2, 3]], []):
        # Python 3.11 and later have a note of the argument's name on a further line.
        with pytest.raises(TypeError, match=f"(?m)^{name} must be {kind}, got NoneType$"):
            pad_sequences(sequences, **arguments)


def test_none_where_it_is_the_default() -> None:
    assert pad_sequences([[1], [2, 3]], None, pad_to_multiple_of=None) == [[1, 0], [2, 3]]


@pytest.mark.parametrize("truncate", [3, 0, "yes", [], numpy.int64(1)])
def test_truncate_is_a_bool(truncate: Any) -> None:
    expected = f"(?m)^truncate must be a bool, got {type(truncate).__name__}$"
    with pytest.raises(TypeError, match=expected):
        pad_sequences([[1, 2]], 1, truncate=truncate)


def test_truncate_takes_a_bool_of_numpy() -> None:
    truncate: Any = numpy.bool_(1)
    assert pad_sequences([[1, 2]], 1, truncate=truncate) == [[1]]


def test_too_long_is_named() -> None:
    with pytest.raises(ValueError, match="^sequence 1 has 3 values, more than the 2 of a row"):
        pad_sequences([[1], [1, 2, 3]], 2)
    assert pad_sequences([[1], [1, 2, 3]], 2, pad_to_multiple_of=4)[1] == [1, 2, 3, 0]
    assert pad_sequences([[1], [1, 2, 3]], 2, 0, "left", truncate=True) == [[0, 1], [1, 2]]


def test_more_than_memory_is_an_error() -> None:
    with pytest.raises(MemoryError):
        pad_sequences([[1]], 2**62)


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_it_was(enabled: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        pad_sequences([[1], [2, 3]])
        assert gc.isenabled() is enabled
        with pytest.raises(TypeError):
            pad_sequences([[1], ["2"]])  # type: ignore[list-item]
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()


def test_values_swapped_by_an_index_method_are_not_let_through() -> None:
    """What is checked is what is returned, whatever Python code does meanwhile."""
    row: list[Any] = [1, 2, 3]

    class Swaps:
        def __index__(self) -> int:
            row[0] = "text"
            return 3

    swaps = Swaps()
    row[2] = swaps
    assert pad_sequences([row], 4) == [[1, 2, swaps, 0]]
    assert row[0] == "text"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer signal")
@pytest.mark.thread_unsafe(reason="signals are handled by the main thread")
@pytest.mark.parametrize("was_enabled", [True, False])
def test_the_collector_is_left_as_a_signal_handler_leaves_it(was_enabled: bool) -> None:
    seen = []

    def handler(*_: object) -> None:
        seen.append(gc.isenabled())
        gc.disable()

    previous = signal.signal(signal.SIGALRM, handler)
    (gc.enable if was_enabled else gc.disable)()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        pad_sequences([[1, 2, 3]] * 400_000, 8)
        assert seen == [was_enabled]
        assert not gc.isenabled()
    finally:
        gc.enable()
        signal.signal(signal.SIGALRM, previous)


def test_an_import_hook_of_python_does_not_freeze_the_first_call() -> None:
    """Whether lists are read in memory is found out by imports, which may let other threads in."""
    code = """if True:
        import builtins, threading, time

        from fast_axolotl_pad import pad_sequences

        real = builtins.__import__

        def slow(*args, **kwargs):
            time.sleep(0.05)
            return real(*args, **kwargs)

        builtins.__import__ = slow
        threads = [
            threading.Thread(target=pad_sequences, args=([[1], [1, 2]],), daemon=True)
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
