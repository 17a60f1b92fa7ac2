"""System errors that name their file."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have each `OSError` name a file: `path` if it names none.

    A write to an open file fails without its name, and pyarrow's errors never have one.
    """
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        number = error.errno or errno.EIO
        reason = os.strerror(number) if error.errno else str(error)
        raise OSError(number, reason, str(path)) from error
