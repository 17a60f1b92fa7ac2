from collections.abc import Iterable, Sequence
from typing import Protocol

__all__ = [
    "__version__",
    "deduplicate_indices",
    "deduplicate_row_text",
    "parallel_hash_rows",
]

__version__: str

class _ArrowArray(Protocol):
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

_Rows = Sequence[str] | Sequence[bytes] | Iterable[str | bytes] | _ArrowArray | _ArrowStream

def parallel_hash_rows(rows: _Rows, num_threads: int = 0) -> list[str]: ...
def deduplicate_indices(
    rows: _Rows,
    existing_hashes: Iterable[str] | None = None,
    num_threads: int = 0,
) -> tuple[list[int], list[str]]: ...
def deduplicate_row_text(
    data: _ArrowArray | _ArrowStream,
    existing_hashes: Iterable[str] | None = None,
    num_threads: int = 0,
    *,
    indices: _ArrowArray | _ArrowStream | None = None,
) -> tuple[list[int], list[str]]: ...
