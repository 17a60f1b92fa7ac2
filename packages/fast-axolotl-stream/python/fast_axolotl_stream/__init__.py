"""Read datasets in batches, in any format, in bounded memory, in Rust."""

from ._dataset import RustStreamingDataset, create_rust_streaming_dataset
from ._decision import should_use_rust_streaming
from ._stream import (
    ArrowBatch,
    DatasetReader,
    __version__,
    detect_format,
    list_supported_formats,
    streaming_dataset_reader,
)

__all__ = [
    "ArrowBatch",
    "DatasetReader",
    "RustStreamingDataset",
    "__version__",
    "create_rust_streaming_dataset",
    "detect_format",
    "list_supported_formats",
    "should_use_rust_streaming",
    "streaming_dataset_reader",
]
