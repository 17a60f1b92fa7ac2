from collections.abc import Iterable, Sequence
from typing import Literal, SupportsIndex

__all__ = ["__version__", "create_padding_mask", "pad_sequences"]

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
) -> list[list[int]]: ...
def create_padding_mask(
    current_length: SupportsIndex,
    target_length: SupportsIndex,
) -> list[int]: ...
