import os
from collections.abc import Iterator, Sequence
from typing import Any, Literal, final

__all__ = [
    "DatasetReader",
    "__version__",
    "detect_format",
    "list_supported_formats",
    "streaming_dataset_reader",
]

__version__: str

@final
class DatasetReader:
    def __iter__(self) -> Iterator[dict[str, list[Any]]]: ...
    def __next__(self) -> dict[str, list[Any]]: ...
    @property
    def skipped(self) -> list[tuple[int, str]]: ...
    @property
    def skipped_count(self) -> int: ...

def streaming_dataset_reader(
    file_path: str | os.PathLike[str],
    dataset_type: str = "auto",
    batch_size: int = 1000,
    num_threads: int = 4,
    columns: Sequence[str] | None = None,
    *,
    on_error: Literal["raise", "skip"] = "raise",
    output: Literal["list"] = "list",
) -> DatasetReader: ...
def detect_format(path: str | os.PathLike[str]) -> tuple[str, str | None]: ...
def list_supported_formats() -> list[str]: ...
