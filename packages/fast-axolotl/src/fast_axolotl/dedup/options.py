"""What was asked for, and how progress is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple


class Options(NamedTuple):
    """What to deduplicate, and how."""

    inputs: Sequence[Path]
    output: Path
    on: Sequence[str] | None = None
    keep: Literal["first", "last", "none"] = "first"
    algorithm: Literal["sha256", "blake3", "xxh3_128"] = "sha256"
    dataset_type: str | None = None
    against: Path | None = None
    save_state: Path | None = None
    memory_limit: int | None = None
    spill_directory: Path | None = None
    num_threads: int = 0
    force: bool = False


class Progress(NamedTuple):
    """How the user is told: a note, and how far a pass is."""

    note: Callable[[str], None]
    bar: Callable[[str, int | None], contextlib.AbstractContextManager[Callable[[int], object]]]


@contextlib.contextmanager
def no_bar(title: str, total: int | None) -> Iterator[Callable[[int], object]]:
    """A progress bar that shows nothing."""
    yield lambda rows: None
