from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import (
    Any,
    Literal,
    Protocol,
    SupportsFloat,
    SupportsIndex,
    TypeAlias,
    TypedDict,
    TypeVar,
    final,
    overload,
)

__all__ = [
    "ArrowArray",
    "Bins",
    "PackedBatches",
    "__version__",
    "_restore_bins",
    "balance_flattened",
    "balance_labels",
    "balance_microbatches",
    "balance_padded",
    "concatenate_and_pack",
    "gather",
    "gather_batches",
    "order_batches_by_rank",
    "pack_lengths",
    "pack_sequences",
]

__version__: str
_READS_LISTS: bool

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

_Item = TypeVar("_Item")

@final
class Bins:
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> Bins: ...
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

def _restore_bins(
    indices: bytes, offsets: bytes, tokens: bytes, dropped: bytes, capacity: int
) -> Bins: ...
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

# A list of integers or a numpy array of them, one for each sequence.
_Counts: TypeAlias = Iterable[SupportsIndex] | _Array

def balance_labels(
    batches: list[list[list[int]]],
    lengths: _Counts,
    label_counts: _Counts,
    leading_label_counts: _Counts | None = None,
    *,
    capacity: SupportsIndex,
    max_sequences_per_row: SupportsIndex | None = None,
    window: SupportsIndex = 64,
    padding_multiple: SupportsIndex | None = None,
    num_threads: SupportsIndex = 0,
) -> list[list[list[int]]]: ...
def balance_microbatches(
    batches: list[list[list[int]]],
    lengths: _Counts,
    label_counts: _Counts,
    leading_label_counts: _Counts | None = None,
    *,
    batches_per_step: SupportsIndex,
    window_steps: SupportsIndex = 1,
    padding_multiple: SupportsIndex = 1,
    capacity: SupportsIndex | None = None,
) -> list[list[list[int]]]: ...
def order_batches_by_rank(
    costs: _Counts,
    *,
    ranks: SupportsIndex,
    accumulation_steps: SupportsIndex,
    window_steps: SupportsIndex = 32,
    beam_width: SupportsIndex = 8,
) -> list[int]: ...
def balance_padded(
    lengths: _Counts,
    label_counts: _Counts,
    *,
    batch_size: SupportsIndex,
    padding_multiple: SupportsIndex = 1,
    capacity: SupportsIndex,
    label_unit: SupportsFloat,
    variance_unit: SupportsFloat,
    cost_unit: SupportsFloat,
) -> list[int]: ...
def balance_flattened(
    lengths: _Counts,
    label_counts: _Counts,
    weights: Iterable[SupportsFloat] | _Array,
    *,
    batch_size: SupportsIndex,
    label_unit: SupportsFloat,
    token_unit: SupportsFloat,
) -> list[int]: ...

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

@final
class PackedBatches:
    def __iter__(self) -> PackedBatches: ...
    def __next__(self) -> dict[str, Any]: ...
    def __len__(self) -> int: ...

def gather(
    data: Any,
    bins: Bins,
    *,
    columns: Iterable[str] | None = None,
    padding: Mapping[str, int] | None = None,
    attention_mask: Literal["binary", "sequence_ids"] | None = "binary",
    position_ids: bool = True,
    cu_seqlens: bool = False,
    flatten: bool = False,
    output: Literal["list", "numpy", "arrow", "torch"] = "numpy",
    num_threads: SupportsIndex = 0,
) -> dict[str, Any]: ...
def gather_batches(
    data: Any,
    bins: Bins,
    batch_size: SupportsIndex,
    *,
    columns: Iterable[str] | None = None,
    padding: Mapping[str, int] | None = None,
    attention_mask: Literal["binary", "sequence_ids"] | None = "binary",
    position_ids: bool = True,
    cu_seqlens: bool = False,
    flatten: bool = False,
    output: Literal["list", "numpy", "arrow", "torch"] = "numpy",
    num_threads: SupportsIndex = 0,
) -> PackedBatches: ...
