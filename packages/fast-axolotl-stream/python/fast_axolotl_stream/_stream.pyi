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
    """Rows of a dataset as Arrow data.

    It speaks the Arrow PyCapsule interface, so `pyarrow.record_batch(batch)`,
    `polars.DataFrame(batch)` and others take it without a copy, any number of times. The data lives
    as long as anything uses it, also after the reader and the file are gone.
    """
    @property
    def num_rows(self) -> int:
        """How many rows."""
    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
    def __len__(self) -> int: ...
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __arrow_c_schema__(self) -> object: ...

@final
class DatasetReader(Generic[_Batch_co]):
    """An iterator over the batches of a dataset, each a dict of lists or an `ArrowBatch`.

    It can be iterated once, in the process that made it. Threads may share it: each batch goes to one
    of them. An error of the data ends the iteration; what a signal handler raises does not, and the
    batch that was under way comes next.
    """
    def __class_getitem__(cls, item: Any, /) -> GenericAlias: ...
    def __iter__(self) -> DatasetReader[_Batch_co]: ...
    def __next__(self) -> _Batch_co: ...
    @property
    def skipped(self) -> list[tuple[int, str]]:
        """The line and the reason of each skipped record of the batches so far, a thousand at most."""
    @property
    def skipped_count(self) -> int:
        """How many records of the batches so far were skipped."""

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
) -> DatasetReader[dict[str, list[Any]]]:
    """Read a dataset in batches, in bounded memory.

    Args:
        file_path: a file, or a directory that `datasets.Dataset.save_to_disk` wrote.
        dataset_type: "" or "auto" to tell from the path, a format, or "format.compression" such
            as "jsonl.zst"; see `list_supported_formats`. A format alone takes the compression
            from the path.
        batch_size: rows per batch, at least 1; only the last batch may have fewer.
        num_threads: an upper bound for the threads that read ahead; 0 is one per core. Reading
            and decoding take one thread, beside the one that takes the batches.
        columns: the columns to read, in this order; all of them if None. Other columns of
            Parquet, Arrow and CSV files are not decoded. In JSON a column must occur in the first
            batch.
        on_error: "raise", or "skip" to leave out malformed records of JSON, CSV and text files;
            the iterator's `skipped` and `skipped_count` tell which and how many. Damage to a file
            as a whole is raised all the same, and so is a JSON record after which the next one
            cannot be told for sure.
        output: "list", for dicts of lists of Python objects, or "arrow", for Arrow data that no
            Python object is made of.

    Returns:
        An iterator. With output="list" it yields one dict per batch, of equally long lists by
        column name. Values are those
        of `pyarrow`'s `to_pylist()`, with these exceptions: UUIDs are bytes, decimals of negative
        scale are equal but written out, as 12300 for 1.23E+4, and Parquet columns that were
        written from whole seconds in a time zone are the same instants in UTC. JSON has the
        values of `json.loads`; its columns are the top-level keys so far, None where a record
        lacks one. CSV is typed by its first 10,000 rows, as pandas does it, but each row must
        have as many fields as the header, and integers that floats would round stay integers;
        text has one column "text".

        With output="arrow" it yields one `ArrowBatch` per batch, which pyarrow, polars and others
        take without a copy. Parquet, Arrow and saved datasets keep their types and metadata; a
        slice of a larger piece of the file shares that piece's memory. Each batch of JSON has the
        types of its own values: null where there is nothing else, bool, int64 (uint64 if one is
        above and none negative), float64 for floats and integers mixed, string, lists and structs
        of these, with all keys in the order they first came and null for one that is missing.

    Raises:
        FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError: the path cannot
            be read, or is of the wrong kind.
        TypeError: an argument of the wrong type, an output that is not there yet, or with
            output="list" a column type that has no Python value.
        ValueError: an empty path, an unknown format or column, a batch_size below 1, malformed or
            damaged data; the message names the file and the place. With output="arrow" also a JSON
            column whose values in one batch no single type holds unaltered, as strings and numbers, an
            integer outside of int64 and uint64 or one among floats that no float64 equals, a
            text with half of a surrogate pair, or more than 60 levels; on_error="skip" does not
            leave out such records, since which of them is wrong is not known.
    """

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
def detect_format(path: str | os.PathLike[str]) -> tuple[str, str | None]:
    """Tell a dataset's format and compression from its path, without reading it.

    Args:
        path: a file or directory; its name counts in any case.

    Returns:
        The format and, if the name says so, the compression ("zstd" or "gzip"): "data.jsonl.zst"
        gives ("jsonl", "zstd"). A directory is an "hf_dataset". What has no known extension is
        "json".

    Raises:
        TypeError: path is neither str nor os.PathLike.
        ValueError: path is empty.
    """

def list_supported_formats() -> list[str]:
    """List what `dataset_type` may be.

    Returns:
        The formats, each but the directory "hf_dataset" also with ".zst" and ".gz".
    """
