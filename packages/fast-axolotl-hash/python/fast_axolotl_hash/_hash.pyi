import os
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol, TypeAlias, final, overload

__all__ = [
    "ArrowArray",
    "Deduplicator",
    "DuplicateFinder",
    "__version__",
    "deduplicate_indices",
    "hash_rows",
    "parallel_hash_rows",
]

__version__: str

class _ArrowArray(Protocol):
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

# A Hugging Face Dataset, which is known when the program runs.
class _Dataset(Protocol):
    _indices: Any

_Rows: TypeAlias = (
    Sequence[str] | Sequence[bytes] | Iterable[str | bytes] | _ArrowArray | _ArrowStream | _Dataset
)
_Columns: TypeAlias = str | Sequence[str] | None
_Algorithm: TypeAlias = Literal["sha256", "blake3", "xxh3_128"]
_Encoding: TypeAlias = Literal["values", "bytes", "text"]
_Path: TypeAlias = str | os.PathLike[str]

def parallel_hash_rows(rows: _Rows, num_threads: int = 0) -> list[str]: ...
def deduplicate_indices(
    rows: _Rows,
    existing_hashes: Iterable[str] | None = None,
    num_threads: int = 0,
) -> tuple[list[int], list[str]]: ...
@overload
def hash_rows(
    data: _Rows,
    columns: _Columns = None,
    *,
    algorithm: _Algorithm = "sha256",
    encoding: _Encoding = "values",
    output: Literal["list"] = "list",
    num_threads: int = 0,
) -> list[str]: ...
@overload
def hash_rows(
    data: _Rows,
    columns: _Columns = None,
    *,
    algorithm: _Algorithm = "sha256",
    encoding: _Encoding = "values",
    output: Literal["numpy"],
    num_threads: int = 0,
) -> Any: ...
@overload
def hash_rows(
    data: _Rows,
    columns: _Columns = None,
    *,
    algorithm: _Algorithm = "sha256",
    encoding: _Encoding = "values",
    output: Literal["arrow"],
    num_threads: int = 0,
) -> ArrowArray: ...

@final
class ArrowArray:
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __len__(self) -> int: ...

@final
class Deduplicator:
    def __new__(
        cls, algorithm: _Algorithm = "sha256", *, encoding: _Encoding = "values"
    ) -> Deduplicator: ...
    @property
    def algorithm(self) -> _Algorithm: ...
    @property
    def encoding(self) -> _Encoding: ...
    @property
    def memory_used(self) -> int: ...
    def add(
        self,
        data: _Rows,
        on: _Columns = None,
        *,
        output: Literal["list", "numpy", "arrow"] = "list",
        num_threads: int = 0,
    ) -> Any: ...
    def contains(
        self,
        data: _Rows,
        on: _Columns = None,
        *,
        output: Literal["list", "numpy", "arrow"] = "list",
        num_threads: int = 0,
    ) -> Any: ...
    def merge(self, other: Deduplicator) -> None: ...
    def save(self, path: _Path) -> None: ...
    @staticmethod
    def load(path: _Path) -> Deduplicator: ...
    def __contains__(self, key: str | bytes | _ArrowArray | _ArrowStream | _Dataset, /) -> bool: ...
    def __len__(self) -> int: ...

@final
class DuplicateFinder:
    def __new__(
        cls,
        algorithm: _Algorithm = "sha256",
        *,
        encoding: _Encoding = "values",
        memory_limit: int | None = None,
        spill_directory: _Path | None = None,
    ) -> DuplicateFinder: ...
    @property
    def spilled_bytes(self) -> int: ...
    def add(self, data: _Rows, on: _Columns = None, *, num_threads: int = 0) -> None: ...
    def finish(
        self,
        keep: Literal["first", "last", "none"] = "first",
        *,
        against: _Path | None = None,
        save: _Path | None = None,
        output: Literal["list", "numpy", "arrow"] = "list",
        num_threads: int = 0,
    ) -> Any: ...
    def __len__(self) -> int: ...
