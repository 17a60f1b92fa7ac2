"""`deduplicate`, which returns the same kind of object that it is given."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeVar

from ._hash import Deduplicator, DuplicateFinder

Data = TypeVar("Data")


def deduplicate(
    data: Data,
    on: str | Sequence[str] | None = None,
    *,
    keep: Literal["first", "last", "none"] = "first",
    against: str | os.PathLike[str] | None = None,
    algorithm: Literal["sha256", "blake3", "xxh3_128"] = "sha256",
    encoding: Literal["values", "bytes", "text"] = "values",
    memory_limit: int | None = None,
    spill_directory: str | os.PathLike[str] | None = None,
    num_threads: int = 0,
) -> Data:
    """Leave out rows that are equal to others.

    Args:
        data: a pyarrow Table, RecordBatch, Array, ChunkedArray or RecordBatchReader, a polars
            DataFrame or Series, a pandas DataFrame or Series, a Hugging Face Dataset, or a list or
            tuple of str or bytes.
        on: the names of the columns that count; all if None.
        keep: which of equal rows to keep: "first", "last", or "none" of them.
        against: a file that `Deduplicator.save` wrote: rows in it are left out, too.
        algorithm: as for `hash_rows`.
        encoding: as for `hash_rows`.
        memory_limit: how many bytes of digests to hold in memory, see `DuplicateFinder`.
        spill_directory: where to put those beyond the limit.
        num_threads: how many threads to use; 0 is one per core.

    Returns:
        The rows that are kept, in order. A Dataset gets an indices mapping, and of a
        RecordBatchReader the batches are filtered as they are read.

    Raises:
        TypeError: data of another kind.
        ValueError: an unknown option or column; a file `against` that is damaged or of another
            algorithm or encoding; or more than keep="first" asked of a RecordBatchReader.
        OSError: `against` cannot be read, or what is beyond the limit cannot be stored.
        NotImplementedError: encoding="text" of a type whose text is not covered.
    """
    rows: Any = data
    kind = _kind(data)
    if kind == "pyarrow.RecordBatchReader":
        if (keep, against, memory_limit) != ("first", None, None):
            raise ValueError(
                "a RecordBatchReader can be read only once, which is enough for keep='first' "
                "without against and memory_limit; call read_all() first, or use DuplicateFinder"
            )
        seen = Deduplicator(algorithm, encoding=encoding)
        filtered: Data = _filtered(rows, on, seen, num_threads)
        return filtered
    finder = DuplicateFinder(
        algorithm, encoding=encoding, memory_limit=memory_limit, spill_directory=spill_directory
    )
    finder.add(rows, on, num_threads=num_threads)
    kept: Data = _select(rows, kind, finder, keep, against, num_threads)
    return kept


_KINDS = {
    "pyarrow": ("Table", "RecordBatch", "Array", "ChunkedArray", "RecordBatchReader"),
    "polars": ("DataFrame", "Series"),
    "pandas": ("DataFrame", "Series"),
    "datasets": ("Dataset",),
}


def _kind(data: Any) -> str:
    """The library and the type of the data, of those in the table above."""
    if isinstance(data, (list, tuple)):
        return "list"
    for library, names in _KINDS.items():
        module = sys.modules.get(library)
        for name in names:
            if module is not None and isinstance(data, getattr(module, name)):
                return f"{library}.{name}"
    raise TypeError(
        f"data is {type(data).__name__}, and how to take rows of that is not known; pass a pyarrow "
        "table or array, a polars or pandas frame, a Dataset or a list, or use DuplicateFinder, "
        "which gives a mask"
    )


def _select(
    data: Any,
    kind: str,
    finder: DuplicateFinder,
    keep: Literal["first", "last", "none"],
    against: str | os.PathLike[str] | None,
    num_threads: int,
) -> Any:
    def mask(output: Literal["list", "numpy", "arrow"]) -> Any:
        return finder.finish(keep, against=against, output=output, num_threads=num_threads)

    library = kind.partition(".")[0]
    if library == "list":
        return type(data)(itertools.compress(data, mask("list")))
    if library == "pandas":
        return data[mask("numpy")]
    if library == "polars":
        import polars

        return data.filter(polars.Series(mask("arrow")))
    import pyarrow

    kept = pyarrow.array(mask("arrow"))
    if library == "datasets":
        return data.select(kept.to_numpy(zero_copy_only=False).nonzero()[0])
    return data.filter(kept)


def _filtered(
    reader: Any, on: str | Sequence[str] | None, seen: Deduplicator, num_threads: int
) -> Any:
    import pyarrow

    def batches() -> Iterator[pyarrow.RecordBatch]:
        for batch in reader:
            new = seen.add(batch, on, output="arrow", num_threads=num_threads)
            yield batch.filter(pyarrow.array(new))

    return pyarrow.RecordBatchReader.from_batches(reader.schema, batches())
