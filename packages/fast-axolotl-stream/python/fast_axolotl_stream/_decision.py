"""When a training configuration asks for streaming."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LARGE_FILE = 1 << 30
_LONG_SEQUENCES = 10_000


def should_use_rust_streaming(
    file_path: str | os.PathLike[str], dataset_config: Any, cfg: Any
) -> bool:
    """Decide whether a dataset should be streamed.

    Args:
        file_path: the dataset's file or directory.
        dataset_config: the dataset's entry in the configuration, of which
            `dataset_keep_in_memory` counts.
        cfg: the whole configuration, a mapping or an object with attributes.

    Returns:
        False without `dataset_use_rust_streaming`, with `dataset_keep_in_memory` in either
        configuration, or if the path is not a readable local file or directory. Otherwise True
        if the setting is true; with "auto", True from 1 GiB of data or from a `sequence_len` of
        10,000.

    Raises:
        TypeError: `sequence_len` is neither an integer nor None.
        ValueError: `dataset_use_rust_streaming` is neither a boolean nor "auto".
    """
    setting = _setting(cfg, "dataset_use_rust_streaming")
    if setting is None or setting is False:
        return False
    if setting is not True and setting != "auto":
        raise ValueError(
            f"dataset_use_rust_streaming must be true, false or 'auto', got {setting!r}"
        )
    sequence_len = _setting(cfg, "sequence_len")
    if sequence_len is not None and not isinstance(sequence_len, int):
        raise TypeError(f"sequence_len must be an integer, got {type(sequence_len).__name__}")
    if any(_setting(place, "dataset_keep_in_memory") for place in (cfg, dataset_config)):
        return False
    path = os.fspath(file_path)
    if not os.access(path, os.R_OK):
        return False
    if setting is True:
        return True
    return (sequence_len or 0) >= _LONG_SEQUENCES or _size(Path(path)) >= _LARGE_FILE


def _setting(cfg: Any, name: str) -> Any:
    if isinstance(cfg, Mapping):
        return cfg.get(name)
    return getattr(cfg, name, None)


def _size(path: Path) -> int:
    """The bytes of a file, or of all files under a directory."""
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())
