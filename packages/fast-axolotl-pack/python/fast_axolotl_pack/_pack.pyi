from collections.abc import Iterable, Sequence
from typing import Literal, SupportsIndex, TypedDict

__all__ = ["__version__", "concatenate_and_pack", "pack_sequences"]

__version__: str

class _Packed(TypedDict):
    input_ids: list[list[int]]
    labels: list[list[int]]
    attention_mask: list[list[int]]

_Sequences = Iterable[Sequence[int]]
_Overflow = Literal["error", "truncate", "split", "drop"]

def pack_sequences(
    sequences: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    eos_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["list"] = "list",
) -> _Packed: ...
def concatenate_and_pack(
    input_ids: _Sequences,
    labels: _Sequences,
    attention_masks: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["list"] = "list",
) -> _Packed: ...
