"""A dataset that can be iterated any number of times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ._stream import streaming_dataset_reader

# The names by which Hugging Face `datasets` calls plain Python objects.
_PYTHON_FORMATS = (None, "python", "list")

# Those of its other formats.
_OTHER_FORMATS = ("arrow", "jax", "numpy", "np", "pandas", "polars", "tensorflow", "tf", "torch")


class RustStreamingDataset:
    """The batches of a dataset, read anew by each iteration.

    Args:
        file_path: a file, or a directory that `datasets.Dataset.save_to_disk` wrote.
        dataset_type: as for `streaming_dataset_reader`.
        batch_size: rows per batch.
        num_threads: an upper bound for the threads that read ahead.
        dataset_keep_in_memory: kept as an attribute for callers that look at it; the data is
            streamed either way.

    Raises nothing by itself: the file is looked for when iteration begins.
    """

    def __init__(
        self,
        file_path: str | os.PathLike[str],
        dataset_type: str,
        batch_size: int = 1000,
        num_threads: int = 4,
        dataset_keep_in_memory: bool = False,
    ) -> None:
        self.file_path = file_path
        self.dataset_type = dataset_type
        self.batch_size = batch_size
        self.num_threads = num_threads
        self.dataset_keep_in_memory = dataset_keep_in_memory

    def __iter__(self) -> Iterator[dict[str, list[Any]]]:
        return streaming_dataset_reader(
            self.file_path, self.dataset_type, self.batch_size, self.num_threads
        )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(file_path={self.file_path!r}, "
            f"dataset_type={self.dataset_type!r}, batch_size={self.batch_size!r}, "
            f"num_threads={self.num_threads!r}, "
            f"dataset_keep_in_memory={self.dataset_keep_in_memory!r})"
        )

    def with_format(self, format: str | None = None) -> RustStreamingDataset:  # noqa: A002
        """Return a dataset whose batches hold values of the given format.

        Args:
            format: None, "python" or "list", for lists of Python objects.

        Raises:
            TypeError: format is neither None nor a str, or names a format of `datasets` that is
                not there yet, such as "numpy", "arrow" or "torch".
            ValueError: an unknown format.
        """
        if format is not None and not isinstance(format, str):
            raise TypeError(f"format must be None or a str, got {type(format).__name__}")
        if format in _OTHER_FORMATS:
            raise TypeError(
                f"format {format!r} is not supported yet; take None or 'python' and convert the "
                "lists, which numpy.asarray, torch.tensor and pyarrow.array take, or read with "
                "streaming_dataset_reader(..., output='arrow')"
            )
        if format not in _PYTHON_FORMATS:
            raise ValueError(
                f"unknown format {format!r}; the formats are None and 'python', and not yet "
                f"supported: {', '.join(_OTHER_FORMATS)}"
            )
        return type(self)(
            self.file_path,
            self.dataset_type,
            self.batch_size,
            self.num_threads,
            self.dataset_keep_in_memory,
        )


def create_rust_streaming_dataset(
    file_path: str | os.PathLike[str],
    dataset_type: str,
    batch_size: int = 1000,
    num_threads: int = 4,
    dataset_keep_in_memory: bool = False,
) -> RustStreamingDataset:
    """Make a `RustStreamingDataset` of the same arguments."""
    return RustStreamingDataset(
        file_path, dataset_type, batch_size, num_threads, dataset_keep_in_memory
    )
