"""A folder beside the output for all that is unfinished."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType


class Workspace:
    """A hidden folder beside the output, deleted at the end whatever happens.

    Only a process that is killed leaves it: it holds the unfinished output and digests, and is what
    to delete.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self.path = Path()

    @property
    def unfinished(self) -> Path:
        """Where the output is written."""
        return self.path / self._output.name

    def left_behind(self) -> list[Path]:
        """The folders of other runs with this output."""
        found = self._output.parent.glob(f".{self._output.name}.*.partial")
        return sorted(path for path in found if path != self.path)

    def publish(self, unfinished: Path, target: Path) -> None:
        """Put a complete file in its place, at once and for good."""
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
        if os.name == "posix":  # elsewhere folders cannot be opened
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def __enter__(self) -> Workspace:
        folder = tempfile.mkdtemp(
            prefix=f".{self._output.name}.", suffix=".partial", dir=self._output.parent
        )
        self.path = Path(folder)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
