from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol, SupportsIndex, TypeAlias, TypedDict, final, overload

__all__ = ["ArrowArray", "__version__", "concatenate_and_pack", "pack_sequences"]

__version__: str

class _ArrowArray(Protocol):
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

# A numpy array or a torch tensor, neither of which need be installed.
class _Array(Protocol):
    def __array__(self, *args: Any, **kwargs: Any) -> Any: ...

_Sequences: TypeAlias = (
    Iterable[Sequence[int]]
    | _ArrowArray
    | _ArrowStream
    | _Array
    | Iterable[_Array]
    | tuple[_Array, _Array]
)
_Overflow: TypeAlias = Literal["error", "truncate", "split", "drop"]

class _Lists(TypedDict):
    input_ids: list[list[int]]
    labels: list[list[int]]
    attention_mask: list[list[int]]

# Of numpy arrays or torch tensors.
class _Arrays(TypedDict):
    input_ids: Any
    labels: Any
    attention_mask: Any

class _ArrowArrays(TypedDict):
    input_ids: ArrowArray
    labels: ArrowArray
    attention_mask: ArrowArray

@overload
def pack_sequences(
    sequences: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    eos_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["list"] = "list",
) -> _Lists: ...
@overload
def pack_sequences(
    sequences: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    eos_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["numpy", "torch"],
) -> _Arrays: ...
@overload
def pack_sequences(
    sequences: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    eos_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["arrow"],
) -> _ArrowArrays: ...
@overload
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
) -> _Lists: ...
@overload
def concatenate_and_pack(
    input_ids: _Sequences,
    labels: _Sequences,
    attention_masks: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["numpy", "torch"],
) -> _Arrays: ...
@overload
def concatenate_and_pack(
    input_ids: _Sequences,
    labels: _Sequences,
    attention_masks: _Sequences,
    max_length: SupportsIndex,
    pad_token_id: SupportsIndex,
    label_pad_id: SupportsIndex = -100,
    *,
    overflow: _Overflow = "error",
    output: Literal["arrow"],
) -> _ArrowArrays: ...

@final
class ArrowArray:
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __len__(self) -> int: ...
