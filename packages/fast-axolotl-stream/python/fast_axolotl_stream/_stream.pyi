import os
from collections.abc import Sequence
from types import GenericAlias
from typing import Any, Generic, Literal, TypeVar, final, overload

__all__ = [
    "ArrowBatch",
    "DatasetReader",
    "__version__",
    "detect_format",
    "list_supported_formats",
    "streaming_dataset_reader",
]

__version__: str

_Batch_co = TypeVar("_Batch_co", covariant=True)

@final
class ArrowBatch:
    @property
    def num_rows(self) -> int: ...
    @property
    def column_names(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __arrow_c_schema__(self) -> object: ...

@final
class DatasetReader(Generic[_Batch_co]):
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...
    def __iter__(self) -> DatasetReader[_Batch_co]: ...
    def __next__(self) -> _Batch_co: ...
    @property
    def skipped(self) -> list[tuple[int, str]]: ...
    @property
    def skipped_count(self) -> int: ...

@overload
def streaming_dataset_reader(
    file_path: str | os.PathLike[str],
    dataset_type: str = "auto",
    batch_size: int = 1000,
    num_threads: int = 4,
    columns: Sequence[str] | None = None,
    *,
    on_error: Literal["raise", "skip"] = "raise",
    output: Literal["list"] = "list",
) -> DatasetReader[dict[str, list[Any]]]: ...
@overload
def streaming_dataset_reader(
    file_path: str | os.PathLike[str],
    dataset_type: str = "auto",
    batch_size: int = 1000,
    num_threads: int = 4,
    columns: Sequence[str] | None = None,
    *,
    on_error: Literal["raise", "skip"] = "raise",
    output: Literal["arrow"],
) -> DatasetReader[ArrowBatch]: ...
def detect_format(path: str | os.PathLike[str]) -> tuple[str, str | None]: ...
def list_supported_formats() -> list[str]: ...
