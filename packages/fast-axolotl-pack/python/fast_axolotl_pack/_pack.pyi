from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, SupportsIndex, TypedDict, TypeVar, final, overload

__all__ = ["Bins", "__version__", "concatenate_and_pack", "pack_lengths", "pack_sequences"]

__version__: str

_Item = TypeVar("_Item")

@final
class Bins:
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> Bins: ...
    # By __len__ and __getitem__, as of every sequence.
    def __iter__(self) -> Iterator[Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    @property
    def indices(self) -> Any: ...
    @property
    def offsets(self) -> Any: ...
    @property
    def tokens(self) -> Any: ...
    @property
    def dropped(self) -> Any: ...
    @property
    def capacity(self) -> int: ...
    @property
    def efficiency(self) -> float: ...
    @overload
    def to_lists(self, items: None = None) -> list[list[int]]: ...
    @overload
    def to_lists(self, items: list[_Item]) -> list[list[_Item]]: ...

def pack_lengths(
    lengths: Any,
    capacity: SupportsIndex,
    *,
    strategy: Literal["sequential", "first_fit", "first_fit_decreasing", "best_fit_decreasing"],
    max_sequences_per_bin: SupportsIndex | None = None,
    group_size: SupportsIndex | None = None,
    overflow: Literal["error", "drop", "truncate", "own_bin"] = "error",
    seed: SupportsIndex | None = None,
    num_threads: SupportsIndex = 0,
) -> Bins: ...

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
