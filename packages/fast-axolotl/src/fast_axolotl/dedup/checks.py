"""What can be known to fail before a row is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .inputs import Input
from .options import Options

STATE_MARK = b"fast-axolotl digests"


def check(options: Options, found: Sequence[Input]) -> None:
    """See that the run can start and can put its results in their places.

    Raises:
        FileExistsError: a result would replace something that it should not.
        FileNotFoundError: a folder, or the state to compare with, is not there.
        ValueError: that state is damaged or of another algorithm, or memory_limit is too small.
    """
    from fast_axolotl_hash import DuplicateFinder

    _check_folder(options.output, "the output")
    if options.output.is_dir():
        raise FileExistsError(f"{options.output} is a folder; name a file for the output")
    if options.output.exists() and not options.force:
        raise FileExistsError(f"{options.output} exists; --force replaces it")
    if options.spill_directory is not None and not options.spill_directory.is_dir():
        raise FileNotFoundError(f"{options.spill_directory}: no such folder to spill to")
    if options.save_state is not None:
        _check_state(options.save_state, [options.output, *(one.path for one in found)])
    finder = DuplicateFinder(options.algorithm, memory_limit=options.memory_limit)
    if options.against is not None:
        # Reads all of it once; at the end it is read again.
        finder.finish(against=options.against)


def _check_state(state: Path, others: Sequence[Path]) -> None:
    _check_folder(state, "the state")
    if state.resolve() in [path.resolve() for path in others]:
        raise FileExistsError(f"{state} is an input or the output; name another file for the state")
    if state.is_dir():
        raise FileExistsError(f"{state} is a folder; name a file for the state")
    if state.exists():
        with state.open("rb") as file:
            if file.read(len(STATE_MARK)) != STATE_MARK:
                raise FileExistsError(
                    f"{state} is no state that an earlier run saved; it is not replaced"
                )


def _check_folder(path: Path, what: str) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: no such folder for {what}")
