from collections.abc import Iterable, Sequence
from typing import Literal, SupportsIndex

__all__ = ["_READS_LISTS", "__version__", "create_padding_mask", "pad_sequences"]

__version__: str
_READS_LISTS: bool

def pad_sequences(
    sequences: Iterable[Sequence[int]],
    target_length: SupportsIndex | None = None,
    pad_value: SupportsIndex = 0,
    padding_side: Literal["right", "left"] = "right",
    pad_to_multiple_of: SupportsIndex | None = None,
    *,
    truncate: bool = False,
    output: Literal["list"] = "list",
) -> list[list[int]]:
    """Pad sequences to rows of equal length.

    Args:
        sequences: a list (or other iterable) of lists, tuples or other sequences of integers.
            A value is an integer if it is an int or has `__index__`; it is passed on as it is.
        target_length: the length to pad to; None is the longest sequence.
        pad_value: what to pad with.
        padding_side: "right" puts the padding after a sequence, "left" before it.
        pad_to_multiple_of: rounds the length up to a multiple of this; None and 0 do not. A
            sequence may use what rounding adds to target_length.
        truncate: cut a sequence that is longer than a row instead of raising: its first values are
            kept, whichever the padding side, as Hugging Face tokenizers do by default.
        output: "list", the only form there is so far.

    Returns:
        A list of rows, which are new lists of equal length. An empty list for no sequences.

    Raises:
        TypeError: an argument, a sequence or a value is of the wrong type (the message names its
            place), or is an Arrow or numpy array, or output is "numpy", "arrow" or "torch": those
            are not supported yet.
        ValueError: a sequence is longer than a row (the message names its index and length), a
            length is negative, or padding_side or output is unknown.
        OverflowError: an integer, or the length once rounded up, does not fit in 64 bits.
        RuntimeError: a sequence changed its length during the call.
    """

def create_padding_mask(
    current_length: SupportsIndex,
    target_length: SupportsIndex,
) -> list[int]:
    """Count the positions that are missing up to a length.

    Args:
        current_length: how many positions there are.
        target_length: how many there should be.

    Returns:
        A new list `[0, 1, ...]` of `target_length - current_length` integers, the position ids of
        the padding, or `[]` if nothing is missing.

    Raises:
        TypeError: a length is not an integer.
        ValueError: a length is negative.
        OverflowError: a length does not fit in 64 bits.
    """
