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

def parallel_hash_rows(rows: _Rows, num_threads: int = 0) -> list[str]:
    """Hash each row with SHA-256, on several threads.

    Args:
        rows: a list (or other iterable) of str or bytes, or an Arrow array of strings or binary
            from any library (pyarrow, polars, ...), without nulls; text counts as its UTF-8 bytes.
            Or a table, a stream of record batches or a Hugging Face Dataset, whose rows count as
            Python's `str` of their dictionaries, as Axolotl has it.
        num_threads: how many threads to use; 0 is one per core.

    Returns:
        The 64 lower-case hexadecimal digits of each row's digest, in order: what
        `hashlib.sha256(row.encode()).hexdigest()` gives, or `hashlib.sha256(str(row).encode())`
        for a row of a table.

    Raises:
        TypeError: a row is neither str nor bytes (the message names it).
        UnicodeEncodeError: a str holds a lone surrogate, which has no UTF-8 form.
        ValueError: num_threads is negative, or an Arrow row is null.
        NotImplementedError: a column's type, or a value, has a text that is not covered (the
            message names the column), or a Dataset has a format.
    """

def deduplicate_indices(
    rows: _Rows,
    existing_hashes: Iterable[str] | None = None,
    num_threads: int = 0,
) -> tuple[list[int], list[str]]:
    """Find the first occurrence of each distinct row.

    Args:
        rows: as for `parallel_hash_rows`.
        existing_hashes: hexadecimal SHA-256 digests of rows seen earlier (a list, a set or any
            other iterable); rows with these hashes are left out.
        num_threads: how many threads to use; 0 is one per core.

    Returns:
        The indices of the first occurrences whose hash is not in `existing_hashes`, ascending, and
        those rows' hashes in the same order. On a Dataset this is how Axolotl deduplicates.

    Raises:
        TypeError: a row is neither str nor bytes, or an existing hash is not a str.
        ValueError: an existing hash is not 64 lower-case hexadecimal digits, num_threads is
            negative, or an Arrow row is null.
        NotImplementedError: a column's type, or a value, has a text that is not covered (the
            message names the column), or a Dataset has a format.
    """

@overload
def hash_rows(
    data: _Rows,
    columns: _Columns = None,
    *,
    algorithm: _Algorithm = "sha256",
    encoding: _Encoding = "values",
    output: Literal["list"] = "list",
    num_threads: int = 0,
) -> list[str]:
    """Hash each row, on several threads.

    Args:
        data: a table, record batch, stream of them or array from any Arrow library (pyarrow,
            polars, ...), a Hugging Face Dataset (in the order of its indices mapping, and never
            loaded as a whole), or a list (or other iterable) of str or bytes.
        columns: the names of the columns of a table that count; all if None.
        algorithm: "sha256", "blake3" or "xxh3_128". The first two are cryptographic; the last is
            as fast as memory, for data that nobody crafts to collide.
        encoding: how a row becomes bytes. "values" takes the typed values, whatever their layout:
            1 is not "1", null is not "", and the order of columns does not matter (the bytes are
            specified in the documentation of the Rust crate). "bytes" takes the bytes of one column
            of strings or binary, or of each str or bytes of a list, as `hashlib` would. "text" takes
            Python's `str` of the row's dictionary, as Axolotl does.
        output: "list" for lower-case hexadecimal digits, "numpy" for an array of uint8 of shape
            (rows, digest size), "arrow" for an ArrowArray of fixed-size binary.
        num_threads: how many threads to use; 0 is one per core.

    Returns:
        The digests, in order: of 32 bytes, 16 for "xxh3_128" (most significant byte first).

    Raises:
        TypeError: data of a kind that is not hashed, a column of unions, or columns for a list.
        ValueError: an unknown option or column, a null where bytes are asked for, num_threads is
            negative, or Arrow data that contradicts itself.
        NotImplementedError: encoding="text" of a type whose text is not covered.
        UnicodeEncodeError: a str holds a lone surrogate, which has no UTF-8 form.
    """

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
    """An Arrow array, for any library that reads them: `pyarrow.array(array)`,
    `polars.Series(array)`.

    Nothing is copied.
    """
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...
    def __len__(self) -> int: ...

@final
class Deduplicator:
    """Remembers rows, over any number of batches and datasets.

    Args:
        algorithm, encoding: as for `hash_rows`.

    It takes about 40 to 80 bytes of memory per different row (half that with "xxh3_128"); see
    `memory_used`, and `DuplicateFinder` for data with more rows than that leaves room for. Threads may
    share one: whichever comes first adds a row, and the others wait for it.
    """
    def __new__(
        cls, algorithm: _Algorithm = "sha256", *, encoding: _Encoding = "values"
    ) -> Deduplicator: ...
    @property
    def algorithm(self) -> _Algorithm:
        """The name of the hash function."""
    @property
    def encoding(self) -> _Encoding:
        """How rows become bytes."""
    @property
    def memory_used(self) -> int:
        """The memory that the remembered rows take, in bytes."""
    def add(
        self,
        data: _Rows,
        on: _Columns = None,
        *,
        output: Literal["list", "numpy", "arrow"] = "list",
        num_threads: int = 0,
    ) -> Any:
        """Add rows, and say of each whether it is new.

        Args:
            data: as for `hash_rows`.
            on: the names of the columns that count; all if None.
            output: "list" of bool, "numpy" for an array of bool, "arrow" for an ArrowArray of bool.
            num_threads: how many threads to use; 0 is one per core.

        Returns:
            True for each row that is the first of its kind: not in the rows before it, and in no
            earlier call. After an error nothing was added.

        Raises:
            TypeError, ValueError, NotImplementedError: as `hash_rows`.
        """
    def contains(
        self,
        data: _Rows,
        on: _Columns = None,
        *,
        output: Literal["list", "numpy", "arrow"] = "list",
        num_threads: int = 0,
    ) -> Any:
        """Say of each row whether it was added before, adding none.

        Args, returns and raises as `add`.
        """
    def merge(self, other: Deduplicator) -> None:
        """Add all that another Deduplicator remembers.

        Raises:
            ValueError: it has another algorithm or encoding.
        """
    def save(self, path: _Path) -> None:
        """Write what is remembered to a file, which is there complete or not at all.

        The rows themselves are not in it, only their digests, of 32 or 16 bytes each. A process
        that is killed meanwhile leaves a hidden file whose name ends in ".partial", to be deleted.

        Raises:
            OSError: the file cannot be written.
        """
    @staticmethod
    def load(path: _Path) -> Deduplicator:
        """Read what `save` wrote.

        Raises:
            OSError: the file cannot be read (FileNotFoundError if there is none).
            ValueError: the file is damaged or was not written by `save`.
        """
    def __contains__(self, key: str | bytes | _ArrowArray | _ArrowStream | _Dataset, /) -> bool: ...
    def __len__(self) -> int: ...

@final
class DuplicateFinder:
    """Finds duplicates among more rows than there is memory for, or keeps other than the first.

    Add all batches, then `finish`, in the process that made it. Threads may share one: each call waits
    for those before it.

    Args:
        algorithm, encoding: as for `hash_rows`.
        memory_limit: how many bytes of digests to hold in memory, at least 1 MiB; what is beyond goes
            to a file in `spill_directory`. All if None. A row takes 40 bytes, 24 with "xxh3_128".
            `finish` takes memory of its own, whatever the limit: an eighth of a byte per row, and for
            each thread about a five-hundredth of the different digests at a time.
        spill_directory: the folder for that; the system's folder for temporary files if None. The
            file has no name, and nothing is left of it when the process ends, even killed.

    Raises:
        ValueError: an unknown option, or a memory_limit below 1 MiB.
    """
    def __new__(
        cls,
        algorithm: _Algorithm = "sha256",
        *,
        encoding: _Encoding = "values",
        memory_limit: int | None = None,
        spill_directory: _Path | None = None,
    ) -> DuplicateFinder: ...
    @property
    def spilled_bytes(self) -> int:
        """The bytes that went to the file so far."""
    def add(self, data: _Rows, on: _Columns = None, *, num_threads: int = 0) -> None:
        """Add the next rows.

        Args:
            data: as for `hash_rows`.
            on: the names of the columns that count; all if None.
            num_threads: how many threads to use; 0 is one per core.

        Raises:
            TypeError, ValueError, NotImplementedError: as `hash_rows`.
            OSError: what is beyond the memory limit cannot be stored.
            MemoryError: there is no memory for more digests.
            RuntimeError: the iterable that makes the rows uses this finder itself, or the process was
                forked after the finder was made.

        An error that comes before any of the rows is added leaves the finder as it was. After one that
        comes later, no more can be done.
        """
    def finish(
        self,
        keep: Literal["first", "last", "none"] = "first",
        *,
        against: _Path | None = None,
        save: _Path | None = None,
        output: Literal["list", "numpy", "arrow"] = "list",
        num_threads: int = 0,
    ) -> Any:
        """Find the duplicates among all rows added.

        Args:
            keep: which of equal rows to keep: "first", "last", or "none" of them.
            against: a file that `Deduplicator.save`, or `save` here, wrote: rows in it are not kept.
            save: where to write the digests of all rows, those of `against` too. It is there before
                this returns: if the kept rows are then lost, delete it, or the next run against it
                leaves them out.
            output: "list" of bool, "numpy" for an array of bool, "arrow" for an ArrowArray of bool.
            num_threads: how many threads to use; 0 is one per core.

        Returns:
            True for each row that is kept, in the order they were added.

        Raises:
            ValueError: `against` is damaged, or of another algorithm or encoding; an unknown
                option; or the finder has finished before.
            OSError: a file cannot be read or written.
        """
    def __len__(self) -> int: ...
